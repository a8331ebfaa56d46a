import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Groups of runs that never overlap")
struct ConcurrencyTests {
    static func run(_ conflict: String = "queue") throws -> TestRun {
        try TestRun(
            Definitions.steps(
                "- {name: a, run: x}",
                head: "params: {env: {type: string, default: prod}}\n"
                    + "concurrency: {group: \"deploy-${{ params.env }}\", on_conflict: \(conflict)}",
                onExit: "- {name: notify, run: x}"), parameters: ["env": .string("prod")])
    }

    @Test("Nothing begins before it is the run's turn")
    func queue() throws {
        var run = try ConcurrencyTests.run()
        #expect(run.trace.suffix(2) == ["concurrency_requested deploy-prod", "> group deploy-prod queue"])
        #expect(run.state.status == .pending)
        #expect(!run.machine.isIdle)
        #expect(try run.resume() == ["> group deploy-prod queue"])
        #expect(
            try run.take(.concurrencyTaken) == [
                "concurrency_taken deploy-prod", "stage_entered main", "attempt_started a#1", "> start a#1",
            ])
        #expect(try run.take(.concurrencyTaken) == [])
    }

    @Test("A run that is not to wait fails, and takes its turn when it is resumed")
    func refused() throws {
        var run = try ConcurrencyTests.run("fail")
        #expect(
            try run.take(.concurrencyRefused(by: "run-7")) == [
                "ending_began failed", "attempt_started notify#1", "> start notify#1",
            ])
        #expect(
            run.state.failure?.message
                == "run-7 of the concurrency group deploy-prod is under way; resume when it has ended")
        #expect(try run.take(.concurrencyRefused(by: "run-7")) == [])
        try run.succeed("notify")
        #expect(try run.resume() == ["concurrency_requested deploy-prod", "> group deploy-prod fail"])
        #expect(try run.take(.concurrencyTaken).last == "> start a#1")
    }

    @Test("A failed run has given its turn up, and takes it again with the resume")
    func resumed() throws {
        var run = try ConcurrencyTests.run()
        try run.take(.concurrencyTaken)
        try run.fail("a")
        try run.succeed("notify")
        #expect(run.state.concurrency == nil)
        #expect(try run.resume() == ["concurrency_requested deploy-prod", "> group deploy-prod queue"])
        #expect(
            try run.take(.concurrencyTaken) == ["concurrency_taken deploy-prod", "attempt_started a#2", "> start a#2"])
    }

    @Test("A run that waits for its turn can be cancelled, and its owed work waits for no turn")
    func cancelled() throws {
        var run = try ConcurrencyTests.run()
        #expect(try run.cancel().last == "> start notify#1")
        try run.crashLosing("notify")
        #expect(run.trace == [])
        #expect(run.machine.isIdle)
        try run.resolve("notify", .done)
        #expect(run.state.status == .cancelled)
    }

    @Test("A run that only waits for its turn is paused at once, and gives back what it is given")
    func paused() throws {
        var run = try ConcurrencyTests.run()
        #expect(try run.pause() == ["person:ada: pause_requested", "run_paused", "> release "])
        #expect(run.state.status == .paused)
        #expect(try run.take(.concurrencyTaken) == ["> release "])
        #expect(try run.resume() == ["concurrency_requested deploy-prod", "> group deploy-prod queue"])
    }

    @Test("So it is where no driver has finished its recovery, or none has come yet", arguments: [true, false])
    func pausedUndriven(isDriven: Bool) throws {
        var run = try ConcurrencyTests.run()
        if isDriven {
            try run.crash(.request)
        } else {
            run = try TestRun(
                Definitions.steps("- {name: a, run: x}", head: "concurrency: {group: prod, on_conflict: queue}"),
                driven: false)
        }
        #expect(try run.pause().prefix(2) == ["person:ada: pause_requested", "run_paused"])
        #expect(run.state.status == .paused)
        try run.crash(.recovery)
        #expect(try run.recovered() == [])
        #expect(run.machine.isIdle)
    }

    @Test("A pause that an earlier version wrote and nobody carried out: the next driver asks for no turn")
    func pausedBefore() throws {
        var run = try ConcurrencyTests.run()
        let requested = Entry(
            sequence: run.state.head + 1, at: run.clock.now, actor: TestRun.person, fact: .pauseRequested(Request()))
        var state = run.state
        try state.apply(requested)
        var machine = RunMachine(state: state, host: TestRun.host)
        _ = try machine.decide(.driverAttached(TestRun.driver(.recovery)), at: run.clock.now, using: &run.random)
        let decision = try machine.decide(.recoveryFinished, at: run.clock.now, using: &run.random)
        #expect(machine.state.status == .paused)
        #expect(!decision.effects.contains(where: machine.isWanted))
    }
}
