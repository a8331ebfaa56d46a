import Glibc
import JSON
import Testing

/// What led to an attempt that had not ended was written by drivers that the file does not have.
@Suite("A run is handed over with a step in doubt")
struct HandOverInDoubtTests {
    @Test("Behind a failure that a person has resolved: the file is taken in elsewhere")
    func resolved() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: two
            stages:
              - {name: one, steps: [{name: a, run: test -f ok}]}
              - {name: two, steps: [{name: b, run: 'echo begun >> "$SCENE/begun"; sleep 60'}]}
            """, to: "two.yaml")
        #expect(try scene.workflow("run", "two.yaml", "--run-id", "r").status == 1)
        #expect(try scene.workflow("resolve", "r", "a", "--done", "--reason", "by hand").status == 0)
        let driver = try scene.start("resume", "r")
        try eventually("b has begun") { scene.exists("begun") }
        try scene.killEverything()
        _ = try driver.finished()
        #expect(try scene.workflow("resume", "r", "--no-wait").status == 3)
        try handOver("r", of: scene, in: "b")
    }

    @Test("Behind a pause in which an approval was given, into a group")
    func paused() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: paused
            stages:
              - name: one
                steps:
                  - {name: first, run: "true"}
                  - {name: ask, uses: approval, with: {prompt: "Go?"}}
                  - {name: all, steps: [{name: b, run: 'echo begun >> "$SCENE/begun"; sleep 60'}]}
            """, to: "paused.yaml")
        #expect(try scene.workflow("run", "paused.yaml", "--run-id", "r", "--no-wait").status == 3)
        #expect(try scene.workflow("pause", "r").status == 0)
        #expect(try scene.workflow("approve", "r", "ask").status == 0)
        let driver = try scene.start("resume", "r")
        try eventually("b has begun") { scene.exists("begun") }
        try scene.killEverything()
        _ = try driver.finished()
        #expect(try scene.workflow("resume", "r", "--no-wait").status == 3)
        try handOver("r", of: scene, in: "b")
    }

    private func handOver(_ run: String, of scene: Scene, in step: String) throws {
        let shown = try scene.workflow("checkpoint", "list", run, "-o", "json").json.arrayValue ?? []
        let ids = shown.compactMap { $0["id"]?.stringValue }.sorted()
        let newest = try #require(ids.last)
        let exported = try scene.workflow("checkpoint", "export", newest, "--hand-over")
        #expect(exported.status == 0, "\(exported)")
        let other = try Scene()
        try other.write(exported.output, to: "carried.json")
        let taken = try other.workflow("resume", "--checkpoint", "carried.json", "--no-wait")
        #expect(taken.status == 3, "\(taken)")
        let name = String(taken.output.prefix { $0 != "\n" })
        #expect(try other.step(step, of: name)["status"]?.stringValue == "in_doubt")
    }
}
