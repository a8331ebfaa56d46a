/// A zone's rule for all years to come: the `TZ` string of POSIX with the extensions of RFC 9636, for example
/// `CET-1CEST,M3.5.0,M10.5.0/3`.
struct YearlyRule: Sendable {
    private let standardOffset: Int
    private let daylight: Daylight?

    private struct Daylight: Sendable {
        let offset: Int
        let start: Day
        let end: Day
    }

    /// A day of each year and the time on it when the clock is set.
    private struct Day: Sendable {
        let kind: Kind
        /// Seconds from midnight, on the clock that is about to be set; beyond a day in both directions allowed.
        var time: Int

        enum Kind: Sendable {
            /// Week 1 to 5 (5 is the last) of a month, and the day of the week, 0 for Sunday.
            case month(Int, week: Int, weekday: Int)
            /// 1 to 365; the 29th of February is never counted.
            case julian(Int)
            /// 0 to 365; the 29th of February is counted.
            case dayOfYear(Int)
        }

        /// The moment in a year, on that clock, in seconds since 1970.
        func moment(in year: Int) -> Int64 {
            let day: Int
            switch kind {
            case .month(let month, let week, let weekday):
                let first = CivilTime(year: year, month: month, day: 1)
                var date = (weekday - first.dayOfWeek + 7) % 7 + 7 * (week - 1)
                if date >= CivilTime.days(inMonth: month, of: year) { date -= 7 }
                day = first.daysSinceEpoch + date
            case .julian(let number):
                let leap = CivilTime.isLeap(year) && number >= 60 ? 1 : 0
                day = CivilTime(year: year, month: 1, day: 1).daysSinceEpoch + number - 1 + leap
            case .dayOfYear(let number):
                day = CivilTime(year: year, month: 1, day: 1).daysSinceEpoch + number
            }
            return Int64(day * 86_400 + time)
        }
    }

    /// Nil where the text is no such rule, or empty.
    init?(posix text: String) {
        var reader = Reader(rest: Array(text.utf8)[...])
        guard reader.skipName(), let standard = reader.time() else { return nil }
        standardOffset = -standard
        guard !reader.rest.isEmpty else {
            daylight = nil
            return
        }
        guard reader.skipName() else { return nil }
        var offset = standardOffset + 3_600
        if reader.rest.first != UInt8(ascii: ",") {
            guard let explicit = reader.time() else { return nil }
            offset = -explicit
        }
        guard let start = reader.day(), let end = reader.day(), reader.rest.isEmpty else { return nil }
        daylight = Daylight(offset: offset, start: start, end: end)
    }

    func offset(at instant: Int64) -> Int {
        guard let daylight else { return standardOffset }
        let year = CivilTime(secondsSinceEpoch: instant + Int64(standardOffset)).year
        let start = daylight.start.moment(in: year) - Int64(standardOffset)
        let end = daylight.end.moment(in: year) - Int64(daylight.offset)
        // South of the equator summer spans the turn of the year.
        let isDaylight = start < end ? (start..<end).contains(instant) : !(end..<start).contains(instant)
        return isDaylight ? daylight.offset : standardOffset
    }

    /// Takes the parts of a rule from the front of its text.
    private struct Reader {
        var rest: ArraySlice<UInt8>

        private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: scalar) else { return false }
            rest.removeFirst()
            return true
        }

        /// A zone's abbreviation: letters, or anything between angle brackets.
        mutating func skipName() -> Bool {
            if take("<") {
                guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else { return false }
                rest = rest[(end + 1)...]
                return true
            }
            let letters = rest.prefix { ($0 | 0x20) &- UInt8(ascii: "a") < 26 }
            rest.removeFirst(letters.count)
            return letters.count >= 3
        }

        private mutating func number(upTo limit: Int) -> Int? {
            let digits = rest.prefix(while: Lexer.isDigit).prefix(4)
            rest.removeFirst(digits.count)
            guard let number = Int(String(decoding: digits, as: UTF8.self)), number <= limit else { return nil }
            return number
        }

        /// `[+-]hh[:mm[:ss]]` in seconds; up to 167 hours.
        mutating func time() -> Int? {
            let isNegative = take("-")
            if !isNegative { _ = take("+") }
            guard let hours = number(upTo: 167) else { return nil }
            var seconds = hours * 3_600
            for unit in [60, 1] where take(":") {
                guard let part = number(upTo: 59) else { return nil }
                seconds += part * unit
            }
            return isNegative ? -seconds : seconds
        }

        mutating func day() -> Day? {
            guard take(","), let kind = kind() else { return nil }
            guard take("/") else { return Day(kind: kind, time: 2 * 3_600) }
            return time().map { Day(kind: kind, time: $0) }
        }

        private mutating func kind() -> Day.Kind? {
            if take("M") {
                guard let month = number(upTo: 12), month > 0, take("."), let week = number(upTo: 5), week > 0,
                    take("."),
                    let weekday = number(upTo: 6)
                else { return nil }
                return .month(month, week: week, weekday: weekday)
            }
            if take("J") {
                guard let number = number(upTo: 365), number > 0 else { return nil }
                return .julian(number)
            }
            return number(upTo: 365).map { .dayOfYear($0) }
        }
    }
}
