internal import ArgumentParser
internal import WorkflowCore

/// From when on: so long ago (`90m`, `2h`, `3d`), or since a day or an instant in UTC (`2026-02-02`, `2026-02-02T10:15Z`,
/// `2026-02-02T10:15:30.123Z`).
enum Since: ExpressibleByArgument, Sendable, Equatable {
    case ago(Milliseconds)
    case instant(Timestamp)

    /// What a shorter form leaves out, the longest form first.
    private static let endings = ["", ".000Z", ":00.000Z", "T00:00:00.000Z"]

    init?(argument: String) {
        if let length = Milliseconds(text: argument) {
            self = .ago(length)
            return
        }
        let isWhole = argument.count == 24
        let stem = argument.hasSuffix("Z") && !isWhole ? String(argument.dropLast()) : argument
        guard let instant = Self.endings.lazy.compactMap({ Timestamp(text: stem + $0) }).first else { return nil }
        self = .instant(instant)
    }

    func instant(at now: Timestamp) -> Timestamp {
        switch self {
        case .ago(let length): Timestamp(millisecondsSinceEpoch: now.millisecondsSinceEpoch - length.count)
        case .instant(let instant): instant
        }
    }
}
