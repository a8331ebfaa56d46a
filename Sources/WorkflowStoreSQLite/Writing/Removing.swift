internal import WorkflowCore
internal import WorkflowStore

extension WriterConnection {
    /// Segments that one transaction removes at most: they take as many pages as the rows do that it removes.
    private static let removedSegmentsMax: Int64 = 8

    /// Makes a run invisible for good, in a transaction. Its rows are still there.
    func markRemoved(_ claim: RunClaim) throws {
        let found = try self[.runHead].first(.text(claim.run.text)) { (id: RunID($0.text(0)), token: $0.integer(1)) }
        guard let run = found else { throw StoreError.noSuchRun(claim.run) }
        guard run.token == claim.token.number else { throw StoreError.staleToken(run.id) }
        try self[.markRemoved].run(.text(claim.run.text))
        try self[.removeRequests].run(.text(run.id.text))
        try self[.releaseAllLocks].run(.text(run.id.text))
        try self[.releaseAllWaiters].run(.text(run.id.text))
        // Ids that people chose are not counted, and must not be given either.
        if let (day, count) = run.id.dayAndCount { try self[.raiseCounter].run(.text(day), .integer(count)) }
    }

    /// Deletes some rows of a run that is marked, in a transaction; with the last of them the run's own.
    ///
    /// - Returns: whether nothing of it is left.
    func removePart(of run: UniqueID, rows: Int) throws -> Bool {
        guard let id = try self[.removedID].first(.text(run.text), read: { $0.text(0) }) else { return true }
        try self[.removeEntries].run(.text(id), .integer(Int64(rows)))
        try self[.removeCheckpoints].run(.text(id), .integer(Int64(rows)))
        try self[.removeSegments].run(.text(id), .integer(WriterConnection.removedSegmentsMax))
        guard try self[.hasRows].first(.text(id), read: { _ in true }) == nil else { return false }
        try self[.removeRun].run(.text(run.text))
        return true
    }
}
