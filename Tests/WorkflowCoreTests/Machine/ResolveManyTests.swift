import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Deciding items together")
struct ResolveManyTests {
    /// Four items; the first has succeeded, two are in doubt, and the last waits for its turn.
    private func lost() throws -> TestRun {
        var run = try TestRun(
            Definitions.steps(
                "- {name: host, foreach: {items: \"${{ range(4) }}\", as: n, max_parallel: 3, continue_on_error: "
                    + "true}, run: x}\n- {name: plain, run: x}"))
        try run.succeed("host[0]")
        try run.crash()
        for name in run.running { _ = try run.lose(name) }
        _ = try run.recovered()
        return run
    }

    private func resolve(
        _ run: inout TestRun, _ name: String, _ decision: StepResolved.Decision
    ) throws -> [String] {
        try run.take(.resolved(step: name, decision, outputs: [:], reason: "seen", by: TestRun.person))
    }

    @Test("All that are in doubt are decided in one decision; the others stay as they are")
    func all() throws {
        var run = try lost()
        let doubtful = run.state.stepsInDoubt.map { run.state.name(ofStep: $0) }
        #expect(doubtful.count >= 2)
        let before = try #require(run.state.state(ofStep: "host[0]"))
        _ = try resolve(&run, "host[*]", .done)
        #expect(run.decision.entries.count { $0.fact.type == "step_resolved" } == doubtful.count)
        for name in doubtful { #expect(run.state.state(ofStep: name)?.status == .success) }
        #expect(run.state.state(ofStep: "host[0]") == before)
    }

    @Test("One item is decided by its name alone")
    func one() throws {
        var run = try lost()
        let first = try #require(run.state.stepsInDoubt.first.map { run.state.name(ofStep: $0) })
        let all = run.state.stepsInDoubt.count
        _ = try resolve(&run, first, .fail)
        #expect(run.state.stepsInDoubt.count == all - 1)
    }

    @Test(
        "Where none matches, or none can be decided so, nothing changes",
        arguments: ["nothing[*]", "plain[*]", "host[*].x"])
    func none(_ name: String) throws {
        var run = try lost()
        let refused = try run.refusal(ofResolving: name, .retry)
        #expect(refused?.hasPrefix("no_such_step") == true, "\(refused ?? "")")
    }

    @Test("What is decided already is not decided again")
    func twice() throws {
        var run = try lost()
        _ = try resolve(&run, "host[*]", .done)
        let refused = try run.refusal(ofResolving: "host[*]", .done)
        #expect(refused?.contains("none of the 4 steps that match host[*]") == true, "\(refused ?? "")")
    }

    @Test("The refusal of the whole step names its items")
    func hint() throws {
        var run = try lost()
        let refused = try run.refusal(ofResolving: "host", .retry)
        #expect(refused?.contains("host[*]") == true, "\(refused ?? "")")
    }
}
