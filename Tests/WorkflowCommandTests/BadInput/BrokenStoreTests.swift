import Glibc
import JSON
import Testing

@Suite("A store that is damaged, cut, newer, full or read-only")
struct BrokenStoreTests {
    /// A scene whose run `held` was interrupted while its second step ran.
    private func interrupted() throws -> HeldStep {
        let held = try HeldStep()
        try held.begin().killed()
        return held
    }

    private func expectLoud(_ held: HeldStep, _ status: Int32, names: String...) throws {
        for arguments in [
            ["show", held.run], ["list"], ["resume", held.run], ["resume", "--all"], ["run", "held.yaml"],
            ["journal", held.run],
        ] {
            let ended = try held.scene.workflow(arguments, seconds: 10)
            #expect(ended.status == status, "\(arguments): \(ended)")
            #expect(ended.output.isEmpty, "\(arguments): \(ended)")
            for name in names { #expect(ended.errors.contains(name), "\(arguments) does not name \(name): \(ended)") }
        }
        #expect(held.starts == ["before", "held"])
    }

    @Test("store.db is gone: never a new store")
    func databaseGone() throws {
        let held = try interrupted()
        try held.scene.tool("mkdir", held.scene.file("aside"))
        try held.scene.tool("bash", "-c", "mv '\(held.scene.store)'/store.db* '\(held.scene.file("aside"))/'")
        try expectLoud(held, 74, names: "store.db")
        #expect(!held.scene.exists(".workflow/store.db"))
        // Put back, nothing was lost.
        try held.scene.tool("bash", "-c", "mv '\(held.scene.file("aside"))'/store.db* '\(held.scene.store)/'")
        try held.letGo()
        #expect(try held.resume().status == 0)
        #expect(held.starts == ["before", "held", "after"])
    }

    @Test(
        "store.db is empty, or holds something else",
        arguments: ["", "this is not a database, it is a note to myself\n"])
    func databaseReplaced(_ content: String) throws {
        let held = try interrupted()
        try held.scene.write(content, to: ".workflow/store.db")
        try held.scene.tool("bash", "-c", "rm -f '\(held.scene.store)'/store.db-*")
        try expectLoud(held, 74, names: held.scene.store)
        #expect(fileText(held.scene.store + "/store.db") == content)
    }

    @Test("Bytes of store.db are overwritten")
    func databaseDamaged() throws {
        let held = try interrupted()
        try held.letGo()
        #expect(try held.resume().status == 0)
        // Everything into the database itself, then damage to every page but the first.
        let path = held.scene.store + "/store.db"
        try #require(try held.scene.tool("sqlite3", path, "PRAGMA wal_checkpoint(TRUNCATE)").status == 0)
        try held.scene.tool("bash", "-c", "rm -f '\(path)-wal' '\(path)-shm'")
        let size = try #require(fileBytes(path)).count
        let file = open(path, O_WRONLY)
        var offset = 4096
        while offset < size {
            let noise = [UInt8](repeating: 0xA5, count: 64)
            _ = pwrite(file, noise, noise.count, off_t(offset))
            offset += 4096
        }
        close(file)
        for arguments in [
            ["show", held.run], ["resume", held.run], ["run", "held.yaml", "--run-id", "another"],
            ["journal", held.run, "--verify"],
        ] {
            let ended = try held.scene.workflow(arguments, seconds: 10)
            #expect(ended.status == 74, "\(arguments): \(ended)")
            #expect(ended.errors.contains(held.scene.store), "\(arguments): \(ended)")
        }
        #expect(held.starts == ["before", "held", "after"])
        let doctor = try held.scene.workflow("doctor")
        #expect(doctor.status != 0, "\(doctor)")
    }

    @Test("An entry of the journal is changed: --verify names it and exits 74")
    func journalChanged() throws {
        let held = try interrupted()
        try held.letGo()
        #expect(try held.resume().status == 0)
        try held.scene.expectVerified(held.run)
        let changed = try held.scene.tool(
            "sqlite3", held.scene.store + "/store.db",
            "UPDATE journal SET actor = 'user:mallory' WHERE run = 'held' AND seq = 3")
        try #require(changed.status == 0, "\(changed)")
        let verified = try held.scene.workflow("journal", held.run, "--verify")
        #expect(verified.status == 74, "\(verified)")
        #expect(verified.errors.contains("3"), "\(verified)")
    }

    @Test("An entry of a type from the future stops whoever would go on")
    func unknownEntry() throws {
        let held = try interrupted()
        let changed = try held.scene.tool(
            "sqlite3", held.scene.store + "/store.db",
            "UPDATE journal SET type = 'wormhole_opened' WHERE run = 'held' AND seq = (SELECT max(seq) FROM journal)")
        try #require(changed.status == 0, "\(changed)")
        let resumed = try held.resume()
        #expect(resumed.status == 74, "\(resumed)")
        #expect(resumed.errors.contains("wormhole_opened"), "\(resumed)")
        #expect(held.starts == ["before", "held"])
    }

    @Test("A store written by a newer version")
    func newer() throws {
        let held = try interrupted()
        let version = try held.scene.tool("sqlite3", held.scene.store + "/store.db", "PRAGMA user_version").output
        let raised = try held.scene.tool("sqlite3", held.scene.store + "/store.db", "PRAGMA user_version = 99")
        try #require(raised.status == 0, "\(raised)")
        try expectLoud(held, 74, names: "newer")
        try #require(
            try held.scene.tool("sqlite3", held.scene.store + "/store.db", "PRAGMA user_version = \(version)").status
                == 0)
        try held.letGo()
        #expect(try held.resume().status == 0)
    }

