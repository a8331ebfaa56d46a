import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Cancel, pause, stop, return and rewind inside of containers")
struct ContainerControlTests {
    static let yaml = Definitions.stages(
        Definitions.stage("one", "- {name: plan, run: x}"),
        Definitions.stage(
            "two",
            """
            - name: g
              foreach: {items: [1, 2], as: i, max_parallel: 1}
              repeat: {until: "false", limit: 2, delay: 10s}
              steps: [{name: a, run: x}, {name: b, run: x}]
            """, keys: "on_failure: {return_to: one, limit: 1}"),
        onExit: "- {name: notify, run: x}")

    /// `g[0].a` has succeeded and `g[0].b` runs.
    static func inTheMidst() throws -> TestRun {
        var run = try TestRun(yaml)
        try run.succeed("plan")
        try run.succeed("g[0].a")
        #expect(run.trace.last == "> start g[0].b#1")
        return run
    }

    @Test("A cancel ends what runs, and leaves what holds it")
    func cancel() throws {
        var run = try ContainerControlTests.inTheMidst()
        #expect(try run.cancel().last == "> cancel g[0].b#1")
        #expect(try run.fail("g[0].b", .cancelled).suffix(2) == ["attempt_started notify#1", "> start notify#1"])
        try run.succeed("notify")
        #expect(run.state.status == .cancelled)
        #expect(run.status("g[0].b") == .cancelled)
        #expect(run.state.number(ofStep: "g").map { run.state.status(ofStep: $0) } == .cancelled)
    }

    @Test("A cancel between two passes ends the loop")
    func cancelBetweenPasses() throws {
        var run = try ContainerControlTests.inTheMidst()
        try run.succeed("g[0].b")
        #expect(run.trace.last == "> wait g[0] 10s")
        let timer = run.timer("g[0]")
        #expect(try run.cancel().contains("step_cancelled g[0]"))
        #expect(try run.take(.waitEnded(timer)) == [])
    }

    @Test("A pass that ends after the cancel is the last")
    func cancelInPass() throws {
        var run = try ContainerControlTests.inTheMidst()
        try run.cancel()
        #expect(
            try run.succeed("g[0].b").suffix(3) == [
                "ending_began cancelled", "attempt_started notify#1", "> start notify#1",
            ])
        var step = try TestRun(
            Definitions.steps("- {name: a, run: x, repeat: {until: \"false\", limit: 3, delay: 5s}}"))
        try step.cancel()
        #expect(try step.succeed("a") == ["step_repeated a pass 1", "run_ended cancelled", "> ended cancelled"])
    }

    @Test("A pause lets the running step end, and a resume goes on behind it")
    func pause() throws {
        var run = try ContainerControlTests.inTheMidst()
        try run.pause()
        #expect(try run.succeed("g[0].b").suffix(1) == ["run_paused"])
        // What had ended before the pause is looked at with the resume.
        #expect(try run.resume() == ["step_repeated g[0] pass 1 next in 10s", "> wait g[0] 10s"])
    }

    @Test("A driver that is told to stop starts nothing in a group; the next one does")
    func stop() throws {
        var run = try ContainerControlTests.inTheMidst()
        try run.take(.stopAsked)
        #expect(try run.succeed("g[0].b") == ["step_succeeded g[0].b#1 [checkpoint]"])
        try run.take(.driverLeft(reason: "SIGTERM"))
        #expect(try run.crash(.recovery) == ["driver_attached recovery"])
        #expect(try run.recovered().first == "step_repeated g[0] pass 1 next in 10s")
    }

    @Test("A return from within sets back items, passes and all in them, under new keys and higher numbers")
    func returned() throws {
        var run = try ContainerControlTests.inTheMidst()
        try run.succeed("g[0].b")
        try run.wait("g[0]")
        try run.fail("g[0].a")
        #expect(
            run.trace.suffix(4) == [
                "step_failed g items_failed", "stage_returned two to one (1)", "attempt_started plan#2",
                "> start plan#2",
            ])
        #expect(
            try run.succeed("plan").suffix(4) == [
                "items_evaluated g 2", "group_entered g[0]", "attempt_started g[0].a#3", "> start g[0].a#3",
            ])
        #expect(run.state.state(ofStep: "g[0]")?.passes == 0)
        #expect(run.keys.count == run.count("attempt_started"))
    }

    @Test("A rewind to a step in a group keeps the group entered, its items and its pass")
    func rewound() throws {
        var run = try ContainerControlTests.inTheMidst()
        try run.crash()
        try run.take(.attemptNeverBegan(run.attempt("g[0].b")))
        let point = try run.checkpoint("g[0].a")
        try run.take(.rewindAsked(point.id, sequence: point.sequence, by: TestRun.person))
        #expect(try run.recovered() == ["attempt_started g[0].b#2", "> start g[0].b#2"])
        #expect(run.key("g[0].b", 2) != run.key("g[0].b", 1))
        #expect(run.count("items_evaluated") == 1)
        #expect(run.count("group_entered") == 1)
    }

    @Test("Late news of items that are gone change nothing")
    func gone() throws {
        var run = try TestRun(
            Definitions.stages(
                Definitions.stage(
                    "one",
                    """
                    - {name: source, run: x}
                    - {name: f, run: x, probe: p, foreach: {items: "${{ steps.source.outputs.list }}", as: i, key: i}}
                    """, keys: "on_failure: {return_to: one, limit: 1}")))
        try run.succeed("source", ["list": .array([.string("old")])])
        try run.crash()
        try run.lose("f[old]")
        try run.recovered()
        let old = run.attempt("f[old]")
        try run.resolve("f[old]", .fail)
        try run.succeed("source", ["list": .array([.string("new")])])
        #expect(run.state.number(ofStep: "f[old]") == nil)
        for input: Input in [
            .probeEnded(old, .done, message: "", outputs: [:]), .attemptEnded(old, .succeeded(outputs: [:])),
            .attemptLost(old, reason: "late"), .attemptNeverBegan(old), .waitEnded(old),
            .verifyEnded(step: "f[old]", .done, message: ""),
        ] {
            #expect(try run.take(input) == [])
        }
    }
}
