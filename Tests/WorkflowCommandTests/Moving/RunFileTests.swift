import JSON
import Testing

@Suite("A run knows the file that it came from")
struct RunFileTests {
    private static let first = """
        name: moving
        params: {who: {type: string, default: ada}}
        stages:
          - name: one
            steps:
              - {name: kept, run: echo kept >> "$SCENE/led"}
              - {name: broken, run: exit 7}
              - {name: gone, run: echo gone >> "$SCENE/led"}
              - name: group
                steps:
                  - {name: inner, run: echo inner >> "$SCENE/led"}
        """

    private static let second = """
        # The layout and this line are no difference.
        name: moving
        params: {who: {default: ada, type: string}}
        env: {LEVEL: "2"}
        stages:
          - name: one
            steps:
              - {run: echo kept >> "$SCENE/led", name: kept}
              - {name: broken, run: "true", timeout: 5s}
              - name: group
                steps:
                  - {name: inner, run: echo changed >> "$SCENE/led"}
          - name: two
            steps:
              - {name: fresh, run: "true"}
        """

    private func failed() throws -> Scene {
        let scene = try Scene()
        try scene.write(Self.first, to: "m.yaml")
        #expect(try scene.workflow("run", "m.yaml", "--run-id", "m", "-q").status == 1)
        return scene
    }

    @Test("show and JSON name it; as long as it says the same, a resume says nothing")
    func same() throws {
        let scene = try failed()
        #expect(try scene.show("m")["file"]?["path"]?.stringValue == scene.file("m.yaml"))
        #expect(try scene.show("m")["file"]?["change"] == .null)
        try scene.write("# moved a comment\n" + Self.first + "\n", to: "m.yaml")
        #expect(try scene.workflow("show", "m").output.contains(scene.file("m.yaml")))
        #expect(try !scene.workflow("resume", "m").errors.contains("has changed"))
        let diff = try scene.workflow("diff", "m")
        #expect(diff.status == 0 && diff.output.isEmpty, "\(diff)")
    }

    @Test("Where it has changed, a resume says so with the command that shows it, and goes on with the run's own")
    func changed() throws {
        let scene = try failed()
        try scene.write(Self.second, to: "m.yaml")
        let resumed = try scene.workflow("resume", "m")
        #expect(resumed.status == 1, "\(resumed)")
        #expect(resumed.errors.contains("\(scene.file("m.yaml")) has changed since m began"), "\(resumed)")
        #expect(resumed.errors.contains("workflow resume m --definition \(scene.file("m.yaml")) --plan"), "\(resumed)")
        #expect(try scene.workflow("show", "m").output.contains("(changed since)"))
        try scene.write("name: [", to: "m.yaml")
        let invalid = try scene.workflow("resume", "m")
        #expect(invalid.errors.contains("is not valid now: workflow validate"), "\(invalid)")
        try scene.tool("rm", scene.file("m.yaml"))
        #expect(try scene.workflow("show", "m").output.contains("(not there any more)"))
        #expect(try scene.workflow("resume", "m").status == 1)
    }

    @Test("diff names steps and keys, and ends as diff(1) does")
    func diff() throws {
        let scene = try failed()
        try scene.write(Self.second, to: "second.yaml")
        let text = try scene.workflow("diff", "m", "second.yaml")
        #expect(text.status == 1, "\(text)")
        #expect(
            text.output == """
                ~ workflow: env
                + stage two
                ~ broken: run, timeout  (one)
                ~ inner: run  (one/group)
                + fresh  (two)
                - gone  (one)

                """, "\(text)")
        let data = try scene.workflow("diff", "m", "second.yaml", "-o", "json")
        #expect(data.status == 1)
        #expect(try data.json["equal"] == false)
        #expect(try data.json["steps"]?.arrayValue?.first?["keys"] == ["run", "timeout"])
        #expect(try scene.workflow("diff", "m", "absent.yaml").status == 66)
        #expect(try scene.workflow("diff", "nothing", "second.yaml").status == 66)
    }

    @Test("A preview of a move names what has not run and is written otherwise")
    func rewritten() throws {
        let scene = try failed()
        try scene.write(Self.second, to: "second.yaml")
        let planned = try scene.workflow("resume", "m", "--definition", "second.yaml", "--plan", "-o", "json").json
        #expect(planned["rewritten"] == ["broken", "inner"], "\(planned)")
        let text = try scene.workflow("resume", "m", "--definition", "second.yaml", "--plan").output
        #expect(text.contains("written otherwise than before"), "\(text)")
        // The run then remembers the file that it was moved to.
        _ = try scene.workflow("resume", "m", "--definition", "second.yaml", "-q")
        #expect(try scene.show("m")["file"]?["path"]?.stringValue == scene.file("second.yaml"))
    }
}
