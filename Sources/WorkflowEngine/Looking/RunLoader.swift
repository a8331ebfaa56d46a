internal import WorkflowCore
internal import WorkflowDefinitions
internal import WorkflowStore

/// Reads runs back: the definition that a run keeps, and its state from the journal.
struct RunLoader {
    let store: any WorkflowStore

    /// Entries read at a time: some segments, whole.
    static let pageEntries = 4 * Int(JournalSegment.entries)

    func record(_ id: RunID) async throws(EngineError) -> RunRecord {
        let record = try await translated { () async throws(StoreError) in try await store.run(named: id) }
        guard let record else { throw missing(id.text) }
        return record
    }

    func record(_ uuid: UniqueID) async throws(EngineError) -> RunRecord {
        let record = try await translated { () async throws(StoreError) in try await store.run(uuid) }
        guard let record else { throw missing(uuid.text) }
        return record
    }

    private func missing(_ run: String) -> EngineError {
        let way =
            CheckpointID.isName(run)
            ? "the checkpoint of that name is resumed by `workflow resume --checkpoint \(run)`"
            : "`workflow list` shows what there is"
        return EngineError(.noSuchRun, "there is no run \(run) in \(store.place); \(way)")
    }

    func checkpoint(_ id: CheckpointID) async throws(EngineError) -> CheckpointRecord {
        let record = try await translated { () async throws(StoreError) in try await store.checkpoint(id) }
        guard let record else {
            throw EngineError(
                .noSuchCheckpoint,
                "there is no checkpoint \(id.text) in \(store.place); `workflow checkpoint list RUN` shows a run's")
        }
        return record
    }

    /// The definition that the run was started with.
    func definition(of record: RunRecord) async throws(EngineError) -> StoredDefinition {
        try await definition(record.definitionHash, of: record)
    }

    private func definition(_ hash: String, of record: RunRecord) async throws(EngineError) -> StoredDefinition {
        guard let kept = try await translated({ () async throws(StoreError) in try await store.definition(hash: hash) })
        else { throw missingDefinition(hash, of: record) }
        let stored: StoredDefinition
        do throws(DefinitionError) {
            stored = try DefinitionLoader().load(
                canonicalJSON: kept.canonicalJSON, source: kept.source)
        } catch {
            throw EngineError(
                .definitionUnreadable,
                "the definition that \(record.id.text) keeps in \(store.place) cannot be read: \(error.message); "
                    + "restore the store from a backup")
        }
        guard stored.hash == hash else {
            throw EngineError(
                .definitionUnreadable,
                "the definition of \(record.id.text) does not have its hash \(hash) any more: it was changed in "
                    + "\(store.place); restore the store from a backup")
        }
        return stored
    }

    func missingDefinition(_ hash: String, of record: RunRecord) -> EngineError {
        EngineError(
            .definitionUnreadable,
            "the definition \(hash) of \(record.id.text) is missing from the store \(store.place); restore it from a "
                + "backup")
    }

    /// The state after the entries up to `through`, or after all.
    ///
    /// - Parameter each: is told every entry that was taken in.
    func state(
        of record: RunRecord, through: Int64? = nil, each: (Entry) -> Void = { _ in }
    ) async throws(EngineError) -> RunState {
        do throws(EngineError) {
            return try await replayed(record, through, each)
        } catch {
            // A run that is removed while it is read is gone, not damaged.
            _ = try await self.record(record.uuid)
            throw error
        }
    }

    private func replayed(
        _ record: RunRecord, _ through: Int64?, _ each: (Entry) -> Void
    ) async throws(EngineError) -> RunState {
        // The first entries are read while the definition is.
        async let first = page(of: record, after: 0, through: through)
        var state = RunState(Program(try await definition(of: record).definition))
        state.runID = record.id
        var page = try await first.get()
        while true {
            // The next page is read and decoded while this one is taken in.
            let isLast = page.entries.count < RunLoader.pageEntries
            let end = page.entries.last?.sequence ?? 0
            async let next = isLast ? .success(Page()) : self.page(of: record, after: end, through: through)
            for moved in page.definitions { state.learn(Program(moved.definition), hash: moved.hash) }
            do throws(JournalContradiction) {
                for entry in page.entries {
                    try state.apply(entry)
                    each(entry)
                }
            } catch {
                throw EngineError(translating: error)
            }
            page = try await next.get()
            if isLast {
                try refuseCutJournal(of: record, endingWith: state.head, before: min(through ?? .max, record.head))
                return state
            }
        }
    }

    private struct Page: Sendable {
        var entries: [Entry] = []
        /// Those that the entries move the run to.
        var definitions: [StoredDefinition] = []
    }

    private func page(
        of record: RunRecord, after: Int64, through: Int64?
    ) async -> Result<Page, EngineError> {
        do throws(EngineError) {
            var page = Page()
            page.entries = try await translated { () async throws(StoreError) in
                try await store.entries(of: record.uuid, after: after, through: through, limit: RunLoader.pageEntries)
            }
            for entry in page.entries {
                guard case .definitionChanged(let fact) = entry.fact else { continue }
                page.definitions.append(try await definition(fact.definitionHash, of: record))
            }
            return .success(page)
        } catch {
            return .failure(error)
        }
    }

    /// A journal may have grown since the record was read; one that is shorter has lost entries, and whoever went on
    /// would go on from a past that was not.
    ///
    /// - Parameter end: the entry that was asked for.
    private func refuseCutJournal(
        of record: RunRecord, endingWith head: Int64, before end: Int64
    ) throws(EngineError) {
        guard head < end else { return }
        throw EngineError(
            .store(.storeDamaged),
            "the journal of \(record.id.text) in \(store.place) ends with entry \(head), and \(record.head) were "
                + "written; look with `workflow journal \(record.id.text) --verify`, and restore the store from a "
                + "backup")
    }

    private func translated<Value>(
        _ body: () async throws(StoreError) -> Value
    ) async throws(EngineError) -> Value {
        do throws(StoreError) { return try await body() } catch { throw EngineError(error) }
    }
}
