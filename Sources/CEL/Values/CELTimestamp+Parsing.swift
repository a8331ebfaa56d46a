extension CELTimestamp {
    /// Reads RFC 3339: `2009-02-13T23:31:30Z`, `2009-02-13T23:31:30.123-07:00`. Digits below a nanosecond fall away.
    package init(parsing text: String) throws(CELError) {
        var reader = DigitReader(rest: Array(text.utf8)[...])
        guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"),
            let day = reader.number(2), reader.take("T") || reader.take("t"),
            let hour = reader.number(2), reader.take(":"), let minute = reader.number(2), reader.take(":"),
            let second = reader.number(2), let nanoseconds = reader.fraction(), let offset = reader.offset(),
            reader.rest.isEmpty,
            (1...12).contains(month), (1...CivilTime.days(inMonth: month, of: year)).contains(day),
            hour < 24, minute < 60, second < 60
        else {
            throw CELError(
                .invalidArgument,
                "'\(Excerpt.of(text))' is no timestamp; write it like '2009-02-13T23:31:30Z' (RFC 3339)")
        }
        let civil = CivilTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        guard let timestamp = CELTimestamp(seconds: civil.secondsSinceEpoch - Int64(offset), nanoseconds: nanoseconds)
        else { throw CELError(.overflow, "the timestamp '\(Excerpt.of(text))' lies outside the years 1 to 9999") }
        self = timestamp
    }

    /// Takes the parts of a timestamp from the front of its text.
    private struct DigitReader {
        var rest: ArraySlice<UInt8>

        mutating func take(_ scalar: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: scalar) else { return false }
            rest.removeFirst()
            return true
        }

        mutating func number(_ digits: Int) -> Int? {
            var number = 0
            for _ in 0..<digits {
                guard let byte = rest.first, byte &- 48 < 10 else { return nil }
                number = number * 10 + Int(byte - 48)
                rest.removeFirst()
            }
            return number
        }

        /// Nanoseconds; 0 where no fraction stands, nil where a point has no digits.
        mutating func fraction() -> Int32? {
            guard take(".") else { return 0 }
            let digits = rest.prefix { $0 &- 48 < 10 }
            guard !digits.isEmpty else { return nil }
            rest.removeFirst(digits.count)
            var nanoseconds: Int32 = 0
            for position in 0..<9 {
                nanoseconds *= 10
                if position < digits.count { nanoseconds += Int32(digits[digits.startIndex + position] - 48) }
            }
            return nanoseconds
        }

        /// Seconds east of UTC.
        mutating func offset() -> Int? {
            if take("Z") || take("z") { return 0 }
            let isWest = rest.first == UInt8(ascii: "-")
            guard take("+") || take("-"), let hours = number(2), take(":"), let minutes = number(2), hours < 24,
                minutes < 60
            else { return nil }
            return (isWest ? -1 : 1) * (hours * 3_600 + minutes * 60)
        }
    }
}
