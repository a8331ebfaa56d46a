/// An instant: whole milliseconds since 1970-01-01T00:00:00Z (UTC, no leap seconds).
///
/// Order in a journal comes from sequence numbers; timestamps are for people and for due times.
package struct Timestamp: Sendable, Hashable, Comparable {
    package let millisecondsSinceEpoch: Int64

    package init(millisecondsSinceEpoch: Int64) {
        self.millisecondsSinceEpoch = millisecondsSinceEpoch
    }

    /// The year 9999 is the last that the text form can hold.
    package static let latest = Timestamp(millisecondsSinceEpoch: 253_402_300_799_999)

    package static func < (a: Timestamp, b: Timestamp) -> Bool {
        a.millisecondsSinceEpoch < b.millisecondsSinceEpoch
    }

    /// The instant `wait` later, clamped to `latest`.
    package func adding(_ wait: Milliseconds) -> Timestamp {
        let (sum, overflow) = millisecondsSinceEpoch.addingReportingOverflow(wait.count)
        return overflow || sum > Timestamp.latest.millisecondsSinceEpoch
            ? .latest : Timestamp(millisecondsSinceEpoch: sum)
    }

    /// How long it is from `earlier` to this instant; negative when this one comes first.
    package func since(_ earlier: Timestamp) -> Milliseconds {
        Milliseconds(millisecondsSinceEpoch - earlier.millisecondsSinceEpoch)
    }

    /// `2026-02-02T10:15:30.123Z` (RFC 3339, always UTC, always three digits).
    package var text: String {
        let clock = Int(millisecondsSinceEpoch.flooredRemainder(by: 86_400_000))
        let day = day
        return String(unsafeUninitializedCapacity: day.utf8.count + 14) { buffer in
            var end = 0
            for byte in day.utf8 {
                buffer[end] = byte
                end += 1
            }
            func put(_ mark: UInt8, _ number: Int, _ width: Int) {
                buffer[end] = mark
                var rest = number
                for place in stride(from: end + width, to: end, by: -1) {
                    buffer[place] = UInt8(ascii: "0") + UInt8(rest % 10)
                    rest /= 10
                }
                end += width + 1
            }
            put(UInt8(ascii: "T"), clock / 3_600_000, 2)
            put(UInt8(ascii: ":"), clock / 60_000 % 60, 2)
            put(UInt8(ascii: ":"), clock / 1000 % 60, 2)
            put(UInt8(ascii: "."), clock % 1000, 3)
            buffer[end] = UInt8(ascii: "Z")
            return end + 1
        }
    }

    /// The UTC day, `2026-02-02`.
    package var day: String {
        let (year, month, day) = civil(fromDays: Int(millisecondsSinceEpoch.flooredQuotient(by: 86_400_000)))
        return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2)
    }

    /// Reads exactly the form that `text` writes; nil for anything else.
    package init?(text: String) {
        guard text.utf8.count == 24 else { return nil }
        var text = text
        guard let time = text.withUTF8({ Timestamp($0) }) else { return nil }
        self = time
    }

    /// - Parameter bytes: 24 of them.
    private init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        func number(_ range: Range<Int>) -> Int? {
            var value = 0
            for index in range {
                guard bytes[index] >= 48, bytes[index] <= 57 else { return nil }
                value = value * 10 + Int(bytes[index] - 48)
            }
            return value
        }
        guard bytes[4] == 45, bytes[7] == 45, bytes[10] == 84, bytes[13] == 58, bytes[16] == 58, bytes[19] == 46,
            bytes[23] == 90,
            let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            let millisecond = number(20..<23),
            (1...12).contains(month), hour < 24, minute < 60, second < 60
        else { return nil }
        let days = daysFromCivil(year: year, month: month, day: day)
        guard day >= 1, civil(fromDays: days) == (year, month, day) else { return nil }
        let seconds = Int64(days) * 86_400 + Int64(hour * 3600 + minute * 60 + second)
        self.init(millisecondsSinceEpoch: seconds * 1000 + Int64(millisecond))
    }
}

extension Int64 {
    fileprivate func flooredQuotient(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }

    fileprivate func flooredRemainder(by divisor: Int64) -> Int64 {
        let remainder = self % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}

private func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

/// Days since 1970-01-01 of a proleptic Gregorian date.
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
private func daysFromCivil(year: Int, month: Int, day: Int) -> Int {
    let y = month <= 2 ? year - 1 : year
    let era = (y >= 0 ? y : y - 399) / 400
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
}

/// The date that lies `days` after 1970-01-01. Source: as above, civil_from_days.
private func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
    let z = days + 719_468
    let era = (z >= 0 ? z : z - 146_096) / 146_097
    let dayOfEra = z - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shifted + 2) / 5 + 1
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
}
