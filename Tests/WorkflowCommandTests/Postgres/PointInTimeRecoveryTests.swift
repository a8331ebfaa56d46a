import Glibc
import JSON
import Testing

@Suite(
    "A recovery of a real PostgreSQL to a moment", .serialized,
    .enabled(
        if: PostgresServer.installedBinaries != nil || !PostgresServer.mayBeSkipped,
        "no PostgreSQL in /usr/lib/postgresql: install Debian's package `postgresql`"))
struct PointInTimeRecoveryTests {
    @Test(
        "Killed at random and resumed, it brings back what a mistake has deleted, and not the mistake",
        .timeLimit(.minutes(5)))
    func recovered() throws {
        let began = monotonicMilliseconds()
        let shop = try ArchivedShop()
        let scene = try Scene()
        var storm = RandomKills(of: "recovery", in: scene)
        let saved = try storm.drive(shop.runCommand("recovery"), kills: 3, within: 1_200)
        #expect(saved.status == 3, "\(storm.description): \(saved)")

        try shop.makeMistake(in: scene, run: "recovery")

        let recovered = try storm.drive(nil, kills: 12, within: 600)
        let comment: Comment = "\(storm.description)"
        #expect(recovered.status == 0, "\(comment): \(recovered)")
        try shop.checkRecovered(comment)
        #expect(try scene.step("check_again", of: "recovery")["outputs"]?["timeline"]?.intValue == 2, comment)
        // One backup and one data folder, whole; nothing half made is left.
        #expect(try shop.names("backups").count == 1, comment)
        #expect(try shop.names(".").filter { $0.hasPrefix("new") } == ["new", "new.log"], comment)
        #expect(access("\(shop.server.folder)/new/recovery.signal", F_OK) != 0, comment)
        try storm.expectNoneTwice()
        #expect(storm.kills >= 3, comment)
        print("point-in-time recovery: \(comment); \(monotonicMilliseconds() - began) ms")
    }

    @Test(
        "A server that died while it waited for approval is noticed, started again, and promoted at the same moment",
        .timeLimit(.minutes(5)))
    func drifted() throws {
        let shop = try ArchivedShop()
        let scene = try Scene()
        #expect(try scene.workflow(shop.runCommand("drifted", ask: true)).status == 3)
        try shop.makeMistake(in: scene, run: "drifted")
        let asking = try scene.workflow("resume", "drifted", "--quiet")
        #expect(asking.status == 3, "\(asking)")
        #expect(try shop.newRows("SELECT pg_is_in_recovery(), max(id) FROM orders") == ["t|5000"])

        try shop.stopNewServer()
        #expect(try scene.workflow("approve", "drifted", "look").status == 0)
        let noticed = try scene.workflow("resume", "drifted", "--quiet")
        #expect(noticed.status == 3, "\(noticed)")
        #expect(noticed.errors.contains("workflow resolve drifted start --retry"), "\(noticed)")
        #expect(try scene.step("promote", of: "drifted")["status"]?.stringValue == "pending")

        let resolved = try scene.workflow("resolve", "drifted", "start", "--retry", "--reason", "it was killed")
        #expect(resolved.status == 0, "\(resolved)")
        let ended = try scene.workflow("resume", "drifted", "--quiet")
        #expect(ended.status == 0, "\(ended)")
        try shop.checkRecovered("after a start that was repeated")
        try scene.expectVerified("drifted")
    }

    @Test(
        "It writes nothing into a data folder that is there, and promotes nothing that the check refuses",
        .timeLimit(.minutes(5)))
    func refuses() throws {
        let shop = try ArchivedShop()
        let scene = try Scene()
        let occupied = try scene.workflow(shop.runCommand("occupied", into: "data"))
        #expect(occupied.status == 1, "\(occupied)")
        #expect(occupied.errors.contains("nothing is ever overwritten"), "\(occupied)")

        // The moment of the mistake itself, and not the one before it.
        #expect(try scene.workflow(shop.runCommand("late")).status == 3)
        try shop.server.execute("INSERT INTO orders VALUES (6000, 'bad')")
        let moment = try #require(shop.server.rows("SELECT clock_timestamp()").first)
        try shop.server.execute("INSERT INTO orders VALUES (6001, 'later')")
        let signalled = try scene.workflow("signal", "late", "recover", "--data", #"{"target_time": "\#(moment)"}"#)
        #expect(signalled.status == 0, "\(signalled)")
        let late = try scene.workflow("resume", "late", "--quiet")
        #expect(late.status == 1, "\(late)")
        #expect(try scene.step("check", of: "late")["status"]?.stringValue == "failed")
        #expect(try shop.newRows("SELECT pg_is_in_recovery(), max(id) FROM orders") == ["t|6000"])
    }
}

/// A shop whose server archives its WAL, and what is restored of it: all in the server's folder.
private final class ArchivedShop: Sendable {
    let server: PostgresServer

