import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Facts that are read and written without a tree of values")
struct CompactFactTests {
    private static let id = UniqueID(randomHigh: 1, randomLow: 0xFFFF_FFFF)
    private static let wait = Wait(due: Timestamp(millisecondsSinceEpoch: 1_770_027_330_123), length: .seconds(3))

    static let facts: [Fact] = [
        .attemptStarted(AttemptStarted(step: "a", attempt: 1, id: id, idempotencyKey: "KEY", host: nil)),
        .attemptStarted(
            AttemptStarted(step: "a[é\"\\\u{1}]", attempt: 12, id: id, idempotencyKey: "KEY", host: TestRun.host)),
        .attemptStarted(AttemptStarted(step: "a", attempt: 1, id: id, idempotencyKey: "K", host: nil, wait: wait)),
        .attemptStarted(
            AttemptStarted(
                step: "a", attempt: 1, id: id, idempotencyKey: "K", host: nil, wait: wait, question: .signal(name: "s"))
        ),
        .stepSucceeded(StepSucceeded(step: "a", attempt: 0, outputs: [:])),
        .stepSucceeded(StepSucceeded(step: "a", attempt: 2, outputs: ["n": .int(1)], basis: .probe)),
        .stepSucceeded(
            StepSucceeded(
                step: "a[0].b", attempt: 3, outputs: [:], basis: .resolution,
                checkpoint: CheckpointID("chk-2026-02-02-1234"))),
        .stepSkipped(StepSkipped(step: "a", basis: .condition)),
    ]

    @Test("The bytes are those of the tree, and read back as the same fact", arguments: facts)
    func roundTrip(fact: Fact) throws {
        let bytes = try fact.payload.compactBytes()
        if let compact = fact.compactPayload { #expect(compact == bytes) }
        if let read = Fact(type: fact.type, version: Fact.payloadVersion, compact: bytes) { #expect(read == fact) }
        #expect(try Fact(type: fact.type, version: Fact.payloadVersion, payload: JSONValue(parsing: bytes)) == fact)
    }

    @Test("Plain ones do take the short way")
    func isTaken() throws {
        for fact in [CompactFactTests.facts[0], CompactFactTests.facts[2], CompactFactTests.facts[6]] {
            let bytes = try #require(fact.compactPayload)
            #expect(Fact(type: fact.type, version: Fact.payloadVersion, compact: bytes) == fact)
            // Whatever byte is changed or missing: either the long way reads it too, and the same, or nobody does.
            for index in bytes.indices {
                var changed = bytes
                changed[index] = UInt8(ascii: index % 2 == 0 ? "\"" : "0")
                for damaged in [changed, Array(bytes[..<index])] {
                    guard let read = Fact(type: fact.type, version: Fact.payloadVersion, compact: damaged) else {
                        continue
                    }
                    let tree = try JSONValue(parsing: damaged)
                    #expect(try Fact(type: fact.type, version: Fact.payloadVersion, payload: tree) == read)
                }
            }
        }
    }

    @Test(
        "A checkpoint's name survives in a timeline, however it is written",
        arguments: [
            "chk-2026-02-02-001", "chk-2026-02-02-1234567", "chk-2026-02-02-0001", "chk-2026-02-02-99999999999",
            "other",
        ])
    func checkpointNames(name: String) throws {
        let run = try TestRun(Definitions.steps("- {name: a, run: x}"))
        var state = run.state
        try state.apply(
            Entry(
                sequence: state.head + 1, at: ManualClock().now, actor: engineActor,
                fact: .stepSucceeded(
                    StepSucceeded(step: "a", attempt: 1, outputs: [:], checkpoint: CheckpointID(name)))))
        var names: [String?] = []
        for case .stepEnded(let ending) in state.timeline { names.append(ending.checkpoint?.text) }
        #expect(names == [name])
    }
}
