import Foundation
import GRDBSQLite

/// What no durable engine on SQLite can beat: a loop over its C API that commits, WAL and `synchronous=FULL`.
struct Floor {
    enum Kind {
        /// What our append writes for a sequential step: two journal rows, a checkpoint, the run's row, the counter.
        case rowsOfAStep
        case oneSmallRow
        /// A hundred small rows in each transaction: what group commit aims at.
        case hundredSmallRows
    }

    let path: String
    let kind: Kind

    /// Commits per second.
    func rate(commits: Int) throws -> Double {
        var connection: OpaquePointer?
        guard sqlite3_open(path, &connection) == SQLITE_OK else { throw MeasurementFailure("cannot open \(path)") }
        defer { sqlite3_close_v2(connection) }
        func execute(_ sql: String) throws {
            guard sqlite3_exec(connection, sql, nil, nil, nil) == SQLITE_OK else {
                throw MeasurementFailure("\(sql): \(String(cString: sqlite3_errmsg(connection)))")
            }
        }
        try execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0")
        try execute(
            """
            CREATE TABLE small (number INTEGER PRIMARY KEY, body TEXT);
            CREATE TABLE journal (run TEXT, seq INTEGER, type TEXT, version INTEGER, at TEXT, actor TEXT, payload TEXT,
                encoding TEXT, payload_hash BLOB, hash BLOB, UNIQUE (run, seq)) STRICT;
            CREATE TABLE checkpoints (run TEXT, seq INTEGER, id TEXT UNIQUE, stage TEXT, step TEXT, created_at TEXT,
                PRIMARY KEY (run, seq)) STRICT, WITHOUT ROWID;
            CREATE TABLE runs (id TEXT PRIMARY KEY, status TEXT, head INTEGER, hash BLOB, updated_at TEXT) STRICT;
            CREATE TABLE counters (day TEXT PRIMARY KEY, last INTEGER) STRICT, WITHOUT ROWID;
            INSERT INTO runs VALUES ('run-2026-02-02-001', 'running', 0, x'00', '');
            INSERT INTO counters VALUES ('2026-02-02', 0)
            """)
        let texts: [String]
        switch kind {
        case .oneSmallRow: texts = [smallRow]
        case .hundredSmallRows: texts = Array(repeating: smallRow, count: 100)
        case .rowsOfAStep:
            texts = [
                "UPDATE counters SET last = last + 1 WHERE day = '2026-02-02'",
                journalRow("?1 * 2", payload: 180), journalRow("?1 * 2 + 1", payload: 230),
                """
                INSERT INTO checkpoints VALUES ('run-2026-02-02-001', ?1 * 2, 'chk-2026-02-02-' || ?1, 'measuring',
                    'step_1', '2026-02-02T10:15:30.123Z')
                """,
                """
                UPDATE runs SET head = ?1 * 2 + 1, hash = zeroblob(32), updated_at = '2026-02-02T10:15:30.123Z'
                WHERE id = 'run-2026-02-02-001'
                """,
            ]
        }
        var statements: [OpaquePointer?] = []
        for text in ["BEGIN IMMEDIATE"] + texts + ["COMMIT"] {
            var statement: OpaquePointer?
            guard sqlite3_prepare_v2(connection, text, -1, &statement, nil) == SQLITE_OK else {
                throw MeasurementFailure("\(text): \(String(cString: sqlite3_errmsg(connection)))")
            }
            statements.append(statement)
        }
        defer { for statement in statements { sqlite3_finalize(statement) } }
        let watch = ContinuousClock()
        let began = watch.now
        for commit in 1...commits {
            for statement in statements {
                if sqlite3_bind_parameter_count(statement) > 0 { sqlite3_bind_int64(statement, 1, Int64(commit)) }
                guard sqlite3_step(statement) == SQLITE_DONE else {
                    throw MeasurementFailure(String(cString: sqlite3_errmsg(connection)))
                }
                sqlite3_reset(statement)
            }
        }
        return Double(commits) / began.duration(to: watch.now).inSeconds
    }

    private var smallRow: String { "INSERT INTO small (body) VALUES (?1)" }

    private func journalRow(_ sequence: String, payload: Int) -> String {
        """
        INSERT INTO journal VALUES ('run-2026-02-02-001', \(sequence), 'step_succeeded', 1, '2026-02-02T10:15:30.123Z',
            'engine', '\(String(repeating: "x", count: payload))', 'json', zeroblob(32), zeroblob(32))
        """
    }
}
