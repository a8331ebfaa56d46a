import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Owed work")
struct OwedWorkTests {
    static let yaml = Definitions.steps("- {name: a, run: x}", onExit: "- {name: one, run: x}\n- {name: two, run: x}")

    @Test("It runs in order before the ending is recorded, saves no checkpoint, and its failure does not change it")
    func completed() throws {
        var run = try TestRun(OwedWorkTests.yaml)
        #expect(
            try run.succeed("a").dropFirst() == [
                "stage_completed main", "ending_began completed", "attempt_started one#1", "> start one#1",
            ])
        #expect(run.state.status == .running)
        #expect(run.state.statusInExpressions == .completed)
        #expect(
            try run.fail("one") == [
                "attempt_failed one#1 exit_status", "step_failed one exit_status tolerated", "attempt_started two#1",
                "> start two#1",
            ])
        #expect(try run.succeed("two") == ["step_succeeded two#1", "run_ended completed", "> ended completed"])
        #expect(run.state.completedSteps == [0])
    }

    @Test("Its conditions see how the run ends")
    func conditions() throws {
        let yaml = Definitions.steps(
            "- {name: a, run: x}",
            onExit: """
                - {name: page, run: x, if: "failure()"}
                - {name: praise, run: x, if: "success()"}
                - {name: log, run: x, if: "run.status == 'failed'"}
                """)
        var run = try TestRun(yaml)
        try run.succeed("a")
        try run.succeed("praise")
        #expect(run.statuses == ["a=success", "page=skipped", "praise=success", "log=skipped"])
        run = try TestRun(yaml)
        try run.fail("a")
        try run.succeed("page")
        try run.succeed("log")
        #expect(run.statuses == ["a=failed", "page=success", "praise=skipped", "log=success"])
        #expect(run.state.status == .failed)
    }

    @Test("A crash in its midst: what succeeded is not run again, what was lost is settled, the rest follows")
    func crash() throws {
        var run = try TestRun(OwedWorkTests.yaml)
        try run.fail("a")
        try run.succeed("one")
        #expect(try run.crashLosing("two") == [])
        #expect(run.state.status == .waiting)
        #expect(try run.resolve("two", .retry).last == "> start two#2")
        #expect(run.key("two", 2) == run.key("two", 1))
        #expect(try run.succeed("two").last == "> ended failed")
        #expect(run.journal.count { $0.fact.type == "ending_began" } == 1)
    }

    @Test("A crash before its first step, and one after its last, run it once")
    func crashAtTheEdges() throws {
        var run = try TestRun(OwedWorkTests.yaml)
        try run.take(.stopAsked)
        try run.succeed("a")
        #expect(try run.resume().suffix(2) == ["attempt_started one#1", "> start one#1"])
        try run.succeed("one")
        try run.take(.stopAsked)
        #expect(try run.succeed("two") == ["step_succeeded two#1"])
        #expect(try run.resume() == ["run_ended completed", "> ended completed"])
    }

    @Test("Each ending has its own, with new keys")
    func eachEnding() throws {
        var run = try TestRun(OwedWorkTests.yaml)
        try run.fail("a")
        try run.succeed("one")
        try run.succeed("two")
        #expect(run.state.status == .failed)
        try run.resume()
        #expect(try run.succeed("a").last == "> start one#2")
        #expect(run.key("one", 2) != run.key("one", 1))
        try run.succeed("one")
        #expect(try run.succeed("two").last == "> ended completed")
        #expect(run.state.endings == 2)
    }

    @Test("It retries, sleeps and is probed like any step")
    func likeAnyStep() throws {
        var run = try TestRun(
            Definitions.steps(
                "- {name: a, run: x}",
                onExit: """
                    - {name: nap, uses: sleep, with: {for: 5s}}
                    - {name: flaky, run: x, retry: {limit: 1, delay: 2s}}
                    - {name: odd, run: x, probe: p}
                    """))
        #expect(try run.succeed("a").last == "> wait nap#1 5s")
        #expect(try run.take(.waitEnded(run.attempt("nap"))).last == "> start flaky#1")
        #expect(try run.fail("flaky").last == "> wait flaky#1 2s")
        #expect(try run.take(.waitEnded(run.attempt("flaky"))).last == "> start flaky#2")
        #expect(try run.succeed("flaky").last == "> start odd#1")
        #expect(try run.crashLosing("odd") == ["> probe odd#1"])
        #expect(try run.probe("odd", .done).suffix(2) == ["run_ended completed", "> ended completed"])
    }
}
