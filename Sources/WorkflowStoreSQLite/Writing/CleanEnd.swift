internal import GRDB

/// What the last process to leave a store wrote down, for the next one to come.
struct CleanEnd: Equatable {
    /// Of the machine; what was written before it was started anew says nothing.
    let boot: String
    /// How far the database had come, where some of it was left in the log.
    let rows: NewestRows?
    /// What earlier versions wrote instead: the size of that log, which any reader may change.
    let logBytes: Int64?

    init(boot: String, rows: NewestRows?) {
        self.boot = boot
        self.rows = rows
        logBytes = nil
    }

    /// nil where there is no such file, or it is empty.
    init?(writtenIn path: String) {
        guard let lines = readSmallFile(path)?.split(separator: "\n"), let boot = lines.first else { return nil }
        self.boot = String(boot)
        rows = lines.count > 1 ? NewestRows(writtenAs: lines[1]) : nil
        logBytes = lines.count > 1 ? Int64(lines[1]) : nil
    }

    var text: String { rows.map { "\(boot)\n\($0.text)\n" } ?? boot }
}

/// How far a database has come: numbers that only grow while nothing is removed. They are the database's own answer:
/// whoever moves its log, or takes it away when it is empty, changes none of them.
struct NewestRows: Equatable {
    let run: Int64
    let entry: Int64
    /// The newest request that was ever taken.
    let request: Int64

    init(run: Int64, entry: Int64, request: Int64) {
        self.run = run
        self.entry = entry
        self.request = request
    }

    init(_ database: Database) throws {
        let row = try Row.fetchOne(
            database,
            sql: """
                SELECT (SELECT coalesce(max(number), 0) FROM runs), (SELECT coalesce(max(rowid), 0) FROM journal),
                    (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'inbox')
                """)
        self.init(run: row?[0] ?? 0, entry: row?[1] ?? 0, request: row?[2] ?? 0)
    }

    init?(writtenAs text: Substring) {
        let words = text.split(separator: " ")
        guard words.count == 6, words[0] == "run", words[2] == "entry", words[4] == "request",
            let run = Int64(words[1]),
            let entry = Int64(words[3]), let request = Int64(words[5])
        else { return nil }
        self.init(run: run, entry: entry, request: request)
    }

    var text: String { "run \(run) entry \(entry) request \(request)" }

    /// Whether a database that has come so far lacks nothing of `other`.
    func holds(_ other: NewestRows) -> Bool {
        run >= other.run && entry >= other.entry && request >= other.request
    }
}
