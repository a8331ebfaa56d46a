package import WorkflowCore

extension WorkflowStore {
    /// Verifies a run's journal to its recorded end, page by page; also while its driver appends.
    ///
    /// - Returns: the first problem, or nil.
    /// - Throws: `.noSuchRun`, and what reading throws.
    package func verifyJournal(of run: UniqueID) async throws(StoreError) -> ChainProblem? {
        guard let id = try await self.run(run)?.id else { throw .noSuchRun(run) }
        var verifier = ChainVerifier(run: id)
        var promised: Int64 = 0
        while true {
            let page = try await rawEntries(of: run, after: verifier.sequence, limit: 1000)
            for entry in page {
                if let problem = verifier.check(entry) { return problem }
            }
            guard page.isEmpty else { continue }
            guard let record = try await self.run(run) else { throw .noSuchRun(run) }
            // Entries and the recorded end change together. An end behind what was read may have been appended since:
            // read on, and believe it the second time.
            if record.head <= max(verifier.sequence, promised) {
                return verifier.checkEnd(sequence: record.head, hash: record.headHash)
            }
            promised = record.head
        }
    }
}
