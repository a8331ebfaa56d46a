import Glibc
import Testing

/// A PostgreSQL server of its own for one test, from the binaries that Debian's package installs; ended and removed
/// with the value.
///
/// It listens on a socket in its private folder only, so that no port can collide and nobody else can connect.
final class PostgresServer: Sendable {
    let folder: String
    let binaries: String
    private let server: Started

    /// The folder of the newest installed version's programs, which Debian keeps out of `PATH`.
    static let installedBinaries: String? = {
        let root = "/usr/lib/postgresql"
        guard let folder = opendir(root) else { return nil }
        defer { closedir(folder) }
        var versions: [Int] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let version = Int(name), access("\(root)/\(name)/bin/initdb", X_OK) == 0 { versions.append(version) }
        }
        return versions.max().map { "\(root)/\($0)/bin" }
    }()

    /// Where it is missing, these tests are skipped; on a build machine they fail instead, since nobody reads its
    /// skips.
    static let mayBeSkipped = getenv("CI").map { String(cString: $0) } != "true"

    /// - Parameter settings: of `postgresql.conf`, as `name=value`; `FOLDER` in them is the server's own folder.
    init(settings: [String] = []) throws {
        binaries = try #require(
            Self.installedBinaries, "no PostgreSQL in /usr/lib/postgresql: install Debian's package `postgresql`")
        var template = Array("/tmp/workflow-postgres-XXXXXX".utf8CString)
        let folder = String(cString: try #require(mkdtemp(&template)))
        self.folder = folder
        do {
            if geteuid() == 0 { try Self.run(["/bin/chown", "postgres:", folder]) }
            let data = "\(folder)/data"
            try Self.run(
                Self.unprivileged(["\(binaries)/initdb", "-D", data, "-U", "postgres", "-A", "trust", "--locale=C"]))
            // Commits wait for the disk as in production; only what is written before the test begins does not matter.
            server = try Started(
                Self.unprivileged(
                    [
                        "\(binaries)/postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-c",
                        "max_wal_size=1GB", "-c", "log_min_messages=fatal",
                    ] + settings.flatMap { ["-c", $0.replacing("FOLDER", with: folder)] }), in: "/",
                environment: Self.environment, capture: Started.nextCapture(in: "/tmp"))
        } catch {
            try? Self.run(["/bin/rm", "-rf", folder])
            throw error
        }
        try eventually("the server answers") {
            try #require(server.isRunning, "PostgreSQL has ended: \(server.errors)")
            return try psql("SELECT 1").status == 0
        }
    }

    deinit {
        // At once, without a checkpoint: the data goes too.
        server.signal(SIGQUIT)
        _ = try? server.finished(within: 20)
        try? Self.run(["/bin/rm", "-rf", folder])
    }

    /// What a client needs to connect, without the folder's owner noticing who it is.
    static let environment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "HOME": "/"]

    var connection: [String: String] {
        Self.environment.merging(["PGHOST": folder, "PGUSER": "postgres", "PGDATABASE": "postgres"]) { $1 }
    }

    /// The server refuses to run as root; a test that does becomes the user that the package has made for it.
    static func unprivileged(_ command: [String]) -> [String] {
        guard geteuid() == 0 else { return command }
        return ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] + command
    }

    static func run(_ command: [String]) throws {
        let ended = try Started(
            command, in: "/", environment: environment, capture: Started.nextCapture(in: "/tmp")
        ).finished(within: 120)
        try #require(ended.status == 0, "\(command): \(ended)")
    }

    // MARK: - Clients

    /// A program of PostgreSQL's, connected to this server.
    func client(_ program: String, _ arguments: [String]) throws -> Started {
        try Started(
            ["\(binaries)/\(program)"] + arguments, in: "/", environment: connection,
            capture: Started.nextCapture(in: "/tmp"))
    }

    func psql(_ sql: String) throws -> Finished {
        try client("psql", ["-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-c", sql]).finished()
    }

    func execute(_ sql: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let ended = try psql(sql)
        try #require(ended.status == 0, "\(ended)", sourceLocation: sourceLocation)
    }

    /// The rows of a query, their columns joined by `|`.
    func rows(_ sql: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> [String] {
        let ended = try psql(sql)
        try #require(ended.status == 0, "\(ended)", sourceLocation: sourceLocation)
        return ended.output.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
    }
}
