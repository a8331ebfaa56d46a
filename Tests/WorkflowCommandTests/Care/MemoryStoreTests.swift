import Glibc
import JSON
import Testing

@Suite("A run in a store in memory")
struct MemoryStoreTests {
    private func scene(_ command: String = "echo n=1 >> $WORKFLOW_OUTPUT") throws -> Scene {
        let scene = try Scene()
        try scene.write(
            """
            name: kept
            stages:
              - name: only
                steps:
                  - {name: a, foreach: {items: "${{ [1, 2] }}"}, run: '\(command)'}
                  - {name: b, needs: [a], run: 'echo b >> "$SCENE/ran"'}
            """, to: "kept.yaml")
        try scene.tool("mkdir", scene.file("tmp"))
        return scene
    }

    private func run(_ scene: Scene, _ words: String..., store: String? = nil) throws -> Finished {
        var variables = ["TMPDIR": scene.file("tmp"), "PATH": "/usr/bin:/bin"]
        variables["WORKFLOW_STORE"] = store
        return try scene.start(words, environment: variables).finished()
    }

    private func isEmpty(_ scene: Scene) throws -> Bool { try scene.tool("ls", scene.file("tmp")).output == "" }

    @Test("It runs, says that nothing is kept, and leaves nothing", arguments: [true, false])
    func completes(byOption: Bool) throws {
        let scene = try scene()
        let ended =
            try byOption
            ? run(scene, "run", "kept.yaml", "--store", "memory:") : run(scene, "run", "kept.yaml", store: "memory:")
        #expect(ended.status == 0, "\(ended)")
        #expect(ended.errors.contains("made a store in memory, which ends with this process"))
        #expect(scene.lines("ran") == ["b"])
        #expect(access(scene.file(".workflow"), F_OK) != 0)
        #expect(try isEmpty(scene))
    }

    @Test("One that fails shows why, and no command that could not find it")
    func fails() throws {
        let scene = try scene("echo out of order >&2; exit 3")
        let ended = try run(scene, "run", "kept.yaml", "--store", "memory:", "--run-id", "r")
        #expect(ended.status == 1, "\(ended)")
        #expect(ended.errors.contains("out of order"))
        #expect(ended.lastLine.hasPrefix("r was kept in memory alone"), "\(ended)")
        #expect(!ended.errors.contains("workflow resume"), "\(ended)")
        #expect(try isEmpty(scene))
    }

    @Test("What needs a store that others see is refused, with what to do")
    func refused() throws {
        let scene = try scene()
        let listed = try run(scene, "list", "--store", "memory:")
        #expect(listed.status == 66 && listed.errors.contains("name a folder"), "\(listed)")
        let detached = try run(scene, "run", "kept.yaml", "--store", "memory:", "--detach")
        #expect(detached.status == 64 && detached.errors.contains("leave out --detach"), "\(detached)")
        let named = try run(scene, "run", "kept.yaml", "--store", "memory:x")
        #expect(named.status == 69, "\(named)")
        #expect(named.errors.contains("write memory: and nothing behind it"), "\(named)")
        #expect(scene.lines("ran") == [])
        #expect(try isEmpty(scene))
    }

    @Test("What a signal leaves running is asked to end: nobody could take it up", arguments: [1, 2])
    func leftRunning(signals: Int) throws {
        let scene = try scene("echo up > $SCENE/up; while true; do sleep 0.02; done")
        let driver = try scene.start(
            ["run", "kept.yaml", "--store", "memory:"],
            environment: ["TMPDIR": scene.file("tmp"), "PATH": "/usr/bin:/bin"])
        try scene.await("up")
        driver.signal(SIGINT)
        try eventually("the first is taken") { driver.errors.contains("Once more") }
        if signals > 1 { driver.signal(SIGINT) }
        let ended = try driver.finished()
        #expect(ended.status == 130, "\(ended)")
        // Without their folder they could not record the end, and would try for ever.
        try eventually("no supervisor is left") { scene.supervisors.isEmpty }
    }
}
