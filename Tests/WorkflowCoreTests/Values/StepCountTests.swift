import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("How far a run has come")
struct StepCountTests {
    private static let yaml = Definitions.steps(
        """
        - {name: a, run: x}
        - {name: g, steps: [{name: b, run: x}, {name: c, run: x}]}
        - {name: f, foreach: {items: [1, 2, 3], as: i}, steps: [{name: d, run: x}, {name: e, run: x}]}
        - {name: s, if: "false", steps: [{name: t, run: x}, {name: u, run: x}]}
        """)

    private func text(_ run: TestRun) -> String { StepCount(run.state).text }

    @Test("The steps that were written, the same number from the beginning to the end; items beside them")
    func whole() throws {
        var run = try TestRun(StepCountTests.yaml)
        #expect(text(run) == "0 of 6 steps are done")
        try run.succeed("a")
        #expect(text(run) == "1 of 6 steps are done")
        try run.succeed("b")
        try run.succeed("c")
        #expect(text(run) == "3 of 6 steps and 0 of 3 items are done")
        for item in 0..<3 { try run.succeed("f[\(item)].d") }
        #expect(text(run) == "3 of 6 steps and 0 of 3 items are done")
        for item in 0..<3 { try run.succeed("f[\(item)].e") }
        #expect(run.state.status == .completed)
        #expect(text(run) == "6 of 6 steps and 3 of 3 items are done", "what was skipped is done")
    }

    @Test("One step, and one item")
    func one() throws {
        var run = try TestRun(Definitions.steps("- {name: f, run: x, foreach: {items: [1], as: i}}"))
        #expect(text(run) == "0 of 1 step and 0 of 1 item are done")
        try run.succeed("f[0]")
        #expect(text(run) == "1 of 1 step and 1 of 1 item are done")
        #expect(text(try TestRun(Definitions.steps("- {name: a, run: x}"))) == "0 of 1 step is done")
    }
}