    init() throws {
        server = try PostgresServer(settings: [
            "archive_mode=on",
            "archive_command=mkdir -p FOLDER/archive && test ! -e FOLDER/archive/%f && cp %p FOLDER/archive/%f",
        ])
        try PostgresServer.run(PostgresServer.unprivileged(["/bin/mkdir", "-p", "\(server.folder)/archive"]))
        try server.execute(
            """
            CREATE TABLE orders (id int PRIMARY KEY, note text NOT NULL);
            INSERT INTO orders SELECT n, 'old' FROM generate_series(1, 1000) AS n
            """)
    }

    deinit { try? stopNewServer() }

    /// At once; where there is none, nothing.
    func stopNewServer() throws {
        try PostgresServer.run(
            PostgresServer.unprivileged([
                "/bin/sh", "-c", #"[ ! -e "$1/postmaster.pid" ] || "$2" -D "$1" -m immediate stop"#, "stop",
                "\(server.folder)/new", "\(server.binaries)/pg_ctl",
            ]))
    }

    func runCommand(_ run: String, into folder: String = "new", ask: Bool = false) -> [String] {
        let check = """
            SELECT count(*) = 1001 AND bool_or(note = 'good') AND NOT bool_or(note = 'bad') FROM orders
            """
        var parameters = [
            "host=\(server.folder)", "archive=\(server.folder)/archive", "programs=\(server.binaries)",
            "backup_root=\(server.folder)/backups", "data_dir=\(server.folder)/\(folder)",
            "new_socket=\(server.folder)",
            "check=\(check)", "ask=\(ask)",
        ]
        if geteuid() == 0 { parameters.append("os_user=postgres") }
        return ["run", Repository.path("workflows/postgres-point-in-time-recovery.yaml"), "--run-id", run, "--quiet"]
            + parameters.flatMap { ["-p", $0] }
    }

    /// After the backup: an order that is to survive, the moment, which the run is told, and a mistake.
    func makeMistake(in scene: Scene, run: String) throws {
        try server.execute("INSERT INTO orders VALUES (5000, 'good')")
        let moment = try #require(server.rows("SELECT clock_timestamp()").first)
        try server.execute("DELETE FROM orders WHERE id <= 500; INSERT INTO orders VALUES (6000, 'bad')")
        let signalled = try scene.workflow("signal", run, "recover", "--data", #"{"target_time": "\#(moment)"}"#)
        #expect(signalled.status == 0, "\(signalled)")
    }

    /// That the new server holds what was before the mistake and can be written to, and the source was not touched.
    func checkRecovered(_ comment: Comment) throws {
        #expect(
            try newRows("SELECT count(*), count(*) FILTER (WHERE note = 'bad'), max(id) FROM orders") == [
                "1001|0|5000"
            ],
            comment)
        #expect(try newRows("INSERT INTO orders VALUES (7000, 'new') RETURNING id") == ["7000"], comment)
        #expect(try server.rows("SELECT count(*), max(id) FROM orders") == ["502|6000"], comment)
    }

    /// The rows of a query to the new server.
    func newRows(_ sql: String) throws -> [String] {
        let ended = try server.client("psql", ["-X", "-q", "-At", "-p", "5433", "-c", sql]).finished()
        try #require(ended.status == 0, "\(ended)")
        return ended.output.split(separator: "\n").map(String.init)
    }

    func names(_ folder: String) throws -> [String] {
        let listed = try Started(
            ["/bin/ls", "\(server.folder)/\(folder)"], in: "/", environment: PostgresServer.environment,
            capture: Started.nextCapture(in: "/tmp")
        ).finished()
        return listed.output.split(separator: "\n").map(String.init)
    }
}
