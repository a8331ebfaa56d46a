import Glibc
import JSON
import Testing

@Suite("Backing up and restoring")
struct BackupTests {
    /// A run whose second step goes on until `go` is there, driven by a living process.
    private func drivenScene() throws -> (Scene, Started) {
        let scene = try Scene()
        try scene.write(
            """
            name: held
            stages:
              - name: provisioning
                steps:
                  - {name: first, run: 'echo first >> "$SCENE/ledger"'}
                  - name: long
                    run: |
                      echo long >> "$SCENE/ledger"
                      until [ -e "$SCENE/go" ]; do sleep 0.02; done
                  - {name: last, run: 'echo last >> "$SCENE/ledger"'}
            """, to: "held.yaml")
        #expect(try scene.workflow("run", "held.yaml", "--run-id", "done", "-q", "--detach").status == 0)
        let driver = try scene.start("run", "held.yaml", "--run-id", "held", "-q")
        try eventually("both runs are in their long steps") { scene.lines("ledger").filter { $0 == "long" }.count == 2 }
        return (scene, driver)
    }

    private func restore(_ file: String, into folder: String, of scene: Scene) throws -> String {
        #expect(mkdir(scene.file(folder), 0o700) == 0)
        #expect(mkdir(scene.file("\(folder)/.workflow"), 0o700) == 0)
        #expect(try scene.tool("cp", scene.file(file), scene.file("\(folder)/.workflow/store.db")).status == 0)
        return scene.file(folder)
    }

    @Test("A copy made while runs are driven is restored elsewhere: what ran then is in doubt, and never begins again")
    func elsewhere() throws {
        let (scene, driver) = try drivenScene()
        let backup = try scene.workflow("backup", "copy.db", "-o", "json")
        #expect(backup.status == 0, "\(backup)")
        #expect(try backup.json["runs"] == .int(2))
        #expect(try backup.json["verified"] == .bool(true))
        var status = stat()
        #expect(stat(scene.file("copy.db"), &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)

        // The attempt lives on under the store that was copied: the copy must not take it for one that never began.
        let folder = try restore("copy.db", into: "there", of: scene)
        #expect(try scene.workflow(["list"], in: folder).output.contains("held"))
        #expect(try scene.workflow(["journal", "held", "--verify"], in: folder).status == 0)
        #expect(try scene.workflow(["show", "held"], in: folder).output.contains("nobody drives it"))
        let resumed = try scene.workflow(["resume", "held", "-q"], in: folder)
        #expect(resumed.status == 3, "\(resumed)")
        #expect(resumed.errors.contains("in doubt"), "\(resumed)")
        #expect(scene.lines("ledger").filter { $0 == "long" }.count == 2)

        // The original goes on as if nothing had been.
        try scene.write("", to: "go")
        #expect(try driver.finished().status == 0)
        #expect(scene.lines("ledger").filter { $0 == "last" }.count >= 1)
        try scene.expectVerified("held")

        // A person decides in the copy, and it goes on there.
        let resolved = try scene.workflow(
            ["resolve", "held", "long", "--done", "--reason", "seen in the ledger"], in: folder)
        #expect(resolved.status == 0, "\(resolved)")
        #expect(try scene.workflow(["resume", "held", "-q"], in: folder).status == 0)
    }

    @Test("In place of a damaged database, the folders beside it settle what ran")
    func inPlace() throws {
        let (scene, driver) = try drivenScene()
        #expect(try scene.workflow("backup", "copy.db").status == 0)
        _ = try driver.killed()
        try scene.write("", to: "go")
        try eventually("the steps end under their supervisors") { scene.supervisors.isEmpty }
        try eventually("the other run's driver has left") {
            try scene.show("done")["driven"] == .bool(false)
        }
        for name in ["store.db", "store.db-wal", "store.db-shm"] { unlink("\(scene.store)/\(name)") }
        #expect(try scene.tool("cp", scene.file("copy.db"), "\(scene.store)/store.db").status == 0)

        // The driver was killed in the state that was copied: its step is settled, and only what is left runs.
        #expect(try scene.workflow("resume", "held", "-q").status == 0)
        // The other one went on after the copy was made.
        let other = try scene.workflow("resume", "done", "-q")
        #expect(other.status == 74, "\(other)")
        #expect(other.errors.contains("store.db is an older copy"), "\(other)")
        #expect(scene.lines("ledger").filter { $0 == "long" }.count == 2)
        #expect(scene.lines("ledger").filter { $0 == "last" }.count == 2)
    }

    @Test("A copy whose attempt's folder was copied with it proves nothing either")
    func copiedFolder() throws {
        let (scene, driver) = try drivenScene()
        #expect(try scene.workflow("backup", "copy.db").status == 0)
        let folder = try restore("copy.db", into: "there", of: scene)
        #expect(try scene.tool("cp", "-a", "\(scene.store)/attempts", "\(folder)/.workflow/").status == 0)
        // Even an empty folder with the right marker: a supervisor may have its claim in the original.
        #expect(try scene.tool("find", "\(folder)/.workflow/attempts", "-name", "claim", "-delete").status == 0)
        let resumed = try scene.workflow(["resume", "held", "-q"], in: folder)
        #expect(resumed.status == 3, "\(resumed)")
        #expect(scene.lines("ledger").filter { $0 == "long" }.count == 2)
        _ = try driver.killed()
    }

    @Test("A file that is there, a folder, and a store's own folder are refused, and nothing is changed")
    func refusals() throws {
        let folder = try TestFolder()
        try folder.write("two.yaml", Definitions.two)
        #expect(try Command.run(["run", "two.yaml", "-q"], in: folder).status == 0)
        try folder.write("there", "precious")
        #expect(mkdir(folder.path("folder"), 0o700) == 0)
        #expect(symlink("there", folder.path("link")) == 0)
        let refused: [([String], Int32)] = [
            (["backup", "there"], 64), (["backup", "folder"], 64), (["backup", "--force", "folder"], 64),
            (["backup", "link"], 64), (["backup", "--force", "link"], 64),
            (["backup", "--force", ".workflow/store.db"], 64), (["backup", ".workflow/copy.db"], 64),
            (["backup", "missing/copy.db"], 66), (["backup"], 64),
        ]
        for (arguments, status) in refused {
            let result = try Command.run(arguments, in: folder)
            #expect(result.status == status, "\(result)")
            #expect(result.output == "", "\(result)")
        }
        #expect(folder.text("there") == "precious")
        #expect(try Command.run(["backup", "--force", "there"], in: folder).status == 0)
        #expect(folder.bytes("there")?.starts(with: Array("SQLite format 3".utf8)) == true)
        #expect(folder.names() == [".workflow", "folder", "link", "there", "two.yaml"])
        #expect(try Command.run(["doctor"], in: folder).status == 0)
    }
}
