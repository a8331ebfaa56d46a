import Glibc
import JSON
import Testing

@Suite("doctor")
struct DoctorTests {
    private struct Found {
        let level: String
        let message: String
        let advice: String
    }

    private func findings(_ scene: Scene, environment: [String: String] = [:]) throws -> [String: [Found]] {
        let result = try scene.workflow(["doctor", "-o", "json"], environment: environment)
        var findings: [String: [Found]] = [:]
        for finding in try result.json.arrayValue ?? [] {
            findings[finding["subject"]?.stringValue ?? "", default: []].append(
                Found(
                    level: finding["level"]?.stringValue ?? "", message: finding["message"]?.stringValue ?? "",
                    advice: finding["advice"]?.stringValue ?? ""))
        }
        let hasProblem = findings.values.joined().contains { $0.level == "problem" }
        #expect(result.status == (hasProblem ? 74 : 0), "\(result)")
        return findings
    }

    private func heldScene() throws -> Scene {
        let scene = try Scene()
        try scene.write(
            """
            name: held
            stages:
              - name: provisioning
                steps:
                  - {name: long, run: 'touch "$SCENE/begun"; until [ -e "$SCENE/go" ]; do sleep 0.02; done', locks: \
            [rack]}
            """, to: "held.yaml")
        return scene
    }

    @Test("A run whose driver was killed is told with its living step and its lock, and how to go on")
    func interrupted() throws {
        let scene = try heldScene()
        let driver = try scene.start("run", "held.yaml", "--run-id", "held", "-q")
        try eventually("the step begins") { scene.exists("begun") }
        let driven = try findings(scene)
        #expect(driven["interrupted"]?.first?.level == "ok")
        #expect(driven["attempts"]?.first?.level == "ok")
        #expect(driven["locks"]?.first?.level == "ok")
        #expect(try driver.killed())
        let left = try findings(scene)
        #expect(left["interrupted"]?.first?.level == "warning")
        #expect(left["interrupted"]?.first?.advice.contains("workflow resume --all") == true)
        let supervisor = try #require(scene.supervisors.first)
        #expect(left["attempts"]?.first?.message.contains("pid \(supervisor)") == true, "\(left)")
        #expect(left["attempts"]?.first?.advice.contains("workflow resume held") == true)
        #expect(left["locks"]?.first?.message.contains("rack is held by held") == true)
        try scene.write("", to: "go")
        #expect(try scene.workflow("resume", "held", "-q").status == 0)
        let after = try findings(scene)
        for subject in ["interrupted", "attempts", "locks"] {
            #expect(after[subject]?.first?.level == "ok", "\(subject)")
        }
    }

    @Test("A process that works for no run is told with its number")
    func stray() throws {
        let scene = try heldScene()
        // The store goes back to before the run.
        try scene.write("{name: quick, stages: [{name: a, steps: [{name: b, run: 'true'}]}]}", to: "quick.yaml")
        #expect(try scene.workflow("run", "quick.yaml", "-q").status == 0)
        #expect(try scene.workflow("backup", "before.db").status == 0)
        let driver = try scene.start("run", "held.yaml", "--run-id", "held", "-q")
        try eventually("the step begins") { scene.exists("begun") }
        #expect(try driver.killed())
        let supervisor = try #require(scene.supervisors.first)
        let restored = try scene.tool(
            "/bin/bash", "-c",
            "cd '\(scene.store)' && rm store.db store.db-wal store.db-shm && cp ../before.db store.db && chmod 600 "
                + "store.db"
        )
        #expect(restored.status == 0, "\(restored)")
        let found = try findings(scene)
        #expect(found["processes"]?.first?.message.contains("pid \(supervisor)") == true, "\(found)")
        #expect(found["processes"]?.first?.advice.contains("ps -o pid,ppid,etime,args \(supervisor)") == true)
        try scene.write("", to: "go")
        try eventually("it ends") { scene.supervisors.isEmpty }
        #expect(try findings(scene)["processes"] == nil)
    }

    @Test("A clock that is behind the journal is a problem, and so is a shell that is gone")
    func clockAndShell() throws {
        let scene = try Scene()
        try scene.write("#!/bin/sh\nexec /bin/sh \"$@\"\n", to: "oddshell", mode: 0o755)
        try scene.write(
            """
            name: odd
            stages:
              - name: provisioning
                steps: [{name: fails, run: "false", shell: oddshell}]
            """, to: "odd.yaml")
        let path = ["PATH": "\(scene.path):/usr/bin:/bin"]
        #expect(try scene.workflow(["run", "odd.yaml", "--run-id", "odd", "-q"], environment: path).status == 1)
        #expect(try findings(scene, environment: path)["shell oddshell"]?.first?.level == "ok")
        #expect(try findings(scene, environment: path)["clock"]?.first?.level == "ok")
        let gone = try findings(scene)
        #expect(gone["shell oddshell"]?.first?.level == "problem", "\(gone)")
        #expect(gone["shell oddshell"]?.first?.message.contains("odd") == true)
        let changed = try scene.tool(
            "sqlite3", scene.store + "/store.db", "UPDATE runs SET updated_at = '2999-01-01T00:00:00.000Z'")
        #expect(changed.status == 0, "\(changed)")
        let clock = try findings(scene, environment: path)["clock"]?.first
        #expect(clock?.level == "problem")
        #expect(clock?.message.contains("2999-01-01") == true)
    }

