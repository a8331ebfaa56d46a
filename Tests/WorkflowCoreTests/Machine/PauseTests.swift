import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Pause and stop")
struct PauseTests {
    @Test("The running steps finish, then the run is paused; a resume goes on")
    func pause() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x}\n- {name: b, run: x}"))
        #expect(
            try run.take(.pauseAsked(reason: "lunch", by: TestRun.person)) == [
                "person:ada: pause_requested \"lunch\""
            ])
        #expect(try run.pause() == [], "asking twice writes nothing")
        #expect(try run.succeed("a") == ["step_succeeded a#1 [checkpoint]", "run_paused"])
        #expect(run.state.status == .paused)
        #expect(run.machine.isIdle)
        #expect(try run.pause() == [])
        #expect(try run.resume() == ["attempt_started b#1", "> start b#1"])
    }

    @Test("A run is paused before it fails, and fails when it is resumed")
    func failure() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x}", onExit: "- {name: bye, run: x}"))
        try run.pause()
        #expect(try run.fail("a") == ["attempt_failed a#1 exit_status", "step_failed a exit_status", "run_paused"])
        #expect(try run.resume() == ["ending_began failed", "attempt_started bye#1", "> start bye#1"])
    }

    @Test("A sleep that ends while the run is paused has ended; a delay that ends waits for the resume")
    func waits() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - {name: nap, uses: sleep, with: {for: 1m}, needs: []}
                - {name: flaky, run: x, needs: [], retry: {limit: 1, delay: 1m}}
                - {name: after, run: x, needs: [nap]}
                """))
        try run.fail("flaky")
        #expect(try run.pause() == ["person:ada: pause_requested", "run_paused"])
        #expect(try run.take(.waitEnded(run.attempt("nap"))) == ["step_succeeded nap#1 [checkpoint]"])
        #expect(try run.take(.waitEnded(run.attempt("flaky"))) == [])
        run.clock.advance(by: .minutes(2))
        #expect(try run.resume() == ["attempt_started after#1", "> wait flaky#1 0s", "> start after#1"])
    }

    @Test("A doubt that a probe settles while the run is paused is settled; nothing starts")
    func doubt() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x, probe: p}\n- {name: b, run: x}"))
        try run.crashLosing("a")
        #expect(try run.pause() == ["person:ada: pause_requested", "run_paused"])
        #expect(try run.probe("a", .notDone) == ["probe_finished a#1 not_done"])
        #expect(try run.resume() == ["> probe a#1"])
        #expect(try run.probe("a", .done).last == "> start b#1")
    }

    @Test("Owed work cannot be paused, and a run that has ended neither")
    func refusals() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x}", onExit: "- {name: bye, run: x}"))
        try run.succeed("a")
        #expect(try run.pause() == [])
        #expect(try run.succeed("bye").last == "> ended completed")
        #expect(
            try run.refusal(of: .pauseAsked(reason: nil, by: "x"))
                == "run_has_ended: the run is completed: there is nothing to pause")
    }

    @Test("A pause that a crash cut short does not hold the next driver up")
    func crash() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x}\n- {name: b, run: x}"))
        try run.pause()
        try run.crash()
        try run.succeed("a")
        #expect(try run.recovered() == ["attempt_started b#1", "> start b#1"])
    }

    @Test("An interrupted run that is picked up without a person is still paused, and still cancelled")
    func recovery() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x}\n- {name: b, run: x}"))
        try run.pause()
        try run.crash(.recovery)
        #expect(try run.succeed("a") == ["step_succeeded a#1 [checkpoint]", "run_paused"])
        #expect(try run.recovered() == [])
        #expect(try run.resume().last == "> start b#1")
        try run.cancel()
        try run.crash(.recovery)
        #expect(try run.recovered() == ["> cancel b#1"])
    }

    // MARK: - Stop

    @Test("A driver told to leave starts nothing more; what runs is journaled when it ends")
    func stop() throws {
        var run = try TestRun(
            Definitions.steps("- {name: a, run: x}\n- {name: b, run: x}", onExit: "- {name: bye, run: x}"))
        #expect(try run.take(.stopAsked) == [])
        #expect(try run.succeed("a") == ["step_succeeded a#1 [checkpoint]"])
        #expect(try run.take(.driverLeft(reason: "SIGINT")) == ["driver_detached SIGINT"])
        #expect(run.state.status == .running)
        #expect(try run.resume() == ["attempt_started b#1", "> start b#1"])
        try run.take(.stopAsked)
        #expect(try run.succeed("b").count == 1)
        #expect(
            try run.resume() == [
                "stage_completed main", "ending_began completed", "attempt_started bye#1", "> start bye#1",
            ])
    }

    @Test("A step killed by the second signal is in doubt, and settled by the next driver")
    func secondSignal() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - {name: plain, run: x, needs: []}
                - {name: probed, run: x, needs: [], probe: p}
                - {name: safe, run: x, needs: [], idempotent: true, retry: {limit: 1, delay: 1s}}
                """))
        try run.take(.stopAsked)
        for step in ["plain", "probed", "safe"] {
            #expect(try run.fail(step, .cancelled) == ["attempt_in_doubt \(step)#1"])
        }
        #expect(try run.resume() == ["attempt_started safe#2", "> probe probed#1", "> start safe#2"])
        #expect(run.statuses == ["plain=in_doubt", "probed=in_doubt", "safe=running"])
        #expect(run.state.state(ofStep: "safe")?.retriesUsed == 0)
    }

    @Test("A retry that comes due, and a failure that would be retried, are left to the next driver")
    func retriesWhileStopping() throws {
        var run = try TestRun(
            Definitions.steps("- {name: a, run: x, retry: {limit: 2, delay: 1m}}"))
        try run.fail("a")
        try run.take(.stopAsked)
        #expect(try run.take(.waitEnded(run.attempt("a"))) == [])
        run.clock.advance(by: .seconds(59))
        #expect(try run.resume() == ["> wait a#1 1s"])
    }

    @Test("A machine whose run gets another driver starts nothing until recovery is over")
    func attachAgain() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x}\n- {name: b, run: x}"))
        try run.fail("a")
        #expect(try run.take(.driverAttached(TestRun.driver(.resume))) == ["driver_attached resume"])
        #expect(try run.recovered() == ["attempt_started a#2", "> start a#2"])
    }
}
