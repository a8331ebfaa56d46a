internal import CSystem
internal import GRDB
internal import GRDBSQLite
internal import WorkflowStore

/// The one connection of a process that writes to a store, set up so that what it has committed survives a loss of
/// power.
///
/// Used on the dispatch queue of its GRDB connection alone; see `Writer`.
final class WriterConnection {
    private let connection: OpaquePointer
    private let busyTimeoutMilliseconds: Int32
    private var lockStatementsInUse: LockStatements?
    private var statements: [PreparedStatement?] = Array(repeating: nil, count: WriterQuery.allCases.count)
    /// How many pages the log holds, as the newest commit left it.
    private let logPages = LogPages()

    /// Sets up a connection that was just opened.
    ///
    /// - Throws: `StoreError.io` when SQLite does not take the durable settings.
    init(_ database: Database, in folder: StoreFolder, tuning: StoreTuning) throws {
        guard let connection = database.sqliteConnection else { throw StoreError.closed }
        self.connection = connection
        busyTimeoutMilliseconds = tuning.busyTimeoutMilliseconds
        // GRDB watches transactions for observers that there are none of, and would miss those of the hot path.
        sqlite3_commit_hook(connection, nil, nil)
        sqlite3_rollback_hook(connection, nil, nil)
        guard csystem_sqlite_keep_log_on_close(connection) == SQLITE_OK else {
            throw StoreError(.io, "SQLite cannot keep its log when \(folder.database) is closed; use a newer SQLite")
        }
        sqlite3_wal_hook(
            connection,
            { context, _, _, pages in
                if let context { Unmanaged<LogPages>.fromOpaque(context).takeUnretainedValue().count = Int(pages) }
                return SQLITE_OK
            }, Unmanaged.passUnretained(logPages).toOpaque())
        try database.execute(sql: "PRAGMA synchronous = \(tuning.syncsCommits ? "FULL" : "NORMAL")")
        #if canImport(Darwin)
            try database.execute(sql: "PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON")
        #endif
        let synchronous = try Int.fetchOne(database, sql: "PRAGMA synchronous")
        let journalMode = try String.fetchOne(database, sql: "PRAGMA journal_mode")
        guard synchronous == (tuning.syncsCommits ? 2 : 1), journalMode == "wal" else {
            throw StoreError(
                .io,
                "\(folder.database) cannot be written durably (synchronous \(synchronous ?? -1), journal mode "
                    + "\(journalMode ?? "unknown")); name a --store on another file system")
        }
    }

    /// How many pages the log holds, as the newest commit of this connection left it; 0 before the first one.
    var pagesInLog: Int { logPages.count }

    var isInTransaction: Bool { sqlite3_get_autocommit(connection) == 0 }

    subscript(query: WriterQuery) -> PreparedStatement {
        get throws(DatabaseError) {
            if let statement = statements[query.rawValue] { return statement }
            let statement = try PreparedStatement(query.sql, on: connection)
            statements[query.rawValue] = statement
            return statement
        }
    }

    /// Prepared when the first lock is taken.
    func lockStatements() throws(DatabaseError) -> LockStatements {
        if let statements = lockStatementsInUse { return statements }
        let statements = try LockStatements(on: connection)
        lockStatementsInUse = statements
        return statements
    }

    /// Copies the log into the database as far as no reader stands in the way. The caller holds the log's lock.
    ///
    /// - Parameter cutting: also empties the log, so that the next process to open the store has none to read.
    func checkpoint(cutting: Bool) -> Bool {
        sqlite3_busy_timeout(connection, 0)
        defer { sqlite3_busy_timeout(connection, busyTimeoutMilliseconds) }
        let mode = cutting ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE
        guard sqlite3_wal_checkpoint_v2(connection, nil, mode, nil, nil) == SQLITE_OK else { return false }
        if cutting { logPages.count = 0 }
        return true
    }

    /// Lets go of everything that would keep the connection from closing.
    func finish() {
        statements = statements.map { _ in nil }
        lockStatementsInUse = nil
        sqlite3_wal_hook(connection, nil, nil)
    }
}

/// Written by SQLite's hook after each commit.
private final class LogPages {
    var count = 0
}
