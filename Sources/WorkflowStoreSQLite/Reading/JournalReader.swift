internal import GRDB
internal import WorkflowCore
internal import WorkflowStore

/// Where a part of a journal was found.
enum JournalPart: Sendable {
    case rows([RawEntry])
    case segment(SegmentRecord)
}

/// The statements that read journals. Used on the dispatch queue of the reader's connection alone.
final class JournalReader {
    private let connection: OpaquePointer
    private var runID: PreparedStatement?
    private var entries: PreparedStatement?
    /// Prepared when they are first needed: a store that is yet to be migrated has no such table.
    private var segments: PreparedStatement?
    private var oneSegment: PreparedStatement?

    init(_ database: Database) throws {
        guard let connection = database.sqliteConnection else { throw StoreError.closed }
        self.connection = connection
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
        guard limit > 0, let id = try id(of: run) else { return nil }
        return (id, try rows(of: id, after, through, limit, withHashes: withHashes))
    }

    /// The same range in parts, one behind the other: those of its blocks as segments that have one of this journal.
    func parts(
        of run: UniqueID, after: Int64, through: Int64, limit: Int
    ) throws -> (run: RunID, parts: [JournalPart])? {
        guard limit > 0, let id = try id(of: run) else { return nil }
        let start = max(after, 0)
        let (sum, overflow) = start.addingReportingOverflow(Int64(limit))
        let end = min(through, overflow ? .max : sum)
        var parts: [JournalPart] = []
        var done = start
        if end > start, end - start >= JournalSegment.entries {
            for segment in try segments(of: id, after: start, through: end) {
                // Those that overlap are not from here.
                guard segment.first > done else { continue }
                if segment.first - 1 > done {
                    parts.append(.rows(try rows(of: id, done, segment.first - 1, limit, withHashes: false)))
                }
                parts.append(.segment(segment))
                done = segment.last
            }
        }
        if end > done {
            parts.append(.rows(try rows(of: id, done, end, limit, withHashes: false)))
        }
        return (id, parts)
    }

    /// The first segment that begins with `first` or later, whatever it is, with the run's name; nothing when there is
    /// no such run.
    func nextSegment(of run: UniqueID, from first: Int64) throws -> (run: RunID, segment: SegmentRecord?)? {
        guard let id = try id(of: run) else { return nil }
        let statement =
            try oneSegment
            ?? PreparedStatement(
                """
                SELECT first, last, body, hash, seal FROM segments WHERE run = ? AND first >= ? ORDER BY first LIMIT 1
                """, on: connection)
        oneSegment = statement
        return (id, try statement.first(.text(id.text), .integer(first)) { SegmentRecord($0) })
    }

    private func id(of run: UniqueID) throws -> RunID? {
        try runID?.first(.text(run.text), read: { RunID($0.text(0)) })
    }

    /// Those that lie within the range as a whole, and end with the entry that the journal has there.
    private func segments(of run: RunID, after: Int64, through: Int64) throws -> [SegmentRecord] {
        let statement =
            try segments
            ?? PreparedStatement(
                """
                SELECT segments.first, segments.last, segments.body, segments.hash, segments.seal
                FROM segments CROSS JOIN journal
                    ON journal.run = segments.run AND journal.seq = segments.last AND journal.hash = segments.hash
                WHERE segments.run = ?1 AND segments.first > ?2 AND segments.first < ?3 AND segments.last <= ?3
                    AND segments.last - segments.first = \(JournalSegment.entries - 1)
                    AND length(segments.body) <= \(JournalSegment.bytesMax)
                ORDER BY segments.first
                """, on: connection)
        segments = statement
        return try statement.all(.text(run.text), .integer(after), .integer(through)) { SegmentRecord($0) }
    }

    private func rows(
        of id: RunID, _ after: Int64, _ through: Int64, _ limit: Int, withHashes: Bool
    ) throws -> [RawEntry] {
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
        return rows ?? []
    }

    /// Lets go of everything that would keep the connection from closing.
    func finish() {
        runID = nil
        entries = nil
        segments = nil
        oneSegment = nil
    }
}

extension SegmentRecord {
    /// The columns first, last, body, hash and seal.
    fileprivate init(_ row: PreparedStatement) {
        self.init(
            first: row.integer(0), last: row.integer(1), body: row.bytes(2), hash: row.bytes(3), seal: row.bytes(4))
    }
}
