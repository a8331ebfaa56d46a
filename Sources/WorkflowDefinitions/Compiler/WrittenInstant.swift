import WorkflowCore

/// A text that should be an instant and is none: what it lacks, and how it would be one.
struct WrittenInstant {
    private let text: String

    init(_ text: String) {
        self.text = text
    }

    /// To stand behind the name of what it is written for.
    var problem: (message: String, suggestion: String) {
        let other = (
            message: "is no instant: \(quoted(text))", suggestion: "write it as 2026-02-02T10:00:00Z or …+01:00"
        )
        guard let parts = Parts(text) else { return other }
        let zone = parts.zone ?? "Z"
        let whole = "\(parts.day)T\(parts.time ?? "00:00:00")\(zone)"
        // The day or the hour itself may be wrong.
        guard Timestamp(instant: whole) != nil else { return other }
        if parts.zone == nil, parts.time != nil {
            return (
                "has no time zone: \(quoted(text))",
                "write Z behind it for UTC, or an offset such as +01:00: \"\(whole)\""
            )
        }
        if parts.time == nil {
            return (
                "names a day and no time of it: \(quoted(text))",
                "write it with a time and a zone (Z or +01:00): \"\(whole)\""
            )
        }
        return (other.message, "write \"\(whole)\"")
    }

    /// `2026-12-24 2:30 +01:00`, of which only the day must be there.
    private struct Parts {
        let day: String
        /// With seconds.
        let time: String?
        let zone: String?

        init?(_ text: String) {
            var rest = Array(text.utf8)[...]
            func isDigit(_ byte: UInt8) -> Bool { CoreSchema.isDigit(byte) }
            func take(_ count: Int) -> String? {
                guard rest.count >= count, rest.prefix(count).allSatisfy(isDigit) else { return nil }
                defer { rest = rest.dropFirst(count) }
                return String(decoding: rest.prefix(count), as: UTF8.self)
            }
            func skip(_ byte: UInt8) -> Bool {
                guard rest.first == byte else { return false }
                rest = rest.dropFirst()
                return true
            }
            func skipSpaces() { rest = rest.drop { $0 == 0x20 } }
            skipSpaces()
            guard let year = take(4), skip(UInt8(ascii: "-")), let month = take(2), skip(UInt8(ascii: "-")),
                let date = take(2)
            else { return nil }
            day = "\(year)-\(month)-\(date)"
            if let letter = rest.first, letter | 0x20 == UInt8(ascii: "t") { rest = rest.dropFirst() }
            skipSpaces()
            guard let first = rest.first, isDigit(first) else {
                time = nil
                zone = nil
                guard rest.isEmpty else { return nil }
                return
            }
            guard let hour = take(2) ?? take(1).map({ "0" + $0 }), skip(UInt8(ascii: ":")), let minute = take(2) else {
                return nil
            }
            var second = "00"
            if skip(UInt8(ascii: ":")) {
                guard let written = take(2) else { return nil }
                second = written
                if rest.first == UInt8(ascii: ".") {
                    let fraction = rest.dropFirst().prefix(while: isDigit)
                    guard !fraction.isEmpty else { return nil }
                    second += "." + String(decoding: fraction, as: UTF8.self)
                    rest = rest.dropFirst(1 + fraction.count)
                }
            }
            time = "\(hour):\(minute):\(second)"
            skipSpaces()
            switch String(decoding: rest, as: UTF8.self) {
            case "": zone = nil
            case "Z", "z", "UTC", "GMT": zone = "Z"
            default:
                let sign = rest.first.map { String(decoding: [$0], as: UTF8.self) } ?? ""
                guard sign == "+" || sign == "-" else { return nil }
                rest = rest.dropFirst()
                guard let hours = take(2) else { return nil }
                _ = skip(UInt8(ascii: ":"))
                let minutes = take(2) ?? "00"
                guard rest.isEmpty else { return nil }
                zone = "\(sign)\(hours):\(minutes)"
            }
        }
    }
}
