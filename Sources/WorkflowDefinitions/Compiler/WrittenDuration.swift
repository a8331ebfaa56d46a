import WorkflowCore

/// A text that should be a duration and is none: what was meant, as far as it can be read.
struct WrittenDuration {
    let suggestion: String
    /// It is one, and longer than any wait.
    let isTooLong: Bool

    init(_ text: String) {
        if TemplateScanner.containsExpression(text) {
            suggestion = "expressions are not evaluated here; write it out"
            isTooLong = false
            return
        }
        guard let total = WrittenDuration.milliseconds(of: text) else {
            suggestion = "write one number and one unit, such as 500ms, 10s, 5m, 2h or 1d"
            isTooLong = false
            return
        }
        isTooLong = total > Milliseconds.longest
        suggestion =
            isTooLong ? "366d is the longest" : "write \(total == .zero ? "0s" : total.text)"
    }

    /// `1h30m`, `0.5s`, `10 minutes`; nil for what has no unit, or is no whole number of milliseconds.
    private static func milliseconds(of text: String) -> Milliseconds? {
        var sum: Int64 = 0
        var rest = Array(text.utf8)[...]
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 }
        rest = rest.drop(while: isSpace)
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { CoreSchema.isDigit($0) || $0 == UInt8(ascii: ".") }
            rest = rest.dropFirst(number.count).drop(while: isSpace)
            let unit = rest.prefix { (97...122).contains($0 | 0x20) }
            rest = rest.dropFirst(unit.count).drop(while: isSpace)
            guard number.count <= 20, number.contains(where: CoreSchema.isDigit),
                let size = units[String(decoding: unit, as: UTF8.self).lowercased()],
                let part = product(number, size)
            else { return nil }
            let (total, overflow) = sum.addingReportingOverflow(part)
            guard !overflow else { return nil }
            sum = total
        }
        return Milliseconds(sum)
    }

    private static func product(_ number: ArraySlice<UInt8>, _ size: Int64) -> Int64? {
        let parts = number.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = Int64(String(decoding: parts[0].isEmpty ? [48] : parts[0], as: UTF8.self))
        else { return nil }
        let (product, overflow) = whole.multipliedReportingOverflow(by: size)
        guard !overflow, parts.count == 2, !parts[1].isEmpty else { return overflow ? nil : product }
        guard parts[1].count <= 9, let fraction = Int64(String(decoding: parts[1], as: UTF8.self)) else { return nil }
        var scale: Int64 = 1
        for _ in parts[1] { scale *= 10 }
        let (scaled, tooMuch) = fraction.multipliedReportingOverflow(by: size)
        guard !tooMuch, scaled % scale == 0 else { return nil }
        let (sum, tooLarge) = product.addingReportingOverflow(scaled / scale)
        return tooLarge ? nil : sum
    }

    private static let units: [String: Int64] = {
        var units: [String: Int64] = [:]
        for (names, size) in [
            ("ms msec msecs millisecond milliseconds", 1), ("s sec secs second seconds", 1000),
            ("m min mins minute minutes", 60_000), ("h hr hrs hour hours", 3_600_000), ("d day days", 86_400_000),
            ("w week weeks", 604_800_000),
        ] as [(String, Int64)] {
            for name in names.split(separator: " ") { units[String(name)] = size }
        }
        return units
    }()
}
