import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Conditions, and what starts after a failure")
struct ConditionTests {
    @Test("A condition that is false skips the step, with a checkpoint, and the step after it runs")
    func skipped() throws {
        var run = try TestRun(
            Definitions.steps(
                "- {name: a, run: x, if: \"params.go\"}\n- {name: b, run: x}", head: "params: {go: {type: boolean}}"),
            parameters: ["go": .bool(false)])
        #expect(run.trace.suffix(3) == ["step_skipped a [checkpoint]", "attempt_started b#1", "> start b#1"])
        #expect(run.state.completedSteps == [0])
        #expect(try run.succeed("b").last == "> ended completed")
        run = try TestRun(
            Definitions.steps("- {name: a, run: x, if: \"params.go\"}", head: "params: {go: {type: boolean}}"),
            parameters: ["go": .bool(true)])
        #expect(run.trace.last == "> start a#1")
    }

    @Test("A condition sees the outputs and statuses of the steps before it")
    func outputs() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - {name: a, run: x}
                - {name: b, run: x, if: "steps.a.outputs.n > 2 && steps.a.status == 'success'"}
                """))
        #expect(try run.succeed("a", ["n": .int(3)]).last == "> start b#1")
        #expect(run.status("b") == .running)
    }

    @Test("A condition that cannot be evaluated fails the step, and says which")
    func brokenCondition() throws {
        var run = try TestRun(
            Definitions.steps("- {name: a, run: x}\n- {name: b, run: x, if: \"steps.a.outputs.n > 2\"}"))
        #expect(
            try run.succeed("a").dropFirst() == [
                "step_failed b expression_failed", "run_ended failed", "> ended failed",
            ])
        let message = run.state.failure?.message ?? ""
        #expect(message.hasPrefix("step b failed: the condition of b cannot be evaluated: `steps.a.outputs.n > 2`: "))
    }

    @Test("What fails before it starts holds back those behind it in the same decision")
    func brokenConditionHoldsBack() throws {
        let run = try TestRun(
            Definitions.steps(
                """
                - {name: a, run: x, needs: [], if: "1 / (run.id == '' ? 0 : 0) == 1"}
                - {name: b, run: x, needs: []}
                - {name: c, run: x, needs: [], if: "failure()"}
                """))
        #expect(run.statuses == ["a=failed", "b=pending", "c=running"])
    }

    @Test("After a failure running siblings finish, nothing else starts, and the run fails")
    func siblings() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - {name: a, run: x, needs: []}
                - {name: b, run: x, needs: []}
                - {name: c, run: x, needs: []}
                - {name: after_a, run: x, needs: [a]}
                - {name: after_b, run: x, needs: [b]}
                """, head: "max_parallel: 2"))
        #expect(try run.fail("a") == ["attempt_failed a#1 exit_status", "step_failed a exit_status"])
        #expect(run.state.status == .running)
        #expect(
            try run.succeed("b") == ["step_succeeded b#1 [checkpoint]", "run_ended failed", "> ended failed"])
        #expect(run.statuses == ["a=failed", "b=success", "c=pending", "after_a=pending", "after_b=pending"])
        #expect(run.state.failure?.message == "step a failed: a did not work")
    }

    @Test("A sibling that was retrying goes on retrying after the failure of another")
    func retryingSibling() throws {
        var run = try TestRun(
            Definitions.steps(
                "- {name: a, run: x, needs: []}\n- {name: b, run: x, needs: [], retry: {limit: 1, delay: 1s}}"))
        #expect(try run.fail("b") == ["attempt_failed b#1 exit_status retry in 1s", "> wait b#1 1s"])
        #expect(try run.fail("a").count == 2)
        #expect(try run.take(.waitEnded(run.attempt("b"))) == ["attempt_started b#2", "> start b#2"])
        #expect(try run.succeed("b").last == "> ended failed")
    }

    @Test("Steps that ask for failure() or always() run after a failure; failure() is false before one")
    func handlers() throws {
        let yaml = Definitions.steps(
            """
            - {name: a, run: x}
            - {name: b, run: x}
            - {name: clean, run: x, needs: [a], if: "failure()"}
            - {name: report, run: x, needs: [clean], if: "always()"}
            """)
        var run = try TestRun(yaml)
        #expect(
            try run.fail("a") == [
                "attempt_failed a#1 exit_status", "step_failed a exit_status", "attempt_started clean#1",
                "> start clean#1",
            ])
        #expect(try run.succeed("clean").last == "> start report#1")
        #expect(try run.succeed("report").suffix(2) == ["run_ended failed", "> ended failed"])
        #expect(run.statuses == ["a=failed", "b=pending", "clean=success", "report=success"])

        run = try TestRun(yaml)
        #expect(
            try run.succeed("a").dropFirst() == [
                "attempt_started b#1", "step_skipped clean [checkpoint]", "attempt_started report#1", "> start b#1",
                "> start report#1",
            ])
        #expect(run.status("b") == .running)
    }

    @Test("A handler behind steps that will not start any more runs when all else has ended, in order")
    func blockedHandlers() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - {name: a, run: x, needs: []}
                - {name: slow, run: x, needs: []}
                - {name: b, run: x, needs: [a]}
                - {name: c, run: x, needs: [b]}
                - {name: clean, run: x, needs: [c], if: "always()"}
                - {name: last, run: x, needs: [clean], if: "${{ failure() }}"}
                """))
        #expect(try run.fail("a").count == 2)
        #expect(run.status("clean") == .pending)
        #expect(try run.succeed("slow").dropFirst() == ["attempt_started clean#1", "> start clean#1"])
        #expect(try run.succeed("clean").dropFirst() == ["attempt_started last#1", "> start last#1"])
        #expect(try run.fail("last").suffix(2) == ["run_ended failed", "> ended failed"])
        #expect(run.state.failure?.message == "step a failed: a did not work")
    }

    @Test(
        "A handler that began after a failure waits for what it needs again, where the failure was resolved meanwhile")
    func resolvedFailure() throws {
        let yaml = Definitions.steps(
            """
            - {name: a, run: x}
            - {name: b, run: x}
            - {name: clean, run: x, if: "always()"}
            """)
        var run = try TestRun(yaml)
        try run.fail("a")
        #expect(run.status("clean") == .running)
        try run.resolve("a", .retry)
        #expect(run.statuses == ["a=running", "b=pending", "clean=running"])
        try run.crash()
        try run.take(.attemptNeverBegan(run.attempt("clean")))
        #expect(try run.recovered() == [])
        #expect(try run.succeed("a").last == "> start b#1")
        #expect(try run.succeed("b").last == "> start clean#2")

        run = try TestRun(yaml)
        try run.fail("a")
        try run.crash()
        try run.take(.attemptNeverBegan(run.attempt("clean")))
        #expect(try run.recovered() == ["attempt_started clean#2", "> start clean#2"], "the failure still stands")
        try run.crashLosing("clean")
        #expect(try run.resolve("clean", .retry).last == "> start clean#3")
    }

    @Test("continue_on_error lets the run go on and complete, and failure() stays false")
    func continueOnError() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - {name: a, run: x, continue_on_error: true}
                - {name: b, run: x, if: "failure()"}
                - {name: c, run: x, if: "success() && steps.a.status == 'failed'"}
                """))
        #expect(
            try run.fail("a") == [
                "attempt_failed a#1 exit_status", "step_failed a exit_status tolerated", "step_skipped b [checkpoint]",
                "attempt_started c#1", "> start c#1",
            ])
        #expect(try run.succeed("c").last == "> ended completed")
        #expect(run.state.completedSteps == [1, 2])
    }
}
