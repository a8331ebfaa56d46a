import Glibc
import JSON
import Testing

@Suite("Pieces that are not there")
struct MissingPiecesTests {
    /// A scene whose `workflow` has no supervisor beside it.
    private func sceneWithoutSupervisor(like scene: Scene) throws -> String {
        let alone = scene.file("alone")
        try scene.tool("mkdir", "-p", alone)
        try scene.tool("cp", "\(scene.binaries)/workflow", alone)
        return alone
    }

    @Test("A missing supervisor is named before a run is made")
    func noSupervisor() throws {
        let scene = try Scene()
        try scene.write(
            "name: a\nstages: [{name: only, steps: [{name: a, run: touch \"$SCENE/ran\"}]}]\n", to: "a.yaml")
        let alone = try sceneWithoutSupervisor(like: scene)
        let ended = try scene.start(command: [alone + "/workflow", "run", "a.yaml"]).finished()
        #expect(ended.status == 69, "\(ended)")
        #expect(ended.errors.contains(alone + "/workflow-supervisor"), "\(ended)")
        #expect(!scene.exists("ran"))
        if scene.exists(".workflow") { #expect(try scene.workflow("list", "-o", "json").json.arrayValue == []) }
    }

    @Test("A missing supervisor on resume: named, and no step is lost for it")
    func noSupervisorOnResume() throws {
        let held = try HeldStep()
        try held.begin().killed()
        try held.letGo()
        try eventually("the step ends") { held.scene.supervisors.isEmpty }
        let alone = try sceneWithoutSupervisor(like: held.scene)
        let ended = try held.scene.start(command: [alone + "/workflow", "resume", held.run]).finished()
        #expect(ended.status == 69, "\(ended)")
        #expect(ended.errors.contains(alone + "/workflow-supervisor"), "\(ended)")
        #expect(try held.scene.step("after", of: held.run)["status"] == "pending")
        #expect(try held.resume().status == 0)
        #expect(held.starts == ["before", "held", "after"])
    }

    @Test("A shell that does not exist fails its step at once and by name; nothing else is lost")
    func noShell() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: shells
            stages:
              - name: only
                steps:
                  - name: first
                    run: echo first >> "$SCENE/starts"
                  - name: second
                    shell: ["$SCENE/no-such-shell", -c]
                    retry: {limit: 3, delay: 1ms}
                    run: echo second >> "$SCENE/starts"
            """.replacing("$SCENE/no-such-shell", with: scene.file("no-such-shell")), to: "shells.yaml")
        let ended = try scene.workflow("run", "shells.yaml", "--run-id", "shells")
        #expect(ended.status == 1, "\(ended)")
        #expect(ended.errors.contains("no-such-shell"), "\(ended)")
        #expect(try scene.step("second", of: "shells")["attempts"] == 1)
        #expect(scene.lines("starts") == ["first"])
        try scene.write("#!/bin/sh\nshift\nexec /bin/sh \"$@\"\n", to: "no-such-shell", mode: 0o755)
        let resumed = try scene.workflow("resume", "shells")
        #expect(resumed.status == 0, "\(resumed)")
        #expect(scene.lines("starts") == ["first", "second"])
    }

    @Test("A working directory that is gone fails the step by name; made again, the run goes on")
    func noWorkingDirectory() throws {
        let scene = try Scene()
        try scene.tool("mkdir", scene.file("place"))
        try scene.write(
            """
            name: places
            stages:
              - name: only
                steps:
                  - name: first
                    run: echo first >> "$SCENE/starts"; rmdir "$SCENE/place"
                  - name: second
                    working_directory: place
                    run: echo second >> "$SCENE/starts"
            """, to: "places.yaml")
        let ended = try scene.workflow("run", "places.yaml", "--run-id", "places")
        #expect(ended.status == 1, "\(ended)")
        #expect(ended.errors.contains(scene.file("place")), "\(ended)")
        try scene.tool("mkdir", scene.file("place"))
        #expect(try scene.workflow("resume", "places").status == 0)
        #expect(scene.lines("starts") == ["first", "second"])
    }

    @Test("The folder that the run was started in is gone when it is resumed from elsewhere")
    func startFolderGone() throws {
        let scene = try Scene()
        try scene.tool("mkdir", scene.file("place"))
        try scene.write(
            """
            name: places
            stages:
              - name: only
                steps:
                  - name: first
                    run: echo first >> "$SCENE/starts"; test -e "$SCENE/mended"
            """, to: "places.yaml")
        let store = ["WORKFLOW_STORE": scene.store]
        let failed = try scene.workflow(
            ["run", "../places.yaml", "--run-id", "places"], in: scene.file("place"), environment: store)
        #expect(failed.status == 1, "\(failed)")
        try scene.tool("rm", "-r", scene.file("place"))
        try scene.write("", to: "mended")
        let lost = try scene.workflow(["resume", "places"], environment: store)
        #expect(lost.status == 1, "\(lost)")
        #expect(lost.errors.contains(scene.file("place")), "\(lost)")
        try scene.tool("mkdir", scene.file("place"))
        #expect(try scene.workflow(["resume", "places"], environment: store).status == 0)
    }

    @Test("The current folder of the command itself is gone", arguments: ["list", "run a.yaml", "resume x"])
    func currentFolderGone(_ command: String) throws {
        let scene = try Scene()
        let ended = try scene.start(
            command: [
                "/bin/bash", "-c", "mkdir gone && cd gone && rmdir ../gone && '\(scene.binaries)/workflow' \(command)",
            ]
        ).finished()
        #expect(ended.status == 66, "\(ended)")
        #expect(ended.errors.contains("folder"), "\(ended)")
    }

    @Test("A script that a step calls is not there: the step fails with what its shell said")
    func noProgram() throws {
        let scene = try Scene()
        try scene.write("name: a\nstages: [{name: only, steps: [{name: a, run: ./no-such-script.sh}]}]\n", to: "a.yaml")
        let ended = try scene.workflow("run", "a.yaml", "--run-id", "a")
        #expect(ended.status == 1, "\(ended)")
        #expect(ended.errors.contains("no-such-script.sh"), "\(ended)")
        #expect(try scene.step("a", of: "a")["error"]?["message"] == "exit status 127")
    }
}
