internal import GRDB
internal import WorkflowCore
internal import WorkflowStore

/// The statements that read journals. Used on the dispatch queue of the reader's connection alone.
final class JournalReader {
    private var runID: PreparedStatement?
    private var entries: PreparedStatement?

    init(_ database: Database) throws {
        guard let connection = database.sqliteConnection else { throw StoreError.closed }
        runID = try PreparedStatement("SELECT id FROM runs WHERE uuid = ? AND \(Schema.isPresent)", on: connection)
        entries = try PreparedStatement(
            """
            SELECT seq, type, version, at, actor, payload, encoding, payload_hash, hash FROM journal
            WHERE run = ?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq LIMIT ?4
            """, on: connection)
    }

    /// Entries of a run in order, with the run's name; nothing when there is no such run.
    ///
    /// - Parameter withHashes: false for who only wants to know what happened; the hashes are empty then.
    /// - Throws: `StoreError.storeDamaged` for a column that no program wrote.
    func read(
        _ run: UniqueID, after: Int64, through: Int64, limit: Int, withHashes: Bool
    ) throws -> (run: RunID, entries: [RawEntry])? {
        guard limit > 0, let id = try runID?.first(.text(run.text), read: { RunID($0.text(0)) }) else { return nil }
        var unreadable: Int64?
        let rows = try entries?.all(
            .text(id.text), .integer(after), .integer(through), .integer(Int64(limit))
        ) { row -> RawEntry in
            let at = Timestamp(text: row.text(3))
            if at == nil, unreadable == nil { unreadable = row.integer(0) }
            return RawEntry(
                sequence: row.integer(0), type: row.text(1), version: Int(row.integer(2)),
                at: at ?? Timestamp(millisecondsSinceEpoch: 0), actor: row.text(4), payload: row.bytes(5),
                encoding: row.text(6), payloadHash: withHashes ? row.bytes(7) : [],
                hash: withHashes ? row.bytes(8) : [])
        }
        if let unreadable {
            throw StoreError(
                .storeDamaged,
                "entry \(unreadable) of \(id.text) has no readable time; its row was changed: restore the store from "
                    + "a backup")
        }
        return (id, rows ?? [])
    }

    /// Lets go of everything that would keep the connection from closing.
    func finish() {
        runID = nil
        entries = nil
    }
}
