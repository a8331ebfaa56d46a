import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Return to an earlier stage")
struct ReturnTests {
    static let yaml = Definitions.stages(
        Definitions.stage("planning", "- {name: plan, run: x}"),
        Definitions.stage("configuring", "- {name: configure, run: x}"),
        Definitions.stage(
            "validating", "- {name: test, run: x}", keys: "on_failure: {return_to: configuring, limit: 2}"))

    static func untilTest() throws -> TestRun {
        var run = try TestRun(yaml)
        try run.succeed("plan")
        try run.succeed("configure", ["n": .int(1)])
        return run
    }

    @Test("The steps of the stages returned to run again, with new keys; earlier ones do not; then the limit ends it")
    func limit() throws {
        var run = try ReturnTests.untilTest()
        #expect(
            try run.fail("test") == [
                "attempt_failed test#1 exit_status", "step_failed test exit_status",
                "stage_returned validating to configuring (1)", "attempt_started configure#2", "> start configure#2",
            ])
        #expect(run.statuses == ["plan=success", "configure=running", "test=pending"])
        #expect(run.state.state(ofStep: "configure")?.outputs == [:])
        #expect(run.state.completedSteps == [0])
        #expect(run.key("configure", 2) != run.key("configure", 1))
        try run.succeed("configure")
        #expect(run.key("test", 2) != run.key("test", 1))
        #expect(try run.fail("test").contains("stage_returned validating to configuring (2)"))
        try run.succeed("configure")
        #expect(try run.fail("test").suffix(2) == ["run_ended failed", "> ended failed"])
        #expect(
            run.state.failure?.message == "step test failed: test did not work (stage validating has returned to "
                + "configuring 2 times, which is the limit)")
        #expect(Set((1...3).map { run.key("test", $0) }).count == 3)
    }

    @Test("A stage that returned can succeed, and completes the run")
    func success() throws {
        var run = try ReturnTests.untilTest()
        try run.fail("test")
        try run.succeed("configure")
        #expect(try run.succeed("test").last == "> ended completed")
        #expect(run.state.completedSteps == [0, 1, 2])
    }

    @Test("Resuming a failed run does not reset return counts; the failed step runs again with its key")
    func resume() throws {
        var run = try ReturnTests.untilTest()
        for _ in 1...2 {
            try run.fail("test")
            try run.succeed("configure")
        }
        try run.fail("test")
        #expect(run.state.status == .failed)
        #expect(try run.resume() == ["attempt_started test#4", "> start test#4"])
        #expect(run.key("test", 4) == run.key("test", 3))
        #expect(try run.fail("test").suffix(2) == ["run_ended failed", "> ended failed"])
    }

    @Test("Handlers run before the return, and are set back by it")
    func handlers() throws {
        var run = try TestRun(
            Definitions.stages(
                Definitions.stage(
                    "only", "- {name: a, run: x}\n- {name: clean, run: x, if: \"failure()\"}",
                    keys: "on_failure: {return_to: only, limit: 1}")))
        #expect(try run.fail("a").last == "> start clean#1")
        #expect(
            try run.succeed("clean").dropFirst() == [
                "stage_returned only to only (1)", "attempt_started a#2", "> start a#2",
            ])
        #expect(run.status("clean") == .pending)
        #expect(
            try run.succeed("a").suffix(4) == [
                "step_skipped clean [checkpoint]", "stage_completed only", "run_ended completed", "> ended completed",
            ])
    }

    @Test("A crash between a return and its first step loses nothing")
    func crash() throws {
        var run = try ReturnTests.untilTest()
        try run.take(.stopAsked)
        #expect(try run.fail("test").count == 2)
        #expect(
            try run.resume() == [
                "stage_returned validating to configuring (1)", "attempt_started configure#2", "> start configure#2",
            ])
        try run.crash()
        try run.take(.attemptNeverBegan(run.attempt("configure")))
        #expect(try run.recovered() == ["attempt_started configure#3", "> start configure#3"])
        #expect(run.key("configure", 3) == run.key("configure", 2))
        #expect(try run.succeed("configure").last == "> start test#2")
    }
}
