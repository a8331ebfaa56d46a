/// A date and time of day in the proleptic Gregorian calendar, without a zone.
///
/// The conversion between days and dates is Howard Hinnant's ("chrono-Compatible Low-Level Date Algorithms").
struct CivilTime: Sendable, Hashable {
    var year: Int
    /// 1 to 12.
    var month: Int
    /// 1 to 31.
    var day: Int
    var hour = 0
    var minute = 0
    var second = 0

    init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
    }

    init(secondsSinceEpoch seconds: Int64) {
        let day = Self.floored(Int(seconds), 86_400)
        let time = Int(seconds) - day * 86_400
        let shifted = day + 719_468
        let era = Self.floored(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        self.day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        hour = time / 3_600
        minute = time / 60 % 60
        second = time % 60
    }

    /// Days from 1970-01-01 to this date.
    var daysSinceEpoch: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = Self.floored(shiftedYear, 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    var secondsSinceEpoch: Int64 {
        Int64(daysSinceEpoch * 86_400 + hour * 3_600 + minute * 60 + second)
    }

    /// 0 for Sunday to 6 for Saturday.
    var dayOfWeek: Int {
        let days = daysSinceEpoch + 4
        return days - Self.floored(days, 7) * 7
    }

    /// 0 for the first of January.
    var dayOfYear: Int {
        daysSinceEpoch - CivilTime(year: year, month: 1, day: 1).daysSinceEpoch
    }

    static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func floored(_ number: Int, _ divisor: Int) -> Int {
        number >= 0 ? number / divisor : (number - divisor + 1) / divisor
    }
}
