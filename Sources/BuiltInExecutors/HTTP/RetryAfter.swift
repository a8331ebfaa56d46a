import CCurl

/// The header `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3).
enum RetryAfter {
    /// A server that asks for more is not believed.
    static let secondsMax: Int64 = 86_400

    /// How many seconds from `now` (since 1970), 0 for a date that has passed; nil for what is neither.
    static func seconds(_ text: String?, now: Int64) -> Int64? {
        guard let text, !text.isEmpty else { return nil }
        if text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            return min(Int64(text) ?? secondsMax, secondsMax)
        }
        // Only dates have a colon: the parser of dates would also take `-5`.
        guard text.utf8.contains(UInt8(ascii: ":")) else { return nil }
        let date = Int64(curl_getdate(text, nil))
        return date < 0 ? nil : min(max(date - now, 0), secondsMax)
    }
}
