import WorkflowCore
package import WorkflowStore

/// All that can be read from a store, by every way in which it can be read.
package struct StoreContents: Sendable, Equatable {
    package struct Run: Sendable, Equatable {
        package var record: RunRecord
        package var journal: [RawEntry]
        package var checkpoints: [CheckpointRecord]
        package var inbox: [InboxRequest]
        package var locks: [LockHolding]
        package var definition: DefinitionRecord?
    }

    /// Newest first.
    package var runs: [Run] = []
    package var locks: [LockHolding] = []

    package init() {}

    /// Reads a store.
    ///
    /// - Throws: what reading throws; `BrokenPromise` when a journal's chain is broken, or when two ways to read the
    ///   same differ.
    package init(of store: any WorkflowStore) async throws {
        for record in try await store.runs(RunFilter(limit: 100_000)) {
            let journal = try await store.rawEntries(of: record.uuid, after: 0, limit: 100_000)
            if let problem = HashChain.verify(journal, of: record.id, head: (record.head, record.headHash)) {
                throw BrokenPromise(description: "the journal of \(record.id.text): \(problem.message)")
            }
            let entries = try await store.entries(of: record.uuid, after: 0, through: nil, limit: 100_000)
            try require(
                entries, is: try journal.map { try $0.decoded(of: record.id) }, "the entries of \(record.id.text)")
            try require(try await store.run(record.uuid), is: record, "the run by its UUID")
            try require(try await store.run(named: record.id), is: record, "the run by its name")
            let checkpoints = try await store.checkpoints(of: record.uuid)
            for checkpoint in checkpoints {
                try require(try await store.checkpoint(checkpoint.id), is: checkpoint, "a checkpoint by its name")
            }
            runs.append(
                Run(
                    record: record, journal: journal, checkpoints: checkpoints,
                    inbox: try await store.inbox(of: record.uuid), locks: try await store.locks(of: record.uuid),
                    definition: try await store.definition(hash: record.definitionHash)))
        }
        locks = try await store.locks(of: nil)
    }

    /// What differs first, for people; nil where nothing does.
    package func difference(from other: StoreContents) -> String? {
        if self == other { return nil }
        let names = runs.map(\.record.id.text)
        let others = other.runs.map(\.record.id.text)
        guard names == others else { return "runs \(names), and \(others)" }
        for (run, other) in zip(runs, other.runs) where run != other {
            let name = run.record.id.text
            if run.journal != other.journal {
                return "journal of \(name): \(run.journal.count) entries, and \(other.journal.count)"
            }
            if run.record != other.record { return "record of \(name): \(run.record), and \(other.record)" }
            if run.checkpoints != other.checkpoints { return "checkpoints of \(name)" }
            if run.inbox != other.inbox {
                return "inbox of \(name): \(run.inbox.map(\.id)), and \(other.inbox.map(\.id))"
            }
            if run.locks != other.locks { return "locks of \(name): \(run.locks), and \(other.locks)" }
            return "definition of \(name)"
        }
        return "locks: \(locks), and \(other.locks)"
    }
}
