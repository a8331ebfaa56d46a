import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Segments of journals")
struct JournalSegmentTests {
    /// Entries as a run writes them, and such as no run does.
    private static func entries(_ count: Int, _ random: inout SeededGenerator) -> [Entry] {
        var entries: [Entry] = []
        var time: Int64 = 1_770_027_330_123
        for number in 1...count {
            time += Int64(random.number(in: -5...2000))
            if random.chance(2) { time = Int64(random.number(in: 0...253_402_300_799_999)) }
            entries.append(
                Entry(
                    sequence: 4096 + Int64(number), at: Timestamp(millisecondsSinceEpoch: time),
                    actor: random.pick(["engine", "engine", "user:alice", "user:\u{E9}", "user:e\u{301}", ""]) ?? "",
                    fact: fact(number, &random)))
        }
        return entries
    }

    private static func fact(_ number: Int, _ random: inout SeededGenerator) -> Fact {
        let steps = [
            "deploy[host-\(number)]", "deploy[host-\(max(1, number - 3))]", "a", "",
            String(repeating: "long ", count: 300), "deploy[\u{E9}].check",
        ]
        let step = random.pick(steps) ?? ""
        let attempt = random.pick([1, 1, 1, 2, 0, 999_999_999_999_999_999]) ?? 1
        switch random.number(in: 1...100) {
        case 1...45:
            let key = IdempotencyKey.make(
                run: UniqueID(randomHigh: random.next(), randomLow: random.next()), step: step, item: "", rewinds: 0,
                iterations: [0])
            let host = random.pick([nil, HostIdentity(host: "h1", boot: "b1"), HostIdentity(host: "h1", boot: "b2")])
            return .attemptStarted(
                AttemptStarted(
                    step: step, attempt: attempt, id: UniqueID(randomHigh: random.next(), randomLow: random.next()),
                    idempotencyKey: random.pick([key, key, String(key.dropLast()) + "B", "key-\(number)", ""]) ?? key,
                    host: host ?? nil,
                    wait: random.chance(80)
                        ? nil
                        : Wait(
                            due: Timestamp(millisecondsSinceEpoch: Int64(random.number(in: 0...253_402_300_799_999))),
                            length: Milliseconds(Int64(random.number(in: 0...1_000_000)))),
                    question: random.chance(95) ? nil : .signal(name: "s")))
        case 46...90:
            let names = [
                "chk-2026-02-02-\(1000 + number)", "chk-2026-02-02-001", "chk-2026-02-02-0001", "chk-2026-02-02-12",
                "other", "", "007", String(repeating: "long-", count: 20) + "001", "chk-2026-02-02-999999999999999999",
                "chk-2026-02-02-9999999999999999999",
            ]
            return .stepSucceeded(
                StepSucceeded(
                    step: step, attempt: attempt, outputs: random.chance(90) ? [:] : ["n": .int(7), "t": .string("x")],
                    basis: random.pick(StepSucceeded.Basis.allCases) ?? .execution,
                    checkpoint: random.chance(20) ? nil : random.pick(names).map { CheckpointID($0) }))
        default: return random.pick(FactCodingTests.facts) ?? .runPaused
        }
    }

    private static func body(_ entries: [Entry]) throws -> [UInt8] {
        var encoder = SegmentEncoder()
        for entry in entries {
            encoder.append(
                at: entry.at, actor: entry.actor.name, type: entry.fact.type, version: Fact.payloadVersion,
                payload: try entry.fact.payload.compactBytes())
        }
        return encoder.body
    }

    private static func read(_ body: [UInt8], _ count: Int) -> [Entry]? {
        var entries: [Entry] = []
        return JournalSegment.read(body, from: 4097, count: Int64(count), into: &entries) ? entries : nil
    }

    @Test("Every fact comes back as it was written")
    func everyFact() throws {
        let at = ManualClock().now
        let facts = FactCodingTests.facts + CompactFactTests.facts
        let entries = facts.enumerated().map { index, fact in
            Entry(sequence: 4097 + Int64(index), at: at, actor: engineActor, fact: fact)
        }
        #expect(JournalSegmentTests.read(try JournalSegmentTests.body(entries), entries.count) == entries)
    }

