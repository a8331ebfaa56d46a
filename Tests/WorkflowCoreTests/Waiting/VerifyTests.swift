import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Drift: what is done is looked at when a run goes on")
struct VerifyTests {
    static let yaml = Definitions.stages(
        Definitions.stage("one", "- {name: early, run: x, verify: v}"),
        Definitions.stage(
            "two",
            """
            - {name: a, run: x, verify: v}
            - {name: f, run: x, verify: v, foreach: {items: [1, 2], as: i}}
            - {name: b, run: x}
            """))

    /// `b` has failed; all else is done.
    static func failed() throws -> TestRun {
        var run = try TestRun(yaml)
        for step in ["early", "a", "f[0]", "f[1]"] { try run.succeed(step, ["n": .int(1)]) }
        try run.fail("b")
        return run
    }

    /// The run was resumed, and these have drifted.
    static func drifted(_ steps: String...) throws -> TestRun {
        var run = try failed()
        #expect(try run.resume() == ["> verify early#1", "> verify a#1", "> verify f[0]#1", "> verify f[1]#1"])
        for step in ["early", "a", "f[0]", "f[1]"] {
            try run.take(.verifyEnded(step: step, steps.contains(step) ? .notDone : .done, message: "gone"))
        }
        return run
    }

    @Test("Nothing starts before all have been asked; what holds is no obstacle")
    func holds() throws {
        var run = try VerifyTests.failed()
        try run.resume()
        #expect(!run.machine.isIdle)
        for step in ["early", "a", "f[0]"] {
            #expect(try run.take(.verifyEnded(step: step, .done, message: "")) == ["verify_finished \(step) done"])
        }
        #expect(
            try run.take(.verifyEnded(step: "f[1]", .done, message: "")) == [
                "verify_finished f[1] done", "attempt_started b#2", "> start b#2",
            ])
        #expect(try run.take(.verifyEnded(step: "f[1]", .notDone, message: "")) == [], "nobody asked")
    }

    @Test("The first driver of a run asks nothing")
    func first() throws {
        let run = try VerifyTests.failed()
        #expect(run.count("verify_finished") == 0)
    }

    @Test("No more are asked at once than steps may run")
    func limit() throws {
        var run = try TestRun(
            Definitions.steps(
                "- {name: f, run: x, verify: v, foreach: {items: [1, 2, 3], as: i}}\n- {name: b, run: x}",
                head: "max_parallel: 2"))
        for item in 0..<3 { try run.succeed("f[\(item)]") }
        try run.fail("b")
        #expect(try run.resume() == ["> verify f[0]#1", "> verify f[1]#1"])
        #expect(try run.take(.verifyEnded(step: "f[1]", .done, message: "")).last == "> verify f[2]#1")
    }

    @Test("What has drifted keeps everything from starting until a person decides; done and skip leave it as it is")
    func blocks() throws {
        for decision in [StepResolved.Decision.done, .skip] {
            var run = try VerifyTests.drifted("a")
            #expect(run.state.status == .waiting)
            #expect(run.status("a") == .waiting)
            #expect(run.machine.isIdle)
            #expect(try run.resolve("a", decision).suffix(2) == ["attempt_started b#2", "> start b#2"])
            #expect(run.status("a") == .success)
            #expect(run.state.state(ofStep: "a")?.outputs == ["n": .int(1)])
        }
    }

    @Test("A drifted step is repeated, under its old key")
    func retried() throws {
        var run = try VerifyTests.drifted("a")
        #expect(try run.resolve("a", .retry).contains("> start a#2"))
        #expect(run.key("a", 2) == run.key("a", 1))
    }

    @Test("What stands in a group that comes after a drifted step waits until it has run again")
    func group() throws {
        var run = try TestRun(
            Definitions.steps(
                "- {name: a, run: x, verify: v}\n- {name: g, steps: [{name: b, run: x}, {name: c, run: x}]}"))
        try run.succeed("a")
        try run.crash()
        try run.succeed("b")
        try run.recovered()
        try run.take(.verifyEnded(step: "a", .notDone, message: "gone"))
        try run.resolve("a", .retry)
        #expect(run.running == ["a"])
        try run.succeed("a")
        #expect(run.running == ["c"])
    }

    @Test("A drifted item is repeated, in its foreach")
    func item() throws {
        var run = try VerifyTests.drifted("f[1]")
        #expect(try run.resolve("f[1]", .retry).last == "> start f[1]#2")
        #expect(run.status("b") == .pending)
        #expect(try run.succeed("f[1]").last == "> start b#2")
    }

    @Test("A drifted item that is called failed fails its foreach and the run")
    func failedItem() throws {
        var run = try VerifyTests.drifted("f[1]")
        #expect(
            try run.resolve("f[1]", .fail) == [
                "person:ada: step_resolved f[1] fail", "attempt_failed f[1]#1 resolved_as_failed",
                "step_failed f[1] resolved_as_failed", "step_failed f items_failed", "run_ended failed",
                "> ended failed",
            ])
    }

    @Test("What has drifted in a stage that is complete is left as it is, or the run goes back")
    func earlier() throws {
        var run = try VerifyTests.drifted("early")
        for decision in [StepResolved.Decision.retry, .fail] {
            #expect(
                try run.refusal(ofResolving: "early", decision)
                    == "step_not_resolvable: step early cannot be run again: "
                    + "stage one is complete; resume with --rewind "
                    + "from a checkpoint before it")
        }
        #expect(try run.resolve("early", .done).last == "> start b#2")
    }

    @Test("New outputs may be told with it")
    func outputs() throws {
        var run = try VerifyTests.drifted("a")
        try run.resolve("a", .done, ["n": .int(2)])
        #expect(run.state.state(ofStep: "a")?.outputs == ["n": .int(2)])
    }

    @Test("While something has drifted, a driver does not stay for a retry that is due")
    func retryDue() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - {name: a, run: x, needs: [], verify: v}
                - {name: b, run: x, needs: [], retry: {limit: 1, delay: 5s}}
                """))
        try run.succeed("a")
        try run.fail("b")
        try run.resume()
        try run.take(.verifyEnded(step: "a", .cannotTell, message: ""))
        #expect(!run.machine.isIdle)
        #expect(try run.wait("b") == [])
        #expect(run.machine.isIdle)
        #expect(try run.resolve("a", .done).last == "> start b#2")
    }
}
