/// An instant, to the nanosecond, from the first of January of year 1 to the last of December of year 9999 (UTC).
package struct CELTimestamp: Sendable, Hashable, Comparable {
    /// Since 1970-01-01T00:00:00Z; negative before.
    package let seconds: Int64
    /// What comes on top of `seconds`: 0 to 999,999,999, also before 1970.
    package let nanoseconds: Int32

    static let secondsRange: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

    /// Nil outside the years 1 to 9999.
    package init?(seconds: Int64, nanoseconds: Int32 = 0) {
        guard Self.secondsRange.contains(seconds), (0..<1_000_000_000).contains(nanoseconds) else { return nil }
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    /// The instant after (or before) this one; nil when it leaves the range.
    package func adding(_ duration: CELDuration) -> CELTimestamp? {
        let (whole, rest) = duration.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return moved(bySeconds: whole, nanoseconds: rest)
    }

    /// The instant before (or after) this one; nil when it leaves the range. Not a sum with the negated duration: the
    /// least duration has no counterpart.
    package func subtracting(_ duration: CELDuration) -> CELTimestamp? {
        let (whole, rest) = duration.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return moved(bySeconds: -whole, nanoseconds: -rest)
    }

    /// Both parts are those of a duration, so no sum here comes near the limits of Int64.
    private func moved(bySeconds whole: Int64, nanoseconds part: Int64) -> CELTimestamp? {
        var seconds = seconds + whole
        var rest = part + Int64(nanoseconds)
        if rest < 0 {
            rest += 1_000_000_000
            seconds -= 1
        } else if rest >= 1_000_000_000 {
            rest -= 1_000_000_000
            seconds += 1
        }
        return CELTimestamp(seconds: seconds, nanoseconds: Int32(rest))
    }

    /// The time from `earlier` to this instant; nil when it is longer than a duration can be.
    package func since(_ earlier: CELTimestamp) -> CELDuration? {
        let (whole, overflowed) = (seconds - earlier.seconds).multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflowed else { return nil }
        let (total, added) = whole.addingReportingOverflow(Int64(nanoseconds) - Int64(earlier.nanoseconds))
        return added ? nil : CELDuration(nanoseconds: total)
    }

    /// RFC 3339 in UTC, with as many digits of a fraction as are needed: `2009-02-13T23:31:30.5Z`.
    package var text: String {
        let date = CivilTime(secondsSinceEpoch: seconds)
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T"
            + "\(padded(date.hour, 2)):\(padded(date.minute, 2)):\(padded(date.second, 2))"
            + DecimalFraction.text(nanoseconds: UInt64(nanoseconds)) + "Z"
    }
}
