import Glibc
import JSON
import Testing

@Suite("What text warns of stands in the data too")
struct WarningsTests {
    /// A definition that is valid and warned of.
    private static let yaml = """
        name: warned
        stages:
          - name: only
            steps:
              - {name: one, run: "true"}
              - {name: two, run: "true", undo: "true"}
        """

    private func scene() throws -> Scene {
        let scene = try Scene()
        try scene.write(Self.yaml, to: "warned.yaml")
        try scene.write(Self.yaml.replacing(#", undo: "true""#, with: ""), to: "calm.yaml")
        return scene
    }

    @Test(
        "run, run -q, --detach, plan, resume --definition and validate have the warnings; without, an empty list"
    )
    func warnings() throws {
        let scene = try scene()
        func first(_ words: String...) throws -> JSONValue? {
            let finished = try scene.workflow(words)
            #expect(finished.status == 0, "\(finished)")
            return try finished.json["warnings"]?.arrayValue?.first
        }
        let validated = try scene.workflow("validate", "warned.yaml", "-o", "json").json.arrayValue?.first
        #expect(validated?["severity"] == "warning" && validated?["line"] == 6, "\(validated ?? .null)")
        #expect(try first("run", "warned.yaml", "-o", "json") == validated)
        #expect(try first("run", "warned.yaml", "-q", "-o", "json") == validated)
        #expect(try first("run", "warned.yaml", "--detach", "-o", "json") == validated)
        #expect(try first("plan", "warned.yaml", "-o", "json") == validated)
        try scene.write(
            Self.yaml.replacing(#"{name: one, run: "true"}"#, with: #"{name: one, run: "false"}"#), to: "bad.yaml")
        #expect(try scene.workflow("run", "bad.yaml", "--run-id", "b").status == 1)
        #expect(try first("resume", "b", "--definition", "warned.yaml", "-o", "json") == validated)
        for words in [["run", "calm.yaml"], ["plan", "calm.yaml"], ["show", "b"]] {
            #expect(try scene.workflow(words + ["-o", "json"]).json["warnings"] == .array([]), "\(words)")
        }
    }

    @Test("Both continue_on_error of a foreach are explained once, where one step says both")
    func toleratesTwice() throws {
        let scene = try scene()
        let both =
            "{name: NAME, foreach: {items: [1, 2], as: i, continue_on_error: true}, continue_on_error: true, run: "
            + "'true'}"
        func write(_ steps: String...) throws {
            try scene.write(
                "name: w\nstages: [{name: s, steps: [\(steps.joined(separator: ", "))]}]", to: "both.yaml")
        }
        func notes() throws -> Int {
            let validated = try scene.workflow("validate", "both.yaml")
            #expect(validated.status == 0, "\(validated)")
            let data = try scene.workflow("validate", "both.yaml", "-o", "json").json.arrayValue ?? []
            let count = validated.output.split(separator: "\n").count { $0.contains("note: step each says") }
            #expect(data.count { $0["severity"] == "note" } == count)
            return count
        }
        try write(both.replacing("NAME", with: "each"), both.replacing("NAME", with: "more"))
        #expect(try notes() == 1)
        try write("{name: g, steps: [\(both.replacing("NAME", with: "each"))]}")
        #expect(try notes() == 1)
        try write(both.replacing("NAME", with: "each").replacing("}, continue_on_error: true", with: "}"))
        #expect(try notes() == 0)
        try write(both.replacing("NAME", with: "each").replacing(", continue_on_error: true}", with: "}"))
        #expect(try notes() == 0)
        try write("{name: each, continue_on_error: true, run: 'true'}")
        #expect(try notes() == 0)
    }

    @Test("Who read the outputs of a step that has failed, and was tolerated, is named")
    func readers() throws {
        let scene = try Scene()
        try scene.write(
            #"""
            name: readers
            stages:
              - name: only
                steps:
                  - {name: probe, run: 'exit 1', continue_on_error: true}
                  - {name: status, run: 'echo "${{ steps.probe.status }}"'}
                  - {name: other, run: 'true'}
                  - {name: gate, if: "has(steps.probe.outputs.id)", run: 'true'}
            """#, to: "readers.yaml")
        #expect(try scene.workflow("run", "readers.yaml", "--run-id", "r").status == 0)
        let shown = try scene.workflow("show", "r").output
        #expect(shown.contains("probe has failed, and status, gate read what it wrote"), "\(shown)")
        try scene.write(
            #"""
            name: fails
            stages:
              - name: only
                steps:
                  - {name: probe, run: 'exit 1', continue_on_error: true}
                  - {name: use, run: 'echo "${{ steps.probe.outputs.id }}"'}
            """#, to: "fails.yaml")
        let failed = try scene.workflow("run", "fails.yaml", "--run-id", "f")
        #expect(failed.status == 1, "\(failed)")
        let error = try scene.step("use", of: "f")["error"]?["message"]?.stringValue ?? ""
        #expect(error.contains("step probe has failed, which its continue_on_error tolerates"), "\(error)")
    }

    @Test("What a detached driver has said is printed by logs --driver, and run --detach names the command")
    func driverLog() throws {
        let scene = try Scene()
        try scene.write(Definitions.failing, to: "fails.yaml")
        let started = try scene.workflow("run", "fails.yaml", "--run-id", "d", "--detach")
        #expect(started.status == 0 && started.errors.contains("workflow logs d --driver"), "\(started)")
        try eventually("the run ends") { try scene.status("d") == "failed" }
        try eventually("its driver has said so") {
            try scene.workflow("logs", "d", "--driver").output.contains("workflow resume")
        }
        #expect(try scene.workflow("logs", "d", "--driver", "bad").status == 64)
        #expect(try scene.workflow("logs", "d", "--driver", "-f").status == 64)
        #expect(try scene.workflow("logs", "none", "--driver").status == 66)
        try scene.write(Definitions.two, to: "two.yaml")
        #expect(try scene.workflow("run", "two.yaml", "--run-id", "t", "--detach", "-q").status == 0)
        try eventually("the run ends") { try scene.status("t") == "completed" }
        let calm = try scene.workflow("logs", "t", "--driver")
        #expect(calm.status == 0 && calm.output.isEmpty && calm.errors.contains("no detached driver"), "\(calm)")
        #expect(try scene.workflow("run", "fails.yaml", "--run-id", "e").status == 1)
        let silent = try scene.workflow("logs", "e", "--driver")
        #expect(
            silent.status == 0 && silent.output.isEmpty && silent.errors.contains("no detached driver"), "\(silent)")
    }
}
