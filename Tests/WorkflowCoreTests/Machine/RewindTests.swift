import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Rewind")
struct RewindTests {
    static let yaml = Definitions.stages(
        Definitions.stage("one", "- {name: a, run: x}\n- {name: b, run: x}"),
        Definitions.stage("two", "- {name: c, run: x}"))

    /// `a` and `b` have succeeded, and `c` has failed the run.
    static func failed() throws -> TestRun {
        var run = try TestRun(yaml)
        for step in ["a", "b"] { try run.succeed(step, ["by": .string(step)]) }
        try run.fail("c")
        #expect(run.state.status == .failed)
        return run
    }

    @Test("Later steps run again with new keys, and attempt numbers go on; earlier ones keep their outputs")
    func later() throws {
        var run = try RewindTests.failed()
        #expect(
            try run.rewind(to: "a") == [
                "person:ada: run_rewound to 5", "attempt_started b#2", "> start b#2",
            ])
        #expect(run.statuses == ["a=success", "b=running", "c=pending"])
        #expect(run.state.state(ofStep: "a")?.outputs == ["by": .string("a")])
        #expect(run.state.state(ofStep: "c")?.outputs == [:])
        #expect(run.state.stageName == "one")
        #expect(run.key("b", 2) != run.key("b", 1))
        try run.succeed("b")
        #expect(run.key("c", 2) != run.key("c", 1))
        #expect(try run.succeed("c").last == "> ended completed")
        #expect(run.state.completedSteps == [0, 1, 2])
    }

    @Test("Two rewinds to one checkpoint give different keys")
    func twice() throws {
        var run = try RewindTests.failed()
        for _ in 1...2 {
            try run.rewind(to: "a")
            try run.succeed("b")
            try run.fail("c")
        }
        #expect(Set((1...3).map { run.key("b", $0) }).count == 3)
    }

    @Test("A rewind to the last step of a stage enters the next one anew")
    func stageBorder() throws {
        var run = try RewindTests.failed()
        #expect(
            try run.rewind(to: "b").dropFirst() == [
                "stage_completed one", "stage_entered two", "attempt_started c#2", "> start c#2",
            ])
    }

    @Test("The newest checkpoint is the one rewound to; those behind it are left behind")
    func leftBehind() throws {
        var run = try RewindTests.failed()
        let left = try run.checkpoint("b")
        let kept = try run.checkpoint("a")
        try run.rewind(to: "a")
        #expect(run.state.checkpoint?.id == kept.id)
        try run.succeed("b")
        #expect(try run.checkpoint("b").id != left.id)
        try run.fail("c")
        #expect(
            try run.refusal(of: .rewindAsked(left.id, sequence: left.sequence, by: "x"))
                == "checkpoint_left_behind: \(left.id.text) was left behind by a later rewind or a move to another "
                + "definition, or is not a checkpoint of this run; choose one that `workflow checkpoint list` shows "
                + "after it"
        )
    }

    @Test("A rewind past a return takes back the return: its count, and its pass")
    func pastReturn() throws {
        var run = try TestRun(ReturnTests.yaml)
        try run.succeed("plan")
        try run.succeed("configure")
        try run.fail("test")
        try run.succeed("configure")
        try run.fail("test")
        try run.succeed("configure")
        try run.fail("test")
        #expect(run.state.status == .failed)
        #expect(run.state.stages.map(\.returns) == [0, 0, 2])
        #expect(try run.rewind(to: "plan").suffix(2) == ["attempt_started configure#4", "> start configure#4"])
        #expect(run.state.stages.map(\.returns) == [0, 0, 0])
        try run.succeed("configure")
        for count in 1...2 {
            #expect(try run.fail("test").contains("stage_returned validating to configuring (\(count))"))
            try run.succeed("configure")
        }
        #expect(try run.fail("test").last == "> ended failed")
    }

    @Test("A rewind to a checkpoint behind a return keeps it")
    func behindReturn() throws {
        var run = try TestRun(ReturnTests.yaml)
        try run.succeed("plan")
        try run.succeed("configure")
        for _ in 1...2 {
            try run.fail("test")
            try run.succeed("configure")
        }
        try run.fail("test")
        #expect(run.state.status == .failed)
        try run.rewind(to: "configure")
        #expect(run.statuses == ["plan=success", "configure=success", "test=running"])
        #expect(run.state.stages.map(\.returns) == [0, 0, 2])
        #expect(try run.fail("test").last == "> ended failed")
    }

    @Test("A step that had failed at the checkpoint runs again after the rewind")
    func failedBeforeCheckpoint() throws {
        var run = try TestRun(
            Definitions.steps(
                "- {name: a, run: x, needs: []}\n- {name: b, run: x, needs: []}\n- {name: c, run: x, needs: [a, b]}"))
        try run.fail("a")
        try run.succeed("b")
        #expect(run.state.status == .failed)
        try run.resume()
        try run.succeed("a")
        try run.fail("c")
        #expect(run.state.status == .failed)
        #expect(try run.rewind(to: "b").dropFirst() == ["attempt_started a#3", "> start a#3"])
        #expect(run.statuses == ["a=running", "b=success", "c=pending"])
        #expect(try run.succeed("a").last == "> start c#2")
    }

    @Test("A step that had been cancelled at the checkpoint runs again after the rewind of a run not yet ended")
    func cancelledBeforeCheckpoint() throws {
        var run = try TestRun(
            Definitions.steps(
                "- {name: a, run: x, needs: []}\n- {name: b, run: x, needs: []}\n- {name: c, run: x, needs: [a, b]}",
                onExit: "- {name: nap, uses: sleep, with: {for: 1h}}"))
        try run.cancel()
        try run.fail("a", .cancelled)
        try run.succeed("b")
        #expect(run.state.statusInExpressions == .cancelled)
        #expect(try run.rewind(to: "b").dropFirst() == ["attempt_started a#2", "> start a#2"])
        #expect(try run.succeed("a").last == "> start c#1")
    }

    @Test("A step whose failure was tolerated stays so after a rewind, with its failure and times")
    func tolerated() throws {
        var run = try TestRun(
            Definitions.steps("- {name: a, run: x, continue_on_error: true}\n- {name: b, run: x}\n- {name: c, run: x}"))
        try run.fail("a")
        try run.succeed("b")
        try run.fail("c")
        try run.rewind(to: "b")
        #expect(run.statuses == ["a=failed", "b=success", "c=running"])
        #expect(run.state.state(ofStep: "a")?.failure?.code == "exit_status")
        #expect(run.state.state(ofStep: "b")?.endedAt != nil)
    }

    @Test("Sleeps and delays are given up by a rewind, and their timers mean nothing any more")
    func waits() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - {name: a, run: x}
                - {name: nap, uses: sleep, with: {for: 1h}, needs: [a]}
                - {name: flaky, run: x, needs: [a], retry: {limit: 1, delay: 1h}}
                """))
        try run.succeed("a")
        try run.fail("flaky")
        let (nap, flaky) = (run.attempt("nap"), run.attempt("flaky"))
        #expect(run.state.status == .waiting)
        #expect(try run.rewind(to: "a").suffix(2) == ["> wait nap#2 1h", "> start flaky#2"])
        #expect(try run.take(.waitEnded(nap)) == [])
        #expect(try run.take(.waitEnded(flaky)) == [])
    }

    @Test("While a step is in doubt a rewind is refused: its effect may be in place")
    func inDoubt() throws {
        var run = try TestRun(RewindTests.yaml)
        try run.succeed("a")
        try run.crashLosing("b")
        let point = try run.checkpoint("a")
        #expect(
            try run.refusal(of: .rewindAsked(point.id, sequence: point.sequence, by: "x"))
                == "step_in_doubt: cannot rewind while b is in doubt, for its effect may be in place: "
                + "`workflow resolve` it first")
    }

    @Test("A run that has ended otherwise than failed is not rewound")
    func ended() throws {
        for cancels in [false, true] {
            var run = try TestRun(RewindTests.yaml)
            try run.succeed("a")
            let point = try run.checkpoint("a")
            if cancels { try run.cancel() }
            try run.succeed("b")
            if !cancels { try run.succeed("c") }
            let status = cancels ? "cancelled" : "completed"
            try run.crash()
            #expect(
                try run.refusal(of: .rewindAsked(point.id, sequence: point.sequence, by: "x"))
                    == "run_has_ended: the run is \(status): start a new one instead of going back")
        }
    }

    @Test("While a step runs a rewind is refused, and says which")
    func whileRunning() throws {
        var run = try TestRun(RewindTests.yaml)
        try run.succeed("a")
        let point = try run.checkpoint("a")
        #expect(
            try run.refusal(of: .rewindAsked(point.id, sequence: point.sequence, by: "x"))
                == "attempts_running: cannot rewind while b still runs: `workflow pause` the run, `workflow resume` it "
                + "until it is paused, then go back")
    }

    @Test("A rewound run can be paused, rewound once more, and cancelled")
    func afterwards() throws {
        var run = try RewindTests.failed()
        try run.rewind(to: "a")
        try run.pause()
        try run.succeed("b")
        #expect(run.state.status == .paused)
        #expect(try run.rewind(to: "a").last == "> start b#3")
        try run.cancel()
        #expect(try run.fail("b", .cancelled).last == "> ended cancelled")
    }

    @Test("Owed work of the endings before a rewind is run anew at the next ending")
    func owedWork() throws {
        var run = try TestRun(
            Definitions.steps("- {name: a, run: x}\n- {name: b, run: x}", onExit: "- {name: bye, run: x}"))
        try run.succeed("a")
        try run.fail("b")
        try run.succeed("bye")
        try run.rewind(to: "a")
        #expect(run.statuses == ["a=success", "b=running", "bye=pending"])
        #expect(try run.succeed("b").last == "> start bye#2")
        #expect(run.key("bye", 2) != run.key("bye", 1))
    }

    @Test("A group that cleans up after a failure does not go on beside the step that is to run again")
    func cleaning() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - {name: a, run: x}
                - {name: tidy, if: "failure()", steps: [{name: b, run: x}, {name: c, run: x}]}
                """))
        try run.fail("a")
        try run.succeed("b")
        try run.fail("c")
        try run.rewind(to: "b")
        #expect(run.running == ["a"])
        try run.fail("a")
        #expect(run.running == ["c"], "what it has done stays done")
    }

    @Test("Nothing starts between a rewind and the end of recovery")
    func recovery() throws {
        var run = try RewindTests.failed()
        let point = try run.checkpoint("a")
        try run.crash()
        #expect(
            try run.take(.rewindAsked(point.id, sequence: point.sequence, by: TestRun.person)) == [
                "person:ada: run_rewound to 5"
            ])
        #expect(try run.recovered() == ["attempt_started b#2", "> start b#2"])
    }
}
