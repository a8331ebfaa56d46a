import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

/// An attempt ends while nobody drives the run, and the next driver reads when that was.
@Suite("An end that is found later")
struct EndFoundLaterTests {
    private static let steps = """
        - {name: a, run: x, retry: {limit: 1, delay: 1s}}
        - {name: b, run: x, probe: x}
        - {name: c, run: x, repeat: {until: "true", limit: 2}}
        - {name: d, run: x, repeat: {until: "false", limit: 2}}
        """

    private static func history(_ run: TestRun) -> RunHistory {
        var history = RunHistory()
        for entry in run.journal { history.take(entry) }
        return history
    }

    private static func end(
        _ run: inout TestRun, _ step: String, _ outcome: AttemptOutcome, at instant: Timestamp
    ) throws {
        run.clock.set(to: run.clock.now.adding(.hours(5)))
        try run.crash()
        try run.take(.attemptEnded(run.attempt(step), outcome, endedAt: instant))
        try run.recovered()
    }

    @Test("A failure, a doubt, a success and a pass are told with when they ended and when that was found")
    func told() throws {
        var run = try TestRun(Definitions.steps(Self.steps))
        func failure(_ kind: Failure.Kind) -> AttemptOutcome {
            .failed(Failure(kind: kind, code: "x", message: "x", exitCode: 1))
        }
        for (step, outcome) in [
            ("a", failure(.transient)), ("a", .succeeded(outputs: [:])), ("b", failure(.timedOut)),
            ("c", .succeeded(outputs: [:])), ("d", .succeeded(outputs: [:])),
        ] as [(String, AttemptOutcome)] {
            if run.status(step) == .retrying { try run.wait(step) }
            let ended = run.clock.now.adding(.minutes(2))
            try Self.end(&run, step, outcome, at: ended)
            let attempt = try #require(Self.history(run).attempts.last { $0.step == step && $0.outcome != .running })
            if step == "b" {
                #expect(run.journal.last { $0.fact.type == "attempt_in_doubt" }?.fact.endedAt == ended)
                try run.probe("b", .done)
                continue
            }
            #expect(attempt.endedAt == ended, "\(step): \(attempt)")
            #expect(attempt.foundAt == ended.adding(.minutes(298)), "\(step): \(attempt)")
            if run.status(step) == .success { #expect(run.state.state(ofStep: step)?.endedAt == ended, "\(step)") }
        }
        let facts = run.journal.map(\.fact).filter { $0.endedAt != nil }
        #expect(facts.count >= 5)
        for fact in facts {
            #expect(try Fact(type: fact.type, version: Fact.payloadVersion, payload: fact.payload) == fact)
            #expect(fact.compactPayload == nil)
        }
    }

    @Test(
        "A clock that was set meanwhile does not put an end outside of what the journal knows", arguments: [-400, 400])
    func clamped(_ minutes: Int64) throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x}"))
        let began = run.clock.now
        try Self.end(&run, "a", .succeeded(outputs: [:]), at: began.adding(.minutes(minutes)))
        let attempt = try #require(Self.history(run).attempts.first)
        #expect(attempt.endedAt == (minutes < 0 ? began : run.clock.now))
        #expect((attempt.foundAt == nil) == (minutes > 0))
    }

    @Test("Of an end that its driver sees nothing more is written")
    func seen() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x}"))
        try run.succeed("a")
        #expect(run.journal.allSatisfy { $0.fact.endedAt == nil })
        #expect(Self.history(run).attempts.allSatisfy { $0.foundAt == nil })
    }
}