    @Test("The folders of attempts are gone: the running step is in doubt, not started again")
    func attemptsGone() throws {
        let held = try HeldStep()
        try held.beginAndLoseAll()
        try held.scene.tool("rm", "-rf", held.scene.store + "/attempts")
        let resumed = try held.resume()
        #expect(resumed.status == 3, "\(resumed)")
        #expect(try held.heldStatus() == "in_doubt")
        #expect(held.starts == ["before", "held"])
    }

    @Test("The folders of locks are gone: what was done stays done")
    func locksGone() throws {
        let held = try interrupted()
        try held.scene.tool("rm", "-rf", held.scene.store + "/locks")
        try held.letGo()
        let resumed = try held.resume()
        #expect(resumed.status == 0 || resumed.status == 74, "\(resumed)")
        #expect(held.starts.filter { $0 == "before" }.count == 1)
        #expect(held.starts.filter { $0 == "held" }.count == 1)
    }

    @Test("A read-only store: whoever would write says so and changes nothing")
    func readOnly() throws {
        let held = try interrupted()
        let ended = try Namespace.run(
            in: held.scene,
            """
            mount --bind "$SCENE/.workflow" "$SCENE/.workflow"
            mount -o remount,ro,bind "$SCENE/.workflow"
            ! touch "$SCENE/.workflow/x" 2>/dev/null
            say resume resume held
            say run run held.yaml
            say pause pause held
            say show show held -o json
            """)
        guard let ended else { return }
        for command in ["resume", "run", "pause"] {
            #expect(ended.status(command) == 74, "\(command): \(ended.errors(command))")
            #expect(ended.errors(command).contains("Read-only"), "\(command): \(ended.errors(command))")
            #expect(ended.errors(command).contains(held.scene.store), "\(command): \(ended.errors(command))")
        }
        // Looking is possible.
        #expect(ended.status("show") == 0, "\(ended.errors("show"))")
        #expect(held.starts == ["before", "held"])
        try held.letGo()
        #expect(try held.resume().status == 0)
    }

    @Test("Somebody else's store")
    func otherUser() throws {
        guard geteuid() == 0 else { return Skipped.say("another user's store: needs root") }
        let held = try interrupted()
        chmod(held.scene.path, 0o755)
        let ended = try held.scene.tool(
            "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "bash", "-c",
            "cd '\(held.scene.path)' && '\(held.scene.binaries)/workflow' resume held")
        // The binary itself may lie where that user cannot reach it.
        if ended.status == 126 || ended.status == 127 { return Skipped.say("another user cannot run the binary") }
        #expect(ended.status == 77, "\(ended)")
        #expect(ended.errors.contains(".workflow"), "\(ended)")
        #expect(held.starts == ["before", "held"])
    }

