import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("What a run waits for, and what a resume does about it")
struct AwaitedTests {
    @Test("What needs an answer comes first, each with since when and until when")
    func order() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - {name: flaky, run: x, retry: {limit: 1, delay: 10s}, needs: []}
                - {name: gate, uses: approval, with: {prompt: ok, timeout: 1h}, needs: []}
                - {name: dns, uses: signal, with: {name: switched, timeout: 1h}, needs: []}
                - {name: guarded, run: x, locks: [db], lock_timeout: 5m, needs: []}
                - {name: lost, run: x, needs: []}
                """))
        try run.take(
            .attemptEnded(run.attempt("flaky"), .failed(Failure(kind: .transient, code: "exit_status", message: "no"))))
        try run.crashLosing("lost")
        let awaited = run.state.awaited
        #expect(awaited.map(\.kind) == [.approval, .signal, .inDoubt, .retrying, .lock])
        #expect(awaited.map(\.step) == ["gate", "dns", "lost", "flaky", "guarded"])
        for thing in awaited { #expect(thing.since != nil, "\(thing)") }
        #expect(awaited.filter { $0.until == nil }.map(\.step) == ["lost"])
    }

    @Test("A run that has ended waits for nothing")
    func ended() throws {
        var run = try TestRun(Definitions.steps("- {name: gate, uses: approval, with: {prompt: ok, timeout: 1h}}"))
        #expect(run.state.awaited.count == 1)
        try run.reject("gate")
        #expect(run.state.awaited == [])
    }

    @Test("Who has the lock, and what frees it, is a part of the failure")
    func lockTimeout() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x, locks: [db], lock_timeout: 4s}"))
        let timer = run.timer("a")
        _ = try run.take(.waitEnded(timer, heldBy: "run-7 holds it; no process drives it: `workflow resume run-7`"))
        #expect(
            run.state.state(ofStep: "a")?.failure?.message
                == "did not get db within 4s: run-7 holds it; no process drives it: `workflow resume run-7`")
    }

    @Test("A forecast tells lost, probed, repeated, failing and living steps apart, and starts none")
    func forecast() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - {name: asked, run: x, needs: []}
                - {name: probed, run: x, probe: p, needs: []}
                - {name: again, run: x, on_doubt: retry, needs: []}
                - {name: failing, run: x, on_doubt: fail, needs: []}
                - {name: alive, run: x, needs: []}
                - {name: after, run: x, needs: [asked]}
                - {name: free, run: x, needs: [alive]}
                """))
        try run.crash()
        for step in ["asked", "probed", "again", "failing"] { try run.lose(step) }
        let forecast = ResumeForecast(run.state, settled: [])
        #expect(
            forecast.steps.map(\.name) == ["asked", "probed", "again", "failing", "alive"])
        #expect(forecast.steps.map(\.course) == [.ask, .probe, .again, .fail, .goOn])
        #expect(forecast.isHeldUp("after"))
        #expect(!forecast.isHeldUp("free"))
    }

    @Test("The preview's course is the one that the machine takes", arguments: DoubtTests.cases.indices)
    func sameCode(index: Int) throws {
        let (keys, _, _, status) = DoubtTests.cases[index]
        guard DoubtTests.cases[index].answers.isEmpty else { return }
        var run = try TestRun(
            Definitions.steps("- {name: a, run: x\(keys.isEmpty ? "" : ", " + keys)}"))
        try run.crash()
        try run.lose("a")
        let course = ResumeForecast(run.state, settled: []).steps.first?.course
        _ = try run.recovered()
        let expected: [StepStatus: ResumeForecast.Course] = [.inDoubt: .ask, .running: .again, .failed: .fail]
        #expect(course == expected[status])
    }
}