    @Test("A supervisor of another version is a problem")
    func supervisor() throws {
        let scene = try Scene()
        for name in ["workflow", "workflow-supervisor"] {
            #expect(try scene.tool("cp", "\(scene.binaries)/\(name)", scene.file(name)).status == 0)
        }
        let other = try Scene(binaries: scene.path)
        try other.write(Definitions.two, to: "two.yaml")
        #expect(try other.workflow("run", "two.yaml", "-q").status == 0)
        #expect(try findings(other)["supervisor"]?.first?.level == "ok")
        try scene.write("#!/bin/sh\necho workflow-supervisor, protocol 99\n", to: "replacement", mode: 0o755)
        #expect(rename(scene.file("replacement"), scene.file("workflow-supervisor")) == 0)
        let finding = try findings(other)["supervisor"]?.first
        #expect(finding?.level == "problem")
        #expect(finding?.message.contains("protocol 99") == true)
    }

    @Test("A store that others may write, or with no byte left for it, is told")
    func access() throws {
        let scene = try Scene()
        try scene.write(Definitions.two, to: "two.yaml")
        #expect(try scene.workflow("run", "two.yaml", "-q").status == 0)
        #expect(try findings(scene)["access"]?.first?.level == "ok")
        chmod(scene.store, 0o777)
        chmod(scene.store + "/store.db", 0o666)
        let finding = try findings(scene)["access"]?.first
        #expect(finding?.level == "warning")
        #expect(finding?.message.contains("\(scene.store) (0777) and ") == true, "\(finding?.message ?? "")")
        chmod(scene.store, 0o700)
        let ended = try Namespace.run(
            in: scene,
            """
            mkdir "$SCENE/small"; mount -t tmpfs -o size=2m none "$SCENE/small"
            export WORKFLOW_STORE="$SCENE/small/.workflow"
            say run run two.yaml -q
            head -c 100000000 /dev/zero > "$SCENE/small/filler" 2>/dev/null || true
            say doctor doctor
            """)
        guard let ended else { return }
        #expect(ended.status("run") == 0 && ended.status("doctor") == 74)
        #expect(ended.output("doctor").contains("problem  disk"), "\(ended.output("doctor"))")
    }

    @Test("A store that its owner may not write is told with the file, its mode and what to type")
    func modes() throws {
        guard geteuid() == 0 else {
            return Skipped.say("modes that hold for their owner: needs root to become another user")
        }
        let scene = try Scene()
        try scene.write(Definitions.two, to: "two.yaml", mode: 0o644)
        chmod(scene.path, 0o777)
        mkdir(scene.file("bin"), 0o755)
        for name in ["workflow", "workflow-supervisor"] {
            #expect(try scene.tool("cp", "\(scene.binaries)/\(name)", scene.file("bin/\(name)")).status == 0)
            chmod(scene.file("bin/\(name)"), 0o755)
        }
        func asOwner(_ arguments: String) throws -> Finished {
            try scene.start(command: [
                "/usr/bin/env", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "bash", "-c",
                "cd '\(scene.path)' && bin/workflow \(arguments)",
            ]).finished()
        }
        let first = try asOwner("run two.yaml -q")
        guard first.status == 0 else { return Skipped.say("another user cannot run the binary: \(first)") }
        let database = scene.store + "/store.db"
        for (mode, path) in [(mode_t(0o400), database), (0o000, database), (0o000, scene.store)] {
            chmod(path, mode)
            let text = "0" + String(mode, radix: 8)
            for command in ["doctor", "run two.yaml -q"] {
                let ended = try asOwner(command)
                #expect(ended.status == 74 || ended.status == 77, "\(command), \(text) \(path): \(ended)")
                let said = ended.output + ended.errors
                #expect(said.contains("\(path) has mode \(text)"), "\(command), \(text) \(path): \(ended)")
                #expect(said.contains("chmod u+rw"), "\(command): \(ended)")
                #expect(!said.contains("run as the user that owns"), "\(command): \(ended)")
            }
            chmod(path, path == database ? 0o600 : 0o700)
            // SQLite makes them with the mode of the database.
            for log in ["-wal", "-shm"] { chmod(database + log, 0o600) }
        }
        #expect(try asOwner("run two.yaml -q").status == 0)
        // Root is another user.
        let before = try scene.tool("ls", "-laR", scene.store).output
        for arguments in [["list"], ["doctor"], ["run", "two.yaml"], ["prune", "--older-than", "1d"]] {
            for (named, environment) in [
                ([String](), [String: String]()), (["--store", scene.store], [:]),
                ([], ["WORKFLOW_STORE": scene.store]),
            ] {
                let refused = try scene.workflow(arguments + named, environment: environment)
                #expect(refused.status == 77, "\(refused)")
                #expect(refused.errors.contains("sudo -u nobody workflow"), "\(refused)")
            }
        }
        #expect(try scene.tool("ls", "-laR", scene.store).output == before)
    }

    @Test("Without a store it says what there is to say about the machine on standard error, and exits 66")
    func noStore() throws {
        let folder = try TestFolder()
        let result = try Command.run(["doctor"], in: folder)
        #expect(result.status == 66)
        #expect(result.output == "")
        #expect(result.errorLines.contains { $0.hasPrefix("ok") && $0.contains("supervisor") }, "\(result)")
        #expect(result.errorLines.last?.contains(folder.path) == true, "\(result)")
    }
}