    @Test("The disk is full: 74 that names it, and with room again the run goes on where it was")
    func fullDisk() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: filling
            stages:
              - name: only
                steps:
                  - name: fill
                    run: |
                      echo fill >> "$SCENE/starts-$WORKFLOW_RUN_ID"
                      head -c 100000000 /dev/zero > "$SCENE/small/filler" 2>/dev/null || true
                  - name: next
                    run: echo next >> "$SCENE/starts-$WORKFLOW_RUN_ID"
                  - name: last
                    run: echo last >> "$SCENE/starts-$WORKFLOW_RUN_ID"
            """, to: "filling.yaml")
        let ended = try Namespace.run(
            in: scene,
            """
            mkdir "$SCENE/small"
            mount -t tmpfs -o size=3m none "$SCENE/small"
            export WORKFLOW_STORE="$SCENE/small/.workflow"
            say first run filling.yaml --run-id filling
            cp "$SCENE/starts-filling" "$SCENE/starts-first"
            say again resume filling
            cp "$SCENE/starts-filling" "$SCENE/starts-again"
            say fresh run filling.yaml --run-id fresh
            rm "$SCENE/small/filler"
            say verify journal filling --verify
            sed -i 's/100000000/1/' filling.yaml
            say resume resume filling
            say show show filling -o json
            say verified journal filling --verify
            """)
        guard let ended else { return }
        // Without room for a run `fresh` begins nothing; what little there is may do for its first entries.
        for command in ["first", "again", "fresh"] {
            #expect(ended.status(command) == 74, "\(command): \(ended.errors(command))")
            #expect(
                ended.errors(command).contains("full") || ended.errors(command).contains("No space"),
                "\(command): \(ended.errors(command))")
        }
        #expect(scene.lines("starts-first") == ["fill"])
        #expect(scene.lines("starts-again") == ["fill"])
        #expect(scene.lines("starts-fresh").count <= 1)
        #expect(ended.status("verify") == 0, "\(ended.errors("verify"))")
        #expect(ended.status("resume") == 0, "\(ended.errors("resume"))")
        #expect(
            scene.lines("starts-filling") == ["fill", "next", "last"],
            "\(ended.errors("first"))\n\(ended.errors("again"))\n\(ended.errors("resume"))")
        #expect(ended.status("verified") == 0, "\(ended.errors("verified"))")
    }

    @Test("No room for a store: nothing is left of it")
    func noRoomForStore() throws {
        let scene = try Scene()
        try scene.write(
            "name: a\nstages: [{name: only, steps: [{name: a, run: touch \"$SCENE/ran\"}]}]\n", to: "a.yaml")
        let ended = try Namespace.run(
            in: scene,
            """
            mkdir "$SCENE/small"
            mount -t tmpfs -o size=64k none "$SCENE/small"
            cd "$SCENE/small"
            say run run ../a.yaml
            ls -A "$SCENE/small" > "$SCENE/left"
            say list list
            """)
        guard let ended else { return }
        #expect(ended.status("run") == 74, "\(ended.errors("run"))")
        #expect(scene.lines("left") == [])
        #expect(ended.status("list") == 66, "\(ended.errors("list"))")
        #expect(!scene.exists("ran"))
    }
}

/// A shell script with mounts of its own, which end with it.
struct Namespace {
    let scene: Scene

    /// Runs the script; in it, `say NAME ARGUMENT…` runs `workflow` and keeps its status, output and errors under NAME.
    /// nil, loudly, where this machine does not let us mount.
    static func run(in scene: Scene, _ script: String) throws -> Namespace? {
        let enter = geteuid() == 0 ? ["unshare", "-m"] : ["unshare", "-Urm"]
        let probe = try scene.start(command: ["/usr/bin/env"] + enter + ["mount", "-t", "tmpfs", "none", "/mnt"])
        guard try probe.finished().status == 0 else {
            Skipped.say("mounting is not possible here")
            return nil
        }
        let whole = """
            set -eu
            cd "$SCENE"
            say() {
              name=$1; shift
              set +e
              "\(scene.binaries)/workflow" "$@" > "$SCENE/.said-$name.out" 2> "$SCENE/.said-$name.err"
              echo $? > "$SCENE/.said-$name"
              set -e
            }
            \(script)
            """
        let ended = try scene.start(command: ["/usr/bin/env"] + enter + ["bash", "-c", whole]).finished(within: 60)
        try #require(ended.status == 0, "\(ended)")
        return Namespace(scene: scene)
    }

    func status(_ name: String) -> Int32 { scene.lines(".said-\(name)").first.flatMap { Int32($0) } ?? -1 }
    func errors(_ name: String) -> String { fileText(scene.file(".said-\(name).err")) ?? "" }
    func output(_ name: String) -> String { fileText(scene.file(".said-\(name).out")) ?? "" }
}

/// A check that this machine cannot make is told, never silently passed.
enum Skipped {
    static func say(_ what: String, line: Int = #line) {
        print("SKIPPED (WorkflowCommandTests:\(line)): \(what)")
    }
}
