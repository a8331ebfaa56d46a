import Glibc
import JSON
import Testing

@Suite("Pruning")
struct PruneTests {
    private func folder(runs: [String]) throws -> TestFolder {
        let folder = try TestFolder()
        try folder.write("two.yaml", Definitions.two)
        for run in runs {
            #expect(try Command.run(["run", "two.yaml", "-q", "--run-id", run], in: folder).status == 0)
        }
        return folder
    }

    private func runs(_ folder: TestFolder) throws -> [String] {
        try Command.run(["list", "-o", "json"], in: folder).json().arrayValue?.compactMap { $0["run"]?.stringValue }
            ?? []
    }

    private func logFolders(_ folder: TestFolder) -> [String] { folder.names(".workflow/logs") }

    @Test("Old runs go with their logs; a dry run tells the same and removes nothing")
    func prune() throws {
        let folder = try folder(runs: ["a", "b", "c"])
        #expect(logFolders(folder).count == 3)
        let young = try Command.run(["prune", "--older-than", "1d", "-o", "json"], in: folder).json()
        #expect(young["removed"] == .array([]))
        let dry = try Command.run(
            ["prune", "--older-than", "0h", "--keep", "1", "--dry-run", "-o", "json"], in: folder)
        #expect(try dry.json()["removed"]?.arrayValue?.map { $0["run"]?.stringValue } == ["a", "b"])
        #expect(try dry.json()["dry_run"] == .bool(true))
        #expect(try runs(folder) == ["c", "b", "a"])
        #expect(logFolders(folder).count == 3)

        let result = try Command.run(["prune", "--older-than", "0h", "--keep", "1"], in: folder)
        #expect(result.status == 0, "\(result)")
        #expect(result.outputLines.count == 3, "\(result)")
        #expect(result.error.contains("removed 2 runs"), "\(result)")
        #expect(try runs(folder) == ["c"])
        #expect(logFolders(folder).count == 1)
        #expect(folder.names(".workflow/locks").filter { $0.hasSuffix(".lock") && $0.count > 36 }.count == 1)
        #expect(try Command.run(["show", "a"], in: folder).status == 66)
        #expect(try Command.run(["journal", "c", "--verify"], in: folder).status == 0)
        #expect(try Command.run(["doctor"], in: folder).status == 0)
        // The chosen name is free again, checkpoints are not.
        #expect(try Command.run(["run", "two.yaml", "-q", "--run-id", "a"], in: folder).status == 0)
        let ids = try Command.run(["checkpoint", "list", "a", "-o", "json"], in: folder).json().arrayValue
        #expect(ids?.first?["id"]?.stringValue?.hasSuffix("-007") == true, "\(ids ?? [])")
    }

    @Test("A run that can be resumed stays unless that is said")
    func resumable() throws {
        let folder = try folder(runs: ["fine"])
        try folder.write("fails.yaml", Definitions.failing)
        #expect(try Command.run(["run", "fails.yaml", "-q", "--run-id", "failed"], in: folder).status == 1)
        #expect(try Command.run(["prune", "--older-than", "0h", "--status", "failed"], in: folder).status == 64)
        #expect(try Command.run(["prune", "--older-than", "0h"], in: folder).status == 0)
        #expect(try runs(folder) == ["failed"])
        let result = try Command.run(
            ["prune", "--older-than", "0h", "--status", "failed", "--include-resumable"], in: folder)
        #expect(result.status == 0, "\(result)")
        #expect(try runs(folder) == [])
        #expect(logFolders(folder) == [])
    }

    @Test("A driven run is told and left alone, also with everything allowed")
    func driven() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: held
            stages:
              - name: provisioning
                steps:
                  - {name: long, run: 'touch "$SCENE/begun"; until [ -e "$SCENE/go" ]; do sleep 0.02; done; echo x > \
            "$SCENE/done"'}
            """, to: "held.yaml")
        let driver = try scene.start("run", "held.yaml", "--run-id", "held", "-q")
        try eventually("the step begins") { scene.exists("begun") }
        let result = try scene.workflow("prune", "--older-than", "0h", "--include-resumable", "-o", "json")
        #expect(result.status == 0, "\(result)")
        #expect(try result.json["removed"] == .array([]))
        #expect(try result.json["skipped"]?.arrayValue?.first?["reason"] == .string("driven"))
        try scene.write("", to: "go")
        #expect(try driver.finished().status == 0)
        #expect(scene.exists("done"))
        try scene.expectVerified("held")
    }

    @Test("A run that nobody drives is left alone while a step of it lives")
    func alive() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: held
            stages:
              - name: provisioning
                steps:
                  - {name: long, run: 'touch "$SCENE/begun"; until [ -e "$SCENE/go" ]; do sleep 0.02; done; echo x > \
            "$SCENE/done"'}
            """, to: "held.yaml")
        let driver = try scene.start("run", "held.yaml", "--run-id", "held", "-q")
        try eventually("the step begins") { scene.exists("begun") }
        driver.signal(SIGKILL)
        try driver.killed()
        for more in [["--dry-run"], []] {
            let result = try scene.workflow(
                ["prune", "--older-than", "0h", "--include-resumable", "-o", "json"] + more)
            #expect(result.status == 0, "\(result)")
            #expect(try result.json["removed"] == .array([]))
            #expect(try result.json["skipped"]?.arrayValue?.first?["reason"] == .string("running"), "\(result)")
        }
        try scene.write("", to: "go")
        #expect(try scene.workflow("resume", "held", "-q").status == 0)
        #expect(scene.exists("done"))
    }

    @Test("Logs that a killed prune left, and folders of attempts that nothing uses, go with the next one")
    func leftovers() throws {
        let folder = try folder(runs: ["a"])
        let orphan = ".workflow/logs/0123abcd-0000-4000-8000-000000000001"
        let attempt = ".workflow/attempts/0a/0a23abcd-0000-4000-8000-000000000001"
        #expect(mkdir(folder.path(".workflow/attempts/0a"), 0o700) == 0 || errno == EEXIST)
        try folder.write("\(orphan)/x.1.log", "text")
        try folder.write("\(attempt)/script", "text")
        let keep = ["prune", "--older-than", "24h", "-o", "json"]
        #expect(try Command.run(keep, in: folder).json()["leftovers"]?["log_folders"] == .int(0))
        #expect(folder.exists(orphan) && folder.exists(attempt))
        for path in ["\(orphan)/x.1.log", orphan, "\(attempt)/script", attempt] {
            var times = [timeval(tv_sec: 1_700_000_000, tv_usec: 0), timeval(tv_sec: 1_700_000_000, tv_usec: 0)]
            #expect(utimes(folder.path(path), &times) == 0)
        }
        let result = try Command.run(keep, in: folder)
        #expect(try result.json()["leftovers"]?["log_folders"] == .int(1), "\(result)")
        #expect(try result.json()["leftovers"]?["attempt_folders"] == .int(1), "\(result)")
        #expect(!folder.exists(orphan) && !folder.exists(attempt))
        #expect(try runs(folder) == ["a"])
    }

    @Test(
        "Wrong ages and counts are wrong usage",
        arguments: [
            ["prune"], ["prune", "--older-than", "30"], ["prune", "--older-than", "-1d"],
            ["prune", "--older-than", "99999999999999999999d"], ["prune", "--older-than", "9999999w"],
            ["prune", "--older-than", "1d", "--keep", "-1"], ["prune", "--older-than", "1d", "--status", "odd"],
        ])
    func usage(arguments: [String]) throws {
        #expect(try Command.run(arguments, in: try TestFolder()).status == 64)
    }
}