    @Test("Whatever entries it is made from, the same are read", arguments: 1...20 as ClosedRange<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let entries = JournalSegmentTests.entries(random.number(in: 1...400), &random)
        let body = try JournalSegmentTests.body(entries)
        let read = try #require(JournalSegmentTests.read(body, entries.count))
        #expect(read == entries)
        // Texts that are equal, but not in their bytes, are told apart.
        #expect(read.map { Array($0.actor.name.utf8) } == entries.map { Array($0.actor.name.utf8) })
        #expect(JournalSegmentTests.read(body, entries.count - 1) == nil)
        #expect(JournalSegmentTests.read(body, entries.count + 1) == nil)
        #expect(try JournalSegmentTests.body(read) == body)
    }

    @Test("What is frequent is small")
    func size() throws {
        var entries: [Entry] = []
        var random = SeededGenerator(seed: 1)
        let run = UniqueID(randomHigh: 1, randomLow: 2)
        for number in 1...512 {
            let step = "deploy[host-\(number)]"
            let facts: [Fact] = [
                .attemptStarted(
                    AttemptStarted(
                        step: step, attempt: 1, id: UniqueID(randomHigh: random.next(), randomLow: random.next()),
                        idempotencyKey: IdempotencyKey.make(
                            run: run, step: "deploy", item: "host-\(number)", rewinds: 0, iterations: [0]),
                        host: HostIdentity(host: "4c4c4544-0042", boot: "b8d1f7a0"))),
                .stepSucceeded(
                    StepSucceeded(
                        step: step, attempt: 1, outputs: [:],
                        checkpoint: CheckpointID("chk-2026-02-02-\(number + 1000)"))
                ),
            ]
            for fact in facts {
                entries.append(
                    Entry(
                        sequence: 4097 + Int64(entries.count), at: Timestamp(millisecondsSinceEpoch: Int64(number) * 5),
                        actor: engineActor, fact: fact))
            }
        }
        let body = try JournalSegmentTests.body(entries)
        #expect(body.count < 34 * entries.count, "\(body.count) bytes for \(entries.count) entries")
        #expect(JournalSegmentTests.read(body, entries.count) == entries)
    }

    @Test(
        "Bytes that no program wrote are refused or read, and nothing worse", arguments: 1...40 as ClosedRange<UInt64>)
    func hostile(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let entries = JournalSegmentTests.entries(30, &random)
        let body = try JournalSegmentTests.body(entries)
        for _ in 1...150 {
            var changed = body
            switch random.number(in: 1...4) {
            case 1: changed.removeLast(random.number(in: 1...body.count))
            case 2: changed = [1] + (0..<random.number(in: 0...300)).map { _ in UInt8(random.number(in: 0...255)) }
            case 3:
                let place = random.number(in: 0...body.count - 1)
                changed.replaceSubrange(
                    place..<min(body.count, place + 11), with: [UInt8](repeating: 0xFF, count: 9) + [1])
            default:
                for _ in 1...random.number(in: 1...3) {
                    changed[random.number(in: 0...body.count - 1)] = UInt8(random.number(in: 0...255))
                }
            }
            var read = [entries[0]]
            guard !JournalSegment.read(changed, from: 4097, count: 30, into: &read) else {
                #expect(read.count == 31)
                // Whatever was read has a text, a payload and a time to print.
                for entry in read { _ = (entry.at.text, entry.fact.type, try? entry.fact.payload.compactBytes()) }
                continue
            }
            // What was there before is left alone.
            #expect(read == [entries[0]])
        }
        // A long text before the count of a checkpoint would be in memory once for each entry.
        for (length, isRead) in [(64, true), (65, false)] {
            let succeeded: [UInt8] = [18, 0, 1, 97, 0, 0, 0, 1, 115, 0, UInt8(length)]
            let counted = [1] + succeeded + [UInt8](repeating: 120, count: length) + [0]
            #expect((JournalSegmentTests.read(counted, 1) != nil) == isRead)
        }
        #expect(JournalSegmentTests.read([], 0) == nil)
        #expect(JournalSegmentTests.read([2], 0) == nil)
        #expect(JournalSegmentTests.read([1], 0) == [])
        var none: [Entry] = []
        #expect(!JournalSegment.read(body, from: .max - 3, count: 30, into: &none))
        #expect(!JournalSegment.read(body, from: 1, count: .max, into: &none))
        #expect(none.isEmpty)
    }
}
