import Glibc
import JSON
import Testing

@Suite("A run that completed with failures")
struct RetryFailedTests {
    private static let definition = """
        name: fleet
        stages:
          - name: roll
            steps:
              - name: host
                foreach: {items: [a, b, c], as: h, key: h, continue_on_error: true, max_parallel: 2}
                continue_on_error: true
                run: |
                  echo "${{ h }}" >> "$SCENE/led"
                  test "${{ h }}" = b || test -e "$SCENE/fixed"
              - {name: summary, run: 'echo summary >> "$SCENE/led"'}
        on_exit:
          - {name: notify, run: 'echo notify >> "$SCENE/led"'}
        """

    private func completed() throws -> Scene {
        let scene = try Scene()
        try scene.write(Self.definition, to: "fleet.yaml")
        let ended = try scene.workflow("run", "fleet.yaml", "--run-id", "r")
        #expect(ended.status == 0, "\(ended)")
        return scene
    }

    private func listed(_ scene: Scene) throws -> JSONValue {
        try #require(try JSONValue(parsing: scene.workflow("list", "-o", "json").output)[0])
    }

    @Test("It is completed, with the failures in `list`, in `show` and in JSON")
    func told() throws {
        let scene = try completed()
        #expect(try listed(scene)["status"] == "completed" && listed(scene)["failures"] == 2)
        #expect(try scene.show("r")["failures"] == 2)
        #expect(try scene.workflow("list").output.contains("completed (2 failed)"))
        #expect(try scene.workflow("show", "r").output.contains("workflow resume r --retry-failed"))
    }

    @Test("--retry-failed repeats just those; a plain resume nothing")
    func retried() throws {
        let scene = try completed()
        let before = scene.lines("led")
        #expect(try scene.workflow("resume", "r").status == 0)
        #expect(scene.lines("led") == before)
        try scene.write("", to: "fixed")
        let again = try scene.workflow("resume", "r", "--retry-failed")
        #expect(again.status == 0, "\(again)")
        #expect(scene.lines("led").dropFirst(before.count).sorted() == ["a", "c", "notify"])
        #expect(try listed(scene)["failures"] == 0)
        #expect(try scene.step("summary", of: "r")["attempts"] == 1)
        #expect(try scene.workflow("show", "r", "--decisions").output.contains("had repeated host"))
        try scene.expectVerified("r")
        let nothing = try scene.workflow("resume", "r", "--retry-failed")
        #expect(nothing.status == 64 && nothing.errors.contains("nothing in the run has failed"), "\(nothing)")
    }

    @Test("kill -9 in the middle of it: what is left is done, and nothing twice")
    func killed() throws {
        let scene = try Scene()
        try scene.write(
            Self.definition.replacing("test -e \"$SCENE/fixed\"", with: "{ test -e \"$SCENE/fixed\" && sleep 1; }"),
            to: "fleet.yaml")
        #expect(try scene.workflow("run", "fleet.yaml", "--run-id", "r").status == 0)
        let before = scene.lines("led").count
        try scene.write("", to: "fixed")
        let engine = try scene.start("resume", "r", "--retry-failed")
        try eventually("both run") { scene.lines("led").count == before + 2 }
        try engine.killed()
        let resumed = try scene.workflow("resume", "--all")
        #expect(resumed.status == 0, "\(resumed)")
        #expect(scene.lines("led").dropFirst(before).sorted() == ["a", "c", "notify"])
        #expect(try listed(scene)["failures"] == 0)
    }

    @Test(
        "What it cannot go with is wrong usage",
        arguments: [["--all"], ["r", "--plan"], ["r", "--definition", "fleet.yaml"]])
    func usage(arguments: [String]) throws {
        let scene = try completed()
        #expect(try scene.workflow(["resume", "--retry-failed"] + arguments).status == 64)
    }
}
