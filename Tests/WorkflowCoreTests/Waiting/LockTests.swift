import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Locks")
struct LockTests {
    static func run(_ keys: String = "", head: String = "") throws -> TestRun {
        try TestRun(
            Definitions.steps(
                "- {name: a, run: x, locks: [db, \"net\"], lock_timeout: 5m\(keys)}\n- {name: after, run: x}",
                head: head))
    }

    /// `a` has its locks and runs.
    static func holding(_ keys: String = "") throws -> TestRun {
        var run = try run(keys)
        try run.giveLocks("a")
        #expect(run.state.state(ofStep: "a")?.locks == ["db", "net"])
        return run
    }

    @Test("Locks are asked for before the intent, all at once, and given up with the step's end")
    func taken() throws {
        var run = try LockTests.run()
        #expect(run.trace.suffix(3) == ["locks_requested a db,net", "> lock a db,net", "> wait a 5m"])
        #expect(run.status("a") == .waiting)
        #expect(try run.giveLocks("a") == ["locks_taken a", "attempt_started a#1", "> start a#1"])
        #expect(try run.giveLocks("a") == [], "told twice, nothing happens")
        #expect(run.state.state(ofStep: "a")?.locks == ["db", "net"])
        #expect(
            try run.succeed("a") == [
                "step_succeeded a#1 [checkpoint]", "attempt_started after#1", "> start after#1", "> release a",
            ])
    }

    @Test("Who waits too long fails, gives its place up, and asks again with a resume")
    func timeout() throws {
        var run = try LockTests.run()
        #expect(
            try run.wait("a") == ["step_failed a lock_timeout", "run_ended failed", "> ended failed", "> release a"])
        #expect(run.state.failure?.message == "step a failed: did not get db, net within 5m")
        // The store gave them in that very moment.
        #expect(try run.giveLocks("a") == ["> release a"])
        #expect(try run.resume() == ["locks_requested a db,net", "> lock a db,net", "> wait a 5m"])
    }

    @Test("A grant for a request that has timed out is not taken for the next request's")
    func lateGrant() throws {
        var run = try TestRun(
            Definitions.stages(
                Definitions.stage(
                    "one", "- {name: a, run: x, locks: [db], lock_timeout: 5m}",
                    keys: "on_failure: {return_to: one, limit: 2}")))
        let first = run.state.state(ofStep: "a")?.waitBegan ?? 0
        #expect(
            try run.wait("a") == [
                "step_failed a lock_timeout", "stage_returned one to one (1)", "locks_requested a db", "> lock a db",
                "> wait a 5m", "> release a",
            ])
        // The store had given them in that very moment: they were given up with the entry above.
        #expect(try run.take(.locksTaken(step: "a", request: first)) == [])
        #expect(run.status("a") == .waiting)
        #expect(try run.giveLocks("a").last == "> start a#1")
    }

    @Test("The timer of an earlier request for locks does not end the wait of a later one")
    func lateTimer() throws {
        var run = try TestRun(
            Definitions.stages(
                Definitions.stage(
                    "one", "- {name: g, locks: [db], lock_timeout: 5m, steps: [{name: a, run: x}]}",
                    keys: "on_failure: {return_to: one, limit: 2}")))
        let first = run.timer("g")
        try run.giveLocks("g")
        run.clock.advance(by: .minutes(4))
        #expect(try run.fail("a").contains("locks_requested g db"))
        run.clock.advance(by: .minutes(1))
        #expect(try run.take(.waitEnded(first)) == [])
        #expect(run.status("g") == .waiting)
    }

    @Test("A new driver asks again, and waits for what is left")
    func restart() throws {
        var run = try LockTests.run()
        run.clock.advance(by: .minutes(2))
        #expect(try run.resume() == ["> lock a db,net", "> wait a 3m"])
    }

    @Test("Every ending gives them up")
    func released() throws {
        var failed = try LockTests.holding()
        #expect(try failed.fail("a").last == "> release a")
        var cancelled = try LockTests.holding()
        try cancelled.cancel()
        #expect(try cancelled.fail("a", .cancelled).last == "> release a")
        var waiting = try LockTests.run()
        #expect(try waiting.cancel().last == "> release a")
        var skipped = try LockTests.holding()
        try skipped.crashLosing("a")
        #expect(try skipped.resolve("a", .skip).last == "> release a")
        for run in [failed, cancelled, waiting, skipped] { #expect(run.state.state(ofStep: "a")?.locks == []) }
    }

    @Test("They are kept between attempts, between passes and in doubt")
    func kept() throws {
        var run = try LockTests.holding(
            ", retry: {limit: 1, delay: 1s}, repeat: {until: \"false\", limit: 2, delay: 1s}")
        #expect(try run.fail("a").contains("> release a") == false)
        try run.wait("a")
        try run.crashLosing("a")
        #expect(run.state.state(ofStep: "a")?.locks == ["db", "net"])
        #expect(try run.resolve("a", .retry).last == "> start a#3")
        #expect(try run.succeed("a").last == "> wait a 1s")
        #expect(try run.wait("a").last == "> start a#4")
        #expect(run.count("locks_requested") == 1)
        #expect(try run.succeed("a").last == "> release a")
    }

    @Test("A step that has them and may not start any more gives them up when the run ends")
    func parked() throws {
        var run = try TestRun(
            Definitions.steps(
                "- {name: a, run: x, needs: [], locks: [db]}\n- {name: b, run: x, needs: []}", head: "max_parallel: 1"))
        #expect(run.trace.last == "> start b#1")
        #expect(try run.giveLocks("a") == ["locks_taken a"])
        #expect(try run.fail("b").suffix(2) == ["> ended failed", "> release a"])
        #expect(run.state.state(ofStep: "a")?.locks == [])
        #expect(try run.resume().contains("locks_requested a db"))
    }

    @Test("A return and a rewind give them up")
    func setBack() throws {
        var run = try TestRun(
            Definitions.stages(
                Definitions.stage(
                    "one",
                    """
                    - {name: first, run: x}
                    - name: g
                      locks: [db]
                      steps: [{name: a, run: x}, {name: b, run: x}]
                    """, keys: "on_failure: {return_to: one, limit: 1}")))
        try run.succeed("first")
        try run.giveLocks("g")
        #expect(try run.fail("a").suffix(3) == ["attempt_started first#2", "> start first#2", "> release g"])
        try run.succeed("first")
        #expect(run.trace.suffix(3) == ["locks_requested g db", "> lock g db", "> wait g 1h"])
        try run.giveLocks("g")
        try run.succeed("a")
        try run.crash()
        try run.take(.attemptNeverBegan(run.attempt("b")))
        let point = try run.checkpoint("first")
        #expect(
            try run.take(.rewindAsked(point.id, sequence: point.sequence, by: TestRun.person)).last == "> release g")
        #expect(try run.recovered().prefix(1) == ["locks_requested g db"])
    }

    @Test("A group takes its locks again before anything in it goes on")
    func groupResumed() throws {
        var run = try TestRun(
            Definitions.steps("- {name: g, locks: [db], steps: [{name: a, run: x}, {name: b, run: x}]}"))
        try run.giveLocks("g")
        try run.succeed("a")
        #expect(try run.fail("b").last == "> release g")
        #expect(try run.resume() == ["locks_requested g db", "> lock g db", "> wait g 1h"])
        #expect(try run.giveLocks("g") == ["locks_taken g", "group_entered g", "attempt_started b#2", "> start b#2"])
        #expect(try run.succeed("b").last == "> release g")
        #expect(run.state.status == .completed)
    }

    @Test("So does a group that stood open when something else failed the run")
    func openGroupResumed() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - {name: g, needs: [], locks: [db], steps: [{name: a, run: x}, {name: b, run: x}]}
                - {name: other, run: x, needs: []}
                """))
        try run.giveLocks("g")
        try run.fail("other")
        #expect(try run.succeed("a").suffix(2) == ["> ended failed", "> release g"])
        #expect(try run.resume().suffix(3) == ["> lock g db", "> wait g 1h", "> start other#2"])
        #expect(try run.giveLocks("g").suffix(1) == ["> start b#1"])
    }

    @Test("Names are worked out for each item; equal ones are one")
    func items() throws {
        let run = try TestRun(
            Definitions.steps(
                """
                - {name: f, run: x, locks: ["host-${{ h }}", "host-${{ string(h) }}"], foreach: {items: [a, b], as: h, \
                key: h}}
                """))
        #expect(run.trace.contains("locks_requested f[a] host-a"))
        #expect(run.trace.contains("locks_requested f[b] host-b"))
    }

    @Test(
        "A name that is too long or not printable fails the step",
        arguments: ["", "a\nb", String(repeating: "x", count: 201)])
    func names(name: String) throws {
        let run = try TestRun(
            Definitions.steps(
                "- {name: a, run: x, locks: [\"${{ params.name }}\"]}", head: "params: {name: {type: string}}"),
            parameters: ["name": .string(name)])
        #expect(run.state.state(ofStep: "a")?.failure?.code == "lock_invalid")
    }
}
