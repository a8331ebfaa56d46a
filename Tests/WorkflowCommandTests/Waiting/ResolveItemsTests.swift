import Glibc
import JSON
import Testing

@Suite("Items in doubt are decided together")
struct ResolveItemsTests {
    /// Eight items, three at once, each of which waits for `go`.
    static let fan = """
        name: fan
        stages:
          - name: only
            steps:
              - name: host
                foreach: {items: "${{ range(8) }}", as: n, max_parallel: 3, continue_on_error: true}
                run: echo "${{ n }}" >> "$SCENE/began"; while [ ! -e "$SCENE/go" ]; do sleep 0.01; done
        """

    /// The run `f` is killed with everything when three of its items have begun.
    static func loseThree(_ scene: Scene) throws {
        let engine = try scene.start("run", "fan.yaml", "--run-id", "f")
        try eventually("three have begun; \(engine.errors)") { scene.lines("began").count == 3 }
        try scene.killEverything()
        _ = try engine.finished()
    }

    private func lost() throws -> Scene {
        let scene = try Scene()
        try scene.write(Self.fan, to: "fan.yaml")
        try Self.loseThree(scene)
        return scene
    }

    private func resolved(_ scene: Scene) throws -> [JSONValue] {
        try scene.journal("f").filter { $0["type"] == "step_resolved" }
    }

    @Test("All that are in doubt, in one append; how many, and which were left")
    func all() throws {
        let scene = try lost()
        // Those in doubt give their places back: the others run meanwhile.
        try scene.write("", to: "go")
        let waiting = try scene.workflow("resume", "f", "--no-wait")
        #expect(waiting.status == 3, "\(waiting)")
        #expect(waiting.errors.contains("workflow resolve f 'host[*]' --done|--retry|--fail|--skip"), "\(waiting)")
        #expect(waiting.errors.contains("workflow resume f --on-doubt retry"), "\(waiting)")
        #expect(scene.lines("began").count == 8)
        let result = try scene.workflow("resolve", "f", "host[*]", "--done", "--reason", "seen")
        #expect(result.status == 0, "\(result)")
        #expect(result.errors.contains("resolved 3 as done: host[0], host[1], host[2]"), "\(result)")
        #expect(result.errors.contains("left 5 as they are"), "\(result)")
        #expect(try resolved(scene).count == 3)
        #expect(Set(try resolved(scene).map { $0["at"]?.stringValue ?? "" }).count == 1)
        #expect(try scene.workflow("resume", "f").status == 0)
        #expect(scene.lines("began").count == 8)
        try scene.expectVerified("f")
    }

    @Test("None that matches, and none that can be decided so: 66, and nothing is written")
    func none() throws {
        let scene = try lost()
        try scene.write("", to: "go")
        #expect(try scene.workflow("resume", "f", "--no-wait", "--on-doubt", "ask").status == 3)
        let before = try scene.journal("f").count
        for name in ["nothing[*]", "host[*].inner", "hos[*]"] {
            let result = try scene.workflow("resolve", "f", name, "--retry", "--reason", "x")
            #expect(result.status == 66, "\(result)")
        }
        #expect(try scene.journal("f").count == before)
        #expect(try scene.workflow("resolve", "f", "host[*]", "--done", "--reason", "x").status == 0)
        let again = try scene.workflow("resolve", "f", "host[*]", "--done", "--reason", "x")
        #expect(again.status == 66, "\(again)")
        #expect(again.errors.contains("none of the 8 steps that match host[*]"), "\(again)")
    }

    @Test("Through the inbox of a driver, and then the run goes on by itself")
    func driven() throws {
        let scene = try lost()
        let engine = try scene.start("resume", "f", "--wait", "--on-doubt", "ask")
        try eventually("they are in doubt; \(engine.errors)") { engine.errors.contains("in_doubt") }
        try scene.write("", to: "go")
        let result = try scene.workflow("resolve", "f", "host[*]", "--retry", "--reason", "power was off")
        #expect(result.status == 0, "\(result)")
        #expect(result.errors.contains("as retry: host[0]"), "\(result)")
        #expect(try engine.finished().status == 0)
    }

    @Test("--resume lets it go on at once")
    func goesOn() throws {
        let scene = try lost()
        try scene.write("", to: "go")
        #expect(try scene.workflow("resume", "f", "--no-wait").status == 3)
        let result = try scene.workflow("resolve", "f", "host[*]", "--retry", "--reason", "x", "--resume")
        #expect(result.status == 0, "\(result)")
        #expect(result.errors.contains("workflow show f --watch"), "\(result)")
        try eventually("the run is completed") { try scene.status("f") == "completed" }
    }

    @Test("What a driver would refuse is refused at once, with its reason")
    func refused() throws {
        let held = try HeldStep()
        let engine = try held.begin()
        let running = try held.scene.workflow("resolve", held.run, "held", "--retry", "--reason", "x")
        #expect(running.status == 64, "\(running)")
        #expect(running.errors.contains("step held is running"), "\(running)")
        let missing = try held.scene.workflow("resolve", held.run, "nothing", "--retry", "--reason", "x")
        #expect(missing.status == 66, "\(missing)")
        let done = try held.scene.workflow("resolve", held.run, "before", "--retry", "--reason", "x")
        #expect(done.status == 64, "\(done)")
        let none = try held.scene.workflow("resolve", held.run, "held[*]", "--retry", "--reason", "x")
        #expect(none.status == 66, "\(none)")
        #expect(try held.scene.journal(held.run).contains { $0["type"] == "request_refused" } == false)
        try held.letGo()
        #expect(try engine.finished().status == 0)
    }
}
