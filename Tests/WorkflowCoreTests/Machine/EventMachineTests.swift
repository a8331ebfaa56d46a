import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("What attempts report, in the machine")
struct EventMachineTests {
    private func failure(
        _ code: String, retry: FailureAdvice.Retry? = nil, after: Milliseconds? = nil,
        effect: FailureAdvice.Effect? = nil, exitCode: Int? = 1
    ) -> Failure {
        Failure(
            kind: .transient, code: code, message: "it said so", exitCode: exitCode,
            advice: FailureAdvice(retry: retry, after: after, effect: effect))
    }

    private func run(_ retry: String, more: String = "") throws -> TestRun {
        try TestRun(Definitions.steps("- {name: a, run: x, retry: \(retry)\(more)}"))
    }

    @Test(
        "Codes and exit codes say which failures are repeated",
        arguments: [
            ("{limit: 3}", "other", 1, true), ("{limit: 3, codes: [rate_limit]}", "rate_limit", 1, true),
            ("{limit: 3, codes: [rate_limit]}", "other", 1, false),
            ("{limit: 3, codes: [rate_limit, lock_timeout]}", "lock_timeout", 1, true),
            ("{limit: 3, codes: [exit]}", "exit_status", 1, true), ("{limit: 3, codes: [exit]}", "other", 1, false),
            ("{limit: 3, codes: [rate_limit], exit_codes: [75]}", "exit_status", 75, true),
            ("{limit: 3, codes: [rate_limit], exit_codes: [75]}", "rate_limit", 1, true),
            ("{limit: 3, codes: [rate_limit], exit_codes: [75]}", "exit_status", 1, false),
            ("{limit: 3, exit_codes: [75]}", "rate_limit", 1, false), ("{limit: 0}", "rate_limit", 1, false),
        ])
    func codes(_ retry: String, _ code: String, _ exitCode: Int, _ isRepeated: Bool) throws {
        var run = try run(retry)
        try run.take(.attemptEnded(run.attempt("a"), .failed(failure(code, exitCode: exitCode))))
        #expect(run.status("a") == (isRepeated ? .retrying : .failed))
    }

    @Test("Where no program ended with a status, exit codes alone forbid nothing, and codes do")
    func withoutStatus() throws {
        var plain = try run("{limit: 3, exit_codes: [75]}")
        try plain.take(.attemptEnded(plain.attempt("a"), .failed(failure("supervisor_failed", exitCode: nil))))
        #expect(plain.status("a") == .retrying)
        var both = try run("{limit: 3, exit_codes: [75], codes: [x]}")
        try both.take(.attemptEnded(both.attempt("a"), .failed(failure("supervisor_failed", exitCode: nil))))
        #expect(both.status("a") == .failed)
    }

    @Test("A failure's `never` wins, and its wait is a lower bound")
    func advice() throws {
        var never = try run("{limit: 3}")
        try never.take(.attemptEnded(never.attempt("a"), .failed(failure("x", retry: .never))))
        #expect(never.status("a") == .failed)
        for (after, wait) in [(Milliseconds.seconds(30), "30s"), (.seconds(1), "5s"), (.zero, "5s")] {
            var run = try run("{limit: 3, delay: 5s}")
            let last = try run.take(
                .attemptEnded(run.attempt("a"), .failed(failure("x", retry: .after, after: after)))
            ).last
            #expect(last == "> wait a#1 \(wait)")
        }
    }

