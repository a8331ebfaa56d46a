import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Instants and lengths of time")
struct TimeTests {
    @Test(
        "An instant has one text form",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_770_026_400_123, "2026-02-02T10:00:00.123Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"), (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
        ] as [(Int64, String)])
    func text(milliseconds: Int64, text: String) {
        let instant = Timestamp(millisecondsSinceEpoch: milliseconds)
        #expect(instant.text == text)
        #expect(Timestamp(text: text) == instant)
        #expect(instant.day == String(text.prefix(10)))
    }

    @Test("Every instant is read back as it was written")
    func roundTrip() {
        var random = SeededGenerator(seed: 5)
        for _ in 1...2000 {
            let instant = Timestamp(
                millisecondsSinceEpoch: Int64.random(in: -62_167_219_200_000...253_402_300_799_999, using: &random))
            #expect(Timestamp(text: instant.text) == instant)
        }
    }

    @Test(
        "Other texts are no instants",
        arguments: [
            "", "2026-02-02T10:00:00Z", "2026-02-02T10:00:00.123+00:00", "2026-02-29T10:00:00.123Z",
            "2026-13-01T10:00:00.123Z", "2026-00-01T10:00:00.123Z", "2026-01-00T10:00:00.123Z",
            "2026-01-01T24:00:00.000Z",
            "2026-01-01T10:60:00.000Z", "2026-01-01T10:00:60.000Z", "2026-01-01 10:00:00.000Z",
            "2026-01-01T10:00:00.00éZ",
            "+026-01-01T10:00:00.000Z", "2026-01-01T10:00:00.000z",
        ])
    func malformed(text: String) {
        #expect(Timestamp(text: text) == nil)
    }

    @Test("Adding stops at the last instant there is")
    func adding() {
        #expect(Timestamp(millisecondsSinceEpoch: 5).adding(.seconds(1)).millisecondsSinceEpoch == 1005)
        #expect(Timestamp.latest.adding(Milliseconds(1)) == .latest)
        #expect(Timestamp(millisecondsSinceEpoch: .max).adding(.longest) == .latest)
    }

    @Test(
        "A length of time is one number and one unit",
        arguments: [
            ("0s", 0), ("500ms", 500), ("10s", 10_000), ("90s", 90_000), ("5m", 300_000), ("2h", 7_200_000),
            ("366d", 31_622_400_000),
        ] as [(String, Int64)])
    func lengths(text: String, milliseconds: Int64) {
        #expect(Milliseconds(text: text) == Milliseconds(milliseconds))
        #expect(Milliseconds(milliseconds).text == text)
    }

    @Test(
        "Other texts are no lengths",
        arguments: [
            "", "5", "s", "-5s", "+5s", "1.5s", "5 s", "1m30s", "5S", "367d", "99999999999999999999s", "٣s",
            "9223372036854775807d",
        ])
    func noLengths(text: String) {
        #expect(Milliseconds(text: text) == nil)
    }

    @Test("What remains of a wait lies between nothing and its length")
    func remaining() {
        let wait = Wait(due: Timestamp(millisecondsSinceEpoch: 10_000), length: .seconds(5))
        for (now, left) in [(5000, 5000), (7000, 3000), (10_000, 0), (99_000, 0), (-99_000, 5000)] as [(Int64, Int64)] {
            #expect(wait.remaining(at: Timestamp(millisecondsSinceEpoch: now)) == Milliseconds(left))
        }
    }
}
