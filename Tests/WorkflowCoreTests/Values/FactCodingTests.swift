import ExecutorKit
import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("The stored form of facts")
struct FactCodingTests {
    private static let failure = Failure(kind: .timedOut, code: "timeout", message: "1h \u{1F4A5} \"x\"", exitCode: 143)
    private static let bare = Failure(kind: .permanent, code: "c", message: "")
    private static let wait = Wait(due: Timestamp(millisecondsSinceEpoch: 1_770_026_400_123), length: .minutes(5))
    private static let id = UniqueID(randomHigh: 1, randomLow: 2)
    private static let host = HostIdentity(host: "h", boot: "b")
    private static let outputs: [String: JSONValue] = [
        "text": .string("\u{0}\n\"ü"), "list": .array([.int(.max), .int(.min), .double(0.1), .null, .bool(true)]),
        "map": .object(["": .object([:])]),
    ]

    private static var changed: DefinitionChanged {
        var change = DefinitionChange()
        change.reused = ["a"]
        change.repeated = ["b"]
        change.added = ["c"]
        change.pending = ["d"]
        change.orphaned = ["e"]
        return DefinitionChanged(definitionHash: "abc", parameters: outputs, change: change)
    }

    /// At least one of every kind, with and without what is optional.
    static let facts: [Fact] = [
        .runCreated(
            RunCreated(
                run: id, workflow: "w", definitionHash: "abc", parameters: outputs, labels: ["team": "infra"],
                context: ExecutionContext(
                    user: "ada", host: "box", umask: 0o077, workingDirectory: "/srv/a b", environmentSalt: "s",
                    environmentHashes: ["PATH": "123"]), engineVersion: "1.2.3")),
        .driverAttached(
            DriverAttached(
                reason: .resume, host: host, processID: 77, engineVersion: "1", onDoubt: .fail,
                changes: ["PATH differs", "umask differs"])),
        .driverAttached(DriverAttached(reason: .request, host: host, processID: 1, engineVersion: "1")),
        .driverDetached(DriverDetached(reason: "SIGINT")),
        .runRewound(RunRewound(checkpoint: CheckpointID("chk-2026-02-02-001"), sequence: 12)),
        .stageEntered(StageEntered(stage: "one")), .stageCompleted(StageCompleted(stage: "one")),
        .stageReturned(StageReturned(stage: "two", returnedTo: "one", count: 3)),
        .attemptStarted(AttemptStarted(step: "a", attempt: 2, id: id, idempotencyKey: "K", host: host)),
        .attemptStarted(
            AttemptStarted(step: "a", attempt: 1, id: id, idempotencyKey: "K", host: nil, wait: wait)),
        .attemptVoided(AttemptReference(step: "a", attempt: 1)),
        .attemptFailed(AttemptFailed(step: "a", attempt: 1, failure: failure, retry: wait)),
        .attemptFailed(AttemptFailed(step: "a", attempt: 1, failure: bare, retry: nil)),
        .attemptInDoubt(AttemptInDoubt(step: "a", attempt: 1, reason: "r", failure: failure)),
        .attemptInDoubt(AttemptInDoubt(step: "a", attempt: 1, reason: "r")),
        .probeFinished(ProbeFinished(step: "a", attempt: 1, verdict: .cannotTell, message: "m")),
        .stepSucceeded(
            StepSucceeded(step: "a", attempt: 1, outputs: outputs, basis: .probe, checkpoint: CheckpointID("chk-1"))),
        .stepSucceeded(StepSucceeded(step: "a", attempt: 0, outputs: [:], basis: .resolution)),
        .stepSkipped(StepSkipped(step: "a", basis: .condition, checkpoint: CheckpointID("chk-1"))),
        .stepSkipped(StepSkipped(step: "a", basis: .resolution)),
        .stepFailed(StepFailed(step: "a", failure: bare, isTolerated: true)),
        .stepCancelled(StepCancelled(step: "a")),
        .stepResolved(StepResolved(step: "a", decision: .done, reason: "seen it")),
        .stepResolved(StepResolved(step: "a", decision: .skip, reason: nil)),
        .stopRequested(StopRequested(signal: "SIGINT")),
        .cancelRequested(Request(reason: "r", ended: ["a", "b[1]"])),
        .pauseRequested(Request(reason: "lunch")), .pauseRequested(Request()), .runPaused,
        .cancelRequested(Request(reason: "no")), .cancelRequested(Request()),
        .endingBegan(EndingBegan(status: .failed, failure: failure)),
        .endingBegan(EndingBegan(status: .completed, failure: nil)),
        .runEnded(RunEnded(status: .cancelled, failure: nil)),
        .runEnded(RunEnded(status: .failed, failure: bare)),
        .itemsEvaluated(ItemsEvaluated(step: "f", items: [.int(1), .object(["a": .null])], keys: ["x", "y"])),
        .itemsEvaluated(ItemsEvaluated(step: "f", items: [], keys: nil)),
        .groupEntered(GroupEntered(step: "f[0].g")), .definitionChanged(changed),
        .stepRepeated(StepRepeated(step: "f", iteration: 3, outputs: outputs, wait: wait)),
        .stepRepeated(StepRepeated(step: "f", iteration: 1, outputs: [:], wait: nil)),
        .locksRequested(LocksRequested(step: "f", locks: ["a", "b"], wait: wait)),
        .locksTaken(LocksTaken(step: "f")),
        .attemptStarted(
            AttemptStarted(
                step: "f", attempt: 1, id: id, idempotencyKey: "K", host: nil, wait: wait,
                question: .signal(name: "go"))),
        .attemptStarted(
            AttemptStarted(
                step: "f", attempt: 1, id: id, idempotencyKey: "K", host: nil, wait: wait,
                question: .approval(prompt: "Go?", approvers: ["ada"]))),
        .signalReceived(SignalReceived(name: "go", data: .object(outputs))),
        .signalReceived(SignalReceived(name: "go", data: .null)),
        .stepApproved(StepJudged(step: "f", reason: "fine")), .stepApproved(StepJudged(step: "f", reason: nil)),
        .stepRejected(StepJudged(step: "f", reason: "no")), .stepRejected(StepJudged(step: "f", reason: nil)),
        .verifyFinished(VerifyFinished(step: "f", verdict: .cannotTell, message: "m")),
        .requestRefused(RequestRefused(request: "approve", code: "no_such_step", message: "m")),
        .concurrencyRequested(ConcurrencyRequested(group: "g")), .concurrencyTaken(ConcurrencyTaken(group: "g")),
        .stepSkipped(StepSkipped(step: "a", basis: .timeout)),
        .driverAttached(
            DriverAttached(reason: .recovery, host: host, processID: 1, engineVersion: "1", note: "by hand")),
        .runRewound(RunRewound(checkpoint: CheckpointID("chk-2026-02-02-001"), sequence: 12, reason: "again")),
        .carriedOver(CarriedOver()), .carriedOver(CarriedOver(forkedFrom: "r@c")),
        .runCreated(
            RunCreated(
                run: id, workflow: "w", definitionHash: "abc", parameters: [:], labels: [:],
                context: ExecutionContext(
                    user: "ada", host: "box", umask: 0, workingDirectory: "/", environmentSalt: "s",
                    environmentHashes: [:]), engineVersion: "1.2.3",
                executors: [CallStateTests.executor(.word(.keyed), supports: [.plan, .probe])])),
    ]

