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

    @Test("What has failed is told beside what is done, once for each")
    func failures() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - {name: a, run: x, continue_on_error: true}
                - {name: f, foreach: {items: [1, 2, 3], as: i, continue_on_error: true}, continue_on_error: true, run: \
                x}
                - {name: b, run: x}
                """))
        try run.fail("a")
        #expect(text(run) == "0 of 3 steps and 0 of 3 items are done, 1 has failed")
        try run.fail("f[0]")
        try run.succeed("f[1]")
        try run.fail("f[2]")
        #expect(text(run) == "0 of 3 steps and 1 of 3 items are done, 3 have failed", "the foreach only holds them")
        try run.succeed("b")
        #expect(run.state.status == .completed)
        #expect(text(run) == "1 of 3 steps and 1 of 3 items are done, 3 have failed")
        #expect(run.state.failureCount == 3)
    }

    @Test("Followed change by change it is the same as counted anew")
    func followed() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - {name: a, run: x}
                - {name: g, steps: [{name: b, run: x}, {name: c, run: x}]}
                - {name: s, if: "false", steps: [{name: t, run: x}, {name: u, run: x}]}
                - {name: f, foreach: {items: [1, 2], as: i, continue_on_error: true}, continue_on_error: true,
                   steps: [{name: d, run: x}, {name: n, foreach: {items: [1, 2], as: j}, run: x}]}
                - {name: z, run: x}
                """))
        var count = StepCount(run.state)
        var statuses = run.state.steps.map(\.status)
        var followed = 0
        func follow() {
            let now = run.state.steps.map(\.status)
            if now.count == statuses.count {
                for number in now.indices where now[number] != statuses[number] {
                    guard count.change(number, from: statuses[number], to: now[number], in: run.state) else {
                        count = StepCount(run.state)
                        break
                    }
                    followed += 1
                }
            } else {
                count = StepCount(run.state)
            }
            statuses = now
            #expect(count == StepCount(run.state), "\(now)")
        }
        for step in ["a", "b", "c", "f[0].d", "f[1].d", "f[0].n[0]", "f[1].n[1]", "f[0].n[1]"] {
            try run.succeed(step)
            follow()
        }
        try run.fail("f[1].n[0]")
        follow()
        try run.succeed("z")
        follow()
        #expect(run.state.status == .completed)
        #expect(text(run) == "6 of 7 steps and 1 of 2 items are done, 1 has failed")
        #expect(followed > 5)
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