    @Test("An unknown effect is doubt, which is settled before anything is repeated")
    func unknown() throws {
        var asks = try run("{limit: 3}")
        try asks.take(.attemptEnded(asks.attempt("a"), .failed(failure("x", effect: .unknown))))
        #expect(asks.status("a") == .inDoubt)
        var probed = try run("{limit: 3, delay: 5s}", more: ", probe: look")
        #expect(
            try probed.take(.attemptEnded(probed.attempt("a"), .failed(failure("x", effect: .unknown)))).last
                == "> probe a#1")
        #expect(try probed.probe("a", .notDone).last == "> wait a#1 5s")
        var again = try run("{limit: 0}", more: ", on_doubt: retry")
        try again.take(.attemptEnded(again.attempt("a"), .failed(failure("x", effect: .unknown))))
        #expect(again.attempt("a").attempt == 2)
        var idempotent = try run("{limit: 3}", more: ", idempotent: true")
        try idempotent.take(.attemptEnded(idempotent.attempt("a"), .failed(failure("x", effect: .unknown))))
        #expect(idempotent.status("a") == .retrying)
    }

    @Test("No effect is no doubt, whatever ended the attempt")
    func none() throws {
        var run = try run("{limit: 3}")
        var killed = failure("x", effect: FailureAdvice.Effect.none, exitCode: nil)
        killed.kind = .killed
        try run.take(.attemptEnded(run.attempt("a"), .failed(killed)))
        #expect(run.status("a") == .retrying)
    }

    private func record(_ data: String) -> JSONValue {
        .object(["type": .string("record"), "kind": .string("k"), "data": .string(data)])
    }

    @Test("Records are journaled with the attempt's end and handed on while the key stays, each with its attempt")
    func records() throws {
        var run = try run("{limit: 3}", more: ", on_doubt: retry")
        let usage = JSONValue.object(["type": .string("usage"), "model": .string("m")])
        try run.take(
            .attemptEnded(run.attempt("a"), .failed(failure("x")), events: [record("one"), usage, record("two")]))
        try run.take(.waitEnded(run.attempt("a")))
        try run.take(.attemptLost(run.attempt("a"), reason: "gone", events: [record("three")]))
        let key = try #require(run.key("a", 1))
        let number = try #require(run.state.number(ofStep: "a"))
        let handed = run.state.records(ofStep: number, key: key)
        #expect(handed.map { $0["data"]?.stringValue } == ["one", "two", "three"])
        #expect(handed.map { $0["attempt"] } == [.int(1), .int(1), .int(2)])
        #expect(run.state.records(ofStep: number, key: "another") == [])
        #expect(run.journal.first { !$0.fact.events.isEmpty }?.fact.events == [record("one"), usage, record("two")])
    }

    @Test("A person who has a step done again hands its records on too")
    func resolved() throws {
        var run = try run("{limit: 0}")
        try run.take(.attemptEnded(run.attempt("a"), .failed(failure("x")), events: [record("one")]))
        try run.resume()
        let number = try #require(run.state.number(ofStep: "a"))
        #expect(run.attempt("a").attempt == 2)
        #expect(run.state.records(ofStep: number, key: try #require(run.key("a", 2))).count == 1)
    }

    @Test("Facts with events, advice and refused events read back; without them they are as before")
    func coding() throws {
        let losses = AttemptLosses(
            lostLogBytes: 0, omittedLogBytes: 0, endedProcesses: 0, refusedEvents: 2, eventProblem: "line 1")
        let failed = AttemptFailed(
            step: "a", attempt: 1, failure: failure("x", retry: .after, after: .seconds(3), effect: .partial),
            retry: nil,
            losses: losses)
        var doubt = AttemptInDoubt(step: "a", attempt: 1, reason: "r", failure: failure("x", effect: .unknown))
        doubt.events = [record("one")]
        var succeeded = StepSucceeded(step: "a", attempt: 1, outputs: [:])
        succeeded.events = [record("one"), record("two")]
        var repeated = StepRepeated(step: "a", iteration: 1, outputs: [:], wait: nil)
        repeated.events = [record("one")]
        for fact in [
            Fact.attemptFailed(failed), .attemptInDoubt(doubt), .stepSucceeded(succeeded), .stepRepeated(repeated),
        ] {
            #expect(try Fact(type: fact.type, version: Fact.payloadVersion, payload: fact.payload) == fact)
            #expect(fact.events.isEmpty || fact.compactPayload == nil)
        }
        succeeded.events = []
        #expect(Fact.stepSucceeded(succeeded).payload["events"] == nil)
        #expect(Fact.stepSucceeded(succeeded).compactPayload != nil)
        #expect(failure("x").advice == nil && Fact.attemptFailed(failed).losses == losses)
    }
}