    @Test("Every fact is read back as it was written", arguments: facts.indices)
    func roundTrip(index: Int) throws {
        let fact = FactCodingTests.facts[index]
        let bytes = try fact.payload.compactBytes()
        let read = try Fact(
            type: fact.type, version: Fact.payloadVersion, payload: try JSONValue(parsing: bytes))
        #expect(read == fact)
    }

    @Test("The table holds every type there is")
    func complete() {
        #expect(Set(FactCodingTests.facts.map(\.type)).count == 37)
    }

    @Test("A payload is stored with these names, for ever")
    func storedForm() throws {
        func text(_ fact: Fact) throws -> String { String(decoding: try fact.payload.compactBytes(), as: UTF8.self) }
        #expect(
            try text(FactCodingTests.facts[8])
                == #"{"attempt":2,"boot":"b","host":"h","#
                + #""id":"00000000-0000-4001-8000-000000000002","key":"K","step":"a"}"#
        )
        #expect(
            try text(FactCodingTests.facts[11])
                == #"{"attempt":1,"failure":{"code":"timeout","exit_code":143,"kind":"timed_out","#
                + #""message":"1h 💥 \"x\""},"#
                + #""retry":{"due":"2026-02-02T10:00:00.123Z","length_ms":300000},"step":"a"}"#)
        #expect(
            try text(.stepSucceeded(StepSucceeded(step: "a", attempt: 1, outputs: ["k": .int(1)])))
                == #"{"attempt":1,"basis":"execution","outputs":{"k":1},"step":"a"}"#)
    }

    @Test("What a newer program wrote is told apart from damage")
    func unknown() {
        #expect(throws: FactError.unknownType("step_forked")) {
            try Fact(type: "step_forked", version: 1, payload: .object([:]))
        }
        #expect(throws: FactError.unknownVersion("run_paused", 2)) {
            try Fact(type: "run_paused", version: 2, payload: .object([:]))
        }
        #expect(throws: FactError.malformed(type: "run_paused", member: "(all)")) {
            try Fact(type: "run_paused", version: 1, payload: .null)
        }
    }

    @Test("A payload that lacks any of its members, or holds one of another type, is damaged", arguments: facts.indices)
    func damaged(index: Int) throws {
        let fact = FactCodingTests.facts[index]
        guard case .object(let members) = fact.payload else { throw Missing(what: "members") }
        for name in members.keys.sorted() {
            for other in [nil, .double(0.5)] as [JSONValue?] {
                // A signal carries whatever was sent.
                if other != nil, fact.type == "signal_received", name == "data" { continue }
                var changed = members
                changed[name] = other
                do {
                    let read = try Fact(type: fact.type, version: 1, payload: .object(changed))
                    // What is optional may be absent, and is then read as absent.
                    #expect(other == nil && read != fact, "\(fact.type).\(name) is not read, or not strictly")
                } catch {
                    guard case .malformed(fact.type, _) = error else { throw error }
                }
            }
        }
    }
}
