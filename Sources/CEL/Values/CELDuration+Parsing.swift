extension CELDuration {
    private static let units: [String: UInt64] = [
        "ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000,
        "h": 3_600_000_000_000,
    ]

    /// Reads `1h30m`, `-1.5h`, `100ms` or `0`: a sign, then decimal numbers with the units h, m, s, ms, us and ns.
    package init(parsing text: String) throws(CELError) {
        var rest = Array(text.unicodeScalars)[...]
        let isNegative = rest.first == "-"
        if rest.first == "-" || rest.first == "+" { rest.removeFirst() }
        guard !rest.isEmpty else { throw Self.malformed(text) }
        if rest.elementsEqual(["0"]) {
            self.init(nanoseconds: 0)
            return
        }
        var total: UInt64 = 0
        while !rest.isEmpty {
            let nanoseconds = try Self.component(&rest, of: text)
            let (sum, overflowed) = total.addingReportingOverflow(nanoseconds)
            guard !overflowed else { throw Self.outOfRange(text) }
            total = sum
        }
        guard total <= UInt64(Int64.max) + (isNegative ? 1 : 0) else { throw Self.outOfRange(text) }
        self.init(nanoseconds: isNegative ? Int64(truncatingIfNeeded: 0 &- total) : Int64(total))
    }

    /// Reads one number with its unit from the front of `rest`.
    private static func component(
        _ rest: inout ArraySlice<Unicode.Scalar>, of text: String
    ) throws(CELError) -> UInt64 {
        let whole = digits(&rest)
        var fraction: ArraySlice<Unicode.Scalar> = []
        if rest.first == "." {
            rest.removeFirst()
            fraction = digits(&rest)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { throw malformed(text) }
        let name = rest.prefix { $0 != "." && !("0"..."9").contains($0) }
        rest.removeFirst(name.count)
        guard let unit = units[String(String.UnicodeScalarView(name))] else { throw malformed(text) }

        var nanoseconds: UInt64 = 0
        for digit in whole {
            let (scaled, scaleOverflowed) = nanoseconds.multipliedReportingOverflow(by: 10)
            let (next, overflowed) = scaled.addingReportingOverflow(unit * UInt64(digit.value - 48))
            guard !scaleOverflowed, !overflowed else { throw outOfRange(text) }
            nanoseconds = next
        }
        // Exact in 128 bits: the digits over their power of ten, times the unit. What is below a nanosecond falls away.
        var numerator: UInt64 = 0
        var denominator: UInt64 = 1
        for digit in fraction.prefix(18) {
            numerator = numerator * 10 + UInt64(digit.value - 48)
            denominator *= 10
        }
        let below = denominator.dividingFullWidth(unit.multipliedFullWidth(by: numerator)).quotient
        let (sum, overflowed) = nanoseconds.addingReportingOverflow(below)
        guard !overflowed else { throw outOfRange(text) }
        return sum
    }

    private static func digits(_ rest: inout ArraySlice<Unicode.Scalar>) -> ArraySlice<Unicode.Scalar> {
        let digits = rest.prefix { ("0"..."9").contains($0) }
        rest.removeFirst(digits.count)
        return digits
    }

    private static func malformed(_ text: String) -> CELError {
        CELError(.invalidArgument, "'\(Excerpt.of(text))' is no duration; write it like '1h30m' or '1.5s'")
    }

    private static func outOfRange(_ text: String) -> CELError {
        CELError(.overflow, "the duration '\(Excerpt.of(text))' is longer than 292 years")
    }
}
