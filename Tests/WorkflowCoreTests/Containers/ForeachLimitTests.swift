import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("The max_parallel of a foreach")
struct ForeachLimitTests {
    static func run(_ keys: String = "", _ foreach: String = "max_parallel: 1") throws -> TestRun {
        try TestRun(
            Definitions.steps("- {name: f, run: x, foreach: {items: [1, 2, 3], as: i, \(foreach)}\(keys)}"))
    }

    static func begun(_ run: TestRun) -> [String] {
        run.state.stepsInOrder().filter { run.state.step($0).name == "f" }.map { run.state.name(ofStep: $0) }
            .filter { run.status($0) != .pending && run.state.number(ofStep: $0).map(run.state.isForeach) == false }
    }

    @Test("The next item begins when one has ended")
    func limit() throws {
        var run = try ForeachLimitTests.run("", "max_parallel: 2")
        #expect(ForeachLimitTests.begun(run) == ["f[0]", "f[1]"])
        #expect(try run.succeed("f[1]").last == "> start f[2]#1")
    }

    @Test("An item between two attempts, or whose attempt was voided, keeps its place")
    func retrying() throws {
        var run = try ForeachLimitTests.run(", retry: {limit: 1, delay: 5s}")
        #expect(try run.fail("f[0]").count == 2)
        #expect(ForeachLimitTests.begun(run) == ["f[0]"])
        #expect(try run.wait("f[0]").last == "> start f[0]#2")
        try run.crash()
        try run.take(.attemptNeverBegan(run.attempt("f[0]")))
        #expect(try run.recovered() == ["attempt_started f[0]#3", "> start f[0]#3"])
    }

    @Test("An item in doubt keeps its place, also when a person has it repeated")
    func inDoubt() throws {
        var run = try ForeachLimitTests.run()
        try run.crashLosing("f[0]")
        #expect(ForeachLimitTests.begun(run) == ["f[0]"])
        #expect(run.machine.isIdle)
        #expect(try run.resolve("f[0]", .retry).suffix(1) == ["> start f[0]#2"])
        #expect(ForeachLimitTests.begun(run) == ["f[0]"])
        #expect(try run.succeed("f[0]").last == "> start f[1]#1")
    }

    @Test("An item that waits for an answer keeps its place")
    func asking() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - {name: f, uses: approval, with: {prompt: "${{ i }}"}, foreach: {items: [1, 2], as: i, max_parallel: \
                1}}
                """))
        #expect(run.state.state(ofStep: "f[1]")?.status == .pending)
        #expect(try run.approve("f[0]").last == "> wait f[1]#1 30d")
    }

    @Test("A failed item that a person has repeated waits for its turn beside those under way")
    func resolved() throws {
        var run = try ForeachLimitTests.run("", "max_parallel: 1, continue_on_error: true")
        try run.fail("f[0]")
        #expect(try run.resolve("f[0]", .retry) == ["person:ada: step_resolved f[0] retry"])
        #expect(ForeachLimitTests.begun(run) == ["f[1]"])
        #expect(try run.succeed("f[1]").last == "> start f[0]#2")
        #expect(try run.succeed("f[0]").last == "> start f[2]#1")
    }

    @Test("A group of an item that a person has repeated waits for its turn too")
    func resolvedGroup() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - name: g
                  foreach: {items: [1, 2], as: i, max_parallel: 1, continue_on_error: true}
                  steps:
                    - {name: a, run: x}
                    - {name: b, run: x}
                """))
        try run.succeed("g[0].a")
        try run.fail("g[0].b")
        #expect(run.trace.suffix(3) == ["group_entered g[1]", "attempt_started g[1].a#1", "> start g[1].a#1"])
        #expect(try run.resolve("g[0].b", .retry) == ["person:ada: step_resolved g[0].b retry"])
        try run.succeed("g[1].a")
        // Entered again, with what was done in it.
        #expect(
            try run.succeed("g[1].b").suffix(3) == [
                "group_entered g[0]", "attempt_started g[0].b#2", "> start g[0].b#2",
            ])
        #expect(try run.succeed("g[0].b").last == "> ended completed")
    }

    @Test("The run's max_parallel counts the items of every foreach")
    func ofTheRun() throws {
        let run = try TestRun(
            Definitions.steps(
                """
                - {name: f, run: x, needs: [], foreach: {items: [1, 2], as: i}}
                - {name: g, run: x, needs: [], foreach: {items: [1, 2], as: i}}
                """, head: "max_parallel: 3"))
        #expect(
            run.instanceStatuses == [
                "f=running", "f[0]=running", "f[1]=running", "g=running", "g[0]=running", "g[1]=pending",
            ])
    }

    @Test("Items of a group begin as slots become free, not all at once")
    func oneGroupAfterTheOther() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - name: g
                  foreach: {items: "${{ range(1000) }}", as: i}
                  steps: [{name: a, run: x}, {name: b, run: x}]
                """, head: "max_parallel: 2"))
        #expect(run.count("group_entered") == 2)
        // The steps of an earlier item come before a later item.
        #expect(try run.succeed("g[0].a").last == "> start g[0].b#1")
        #expect(try run.succeed("g[0].b").suffix(1) == ["> start g[2].a#1"])
    }
}
