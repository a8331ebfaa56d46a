import Glibc
import JSON
import Testing

@Suite("A store's folder")
struct StoreFolderTests {
    @Test("The first run says where it made a store; later ones, and quiet ones, do not")
    func made() throws {
        let folder = try TestFolder()
        try folder.write("two.yaml", Definitions.two)
        let first = try Command.run(["run", "two.yaml"], in: folder)
        #expect(first.errorLines.first == "made a store in \(folder.path)/.workflow", "\(first)")
        #expect(try !Command.run(["run", "two.yaml"], in: folder).error.contains("made a store"))
        let quiet = try Command.run(["run", "two.yaml", "-q", "--store", folder.path("other")], in: folder)
        #expect(quiet.error == "", "\(quiet)")
        let none = try Command.run(["list"], in: folder, workingFolder: "/")
        #expect(none.status == 66 && none.error.contains("no .workflow/ in /"), "\(none)")
    }

    @Test(
        "Whatever the umask takes away, the owner can use the store, and steps have the umask",
        arguments: [0o777, 0, 0o22])
    func umasks(_ mask: Int) throws {
        let folder = try TestFolder()
        try folder.write("umask.yaml", "name: u\nstages: [{name: a, steps: [{name: u, run: umask}]}]\n")
        let before = umask(mode_t(mask))
        let run = try Command.start(["run", "umask.yaml", "--run-id", "u", "-q"], in: folder)
        umask(before)
        #expect(try run.end().status == 0)
        for (path, mode) in [("", 0o700), ("/store.db", 0o600), ("/locks", 0o700), ("/locks/log.lock", 0o600)] {
            var status = stat()
            #expect(stat("\(folder.path)/.workflow\(path)", &status) == 0)
            #expect(status.st_mode & 0o777 == mode_t(mode), "\(path): \(String(status.st_mode, radix: 8))")
        }
        let text = String(mask, radix: 8)
        let shown = String(repeating: "0", count: 4 - text.count) + text
        #expect(try Command.run(["logs", "u"], in: folder).output == shown + "\n")
    }

    @Test("A copied project is looked at, refused, and adopted: the original's attempt is in doubt and goes on there")
    func copied() throws {
        let held = try HeldStep()
        let engine = try held.begin()
        let copy = held.scene.file("copy")
        #expect(mkdir(copy, 0o700) == 0)
        #expect(try held.scene.tool("cp", "-r", held.scene.store, "\(copy)/.workflow").status == 0)
        for looking in [["list"], ["show", held.run], ["journal", held.run, "--verify"]] {
            #expect(try held.scene.workflow(looking, in: copy).status == 0, "\(looking)")
        }
        for driving in [
            ["resume", held.run], ["resume", "--all"], ["run", "../held.yaml"], ["pause", held.run],
            ["resolve", held.run, "held", "--retry", "--reason", "x"],
        ] {
            let refused = try held.scene.workflow(driving, in: copy)
            #expect(refused.status == 75, "\(driving): \(refused)")
            #expect(refused.errors.contains("workflow store adopt --reason"), "\(driving): \(refused)")
        }
        let doctor = try held.scene.workflow(["doctor"], in: copy)
        #expect(doctor.status == 74 && doctor.output.contains("workflow store adopt --reason"), "\(doctor)")
        #expect(try held.scene.workflow(["store", "adopt"], in: copy).status == 64)
        let adopted = try held.scene.workflow(["store", "adopt", "--reason", "the old disk is gone"], in: copy)
        #expect(adopted.status == 0, "\(adopted)")
        let told = try held.scene.workflow(["doctor"], in: copy)
        #expect(told.output.contains("the old disk is gone"), "\(told)")
        // The original is as it was.
        #expect(try held.scene.workflow("store", "adopt", "--reason", "x").status == 0)
        try held.letGo()
        #expect(try engine.finished().status == 0)
        #expect(held.starts == ["before", "held", "after"])
        // What became of the attempt, the copy cannot know.
        let resumed = try held.scene.workflow(["resume", held.run, "-q"], in: copy)
        #expect(resumed.status == 3, "\(resumed)")
        #expect(held.starts == ["before", "held", "after"])
    }

    @Test("sqlite3 that looks at the store, and moves its log away as it leaves, stops nothing")
    func looking() throws {
        let scene = try Scene()
        try scene.write(Definitions.two, to: "two.yaml")
        #expect(try scene.workflow("run", "two.yaml", "-q").status == 0)
        for _ in 0..<3 {
            // It has a transaction open while the run ends, and quits then, as the last one.
            let looking = try scene.start(command: [
                "/bin/bash", "-c",
                """
                { echo 'BEGIN; SELECT count(*) FROM journal;'; until [ -e '\(scene.file("quit"))' ]; do sleep 0.02; \
                done; } |
                  sqlite3 '\(scene.store)/store.db' > '\(scene.file("looked"))'
                """,
            ])
            try scene.await("looked")
            let beside = try scene.workflow("run", "two.yaml", "-q")
            #expect(beside.status == 0, "\(beside)")
            try scene.write("", to: "quit")
            #expect(try looking.finished().status == 0)
            let after = try scene.workflow("run", "two.yaml", "-q")
            #expect(after.status == 0, "\(after)")
            unlink(scene.file("quit"))
            unlink(scene.file("looked"))
        }
        #expect(try scene.workflow("list", "-o", "json").json.arrayValue?.count == 7)
    }
}
