package import WorkflowCore
package import WorkflowStore

// Entries come from segments where all of one is wanted, and from their own rows everywhere else.

extension SQLiteStore {
    package func entries(
        of run: UniqueID, after: Int64, through: Int64?, limit: Int
    ) async throws(StoreError) -> [Entry] {
        let reader = try await connections.reader()
        let found = try await reader.readJournal {
            try $0.parts(of: run, after: after, through: through ?? .max, limit: limit)
        }
        guard let found else { return [] }
        var entries = DecodedEntries(of: found.run, after: after, in: found.parts)
        for part in found.parts {
            switch part {
            case .rows(let rows): try entries.append(rows)
            case .segment(let segment):
                guard try !entries.append(segment) else { continue }
                let rows = try await reader.readJournal {
                    try $0.read(
                        run, after: segment.first - 1, through: segment.last, limit: Int(JournalSegment.entries),
                        withHashes: false)
                }
                try entries.append(rows?.entries ?? [])
            }
        }
        return entries.list
    }

    package func rawEntries(of run: UniqueID, after: Int64, limit: Int) async throws(StoreError) -> [RawEntry] {
        try await connections.reader().readJournal {
            try $0.read(run, after: after, through: .max, limit: limit, withHashes: true)
        }?.entries ?? []
    }

    package func changedSegment(of run: UniqueID) async throws(StoreError) -> ChangedSegment? {
        let reader = try await connections.reader()
        var next: Int64 = .min
        while true {
            let start = next
            let found = try await reader.readJournal { try $0.nextSegment(of: run, from: start) }
            guard let (id, segment) = found else { throw .noSuchRun(run) }
            guard let segment else { return nil }
            let rows = try await reader.readJournal {
                try $0.read(
                    run, after: segment.first.subtractingReportingOverflow(1).partialValue, through: segment.last,
                    limit: Int(JournalSegment.entries), withHashes: true)
            }
            guard let rows else { throw .noSuchRun(run) }
            var entries: [Entry] = []
            var expected: [Entry] = []
            for row in rows.entries { expected.append(try row.decoded(of: id)) }
            let isBelieved = segment.read(of: id, into: &entries) && rows.entries.last?.hash == segment.hash
            guard isBelieved, entries == expected else {
                return ChangedSegment(
                    first: segment.first, last: segment.last, isBelieved: isBelieved,
                    remedy:
                        "sqlite3 \(folder.database.shellWord) \"DELETE FROM segments WHERE run = '\(id.text)' AND "
                        + "first = \(segment.first)\"")
            }
            guard segment.first < .max else { return nil }
            next = segment.first + 1
        }
    }
}

/// Entries of a run, decoded one after the other, none left out.
private struct DecodedEntries {
    private let run: RunID
    private var expected: Int64
    private(set) var list: [Entry] = []

    init(of run: RunID, after: Int64, in parts: [JournalPart]) {
        self.run = run
        expected = max(after, 0) + 1
        list.reserveCapacity(
            parts.reduce(0) { count, part in
                switch part {
                case .rows(let rows): count + rows.count
                case .segment: count + Int(JournalSegment.entries)
                }
            })
    }

    mutating func append(_ rows: [RawEntry]) throws(StoreError) {
        for row in rows {
            try require(row.sequence)
            list.append(try row.decoded(of: run))
            expected += 1
        }
    }

    /// - Returns: false where the segment is not to be used: its rows are what counts.
    mutating func append(_ segment: SegmentRecord) throws(StoreError) -> Bool {
        try require(segment.first)
        guard segment.read(of: run, into: &list) else { return false }
        expected = segment.last + 1
        return true
    }

    private func require(_ sequence: Int64) throws(StoreError) {
        guard sequence == expected else {
            throw StoreError(
                .storeDamaged, "entry \(expected) of \(run.text) is missing; restore the store from a backup")
        }
    }
}

extension String {
    /// As a shell takes it for one word.
    var shellWord: String {
        let isPlain =
            !isEmpty
            && utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"),
                    UInt8(ascii: "_"):
                    true
                default: false
                }
            }
        return isPlain
            ? self : "'" + split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
