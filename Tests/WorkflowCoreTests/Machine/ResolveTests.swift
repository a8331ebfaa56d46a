import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("A person resolves a step")
struct ResolveTests {
    static let pair = Definitions.steps("- {name: a, run: x}\n- {name: b, run: x}")

    @Test("done: the step has succeeded with the outputs that were given, and the run goes on")
    func done() throws {
        var run = try TestRun(ResolveTests.pair)
        try run.crashLosing("a")
        #expect(
            try run.resolve("a", .done, ["id": .string("x")]) == [
                "person:ada: step_resolved a done", "step_succeeded a#1 by resolution {\"id\":\"x\"} [checkpoint]",
                "attempt_started b#1", "> start b#1",
            ])
    }

    @Test("retry: another attempt with the same key and fresh limits")
    func retry() throws {
        var run = try TestRun(ResolveTests.pair)
        try run.crashLosing("a")
        #expect(
            try run.resolve("a", .retry) == ["person:ada: step_resolved a retry", "attempt_started a#2", "> start a#2"])
        #expect(run.key("a", 2) == run.key("a", 1))
    }

    @Test("fail: the step fails, and says who decided and why")
    func fail() throws {
        var run = try TestRun(ResolveTests.pair)
        try run.crashLosing("a")
        #expect(
            try run.take(
                .resolved(step: "a", .fail, outputs: [:], reason: "half a cluster", by: TestRun.person)) == [
                    "person:ada: step_resolved a fail \"half a cluster\"", "attempt_failed a#1 resolved_as_failed",
                    "step_failed a resolved_as_failed", "run_ended failed", "> ended failed",
                ])
        #expect(run.state.failure?.message == "step a failed: resolved as failed by person:ada: half a cluster")
    }

    @Test("skip: the step is skipped, and the run goes on")
    func skip() throws {
        var run = try TestRun(ResolveTests.pair)
        try run.crashLosing("a")
        #expect(
            try run.resolve("a", .skip) == [
                "person:ada: step_resolved a skip", "step_skipped a by resolution [checkpoint]", "attempt_started b#1",
                "> start b#1",
            ])
    }

    @Test("A failed step of a run that still runs can be resolved; then the run goes on as if it had not failed")
    func failedInRunningRun() throws {
        let yaml = Definitions.steps(
            "- {name: a, run: x, needs: []}\n- {name: slow, run: x, needs: []}\n- {name: b, run: x, needs: [a]}")
        for decision: StepResolved.Decision in [.done, .skip] {
            var run = try TestRun(yaml)
            try run.fail("a")
            #expect(try run.resolve("a", decision).suffix(2) == ["attempt_started b#1", "> start b#1"])
            try run.succeed("b")
            #expect(try run.succeed("slow").last == "> ended completed")
        }
        var run = try TestRun(yaml)
        try run.fail("a")
        #expect(try run.resolve("a", .retry).last == "> start a#2")
        #expect(run.status("b") == .pending)
        #expect(try run.succeed("a").last == "> start b#1")
        try run.succeed("b")
        #expect(try run.succeed("slow").last == "> ended completed")
    }

    @Test(
        "Resolving a step of a failed run changes what the next resume does",
        arguments: [
            (.done, ["attempt_started b#1", "> start b#1"]), (.skip, ["attempt_started b#1", "> start b#1"]),
            (.retry, ["attempt_started a#2", "> start a#2"]),
        ] as [(StepResolved.Decision, [String])])
    func failedRun(decision: StepResolved.Decision, resumed: [String]) throws {
        var run = try TestRun(ResolveTests.pair)
        try run.fail("a")
        #expect(run.state.status == .failed)
        try run.crash(.request)
        #expect(try run.resolve("a", decision).first == "person:ada: step_resolved a \(decision.rawValue)")
        #expect(run.state.status == .failed)
        #expect(try run.resume() == resumed)
    }

    @Test("A step that is resolved while the driver leaves is taken up by the next")
    func whileStopping() throws {
        var run = try TestRun(ResolveTests.pair)
        try run.crashLosing("a")
        try run.take(.stopAsked)
        #expect(try run.resolve("a", .retry) == ["person:ada: step_resolved a retry"])
        #expect(try run.resume() == ["attempt_started a#2", "> start a#2"])
    }

    @Test("A probe's answer that comes after the person's changes nothing")
    func lateProbe() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x, probe: p}\n- {name: b, run: x}"))
        try run.crashLosing("a")
        let probed = run.attempt("a")
        try run.resolve("a", .retry)
        #expect(try run.take(.probeEnded(probed, .done, message: "", outputs: [:])) == [])
        #expect(run.status("a") == .running)
    }

    @Test("A step of a finished stage that was allowed to fail can be called done or skipped, but not retried")
    func toleratedInFinishedStage() throws {
        var run = try TestRun(
            Definitions.stages(
                Definitions.stage("one", "- {name: a, run: x, continue_on_error: true}"),
                Definitions.stage("two", "- {name: b, run: x}")))
        try run.fail("a")
        #expect(
            try run.refusal(ofResolving: "a", .retry)
                == "step_not_resolvable: step a cannot be run again: stage one is complete; resume with --rewind from "
                + "a checkpoint before it")
        #expect(run.status("a") == .failed)
        try run.resolve("a", .done)
        #expect(run.status("a") == .success)
        #expect(try run.succeed("b").last == "> ended completed")
    }

    @Test("A failed step that is retried while owed work runs is left to the next resume")
    func retryDuringOwedWork() throws {
        var run = try TestRun(
            Definitions.steps("- {name: a, run: x}\n- {name: b, run: x}", onExit: "- {name: bye, run: x}"))
        try run.fail("a")
        #expect(run.status("bye") == .running)
        #expect(try run.resolve("a", .retry) == ["person:ada: step_resolved a retry"])
        #expect(try run.succeed("bye").last == "> ended failed")
        #expect(try run.resume() == ["attempt_started a#2", "> start a#2"])
    }

    @Test("Owed work that failed can be retried while the run ends, but not in the midst of the run")
    func owedWork() throws {
        var run = try TestRun(
            Definitions.steps(
                "- {name: a, run: x}", onExit: "- {name: one, run: x, needs: []}\n- {name: two, run: x, needs: []}"))
        try run.fail("a")
        try run.fail("one")
        #expect(try run.resolve("one", .retry).last == "> start one#2")
        try run.succeed("two")
        #expect(try run.fail("one").last == "> ended failed")
        try run.resume()
        #expect(try run.refusal(ofResolving: "one", .retry) != nil)
        #expect(run.statuses == ["a=running", "one=failed", "two=success"])
    }

    @Test("Declared outputs must come with done")
    func missingOutputs() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x, outputs: {id: string, size: integer}}"))
        try run.crashLosing("a")
        #expect(
            try run.refusal(ofResolving: "a", .done, ["id": .string("x")])
                == "outputs_invalid: step a cannot be resolved as done: "
                + "the declared output size is missing; give it with "
                + "--output size=VALUE")
        #expect(try run.refusal(ofResolving: "a", .done, ["id": .string("x"), "size": .string("large")]) != nil)
        #expect(run.status("a") == .inDoubt)
        #expect(try run.resolve("a", .done, ["id": .string("x"), "size": .int(1)]).last == "> ended completed")
    }

    @Test("What cannot be resolved is refused, and nothing has changed")
    func refusals() throws {
        var run = try TestRun(ResolveTests.pair)
        #expect(
            try run.refusal(ofResolving: "c", .done)
                == "no_such_step: the run has no step c; its steps are a, b")
        for step in ["a", "b"] {
            let status = step == "a" ? "running" : "pending"
            #expect(
                try run.refusal(ofResolving: step, .done)
                    == "step_not_resolvable: step \(step) is \(status): "
                    + "only a step that is in doubt, has failed or has drifted can be resolved"
            )
        }
        try run.fail("a")
        #expect(try run.refusal(ofResolving: "a", .fail) != nil)
        run = try TestRun(Definitions.steps("- {name: a, run: x}"))
        try run.succeed("a")
        #expect(
            try run.refusal(ofResolving: "a", .retry)
                == "run_has_ended: the run is completed: there is nothing to resolve")
        #expect(try run.take(.stopAsked) == [], "a refused input leaves nothing behind")
    }
}
