import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("A move tells what comes after a step that is done again")
struct FollowingStepsTests {
    private static func chain(_ create: String, _ more: String = "") -> String {
        Definitions.stages(
            Definitions.stage(
                "schema",
                """
                - {name: create, run: \(create)}
                - {name: alter, run: x, needs: [create]}
                - {name: aside, run: x, needs: []}
                - {name: copy, run: x, needs: [alter]}
                """), Definitions.stage("serve", "- {name: check, run: x}\n- {name: open, run: x}" + more))
    }

    private func run() throws -> TestRun {
        var run = try TestRun(FollowingStepsTests.chain("x"))
        for step in ["create", "aside", "alter", "copy", "check"] { try run.succeed(step) }
        try run.fail("open")
        return run
    }

    private func change(_ run: TestRun, repeatsFollowing: Bool = false) throws -> DefinitionChange {
        run.state.change(
            to: Program(try Definitions.load(FollowingStepsTests.chain("y"))), repeatsFollowing: repeatsFollowing)
    }

    @Test("They stay done, and are named: in its stage by what they need, and later stages")
    func named() throws {
        let change = try change(try run())
        #expect(change.repeated == ["create"])
        #expect(change.reused == ["alter", "aside", "copy", "check"])
        #expect(change.outrun == ["alter", "copy", "check"])
    }

    @Test("Asked for, they run again under keys of their own; what comes after nothing stays done")
    func repeated() throws {
        let before = try run()
        let change = try change(before, repeatsFollowing: true)
        #expect(change.repeated == ["create", "alter", "copy", "check"])
        #expect(change.reused == ["aside"] && change.outrun == [])
        var run = before
        try run.move(to: FollowingStepsTests.chain("y"), repeatsFollowing: true)
        for step in ["create", "alter", "copy", "check", "open"] {
            #expect(run.running == [step])
            #expect(run.key(step, 2) != run.key(step, 1), "\(step) has another effect")
            try run.succeed(step)
        }
        #expect(run.state.status == .completed)
        #expect(run.state.state(ofStep: "aside")?.attempts == 1)
    }

    @Test("Groups and foreach behind it, and steps behind a group that holds it")
    func groups() throws {
        func yaml(_ inner: String) -> String {
            Definitions.steps(
                """
                - {name: g, steps: [{name: a, run: \(inner)}, {name: b, run: x}]}
                - {name: f, run: x, foreach: {items: [1, 2], as: i}}
                - {name: h, steps: [{name: c, run: x}]}
                - {name: z, run: x}
                """)
        }
        var run = try TestRun(yaml("x"))
        for step in ["a", "b", "f[0]", "f[1]", "c"] { try run.succeed(step) }
        try run.fail("z")
        let target = Program(try Definitions.load(yaml("y")))
        let change = run.state.change(to: target)
        #expect(change.repeated == ["a"])
        #expect(Set(change.outrun) == ["b", "f", "h"])
        try run.move(to: yaml("y"), repeatsFollowing: true)
        for step in ["a", "b"] { try run.succeed(step) }
        #expect(run.running == ["f[0]", "f[1]"])
        for step in ["f[0]", "f[1]", "c", "z"] { try run.succeed(step) }
        #expect(run.state.status == .completed)
    }

    @Test("Nothing is named where nothing is repeated")
    func nothing() throws {
        let run = try run()
        let change = run.state.change(
            to: Program(try Definitions.load(FollowingStepsTests.chain("x", "\n- {name: n, run: x}"))))
        #expect(change.repeated == [] && change.outrun == [])
    }
}
