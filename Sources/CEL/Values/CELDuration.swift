/// A length of time in whole nanoseconds, as the specification limits it: about 292 years either way.
package struct CELDuration: Sendable, Hashable, Comparable {
    package let nanoseconds: Int64

    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    package static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

    static let nanosecondsPerSecond: Int64 = 1_000_000_000

    /// Seconds with as many digits of a fraction as are needed, such as `1000000s` or `-0.5s`.
    package var text: String {
        let magnitude = nanoseconds.magnitude
        let (seconds, fraction) = magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
        return (nanoseconds < 0 ? "-" : "") + String(seconds) + DecimalFraction.text(nanoseconds: fraction) + "s"
    }
}

/// The fraction of a second, as text without trailing zeros.
enum DecimalFraction {
    /// Empty for 0, else a point and up to nine digits.
    static func text(nanoseconds: UInt64) -> String {
        guard nanoseconds > 0 else { return "" }
        var digits = String(nanoseconds)
        digits = String(repeating: "0", count: 9 - digits.utf8.count) + digits
        while digits.utf8.last == UInt8(ascii: "0") { digits.removeLast() }
        return "." + digits
    }
}
