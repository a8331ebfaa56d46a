import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Moves to an edited definition")
struct MoveTests {
    /// Two stages; what the first step of the first one does, and what the second stage holds.
    static func yaml(_ script: String, _ steps: String, first: String = "", returns: String = "") -> String {
        Definitions.stages(
            Definitions.stage("one", "- {name: a, run: \(script)}" + first, keys: returns),
            Definitions.stage("two", steps))
    }

    @Test("A group or foreach that a person called done stays done, whatever is left undone in it")
    func resolved() throws {
        let steps = "- {name: g, steps: [{name: b, run: x}, {name: c, run: x}]}\n- {name: d, run: x}"
        var run = try TestRun(MoveTests.yaml("x", steps))
        try run.succeed("a")
        try run.fail("b")
        try run.resolve("g", .done)
        #expect(try run.move(to: MoveTests.yaml("x", steps + "\n- {name: e, run: x}")).last == "> start d#1")
        #expect(run.count("group_entered") == 1)
        #expect(run.statuses.prefix(4) == ["a=success", "g=success", "d=running", "e=pending"])
    }

    @Test("Items that had failed share the limit of their foreach again")
    func items() throws {
        let steps =
            "- {name: f, foreach: {items: [1, 2], as: i, max_parallel: 1, continue_on_error: true}, "
            + "steps: [{name: b, run: x}, {name: c, run: x}]}"
        var run = try TestRun(MoveTests.yaml("x", steps))
        try run.succeed("a")
        try run.fail("f[0].b")
        try run.fail("f[1].b")
        try run.move(to: MoveTests.yaml("x", steps + "\n- {name: e, run: x}"))
        #expect(run.running == ["f[0].b"])
        try run.succeed("f[0].b")
        // Behind a rewind too.
        try run.fail("f[0].c")
        try run.fail("f[1].b")
        try run.rewind(to: "f[0].b")
        #expect(run.running == ["f[0].c"])
        try run.succeed("f[0].c")
        #expect(run.running == ["f[1].b"])
    }

    @Test("Behind a rewind, a group that was begun before the move waits for what runs again before it")
    func rewoundGroup() throws {
        let group = "\n- {name: g, steps: [{name: b, run: x}, {name: c, run: x}]}"
        var run = try TestRun(MoveTests.yaml("x", "- {name: d, run: x}", first: group))
        try run.succeed("a")
        try run.succeed("b")
        try run.fail("c")
        try run.move(
            to: MoveTests.yaml("y", "- {name: d, run: x}", first: group + "\n- {name: n, run: x, needs: []}"))
        #expect(run.running == ["a", "n"])
        try run.succeed("n")
        try run.fail("a")
        try run.rewind(to: "n")
        #expect(run.running == ["a"])
        try run.succeed("a")
        #expect(run.running == ["c"])
    }

    @Test("A group that waited for its locks gives its place up with a move, and asks for them anew")
    func awaitedLocks() throws {
        let group = "- {name: g, locks: [db], lock_timeout: 5m, steps: [{name: b, run: x}]}"
        var run = try TestRun(MoveTests.yaml("x", group))
        try run.succeed("a")
        try run.giveLocks("g")
        try run.fail("b")
        try run.resume()
        #expect(run.trace.contains("> lock g db"))
        let moved = try run.move(to: MoveTests.yaml("x", group + "\n- {name: e, run: x}"))
        #expect(moved.contains("> release g"))
        #expect(moved.suffix(3) == ["locks_requested g db", "> lock g db", "> wait g 5m"])
        try run.giveLocks("g")
        #expect(run.running == ["b"])
    }

    @Test("A wait in a group, or in a later stage, does not go on beside what runs again before it")
    func waiting() throws {
        let steps = "- {name: b, run: x}\n- {name: g, steps: [{name: c, run: x, retry: {limit: 2, delay: 1m}}]}"
        var run = try TestRun(MoveTests.yaml("x", steps))
        try run.succeed("a")
        try run.succeed("b")
        #expect(try run.fail("c").last == "> wait c#1 1m")
        let timer = run.timer("c")
        // What stands before it in its own stage, then a stage before it.
        try run.move(to: MoveTests.yaml("x", steps.replacing("{name: b, run: x}", with: "{name: b, run: y}")))
        #expect(run.trace == ["attempt_started b#2", "> start b#2"])
        #expect(try run.take(.waitEnded(timer)) == [])
        #expect(try run.succeed("b").last == "> start c#2")
        try run.fail("c")
        #expect(
            try run.move(to: MoveTests.yaml("y", steps.replacing("{name: b, run: x}", with: "{name: b, run: y}"))).last
                == "> start a#2")
        #expect(try run.wait("c") == [])
        #expect(try run.succeed("a").last == "> start c#3")
    }

    @Test("A rewind behind a move goes on in the stage that the run was in")
    func rewound() throws {
        let steps = "- {name: b, run: x}"
        var run = try TestRun(MoveTests.yaml("x", steps))
        try run.succeed("a")
        try run.fail("b")
        try run.move(to: MoveTests.yaml("y", steps, first: "\n- {name: n, run: x}"))
        try run.succeed("a")
        #expect(run.status("n") == .running)
        try run.succeed("n")
        #expect(run.state.stageName == "two")
        try run.fail("b")
        #expect(try run.rewind(to: "a").last == "> start n#2")
        #expect(run.state.stageName == "one")
    }

    @Test("A rewind behind a move does not give a stage its returns back")
    func returns() throws {
        let returns = "on_failure: {return_to: one, limit: 1}"
        var run = try TestRun(
            MoveTests.yaml("x", "- {name: b, run: x}", first: "\n- {name: c, run: x}", returns: returns))
        try run.succeed("a")
        #expect(try run.fail("c").contains("stage_returned one to one (1)"))
        try run.succeed("a")
        try run.fail("c")
        try run.move(to: MoveTests.yaml("x", "- {name: b, run: y}", first: "\n- {name: c, run: x}", returns: returns))
        try run.succeed("c")
        try run.fail("b")
        try run.rewind(to: "a")
        #expect(try run.fail("c").contains("run_ended failed"))
    }
}
