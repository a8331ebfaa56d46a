import Glibc
import JSON
import Testing

/// Where fixtures lie.
enum Fixtures {
    static let folder = Repository.path("Tests/WorkflowCommandTests/Compatibility/Fixtures")

    /// The name of the one to make; nil in a usual run of the tests.
    static var wanted: String? { getenv("WORKFLOW_FIXTURE").map { String(cString: $0) } }
}

@Suite("FixtureMaker")
struct FixtureMaker {
    @Test("Makes a new fixture", .enabled(if: Fixtures.wanted != nil))
    func make() throws {
        let name = try #require(Fixtures.wanted)
        let target = "\(Fixtures.folder)/\(name)"
        try #require(access(target, F_OK) != 0, "\(target) is there already: a fixture is never written over")
        let scene = try Scene()
        try scene.write(FixtureRun.edited, to: "edited.yaml")
        var runs: [JSONValue] = []
        for run in FixtureRun.all { try begin(run, scene) }
        for run in FixtureRun.all {
            let verified = try scene.workflow("journal", run.name, "--verify", "-o", "json")
            try #require(verified.status == 0, "\(verified)")
            runs.append(
                .object([
                    "run": .string(run.name), "show": try scene.show(run.name), "verified": try verified.json,
                    "checkpoints": try scene.workflow("checkpoint", "list", run.name, "-o", "json").json,
                    "journal": .array(try scene.journal(run.name)),
                ]))
        }
        let checkpoint = try #require(try scene.checkpoints("fanned").last)
        let exported = try scene.workflow("checkpoint", "export", checkpoint.id)
        let evidence = try scene.workflow("evidence", "asking")
        try #require(exported.status == 0 && evidence.status == 0)
        let version = try scene.workflow("--version").output.split(separator: "\n").joined()
        let expected: JSONValue = .object(["written_by": .string(version), "runs": .array(runs)])
        let closed = try scene.tool(
            "sqlite3", scene.store + "/store.db", "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")
        try #require(closed.status == 0, "\(closed)")
        try #require(mkdir(target, 0o755) == 0)
        try #require(try scene.tool("cp", scene.store + "/store.db", target).status == 0)
        try save(exported.output, "\(target)/checkpoint.json")
        try save(evidence.output, "\(target)/evidence.json")
        try save(try expected.prettyText() + "\n", "\(target)/expected.json")
    }

    private func begin(_ run: FixtureRun, _ scene: Scene) throws {
        try scene.write(run.definition, to: "\(run.name).yaml")
        let arguments = ["run", "\(run.name).yaml", "--run-id", run.name, "--label", "fixture=\(run.name)"]
        if let status = run.begins {
            let ended = try scene.workflow(arguments)
            try #require(ended.status == status, "\(run.name): \(ended)")
        } else {
            let driver = try scene.start(arguments)
            try scene.await("began-\(run.name)")
            try scene.killEverything()
            try driver.killed()
        }
        for (arguments, status) in run.then {
            let checkpoints = try scene.checkpoints(run.name)
            let words = arguments.map {
                $0 == "FIRST" ? checkpoints.first?.id ?? $0 : $0 == "NEWEST" ? checkpoints.last?.id ?? $0 : $0
            }
            let ended = try scene.workflow(words)
            try #require(ended.status == status, "\(run.name): \(ended)")
        }
    }

    private func save(_ text: String, _ path: String) throws {
        let file = try #require(fopen(path, "we"))
        defer { fclose(file) }
        try #require(fputs(text, file) >= 0)
    }
}
