import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("What failed and was tolerated is done again when a person asks for it")
struct RetryFailedTests {
    private static let fleet = """
        - name: host
          foreach: {items: [a, b, c], as: h, key: h, continue_on_error: true}
          continue_on_error: true
          run: x
        - {name: odd, run: x, continue_on_error: true}
        - {name: report, run: x}
        """

    private func completed() throws -> TestRun {
        var run = try TestRun(
            Definitions.stages(
                Definitions.stage("one", RetryFailedTests.fleet), Definitions.stage("two", "- {name: last, run: x}"),
                onExit: "- {name: notify, run: x}"))
        try run.fail("host[a]")
        try run.succeed("host[b]")
        try run.fail("host[c]")
        try run.fail("odd")
        for step in ["report", "last", "notify"] { try run.succeed(step) }
        #expect(run.state.status == .completed)
        return run
    }

    private func retry(_ run: inout TestRun) throws -> [String] {
        try run.crash()
        return try run.take(.retryFailedAsked(by: TestRun.person)) + run.recovered()
    }

    @Test("A completed run tells how many steps and items failed")
    func counted() throws {
        let run = try completed()
        #expect(run.state.failureCount == 3)
        #expect(run.state.toleratedFailures.map { run.state.name(ofStep: $0) } == ["host", "odd"])
    }

    @Test("Just those run again, with their keys; what is done stays done, and on_exit runs once more")
    func again() throws {
        var run = try completed()
        let trace = try retry(&run)
        #expect(trace.first == "person:ada: failures_reopened host,odd")
        #expect(run.running == ["host[a]", "host[c]"])
        #expect(run.state.status == .running && run.state.stageName == "one")
        try run.succeed("host[a]")
        #expect(run.key("host[a]", 2) == run.key("host[a]", 1), "its effect is the same")
        try run.fail("host[c]")
        #expect(run.running == ["odd"])
        #expect(try run.succeed("odd").last == "> start notify#2")
        try run.succeed("notify")
        #expect(run.state.status == .completed)
        #expect(run.state.failureCount == 1)
        #expect(run.status("report") == .success && run.state.state(ofStep: "report")?.attempts == 1)
        #expect(run.state.state(ofStep: "last")?.attempts == 1)
        #expect(run.count("run_ended") == 2)
        // And again.
        _ = try retry(&run)
        #expect(run.running == ["host[c]"])
        try run.succeed("host[c]")
        try run.succeed("notify")
        #expect(run.state.status == .completed && run.state.failureCount == 0)
        #expect(try run.refusal(of: .retryFailedAsked(by: TestRun.person))?.hasPrefix("run_has_ended: nothing") == true)
    }

    @Test("A crash in the middle of it loses nothing of it")
    func crashed() throws {
        var run = try completed()
        _ = try retry(&run)
        try run.crash(.recovery)
        for step in ["host[a]", "host[c]"] { try run.take(.attemptNeverBegan(run.attempt(step))) }
        try run.recovered()
        #expect(run.running == ["host[a]", "host[c]"])
    }

    @Test("A tolerated failure inside of a group that has succeeded, and of a whole group")
    func groups() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - name: g
                  steps:
                    - {name: a, run: x, continue_on_error: true}
                    - {name: b, run: x}
                - name: whole
                  continue_on_error: true
                  steps: [{name: c, run: x}, {name: d, run: x}]
                - {name: e, run: x}
                """))
        try run.fail("a")
        try run.succeed("b")
        try run.fail("c")
        try run.succeed("e")
        #expect(run.state.status == .completed && run.state.failureCount == 2)
        _ = try retry(&run)
        #expect(run.running.contains("a"))
        try run.succeed("a")
        #expect(run.running == ["c"])
        try run.succeed("c")
        try run.succeed("d")
        #expect(run.state.status == .completed && run.state.failureCount == 0)
        #expect(run.state.state(ofStep: "b")?.attempts == 1 && run.state.state(ofStep: "e")?.attempts == 1)
    }

    @Test("Of a failed run both what made it fail and what was tolerated run again")
    func failed() throws {
        var run = try TestRun(
            Definitions.stages(
                Definitions.stage("one", "- {name: a, run: x, continue_on_error: true}"),
                Definitions.stage("two", "- {name: b, run: x}")))
        try run.fail("a")
        try run.fail("b")
        #expect(run.state.status == .failed)
        _ = try retry(&run)
        #expect(run.running == ["a"])
        #expect(try run.succeed("a").last == "> start b#2")
        try run.succeed("b")
        #expect(run.state.status == .completed)
    }

    @Test("It can be asked for as often as something has failed")
    func often() throws {
        var run = try completed()
        _ = try retry(&run)
        try run.succeed("host[a]")
        try run.fail("host[c]")
        try run.fail("odd")
        try run.succeed("notify")
        #expect(run.state.status == .completed)
        _ = try retry(&run)
        #expect(run.running == ["host[c]"])
        try run.fail("host[c]", .permanent)
        try run.fail("odd")
        try run.succeed("notify")
        #expect(run.state.failureCount == 2)
    }

    @Test("A run without failures, one that was cancelled, and one that is under way have nothing to repeat")
    func refused() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x}"))
        #expect(try run.refusal(of: .retryFailedAsked(by: "x"))?.hasPrefix("attempts_running") == true)
        try run.succeed("a")
        #expect(try run.refusal(of: .retryFailedAsked(by: "x"))?.hasPrefix("run_has_ended") == true)
        run = try TestRun(Definitions.steps("- {name: a, run: x}"))
        try run.cancel()
        try run.fail("a", .cancelled)
        #expect(try run.refusal(of: .retryFailedAsked(by: "x"))?.hasPrefix("run_has_ended") == true)
    }
}
