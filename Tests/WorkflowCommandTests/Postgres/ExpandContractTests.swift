import Glibc
import JSON
import Testing
import WorkflowTestKit

@Suite(
    "A schema migration against a real PostgreSQL", .serialized,
    .enabled(
        if: PostgresServer.installedBinaries != nil || !PostgresServer.mayBeSkipped,
        "no PostgreSQL in /usr/lib/postgresql: install Debian's package `postgresql`"))
struct ExpandContractTests {
    @Test("Killed at random moments and resumed, it loses no row and writes none twice", .timeLimit(.minutes(5)))
    func killedAndResumed() throws {
        let began = monotonicMilliseconds()
        let server = try PostgresServer()
        let shop = try ShopDatabase(on: server, rows: 200_000)
        let scene = try Scene()
        try scene.write(try #require(fileText(Self.definition), "\(Self.definition)"), to: "migration.yaml")
        try scene.write(shop.applicationScript, to: "application.sql")
        let application = try shop.startApplication(script: scene.file("application.sql"), seed: KillSettings.seed)
        try eventually("the application writes") { try server.rows("SELECT 1 FROM audit LIMIT 1") != [] }

        var random = SeededGenerator(seed: KillSettings.seed)
        let storm = try migrate(
            "migration", in: scene, on: server, parameters: ["batch_size=2000", "pause=0.02", "soak=500ms"],
            killsMax: 20, within: 1_200, &random)
        let comment: Comment = "seed \(KillSettings.seed), \(storm.description)"

        // No write of the application has failed or is still under way, and it has gone on after the end.
        let written = try server.rows("SELECT max(seq) FROM audit")
        try eventually("the application goes on") { try server.rows("SELECT max(seq) FROM audit") != written }
        #expect(application.isRunning, comment)
        application.signal(SIGTERM)
        let applicationEnd = try application.finished(within: 20)
        #expect(!applicationEnd.errors.contains("rror"), "\(applicationEnd)")
        #expect(!applicationEnd.errors.contains("aborted"), "\(applicationEnd)")
        try eventually("its last transactions end") {
            try server.rows("SELECT pid FROM pg_stat_activity WHERE application_name = 'pgbench'") == []
        }

        try check("migration", of: shop, in: scene, comment)
        // A storm that met nothing would prove nothing.
        #expect(storm.kills >= 5 && storm.takingAll >= 2, comment)
        #expect(storm.stages["configuring"] ?? 0 >= 2, comment)
        let writes = try server.rows("SELECT count(*) FILTER (WHERE by_migration), count(*) FROM audit")
        print(
            "expand-contract: \(storm.description); \(writes) writes by the migration and in all; "
                + "\(monotonicMilliseconds() - began) ms, seed \(KillSettings.seed)")
    }

    /// Changes of the schema take milliseconds each, so that kills spread over a long backfill hardly meet them.
    @Test("Killed around its changes of the schema, it makes each of them once", .timeLimit(.minutes(5)))
    func killedAroundChanges() throws {
        let began = monotonicMilliseconds()
        let server = try PostgresServer()
        let scene = try Scene()
        try scene.write(try #require(fileText(Self.definition), "\(Self.definition)"), to: "migration.yaml")
        var random = SeededGenerator(seed: KillSettings.seed &+ 1)
        var all = MigrationStorm()
        for number in 1...5 {
            let shop = try ShopDatabase(on: server, rows: 1_000)
            let storm = try migrate(
                "small-\(number)", in: scene, on: server, parameters: ["batch_size=600", "pause=0", "soak=0s"],
                killsMax: 10, within: 250, &random)
            try check(
                "small-\(number)", of: shop, in: scene,
                "small-\(number), seed \(KillSettings.seed), \(storm.description)")
            try shop.checkPosition("small-\(number), seed \(KillSettings.seed), \(storm.description)")
            all.add(storm)
        }
        #expect(all.kills >= 10 && all.takingAll >= 3, "\(all.description)")
        print(
            "expand-contract: \(all.description) in five; \(monotonicMilliseconds() - began) ms, seed "
                + "\(KillSettings.seed)"
        )
    }

    /// The moment that a random kill hardly ever meets: the change has begun in the database, and can go neither on nor
    /// back.
    @Test("Killed while a change waits for its lock, it makes it once all the same", .timeLimit(.minutes(5)))
    func killedWhileWaiting() throws {
        let server = try PostgresServer()
        let scene = try Scene()
        try scene.write(try #require(fileText(Self.definition), "\(Self.definition)"), to: "migration.yaml")
        for (step, before, commits) in [
            ("expand", nil, false), ("expand", nil, true), ("switch", "expand", true), ("contract", "switch", false),
        ] {
            let shop = try ShopDatabase(on: server, rows: 1_000)
            let run = "waiting-\(step)-\(commits)"
            let start = {
                try scene.start(
                    runCommand(run, on: server, ["batch_size=600", "pause=0.5", "soak=1s"]),
                    environment: environment(server))
            }
            // A transaction that reads: only changes of the schema have to wait for it.
            let read = {
                let reader = try server.client(
                    "psql",
                    ["-X", "-c", "BEGIN", "-c", "LOCK TABLE orders IN ACCESS SHARE MODE", "-c", "SELECT pg_sleep(60)"])
                try eventually("the reader has its lock") {
                    try server.rows("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'") != []
                }
                return reader
            }
            let reader: Started
            let engine: Started
            if let before {
                engine = try start()
                try eventually("\(before) is done") {
                    try server.rows("SELECT to_regclass('workflow_migrations')") != []
                        && server.rows("SELECT 1 FROM workflow_migrations WHERE step = '\(before)'") != []
                }
                reader = try read()
            } else {
                reader = try read()
                engine = try start()
            }
            try eventually("\(step) waits") {
                try server.rows(
                    """
                    SELECT 1 FROM pg_stat_activity
                    WHERE application_name = 'workflow \(run)' AND wait_event_type = 'Lock' AND wait_event = 'relation'
                    """) != []
            }
            #expect(try engine.killed())
            let release = {
                try server.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
                #expect(try reader.finished().status != 0)
            }
            if commits {
                // The step's shell stands still while its psql commits: the change is made, and nobody can have noted
                // it.
                for pid in scene.members where fileText("/proc/\(pid)/comm") == "bash\n" { _ = kill(pid, SIGSTOP) }
                try release()
                try eventually("\(step) is made") {
                    try server.rows("SELECT 1 FROM workflow_migrations WHERE step = '\(step)'") != []
                }
            }
            try scene.killEverything()
            let next = try scene.start(["resume", run, "--quiet"], environment: environment(server))
            if !commits { try release() }
            let ended = try next.finished()
            #expect(ended.status == 0, "\(run): \(ended)")
            try check(run, of: shop, in: scene, "\(run)")
            if commits { #expect(try scene.step(step, of: run)["attempts"]?.intValue == 1, "\(run) is made again") }
        }
    }

    private func environment(_ server: PostgresServer) -> [String: String] {
        ["PATH": "\(server.binaries):/usr/bin:/bin"]
    }

    private func runCommand(_ run: String, on server: PostgresServer, _ parameters: [String]) -> [String] {
        let shop = ["host=\(server.folder)", "database=postgres", "table=orders", "column=total", "new_type=bigint"]
        return ["run", "migration.yaml", "--run-id", run, "--quiet"] + (shop + parameters).flatMap { ["-p", $0] }
    }

    /// Runs the definition to its end through a storm of kills, each at most `within` milliseconds after a start. After
    /// `killsMax` of them the run is left in peace, so that the test ends.
    private func migrate(
        _ run: String, in scene: Scene, on server: PostgresServer, parameters: [String], killsMax: Int,
        within window: Int, _ random: inout SeededGenerator
    ) throws -> MigrationStorm {
        let killsMax = KillSettings.scaled(killsMax)
        var storm = MigrationStorm()
        var command = runCommand(run, on: server, parameters)
        while true {
            try #require(storm.drivers < 80 + 2 * killsMax, "the run gets nowhere: \(storm.description)")
            storm.drivers += 1
            let engine = try scene.start(command, environment: environment(server))
            if storm.kills < killsMax {
                _ = usleep(useconds_t(Int.random(in: 20_000...window * 1_000, using: &random)))
                // Every other time all of it at once, as when a machine's memory runs out; else the engine alone.
                let takesAll = Bool.random(using: &random)
                if try engine.killed() {
                    if takesAll { try scene.killEverything() }
                    storm.kills += 1
                    storm.takingAll += takesAll ? 1 : 0
                    // Without a store, or without the run in it, nothing was acknowledged: it is started again.
                    let look = try scene.workflow("show", run, "-o", "json")
                    if look.status == 0 {
                        command = ["resume", run, "--quiet"]
                        storm.note(try look.json["stage"]?.stringValue ?? "none")
                    }
                    continue
                }
            }
            let ended = try engine.finished(within: 120)
            if ended.status == 0 { return storm }
            // In doubt, because a probe could not tell: asked again, it can. Everything else is a failure of the test.
            try #require(ended.status == 3, "\(run), seed \(KillSettings.seed): \(ended)")
            storm.waits += 1
        }
    }

    /// The database, and what the run says of it.
    private func check(_ run: String, of shop: ShopDatabase, in scene: Scene, _ comment: Comment) throws {
        try shop.checkRows(comment)
        try shop.checkSchema(comment)
        let shown = try scene.show(run)
        #expect(shown["status"]?.stringValue == "completed", comment)
        #expect(shown["stage"]?.stringValue == "complete", comment)
        let compared = try scene.step("compare", of: run)["outputs"]
        #expect(compared?["rows_different"]?.intValue == 0, comment)
        #expect(compared?["rows_compared"]?.intValue ?? 0 >= shop.initialRows, comment)
        let backfill = try scene.step("backfill", of: run)["outputs"]
        #expect(
            try shop.server.rows("SELECT batches, rows_written FROM workflow_backfills")
                == ["\(backfill?["batches"]?.intValue ?? -1)|\(backfill?["rows_written"]?.intValue ?? -1)"], comment)
        // One batch a round, and no round made twice: neither the database nor the journal counts more than the other.
        let rounds = try scene.journal(run).filter {
            $0["type"]?.stringValue == "step_repeated" && $0["payload"]?["step"]?.stringValue == "backfill"
        }
        #expect(Int64(rounds.count + 1) == backfill?["batches"]?.intValue, comment)
        try scene.expectVerified(run)
    }

    /// The definition that is shipped, found from this file in the checkout.
    private static let definition: String = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(4)
        return parts.joined(separator: "/") + "/workflows/postgres-expand-contract.yaml"
    }()
}

/// What was killed, and where the run stood then.
private struct MigrationStorm: CustomStringConvertible {
    var drivers = 0
    var kills = 0
    var takingAll = 0
    var waits = 0
    var stages: [String: Int] = [:]

    mutating func add(_ other: MigrationStorm) {
        drivers += other.drivers
        kills += other.kills
        takingAll += other.takingAll
        waits += other.waits
        stages.merge(other.stages, uniquingKeysWith: +)
    }

    mutating func note(_ stage: String) { stages[stage, default: 0] += 1 }

    var description: String {
        let places = stages.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        return "\(kills) kills (\(takingAll) of everything; \(places)), \(drivers) drivers, \(waits) waits"
    }
}
