import Glibc
import JSON
import Testing

@Suite("Moving a run to an edited definition")
struct DefinitionMoveTests {
    private static let first = """
        name: moving
        params: {who: {type: string, default: ada}}
        stages:
          - name: one
            steps:
              - {name: kept, run: echo kept >> "$SCENE/led"}
              - {name: edited, run: echo edited >> "$SCENE/led"}
              - name: group
                steps:
                  - {name: inner, run: echo inner >> "$SCENE/led"}
                  - {name: broken, run: "echo broken >> $SCENE/led; exit 7"}
          - name: two
            steps:
              - {name: later, run: echo later >> "$SCENE/led"}
        """

    /// The broken step is mended, `edited` is written otherwise, `fresh` is new, and the formatting is another.
    private static let second = """
        # Edited at three in the morning.
        name: moving
        params:
          who: {default: ada, type: string}
          much: {type: integer, default: 3}
        stages:
          - name: one
            steps:
              - name: kept
                run: echo kept >> "$SCENE/led"
              - {name: edited, run: echo edited2 >> "$SCENE/led"}
              - name: group
                steps:
                  - {name: inner, run: echo inner >> "$SCENE/led"}
                  - {name: broken, run: 'echo "mended ${{ params.much }}" >> "$SCENE/led"'}
              - {name: fresh, run: echo fresh >> "$SCENE/led"}
          - name: two
            steps:
              - {name: later, run: echo later >> "$SCENE/led"}
        """

    private func failed() throws -> Scene {
        let scene = try Scene()
        try scene.write(Self.first, to: "first.yaml")
        try scene.write(Self.second, to: "second.yaml")
        #expect(try scene.workflow("run", "first.yaml", "--run-id", "m").status == 1)
        #expect(scene.lines("led") == ["kept", "edited", "inner", "broken"])
        return scene
    }

    private func names(_ plan: JSONValue, _ key: String) -> [String] {
        (plan[key]?.arrayValue ?? []).compactMap(\.stringValue)
    }

    @Test("--plan tells reused, repeated, new, pending and orphaned steps, and does nothing")
    func plan() throws {
        let scene = try failed()
        let before = try scene.journal("m").count
        let planned = try scene.workflow("resume", "m", "--definition", "second.yaml", "--plan", "-o", "json")
        #expect(planned.status == 0, "\(planned)")
        let plan = try JSONValue(parsing: planned.output)
        #expect(names(plan, "reused") == ["kept", "inner"])
        #expect(names(plan, "repeated") == ["edited"])
        #expect(names(plan, "new") == ["fresh"])
        #expect(names(plan, "pending") == ["broken", "group", "later"])
        #expect(names(plan, "orphaned") == [])
        let back = try JSONValue(
            parsing: try scene.workflow("resume", "m", "--plan", "-o", "json").output)
        #expect(names(back, "reused") == ["kept", "edited", "inner"])
        #expect(try scene.journal("m").count == before)
        #expect(scene.lines("led").count == 4)
    }

    @Test("What comes after a repeated step and stays done is named by --plan and by the move; a flag repeats it too")
    func following() throws {
        let scene = try failed()
        let planned = try scene.workflow("resume", "m", "--definition", "second.yaml", "--plan", "-o", "json")
        #expect(names(try JSONValue(parsing: planned.output), "outrun") == ["inner"])
        let text = try scene.workflow("resume", "m", "--definition", "second.yaml", "--plan").output
        #expect(text.contains("what they come after runs again"), "\(text)")
        let whole = try scene.workflow(
            "resume", "m", "--definition", "second.yaml", "--repeat-following", "--plan", "-o", "json")
        #expect(names(try JSONValue(parsing: whole.output), "repeated") == ["edited", "inner"])
        #expect(try scene.workflow("resume", "m", "--repeat-following").status == 64)
        let moved = try scene.workflow("resume", "m", "--definition", "second.yaml", "--repeat-following")
        #expect(moved.status == 0, "\(moved)")
        #expect(scene.lines("led").suffix(5) == ["edited2", "inner", "mended 3", "fresh", "later"])
        try scene.expectVerified("m")
        let named = try failed()
        let told = try named.workflow("resume", "m", "--definition", "second.yaml")
        #expect(told.errors.contains("done before, and what they come after runs again: inner"), "\(told)")
    }

