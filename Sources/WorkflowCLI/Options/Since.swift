internal import ArgumentParser
internal import WorkflowCore

/// From when on: so long ago (`90m`, `2h`, `3d`), since a day or an instant (`today`, `yesterday`, `2026-02-02`,
/// `2026-02-02T10:15Z`, `2026-02-02T10:15:30.123Z`), or since a clock last showed a time (`3:00`). All in UTC.
enum Since: Sendable, Equatable {
    case ago(Milliseconds)
    case instant(Timestamp)
    /// So many days before this one began.
    case day(ago: Int64)
    /// Minutes of a day.
    case clock(Int64)

    private static let day: Int64 = 86_400_000
    private static let forms =
        "give an age (90m, 2h, 3d), a time (14:30), today, yesterday, a day (2026-02-02) or an instant "
        + "(2026-02-02T10:15Z); times are UTC"

    /// What a shorter form leaves out, the longest form first.
    private static let endings = ["", ".000Z", ":00.000Z", "T00:00:00.000Z"]

    init(_ text: String) throws {
        if let length = Milliseconds(text: text) {
            self = .ago(length)
        } else if text == "today" || text == "yesterday" {
            self = .day(ago: text == "today" ? 0 : 1)
        } else if let minutes = Self.minutes(text) {
            self = .clock(minutes)
        } else {
            let isWhole = text.count == 24
            let stem = text.hasSuffix("Z") && !isWhole ? String(text.dropLast()) : text
            guard let instant = Self.endings.lazy.compactMap({ Timestamp(text: stem + $0) }).first else {
                throw ValidationError(Self.forms)
            }
            self = .instant(instant)
        }
    }

    func instant(at now: Timestamp) -> Timestamp {
        let time = now.millisecondsSinceEpoch
        let midnight = time - ((time % Self.day) + Self.day) % Self.day
        switch self {
        case .ago(let length): return Timestamp(millisecondsSinceEpoch: time - length.count)
        case .instant(let instant): return instant
        case .day(let days): return Timestamp(millisecondsSinceEpoch: midnight - days * Self.day)
        case .clock(let minutes):
            let shown = midnight + minutes * 60_000
            // A time that is still to come was shown yesterday.
            return Timestamp(millisecondsSinceEpoch: shown > time ? shown - Self.day : shown)
        }
    }

    /// `H:MM` or `HH:MM`, also with `Z` behind it.
    private static func minutes(_ text: String) -> Int64? {
        let stem = text.hasSuffix("Z") ? text.dropLast() : text[...]
        let parts = stem.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...2).contains(parts[0].count), parts[1].count == 2,
            parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let hours = Int64(parts[0]), let minutes = Int64(parts[1]), hours < 24, minutes < 60
        else { return nil }
        return hours * 60 + minutes
    }
}
