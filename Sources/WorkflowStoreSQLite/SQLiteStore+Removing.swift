internal import GRDB
package import WorkflowCore
package import WorkflowStore

// Removing runs: gone at once, and their rows bit by bit, so that drivers wait for milliseconds at most.

extension SQLiteStore {
    /// Rows of each table that one transaction removes at most.
    static let removedRowsMax = 500

    package func remove(_ claim: RunClaim) async throws(StoreError) {
        let writer = try await connections.writer()
        guard locks.holds(claim) else { throw .staleToken(try await run(claim.run)?.id ?? RunID(claim.run.text)) }
        let isGone = try await writer.write { connection in
            try connection.markRemoved(claim)
            return try connection.removePart(of: claim.run, rows: Self.removedRowsMax)
        }
        if !isGone { try await removeRows(of: claim.run) }
        // Under the lock: whoever waits for it finds that there is no run.
        locks.abandon(claim.run, removingFile: true)
    }

    package func journalBytes(of run: UniqueID) async throws(StoreError) -> Int64 {
        // What a row takes besides its payload: hashes, texts, and its place in the index.
        let sql = """
            SELECT (SELECT coalesce(sum(length(CAST(payload AS BLOB)) + 240), 0) FROM journal WHERE run = runs.id)
                + (SELECT coalesce(sum(length(body)), 0) FROM segments WHERE run = runs.id)
            FROM runs WHERE uuid = ?
            """
        return try await connections.reader().read { database in
            try Int64.fetchOne(database, sql: sql, arguments: [run.text]) ?? 0
        }
    }

    package func sweep(before: Timestamp) async throws(StoreError) -> StoreSweep {
        var sweep = StoreSweep()
        let cutOff = try await connections.reader().read { database in
            try String.fetchAll(database, sql: "SELECT uuid FROM runs WHERE NOT \(Schema.isPresent) ORDER BY number")
        }
        for run in cutOff.compactMap({ UniqueID(text: $0) }) {
            do {
                _ = try locks.take(run, called: run.text)
            } catch {
                // Whoever removes it is at it still.
                guard error.code == .heldByOther else { throw error }
                continue
            }
            do {
                try await removeRows(of: run)
            } catch {
                locks.abandon(run)
                throw error
            }
            locks.abandon(run, removingFile: true)
            sweep.finishedRemovals.append(run)
        }
        (sweep.definitions, sweep.wasBusy) = try await sweepDefinitions()
        sweep.lockFiles = try await sweepLockFiles(before: before)
        return sweep
    }

    private func removeRows(of run: UniqueID) async throws(StoreError) {
        let writer = try await connections.writer()
        let clock = ContinuousClock()
        while true {
            let begun = clock.now
            if try await writer.write({ try $0.removePart(of: run, rows: Self.removedRowsMax) }) { return }
            // As long as it took, drivers have the store to themselves. Cancelled, it only goes faster.
            try? await Task.sleep(for: clock.now - begun)
        }
    }

    /// Removes definitions that no run began with or was moved to.
    ///
    /// Who was moved stands in journals alone: they are read without a lock, and what was found counts only if no run
    /// has gone on or come since.
    private func sweepDefinitions() async throws(StoreError) -> (count: Int, wasBusy: Bool) {
        for _ in 0..<3 {
            let (state, unused) = try await connections.reader().read { database in
                let state = try StateOfRuns(database)
                let unused = try String.fetchAll(
                    database, sql: "SELECT hash FROM definitions WHERE hash NOT IN (SELECT definition FROM runs)")
                if unused.isEmpty { return (state, unused) }
                let moves = try String.fetchAll(
                    database, sql: "SELECT payload FROM journal WHERE type = ?",
                    arguments: [Fact.definitionChangedType])
                return (state, unused.filter { hash in !moves.contains { $0.contains(hash) } })
            }
            if unused.isEmpty { return (0, false) }
            let isDone = try await connections.writer().write { connection in
                guard try connection.stateOfRuns() == state else { return false }
                for hash in unused { try connection[.removeDefinition].run(.text(hash)) }
                return true
            }
            if isDone { return (unused.count, false) }
        }
        return (0, true)
    }

    private func sweepLockFiles(before: Timestamp) async throws(StoreError) -> Int {
        var count = 0
        for name in names(in: folder.locks) where name.hasSuffix(".lock") {
            // One that is younger may belong to a run that is just being made.
            guard let run = UniqueID(text: String(name.dropLast(5))), try await !hasRow(run),
                let changed = modificationTime(of: folder.lock(of: run)), changed < before
            else { continue }
            do {
                _ = try locks.take(run, called: run.text)
            } catch {
                guard error.code == .heldByOther else { throw error }
                continue
            }
            var isNobodys = false
            do {
                isNobodys = try await !hasRow(run)
            } catch {
                locks.abandon(run)
                throw error
            }
            locks.abandon(run, removingFile: isNobodys)
            if isNobodys { count += 1 }
        }
        return count
    }

    /// Whether there is a row of the run, be it on its way out.
    private func hasRow(_ run: UniqueID) async throws(StoreError) -> Bool {
        try await connections.reader().read { database in
            try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM runs WHERE uuid = ?)", arguments: [run.text]) ?? false
        }
    }
}

/// Differs when a run came, went on, was claimed or went.
struct StateOfRuns: Equatable {
    static let query = """
        SELECT count(*), coalesce(sum(head), 0), coalesce(sum(token), 0), (SELECT coalesce(max(rowid), 0) FROM journal)
        FROM runs
        """

    /// Runs, their entries and claims, and the newest row of any journal.
    let numbers: [Int64]

    init(numbers: [Int64]) {
        self.numbers = numbers
    }

    init(_ database: Database) throws {
        let row = try Row.fetchOne(database, sql: StateOfRuns.query)
        numbers = (0..<4).map { row?[$0] ?? 0 }
    }
}

extension WriterConnection {
    fileprivate func stateOfRuns() throws -> StateOfRuns? {
        try self[.stateOfRuns].first {
            StateOfRuns(numbers: [$0.integer(0), $0.integer(1), $0.integer(2), $0.integer(3)])
        }
    }
}