    @Test("What is done and written as before stays done; all else follows the new definition, in its order")
    func move() throws {
        let scene = try failed()
        let moved = try scene.workflow("resume", "m", "--definition", "second.yaml")
        #expect(moved.status == 0, "\(moved)")
        #expect(
            scene.lines("led") == ["kept", "edited", "inner", "broken", "edited2", "mended 3", "fresh", "later"])
        #expect(try scene.journal("m").contains { $0["type"]?.stringValue == "definition_changed" })
        #expect(try scene.step("edited", of: "m")["attempts"] == 2)
        try scene.expectVerified("m")
    }

    @Test("Killed after the move, the run goes on with the new definition by a plain resume")
    func killed() throws {
        let scene = try failed()
        try scene.write(
            Self.second.replacing(
                "echo fresh >> \"$SCENE/led\"", with: "'until [ -e \"$SCENE/go\" ]; do sleep 0.02; done'"),
            to: "held.yaml")
        let driver = try scene.start("resume", "m", "--definition", "held.yaml")
        try eventually("the new step runs") {
            try scene.journal("m").contains {
                $0["type"]?.stringValue == "attempt_started" && $0["payload"]?["step"]?.stringValue == "fresh"
            }
        }
        driver.signal(SIGKILL)
        _ = try driver.finished()
        try scene.write("", to: "go")
        #expect(try scene.workflow("resume", "m").status == 0)
        #expect(scene.lines("led") == ["kept", "edited", "inner", "broken", "edited2", "mended 3", "later"])
        try scene.expectVerified("m")
    }

    @Test("Items that are done stay done when only a step of their group is edited")
    func items() throws {
        let scene = try Scene()
        func definition(_ second: String) -> String {
            """
            name: hosts
            stages:
              - name: only
                steps:
                  - name: each
                    foreach: {items: [a, b, c], as: host, key: host, continue_on_error: true, max_parallel: 1}
                    steps:
                      - {name: drain, run: 'echo "drain ${{ host }}" >> "$SCENE/led"'}
                      - {name: patch, run: '\(second)'}
            """
        }
        try scene.write(definition(#"[ "${{ host }}" != b ]; echo "patch ${{ host }}" >> "$SCENE/led""#), to: "a.yaml")
        try scene.write(definition(#"echo "patch2 ${{ host }}" >> "$SCENE/led""#), to: "b.yaml")
        #expect(try scene.workflow("run", "a.yaml", "--run-id", "h").status == 1)
        #expect(scene.lines("led") == ["drain a", "patch a", "drain b", "drain c", "patch c"])
        let plan = try JSONValue(
            parsing: try scene.workflow("resume", "h", "--definition", "b.yaml", "--plan", "-o", "json").output)
        #expect(names(plan, "reused") == ["each[a].drain", "each[b].drain", "each[c].drain"])
        #expect(names(plan, "repeated") == ["each[a].patch", "each[c].patch"])
        #expect(try scene.workflow("resume", "h", "--definition", "b.yaml").status == 0)
        #expect(scene.lines("led").dropFirst(5).sorted() == ["patch2 a", "patch2 b", "patch2 c"])
    }

    @Test("What a move repeats, and other items, have keys of their own")
    func keys() throws {
        let scene = try Scene()
        func definition(_ items: String, _ first: String) -> String {
            """
            name: keys
            stages:
              - name: only
                steps:
                  - {name: one, run: 'echo "\(first) $WORKFLOW_IDEMPOTENCY_KEY" >> "$SCENE/led"'}
                  - name: f
                    foreach: {items: [\(items)], as: x}
                    run: echo "${{ x }} $WORKFLOW_IDEMPOTENCY_KEY" >> "$SCENE/led"
                  - {name: bad, run: 'echo "bad $WORKFLOW_IDEMPOTENCY_KEY" >> "$SCENE/led"; test -e "$SCENE/go"'}
            """
        }
        try scene.write(definition("alpha, beta", "small"), to: "a.yaml")
        try scene.write(definition("gamma, alpha", "huge"), to: "b.yaml")
        #expect(try scene.workflow("run", "a.yaml", "--run-id", "k").status == 1)
        try scene.write("", to: "go")
        let plan = try JSONValue(
            parsing: try scene.workflow("resume", "k", "--definition", "b.yaml", "--plan", "-o", "json").output)
        #expect(names(plan, "repeated") == ["one", "f[0]", "f[1]", "f"])
        #expect(try scene.workflow("resume", "k", "--definition", "b.yaml").status == 0)
        let effects = scene.lines("led").map { $0.split(separator: " ").map(String.init) }
        #expect(effects.map { $0[0] }.sorted() == ["alpha", "alpha", "bad", "bad", "beta", "gamma", "huge", "small"])
        // Only the step that is written as before has its old key.
        var effectsOfKey: [String: Set<String>] = [:]
        for effect in effects { effectsOfKey[effect[1], default: []].insert(effect[0]) }
        #expect(effectsOfKey.count == 7 && effectsOfKey.values.allSatisfy { $0.count == 1 }, "\(effects)")
    }

    @Test("What is refused leaves a failed run failed")
    func refusedRewind() throws {
        let scene = try failed()
        let points = try scene.checkpoints("m")
        #expect(try scene.workflow("resume", "--checkpoint", points[0].id, "--rewind").status == 1)
        let entries = try scene.journal("m").count
        let refused = try scene.workflow("resume", "--checkpoint", points[2].id, "--rewind")
        #expect(refused.status == 64, "\(refused)")
        #expect(try scene.status("m") == "failed")
        #expect(try scene.journal("m").count == entries)
        #expect(
            try scene.workflow("resume", "--checkpoint", points[2].id, "--rewind", "--plan").status == 64)
    }

    @Test("Another workflow, a broken file and parameters without a value are refused, and nothing has changed")
    func refusals() throws {
        let scene = try failed()
        let before = try scene.journal("m").count
        try scene.write(Self.second.replacing("name: moving", with: "name: other"), to: "other.yaml")
        try scene.write(Self.second.replacing("stages:", with: "stage:"), to: "broken.yaml")
        try scene.write(
            Self.second.replacing("much: {type: integer, default: 3}", with: "much: {type: integer, required: true}"),
            to: "needy.yaml")
        for (file, status) in [("other.yaml", 65), ("broken.yaml", 65), ("needy.yaml", 65), ("none.yaml", 66)] {
            let refused = try scene.workflow("resume", "m", "--definition", file)
            #expect(refused.status == Int32(status), "\(file): \(refused)")
        }
        #expect(try scene.workflow("resume", "--all", "--definition", "second.yaml").status == 64)
        #expect(try scene.journal("m").count == before)
    }
}
