/// How far a time zone's clock is ahead of UTC.
enum TimeZoneOffset {
    /// Seconds east of UTC in a zone at an instant. The zone is `UTC`, an offset like `+11:00` or `02:00`, or a name of
    /// the IANA database like `Europe/Paris`.
    static func seconds(_ zone: String, at instant: Int64) throws(CELError) -> Int {
        if zone.isEmpty || zone == "UTC" || zone == "Z" { return 0 }
        // The longest name has about 30 bytes; longer text is not looked through.
        let isShort = zone.utf8.count <= 100
        if isShort, let offset = fixedOffset(zone) { return offset }
        guard isShort, let rules = TimeZoneDatabase.shared.rules(of: zone) else {
            throw CELError(
                .invalidTimeZone,
                "'\(Excerpt.of(zone))' is no time zone of this machine; write a name like 'Europe/Paris' or an offset "
                    + "like '+02:00'"
            )
        }
        return rules.offset(at: instant)
    }

    /// `±hh:mm`, the plus sign optional; nil for any other text.
    private static func fixedOffset(_ zone: String) -> Int? {
        var digits = Array(zone.utf8)[...]
        let isWest = digits.first == UInt8(ascii: "-")
        if isWest || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
        let parts = digits.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.count == 2 && $0.allSatisfy(Lexer.isDigit) }) else { return nil }
        let numbers = parts.map { part in part.reduce(0) { $0 * 10 + Int($1 - 48) } }
        guard numbers[0] < 24, numbers[1] < 60 else { return nil }
        return (isWest ? -1 : 1) * (numbers[0] * 3_600 + numbers[1] * 60)
    }
}
