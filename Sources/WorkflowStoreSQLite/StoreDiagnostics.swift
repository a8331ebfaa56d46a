internal import GRDB
internal import GRDBSQLite
internal import WorkflowCore
package import WorkflowStore

/// What `doctor` has to say about a store.
package struct StoreDiagnostics: Sendable, Equatable {
    package var sqliteVersion: String
    /// SQLite 3.7.0 to 3.51.2 can damage a database when a checkpoint overlaps with a commit that starts the log anew
    /// (sqlite.org/wal.html). This program keeps the two apart; other programs that write to the file do not.
    package var hasLogResetBug: Bool
    /// The number of migrations applied.
    package var format: Int
    package var journalMode: String
    package var databaseBytes: Int64
    package var logBytes: Int64
    package var runs: Int64
    package var entries: Int64
    package var checkpoints: Int64
    package var requests: Int64
    /// Runs whose removal is under way, or was cut off.
    package var removals: Int64
    /// What SQLite finds wrong in the database, at most 100 findings; none when all is well.
    package var damage: [String]
    /// Why the store cannot be written durably; nil when it can. Not tried where it was opened read-only.
    package var writeError: StoreError?
    /// Files and folders of the store that other users may write, with their modes.
    package var openToOthers: [String]
    /// Unfinished stores beside this one, and lock files of runs that are not in it.
    package var leftovers: [String]

    static func hasLogResetBug(_ version: Int32) -> Bool {
        (3_007_000...3_051_002).contains(version)
    }
}

extension SQLiteStore {
    /// Examines the whole store: reads every page of the database.
    package func diagnostics() async throws(StoreError) -> StoreDiagnostics {
        var writeError: StoreError?
        if !connections.isReadOnly {
            do {
                // A real write: a database that cannot be written opens all the same.
                try await connections.writer().write { try $0[.touchStore].run() }
            } catch {
                writeError = error
            }
        }
        let folder = folder
        var diagnostics = try await connections.reader().read { database in
            func count(_ table: String) throws -> Int64 {
                try Int64.fetchOne(database, sql: "SELECT count(*) FROM \(table)") ?? 0
            }
            let check = try String.fetchAll(database, sql: "PRAGMA quick_check(100)")
            let orphans = try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").prefix(100)
            let damage = check.filter { $0 != "ok" } + orphans.map { "a row refers to nothing: \($0)" }
            let runs = Set(try String.fetchAll(database, sql: "SELECT uuid FROM runs"))
            return StoreDiagnostics(
                sqliteVersion: String(cString: sqlite3_libversion()),
                hasLogResetBug: StoreDiagnostics.hasLogResetBug(sqlite3_libversion_number()),
                format: try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0,
                journalMode: try String.fetchOne(database, sql: "PRAGMA journal_mode") ?? "unknown",
                databaseBytes: fileSize(folder.database), logBytes: fileSize(folder.log),
                runs: try count("runs WHERE \(Schema.isPresent)"),
                entries: try count("journal"), checkpoints: try count("checkpoints"), requests: try count("inbox"),
                removals: try count("runs WHERE NOT \(Schema.isPresent)"),
                damage: damage, writeError: nil, openToOthers: openToOthers(folder),
                leftovers: leftovers(in: folder, besides: runs))
        }
        diagnostics.writeError = writeError
        return diagnostics
    }
}

extension SQLiteStore {
    /// Bytes inside the database that hold nothing: they are used before it grows.
    package func freeBytes() async throws(StoreError) -> Int64 {
        try await connections.reader().read { database in
            let pages = try Int64.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
            return pages * (try Int64.fetchOne(database, sql: "PRAGMA page_size") ?? 0)
        }
    }
}

private func openToOthers(_ folder: StoreFolder) -> [String] {
    let paths = [
        folder.path, folder.database, folder.log, folder.database + "-shm", folder.locks, folder.attempts, folder.logs,
    ]
    return paths.compactMap(FileAccess.init(of:)).filter { $0.mode & 0o022 != 0 }.map { "\($0.path) (\($0.modeText))" }
}

private func leftovers(in folder: StoreFolder, besides runs: Set<String>) -> [String] {
    let locks = names(in: folder.locks).filter { name in
        guard name.hasSuffix(".lock"), let run = UniqueID(text: String(name.dropLast(5))) else { return false }
        return !runs.contains(run.text)
    }
    return StoreBuilder.unfinished(besides: folder) + locks.map { "\(folder.locks)/\($0)" }
}
