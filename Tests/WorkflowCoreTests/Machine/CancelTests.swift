import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Cancel")
struct CancelTests {
    @Test("Running steps are told to end, nothing new starts, and the run ends when they have")
    func running() throws {
        var run = try TestRun(
            Definitions.steps(
                "- {name: a, run: x, needs: []}\n- {name: b, run: x, needs: []}\n- {name: c, run: x, needs: [a]}"))
        #expect(try run.cancel() == ["person:ada: cancel_requested", "> cancel a#1", "> cancel b#1"])
        #expect(run.state.status == .running)
        #expect(try run.fail("a", .cancelled) == ["attempt_failed a#1 cancelled", "step_cancelled a"])
        #expect(try run.succeed("b").suffix(2) == ["run_ended cancelled", "> ended cancelled"])
        #expect(run.statuses == ["a=cancelled", "b=success", "c=pending"])
        #expect(
            try run.refusal(of: .cancelAsked(reason: nil, by: "x"))
                == "run_has_ended: the run is cancelled: there is nothing to cancel")
    }

    @Test("What waits is given up at once: sleeps, delays, doubts")
    func waiting() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - {name: nap, uses: sleep, with: {for: 1h}, needs: []}
                - {name: flaky, run: x, needs: [], retry: {limit: 1, delay: 1h}}
                - {name: odd, run: x, needs: [], probe: p}
                """))
        try run.fail("flaky")
        try run.fail("odd", .timedOut)
        #expect(
            try run.cancel(reason: "odd") == [
                "person:ada: cancel_requested \"odd\"", "step_cancelled nap", "step_cancelled flaky",
                "step_cancelled odd",
                "run_ended cancelled", "> ended cancelled",
            ])
        for step in ["nap", "flaky"] { #expect(try run.take(.waitEnded(run.attempt(step))) == []) }
        #expect(try run.probe("odd", .done) == [])
    }

    @Test("A run that was never driven is cancelled without being started")
    func pending() throws {
        var run = try TestRun(
            Definitions.steps("- {name: a, run: x}", onExit: "- {name: bye, run: x}"), driven: false)
        try run.crash(.request)
        #expect(try run.cancel() == ["person:ada: cancel_requested"])
        #expect(try run.recovered() == ["ending_began cancelled", "attempt_started bye#1", "> start bye#1"])
        #expect(try run.succeed("bye").last == "> ended cancelled")
        #expect(run.statuses == ["a=pending", "bye=success"])
    }

    @Test("A paused run is cancelled, with its owed work")
    func paused() throws {
        var run = try TestRun(
            Definitions.steps("- {name: a, run: x}\n- {name: b, run: x}", onExit: "- {name: bye, run: x}"))
        try run.pause()
        try run.succeed("a")
        #expect(run.state.status == .paused)
        #expect(
            try run.cancel() == [
                "person:ada: cancel_requested", "ending_began cancelled", "attempt_started bye#1", "> start bye#1",
            ])
        #expect(try run.succeed("bye").last == "> ended cancelled")
    }

    @Test("A cancel overtakes a pause that was asked for and not reached, with owed work")
    func whilePausing() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x}", onExit: "- {name: bye, run: x}"))
        try run.pause()
        try run.cancel()
        #expect(try run.fail("a", .cancelled).last == "> start bye#1")
        #expect(try run.succeed("bye").last == "> ended cancelled")
    }

    @Test("A run that waits for a person is cancelled")
    func inDoubt() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x}"))
        try run.crashLosing("a")
        #expect(
            try run.cancel(reason: "seen").suffix(3) == [
                "step_cancelled a", "run_ended cancelled", "> ended cancelled",
            ])
    }

    @Test("A cancel during owed work takes a reason, names what it ends, and leaves the status that is recorded next")
    func duringOwedWork() throws {
        var run = try TestRun(
            Definitions.steps("- {name: a, run: x}", onExit: "- {name: one, run: x}\n- {name: two, run: x}"))
        try run.succeed("a")
        #expect(
            try run.refusal(of: .cancelAsked(reason: nil, by: TestRun.person))
                == "reason_missing: the run ends as completed already, "
                + "and its on_exit runs (one): to end that too, say why "
                + "with `--reason TEXT`")
        #expect(
            try run.cancel(reason: "stuck") == ["person:ada: cancel_requested \"stuck\" ends one", "> cancel one#1"])
        #expect(
            try run.fail("one", .cancelled) == [
                "attempt_failed one#1 cancelled", "step_cancelled one", "attempt_started two#1", "> start two#1",
            ])
        #expect(try run.cancel(reason: "too") == ["person:ada: cancel_requested \"too\" ends two", "> cancel two#1"])
        #expect(try run.fail("two", .cancelled).last == "> ended completed")
    }

    @Test("A second cancel is no reason to end what the first one owes")
    func owedWorkOfCancel() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x}", onExit: "- {name: unlock, run: x}"))
        try run.cancel(reason: "first")
        #expect(try run.fail("a", .cancelled).last == "> start unlock#1")
        #expect(
            try run.refusal(of: .cancelAsked(reason: nil, by: TestRun.person))?
                .hasPrefix("reason_missing: the run ends as cancelled already, and its on_exit runs (unlock)") == true)
        #expect(try run.succeed("unlock").last == "> ended cancelled")
    }

    @Test("The end of the run that it is a part of leaves owed work as it is")
    func owedWorkOfChild() throws {
        for reason in [nil, "its parent was cancelled"] {
            var run = try TestRun(Definitions.steps("- {name: a, run: x}", onExit: "- {name: unlock, run: x}"))
            try run.fail("a")
            #expect(try run.take(.cancelAsked(reason: reason, by: engineActor)) == [])
            #expect(try run.succeed("unlock").last == "> ended failed")
        }
    }

    @Test("Owed work that waits, or is tried again, is given up by a reason too")
    func waitingOwedWork() throws {
        var run = try TestRun(
            Definitions.steps(
                "- {name: a, run: x}",
                onExit: """
                    - {name: nap, uses: sleep, with: {for: 1h}, needs: []}
                    - {name: flaky, run: x, needs: [], retry: {limit: 2, delay: 1h}}
                    """))
        try run.succeed("a")
        try run.fail("flaky")
        #expect(try run.refusal(of: .cancelAsked(reason: nil, by: TestRun.person))?.contains("(nap, flaky)") == true)
        #expect(
            try run.cancel(reason: "enough") == [
                "person:ada: cancel_requested \"enough\" ends nap,flaky", "step_cancelled nap", "step_cancelled flaky",
                "run_ended completed", "> ended completed",
            ])
    }

    /// A run that ends as completed, whose owed work `one` was ended by a person while it runs; `two` comes after it.
    private func endingOne(_ keys: String = "") throws -> TestRun {
        var run = try TestRun(
            Definitions.steps("- {name: a, run: x}", onExit: "- {name: one, run: x\(keys)}\n- {name: two, run: x}"))
        try run.succeed("a")
        try run.cancel(reason: "stuck")
        return run
    }

    @Test("A driver that takes over owed work which was ended orders that again, and nothing of what comes after")
    func takeOverOfOwedWork() throws {
        var run = try endingOne()
        try run.crash()
        #expect(try run.recovered() == ["> cancel one#1"])
        #expect(
            try run.fail("one", .cancelled) == [
                "attempt_failed one#1 cancelled", "step_cancelled one", "attempt_started two#1", "> start two#1",
            ])
        #expect(try run.resume() == [])
        #expect(try run.succeed("two").last == "> ended completed")
    }

    @Test("Of two that were ended, the one that still runs is ended again")
    func takeOverOfTwo() throws {
        var run = try TestRun(
            Definitions.steps(
                "- {name: a, run: x}",
                onExit: "- {name: one, run: x, needs: []}\n- {name: two, run: x, needs: []}\n- {name: last, run: x}"))
        try run.succeed("a")
        try run.cancel(reason: "stuck")
        try run.fail("one", .cancelled)
        #expect(try run.resume() == ["> cancel two#1"])
        #expect(try run.fail("two", .cancelled).last == "> start last#1")
    }

    @Test("Owed work that was ended, and was lost or had never begun when its driver died, does not run again")
    func takeOverOfLostOwedWork() throws {
        var lost = try endingOne(", on_doubt: retry")
        try lost.crash()
        #expect(try lost.lose("one") == ["attempt_in_doubt one#1", "step_cancelled one"])
        #expect(try lost.recovered() == ["attempt_started two#1", "> start two#1"])
        var unbegun = try endingOne()
        try unbegun.crash()
        #expect(
            try unbegun.take(.attemptNeverBegan(unbegun.attempt("one"))) == [
                "attempt_voided one#1", "step_cancelled one",
            ])
        #expect(try unbegun.recovered() == ["attempt_started two#1", "> start two#1"])
        #expect(try unbegun.succeed("two").last == "> ended completed")
    }

    @Test("Owed work that was ended and failed by itself meanwhile is not retried; what comes after it is")
    func owedWorkFailsMeanwhile() throws {
        var run = try endingOne(", retry: {limit: 2, delay: 1s}")
        #expect(
            try run.fail("one", exitCode: 1) == [
                "attempt_failed one#1 exit_status", "step_cancelled one", "attempt_started two#1", "> start two#1",
            ])
        #expect(try run.fail("two", exitCode: 1).contains("step_cancelled two") == false)
        #expect(run.status("two") == .failed)
        #expect(run.state.status == .completed)
    }

    @Test("Owed work that a stop ends is in doubt, however the run ends: no cancel was of it")
    func stoppedOwedWork() throws {
        for ends in ["cancelled", "completed", "failed"] {
            var run = try TestRun(Definitions.steps("- {name: a, run: x}", onExit: "- {name: clean, run: x}"))
            switch ends {
            case "cancelled":
                try run.cancel()
                try run.fail("a", .cancelled)
            case "completed": try run.succeed("a")
            default: try run.fail("a")
            }
            try run.take(.stopAsked)
            #expect(try run.fail("clean", .cancelled) == ["attempt_in_doubt clean#1"], "\(ends)")
            #expect(try run.resume() == [], "\(ends)")
            #expect(run.status("clean") == .inDoubt, "\(ends)")
            #expect(try run.resolve("clean", .retry).last == "> start clean#2", "\(ends)")
            #expect(try run.succeed("clean").last == "> ended \(ends)")
        }
    }

    @Test("Owed work that a stop ends after a cancel has ended other owed work is in doubt all the same")
    func stoppedAfterCancelledOwedWork() throws {
        var run = try endingOne()
        #expect(try run.fail("one", .cancelled).last == "> start two#1")
        try run.take(.stopAsked)
        #expect(try run.fail("two", .cancelled) == ["attempt_in_doubt two#1"])
        #expect(try run.resume() == [])
        #expect(run.status("one") == .cancelled)
        #expect(run.status("two") == .inDoubt)
        #expect(try run.resolve("two", .done).last == "> ended completed")
    }

    @Test("A cancel of an earlier version, which names no owed work, has ended what was under way")
    func unnamedOwedWork() throws {
        var run = try TestRun(
            Definitions.steps("- {name: a, run: x}", onExit: "- {name: one, run: x}\n- {name: two, run: x}"))
        try run.succeed("a")
        var state = run.state
        let fact = Fact.cancelRequested(Request(reason: "stuck"))
        try state.apply(Entry(sequence: state.head + 1, at: run.clock.now, actor: TestRun.person, fact: fact))
        #expect(!state.isCancelRequested)
        #expect(state.owedWorkEnded.map { state.name(ofStep: $0) } == ["one"])
        try state.refuseImplausible(.stepCancelled(StepCancelled(step: "one")))
    }

    @Test("An approval that is owed is not cancelled around its approvers")
    func owedApproval() throws {
        for (approvers, mayCancel) in [("[bob]", false), ("[bob, ada]", true), ("[login:ada]", true)] {
            var run = try TestRun(
                Definitions.steps(
                    "- {name: a, run: x}",
                    onExit: "- {name: ask, uses: approval, with: {prompt: Go?, approvers: \(approvers)}}"))
            try run.succeed("a")
            let refusal = try run.refusal(of: .cancelAsked(reason: "no time", by: TestRun.person))
            #expect((refusal == nil) == mayCancel, "\(approvers)")
            if !mayCancel {
                #expect(
                    refusal == "not_an_approver: ada may not cancel step ask: its approvers are bob")
            }
        }
    }

    @Test("A failed run whose owed work was cancelled can be resumed like any other")
    func resumeAfterCancelledOwedWork() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x}", onExit: "- {name: bye, run: x}"))
        try run.fail("a")
        try run.cancel(reason: "stuck")
        #expect(try run.fail("bye", .cancelled).last == "> ended failed")
        #expect(try run.resume() == ["attempt_started a#2", "> start a#2"])
        #expect(try run.succeed("a").last == "> start bye#2")
        #expect(try run.succeed("bye").last == "> ended completed")
    }

    @Test("A second cancel tells the running steps once more and writes nothing")
    func twice() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x}"))
        try run.cancel()
        #expect(try run.cancel() == ["> cancel a#1"])
    }

    @Test("A driver that takes over a run being cancelled tells the steps that still run to end")
    func takeOver() throws {
        var run = try TestRun(
            Definitions.steps("- {name: a, run: x, needs: []}\n- {name: b, run: x, needs: [], on_doubt: retry}"))
        try run.cancel()
        try run.crash()
        #expect(try run.lose("b") == ["attempt_in_doubt b#1", "step_cancelled b"])
        #expect(try run.recovered() == ["> cancel a#1"])
        #expect(try run.fail("a", .cancelled).last == "> ended cancelled")
    }

    @Test("A step whose cancelled attempt failed by itself meanwhile is cancelled all the same, and not retried")
    func failsMeanwhile() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x, retry: {limit: 3, delay: 1s}}"))
        try run.cancel()
        #expect(
            try run.fail("a", exitCode: 1) == [
                "attempt_failed a#1 exit_status", "step_cancelled a", "run_ended cancelled", "> ended cancelled",
            ])
    }
}
