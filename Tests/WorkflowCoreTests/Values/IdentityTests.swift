import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Idempotency keys")
struct IdempotencyKeyTests {
    /// Worked out by another program (Python's hashlib and base64).
    @Test(
        "Keys are what they have always been",
        arguments: [
            ("vpc", "", 0, [0], "WTXOWEUZVUPEYAXH3UIFRW7U6F7O6KPJ4RLGOZ4GWK7W5LX2KUUA"),
            ("vpc", "", 1, [0], "6UCCBTZJWBZ3ORXMTFQVZQO7RBQVHS7OMGEQJ4JN4IGA2DQKMNBA"),
            ("vpc", "eu-west-1", 0, [2, 7], "ON23X5TIJZM3KYJOLY65OMPB65VZ6RX7XA6DTTHIJRF7TGIED6SQ"),
            ("größe", "", 0, [0], "25PJJJ7NAVQBWJ2TBUAH5WJ36FTOTOP76POGEWRDJYN4PWQLIKRA"),
        ])
    func vectors(step: String, item: String, rewinds: Int, iterations: [Int], expected: String) {
        var ids = SequentialIDs()
        #expect(
            IdempotencyKey.make(run: ids.next(), step: step, item: item, rewinds: rewinds, iterations: iterations)
                == expected)
    }

    @Test("No two effects share a key, however their names are cut")
    func distinct() {
        var ids = SequentialIDs()
        var keys: Set<String> = []
        var count = 0
        for run in [ids.next(), ids.next()] {
            for (step, item) in [("a", "bc"), ("ab", "c"), ("abc", ""), ("a", "")] {
                for rewinds in [0, 1, 10] {
                    for iterations in [[0], [1], [0, 0], [10], [1, 0]] {
                        keys.insert(
                            IdempotencyKey.make(
                                run: run, step: step, item: item, rewinds: rewinds, iterations: iterations))
                        count += 1
                    }
                }
            }
        }
        #expect(keys.count == count)
        #expect(keys.allSatisfy { $0.utf8.count == 52 })
    }
}

@Suite("Unique ids")
struct UniqueIDTests {
    @Test("A text form is read back, in lower case, with version and variant set")
    func roundTrip() {
        var random = SeededGenerator(seed: 3)
        for _ in 1...200 {
            let id = UniqueID(randomHigh: random.next(), randomLow: random.next())
            #expect(UniqueID(text: id.text) == id)
            #expect(id.text.utf8.count == 36)
            let characters = Array(id.text)
            #expect(characters[14] == "4")
            #expect("89ab".contains(characters[19]))
        }
        #expect(
            UniqueID(text: "ABCDEF01-2345-4678-9ABC-DEF012345678")?.text == "abcdef01-2345-4678-9abc-def012345678")
    }

    @Test(
        "Other texts are none",
        arguments: [
            "", "abcdef01-2345-4678-9abc-def01234567", "abcdef01-2345-4678-9abc-def0123456789",
            "abcdef0123454678-9abc-def012345678----", "abcdef01-2345-4678-9abc_def012345678",
            "gbcdef01-2345-4678-9abc-def012345678", "abcdef01-2345-4678-9abc-def01234567é",
            "abcdef01-2345-4678-9abc-def01234567\u{FF11}",
        ])
    func malformed(text: String) {
        #expect(UniqueID(text: text) == nil)
    }
}
