import CEL
import Testing

@Suite("Times")
struct TimeTests {
    @Test(
        "Parts of a timestamp in UTC",
        arguments: [
            ("getFullYear", 2009), ("getMonth", 1), ("getDate", 13), ("getDayOfMonth", 12), ("getDayOfWeek", 5),
            ("getDayOfYear", 43), ("getHours", 23),
            ("getMinutes", 31), ("getSeconds", 30), ("getMilliseconds", 123),
        ] as [(String, Int64)])
    func parts(function: String, value: Int64) throws {
        #expect(try evaluate("timestamp('2009-02-13T23:31:30.123456Z').\(function)()") == .int(value))
        #expect(try evaluate("timestamp('2009-02-13T23:31:30.123456Z').\(function)('UTC')") == .int(value))
    }

    @Test(
        "Parts of a timestamp in a time zone",
        arguments: [
            ["timestamp('2009-02-13T23:31:30Z').getHours('+02:00')", "1"],
            ["timestamp('2009-02-13T23:31:30Z').getHours('02:00')", "1"],
            ["timestamp('2009-02-13T23:31:30Z').getMinutes('-02:30')", "1"],
            ["timestamp('2009-02-13T23:31:30Z').getDate('Australia/Sydney')", "14"],
            ["timestamp('2009-02-13T23:31:30Z').getHours('Europe/Paris')", "0"],
            ["timestamp('2023-07-01T12:00:00Z').getHours('Europe/Paris')", "14"],
            ["timestamp('2023-12-25T00:00:00Z').getDate('America/Los_Angeles')", "24"],
            ["timestamp('2023-12-25T12:00:00Z').getHours('CET')", "13"],
            // The hour when the clock is set, before, during and after.
            ["timestamp('2024-03-31T00:59:59Z').getHours('Europe/Berlin')", "1"],
            ["timestamp('2024-03-31T01:00:00Z').getHours('Europe/Berlin')", "3"],
            ["timestamp('2024-10-27T00:59:59Z').getHours('Europe/Berlin')", "2"],
            ["timestamp('2024-10-27T01:00:00Z').getHours('Europe/Berlin')", "2"],
            // Beyond the table of transitions, by the rule: both hemispheres, and a zone without summer time.
            ["timestamp('2090-07-01T12:00:00Z').getHours('America/New_York')", "8"],
            ["timestamp('2090-01-01T12:00:00Z').getHours('America/New_York')", "7"],
            ["timestamp('2090-01-01T12:00:00Z').getHours('Australia/Sydney')", "23"],
            ["timestamp('2090-07-01T12:00:00Z').getHours('Australia/Sydney')", "22"],
            ["timestamp('2090-07-01T12:00:00Z').getMinutes('Asia/Kathmandu')", "45"],
            ["timestamp('1800-07-01T12:00:00Z').getHours('Asia/Tokyo')", "21"],
            ["timestamp('9999-12-31T23:59:59Z').getFullYear('+01:00')", "10000"],
            ["timestamp('0001-01-01T00:00:00Z').getFullYear('-01:00')", "0"],
        ] as [Equivalence])
    func zones(_ pair: Equivalence) throws { try pair.check() }

    @Test(
        "Durations in whole units",
        arguments: [
            ["duration('-3730s').getMinutes()", "-62"], ["duration('3h59m').getHours()", "3"],
            ["duration('90s').getSeconds()", "90"],
            ["duration('1.234s').getMilliseconds()", "234"], ["duration('-1.234s').getMilliseconds()", "-234"],
        ] as [Equivalence])
    func durations(_ pair: Equivalence) throws { try pair.check() }

    @Test(
        "What is no time zone fails, and reads no file outside the database",
        arguments: [
            "Nowhere/City", "../../../etc/passwd", "/etc/localtime", "Europe//Paris", "+1:00", "+24:00", "+00:60",
            "zone.tab", "Europe", ".", "a/../b",
        ])
    func badZones(zone: String) {
        FailingExpression("timestamp(0).getHours('\(zone)')", .invalidTimeZone).check()
    }

    @Test("Other receivers and arguments fail")
    func misuse() {
        FailingExpression("duration('1s').getHours('UTC')", .noSuchOverload).check()
        FailingExpression("duration('1s').getFullYear()", .noSuchOverload).check()
        FailingExpression("timestamp(0).getHours(1)", .noSuchOverload).check()
        FailingExpression("'text'.getHours()", .noSuchOverload).check()
    }

    @Test("Every day of 400 years has the date after the day before", arguments: [1, 1600, 9600])
    func calendar(firstYear: Int) throws {
        var date = (year: firstYear, month: 1, day: 1)
        func pad(_ number: Int, _ width: Int) -> String {
            String(repeating: "0", count: width - String(number).count) + String(number)
        }
        let start = try CELTimestamp(parsing: "\(pad(firstYear, 4))-01-01T00:00:00Z").seconds
        for day in 0..<(400 * 365) {
            let text = CELTimestamp(seconds: start + Int64(day) * 86_400)?.text
            #expect(text == "\(pad(date.year, 4))-\(pad(date.month, 2))-\(pad(date.day, 2))T00:00:00Z")
            let isLeap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0)
            let length = date.month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(date.month) ? 30 : 31
            date.day += 1
            if date.day > length { date = (date.year, date.month + 1, 1) }
            if date.month > 12 { date = (date.year + 1, 1, 1) }
        }
    }
}
