import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("The items of a foreach")
struct ForeachItemsTests {
    static func run(_ foreach: String, parameters: [String: JSONValue] = [:]) throws -> TestRun {
        try TestRun(
            Definitions.steps(
                "- {name: f, run: x, foreach: {\(foreach)}}\n- {name: after, run: x}",
                head: "params: {list: {type: array, default: []}, any: {type: string}}"), parameters: parameters)
    }

    @Test("Items are written down before the first of them starts, and named by their positions")
    func positions() throws {
        var run = try ForeachItemsTests.run("items: [a, b], as: i")
        #expect(
            run.trace.suffix(5) == [
                "items_evaluated f 2", "attempt_started f[0]#1", "attempt_started f[1]#1", "> start f[0]#1",
                "> start f[1]#1",
            ])
        #expect(run.instanceStatuses == ["f=running", "f[0]=running", "f[1]=running", "after=pending"])
        try run.succeed("f[1]", ["n": .int(1)])
        #expect(
            try run.succeed("f[0]", ["n": .int(0)]) == [
                "step_succeeded f[0]#1 {\"n\":0} [checkpoint]", "step_succeeded f#0 [checkpoint]",
                "attempt_started after#1", "> start after#1",
            ])
        // In the items' order, not in that of their ends.
        #expect(run.outputs("f") == .array([.object(["n": .int(0)]), .object(["n": .int(1)])]))
    }

    @Test("A key names an item in place of its position")
    func keys() throws {
        var run = try ForeachItemsTests.run("items: [eu, us], as: region, key: region")
        #expect(run.trace.contains("items_evaluated f 2 [eu,us]"))
        #expect(run.state.state(ofStep: "f[0]") == nil)
        try run.succeed("f[us]")
        #expect(run.instanceStatuses == ["f=running", "f[eu]=running", "f[us]=success", "after=pending"])
    }

    @Test(
        "Keys that are equal or cannot stand in a name fail the step before anything starts",
        arguments: [
            (["a", "b", "a"], "items 0 and 2 have the same key \"a\"; give each its own"),
            (
                ["a", ""],
                "the key of item 1 is \"\"; a key has 1 to 128 bytes, and neither control characters nor [ or ], which "
                    + "stand around it in the names of instances"
            ),
            (
                ["a]"],
                "the key of item 0 is \"a]\"; a key has 1 to 128 bytes, and neither control characters nor [ or ], "
                    + "which stand around it in the names of instances: write .replace(\"[\", \"\").replace(\"]\", "
                    + "\"\") behind it"
            ),
            (
                ["a\n"],
                "the key of item 0 is \"a\\n\"; a key has 1 to 128 bytes, and neither control characters nor [ or ], "
                    + "which stand around it in the names of instances"
            ),
        ])
    func badKeys(keys: [String], message: String) throws {
        let run = try ForeachItemsTests.run(
            "items: \"${{ params.list }}\", as: i, key: i", parameters: ["list": .array(keys.map { .string($0) })])
        #expect(run.state.state(ofStep: "f")?.failure?.code == "items_invalid")
        #expect(run.state.state(ofStep: "f")?.failure?.message == "the items of f: \(message)")
        #expect(run.state.status == .failed)
    }

    @Test("What is not a list fails the step; it is evaluated anew when the run is resumed")
    func notAList() throws {
        var run = try ForeachItemsTests.run(
            "items: \"${{ fromJSON(params.any) }}\", as: i", parameters: ["any": .string("7")])
        #expect(run.state.state(ofStep: "f")?.failure?.message == "the items of f: they are not a list")
        #expect(try run.resume().prefix(1) == ["step_failed f items_invalid"])
    }

    @Test("A million items are the limit")
    func tooMany() throws {
        #expect(RunState.itemsMax == 1_000_000)
        let run = try TestRun(
            Definitions.steps(
                "- {name: f, run: x, foreach: {items: \"${{ params.list }}\", as: i, max_parallel: 1}}",
                head: "params: {list: {type: array}}\nmax_parallel: 1"),
            parameters: ["list": .array(Array(repeating: .null, count: 1_000_001))])
        #expect(
            run.state.state(ofStep: "f")?.failure?.message
                == "the items of f: there are 1000001; the limit is 1000000")
    }

    @Test("Without items the step succeeds at once, with an empty list")
    func none() throws {
        let run = try ForeachItemsTests.run("items: [], as: i")
        #expect(run.trace.contains("step_succeeded f#0 [checkpoint]"))
        #expect(run.trace.last == "> start after#1")
        #expect(run.outputs("f") == .array([]))
    }

    /// Items that depend on what `source` writes.
    static let computed = Definitions.stages(
        Definitions.stage(
            "one",
            "- {name: source, run: x}\n- {name: f, run: x, foreach: {items: \"${{ steps.source.outputs.list }}\", as: "
                + "i}}"
        ),
        Definitions.stage("two", "- {name: test, run: x}", keys: "on_failure: {return_to: one, limit: 2}"))

    static func list(_ count: Int) -> [String: JSONValue] {
        ["list": .array((0..<count).map { .int(Int64($0)) })]
    }

    @Test("A resume uses the items that were written down, and runs only what has not succeeded")
    func resume() throws {
        var run = try TestRun(ForeachItemsTests.computed)
        try run.succeed("source", ForeachItemsTests.list(3))
        try run.succeed("f[1]")
        try run.fail("f[0]")
        try run.succeed("f[2]")
        #expect(run.state.status == .failed)
        #expect(try run.resume() == ["attempt_started f[0]#2", "> start f[0]#2"])
        #expect(run.key("f[0]", 2) == run.key("f[0]", 1))
        #expect(run.count("items_evaluated") == 1)
    }

    @Test("A return evaluates anew; attempt numbers go on, under new keys, also of items that were gone meanwhile")
    func returned() throws {
        var run = try TestRun(ForeachItemsTests.computed)
        for count in [3, 1, 3] {
            try run.succeed("source", ForeachItemsTests.list(count))
            for item in 0..<count { try run.succeed("f[\(item)]") }
            #expect(run.instanceStatuses.count == count + 3)
            #expect(run.outputs("f") == .array(Array(repeating: .object([:]), count: count)))
            try run.fail("test")
        }
        #expect(run.count("items_evaluated") == 3)
        #expect(["f[0]", "f[1]", "f[2]"].map { run.attempt($0).attempt } == [3, 2, 2])
        #expect(run.keys.count == run.count("attempt_started"))
    }

    @Test("A rewind evaluates anew, and attempt numbers go on whatever the items are now")
    func rewound() throws {
        var run = try TestRun(ForeachItemsTests.computed)
        try run.succeed("source", ForeachItemsTests.list(2))
        for item in ["f[0]", "f[1]"] { try run.succeed(item) }
        for _ in 1...2 {
            try run.fail("test")
            try run.succeed("source", ForeachItemsTests.list(2))
            for item in ["f[0]", "f[1]"] { try run.succeed(item) }
        }
        try run.fail("test")
        #expect(run.state.status == .failed)
        #expect(
            try run.rewind(to: "source").dropFirst() == [
                "items_evaluated f 2", "attempt_started f[0]#4", "attempt_started f[1]#4", "> start f[0]#4",
                "> start f[1]#4",
            ])
    }

    @Test("A rewind to the end of an item keeps that item and those before it, and runs the others again")
    func rewoundIntoTheMidst() throws {
        var run = try ForeachItemsTests.run("items: [1, 2, 3], as: i, max_parallel: 1")
        for item in ["f[0]", "f[1]", "f[2]"] { try run.succeed(item) }
        try run.fail("after")
        #expect(
            try run.rewind(to: "f[1]") == ["person:ada: run_rewound to 8", "attempt_started f[2]#2", "> start f[2]#2"])
        #expect(run.count("items_evaluated") == 1)
        try run.succeed("f[2]")
        #expect(run.trace.contains("step_succeeded f#0 [checkpoint]"))
    }

    @Test("A condition is asked once, before there are items")
    func condition() throws {
        let run = try TestRun(
            Definitions.steps(
                "- {name: f, run: x, if: \"params.go\", foreach: {items: [1, 2], as: i}}",
                head: "params: {go: {type: boolean, default: false}}"), parameters: ["go": .bool(false)])
        #expect(run.count("step_skipped") == 1)
        #expect(run.count("items_evaluated") == 0)
    }

    @Test("A condition in a group for each item sees its item")
    func itemCondition() throws {
        let run = try TestRun(
            Definitions.steps(
                """
                - name: g
                  foreach: {items: [1, 2], as: i}
                  steps:
                    - {name: a, run: x, if: "i == 2"}
                """))
        #expect(run.status("g[0].a") == .skipped)
        #expect(run.status("g[1].a") == .running)
    }
}
