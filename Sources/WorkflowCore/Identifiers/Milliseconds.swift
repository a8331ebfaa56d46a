/// A length of time in whole milliseconds, as definitions write it: `500ms`, `10s`, `5m`, `2h`, `1d`.
package struct Milliseconds: Sendable, Hashable, Comparable {
    package let count: Int64

    package init(_ count: Int64) {
        self.count = count
    }

    package static func seconds(_ seconds: Int64) -> Milliseconds { Milliseconds(seconds * 1000) }
    package static func minutes(_ minutes: Int64) -> Milliseconds { Milliseconds(minutes * 60_000) }
    package static func hours(_ hours: Int64) -> Milliseconds { Milliseconds(hours * 3_600_000) }

    package static let zero = Milliseconds(0)

    /// The longest wait that a definition may ask for: 366 days.
    package static let longest = Milliseconds(366 * 86_400_000)

    package static func < (a: Milliseconds, b: Milliseconds) -> Bool { a.count < b.count }

    /// Both together; the longest that can be told where that is more.
    package func adding(_ other: Milliseconds) -> Milliseconds {
        let (sum, overflow) = count.addingReportingOverflow(other.count)
        return Milliseconds(overflow ? .max : sum)
    }

    package var duration: Duration { .milliseconds(count) }

    /// Reads one number and one unit; nil for anything else and for more than `longest`.
    package init?(text: String) {
        let units: [(String, Int64)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)]
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, let number = Int64(digits),
            let unit = units.first(where: { $0.0 == text.dropFirst(digits.count) })
        else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit.1)
        guard !overflow, product <= Milliseconds.longest.count else { return nil }
        self.init(product)
    }

    /// The shortest exact form in one unit, `90s` rather than `1m30s`.
    package var text: String {
        for (unit, size): (String, Int64) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)]
        where count != 0 && count % size == 0 {
            return "\(count / size)\(unit)"
        }
        return count == 0 ? "0s" : "\(count)ms"
    }
}
