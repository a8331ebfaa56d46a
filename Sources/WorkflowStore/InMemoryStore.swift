internal import Synchronization
package import WorkflowCore

/// A store without a disk: everything that the protocol promises but surviving the process.
///
/// It also plays a store that several drivers share: `abandonClaims()` is their death, after which others may claim,
/// and the dead ones' late appends are refused.
package final class InMemoryStore: WorkflowStore {
    package let id: UniqueID
    package let place = "memory"
    private let key: EnvironmentKey
    private let state: Mutex<InMemoryState>

    package init(id: UniqueID) {
        self.id = id
        key = .random()
        state = Mutex(InMemoryState())
    }

    /// A store of its own that holds what `other` holds now.
    package init(copying other: InMemoryStore) {
        id = other.id
        key = other.key
        state = Mutex(other.state.withLock { $0 })
    }

    /// What `kill -9` of every driver would do: their locks are gone, their tokens are not raised yet.
    package func abandonClaims() {
        state.withLock { $0.held.removeAll() }
    }

    package func createRun(
        _ run: NewRun, entries: [ProposedEntry], projection: RunProjection
    ) async throws(StoreError) -> CreatedRun {
        try update { (state) throws(StoreError) in try state.create(run, entries, projection) }
    }

    package func claim(_ run: UniqueID) async throws(StoreError) -> RunClaim {
        try update { (state) throws(StoreError) in try state.claim(run) }
    }

    package func release(_ claim: RunClaim) async {
        state.withLock { if $0.held[claim.run] == claim.token { $0.held[claim.run] = nil } }
    }

    package func isClaimed(_ run: UniqueID) async throws(StoreError) -> Bool {
        try update { $0.held[run] != nil }
    }

    package func append(_ append: Append) async throws(StoreError) -> AppendReceipt {
        try update { (state) throws(StoreError) in try state.append(append) }
    }

    package func takeLocks(
        _ names: [LockName], holder: String, claim: RunClaim, at: Timestamp
    ) async throws(StoreError) -> [LockObstacle] {
        let request = try LockRequest(names, run: claim.run, holder: holder)
        return try update { (state) throws(StoreError) in try state.takeLocks(request, claim: claim, at: at) }
    }

    package func locks(of run: UniqueID?) async throws(StoreError) -> [LockHolding] {
        try update { $0.locks.holdings(of: run) }
    }

    package func entries(
        of run: UniqueID, after: Int64, through: Int64?, limit: Int
    ) async throws(StoreError) -> [Entry] {
        let (raw, runID) = try update { (state) -> ([RawEntry], RunID?) in
            let raw = state.entries(of: run, after: after, through: through, limit: limit)
            return (raw, state.runs[run]?.record.id)
        }
        guard let runID else { return [] }
        var entries: [Entry] = []
        entries.reserveCapacity(raw.count)
        for entry in raw { entries.append(try entry.decoded(of: runID)) }
        return entries
    }

    package func rawEntries(of run: UniqueID, after: Int64, limit: Int) async throws(StoreError) -> [RawEntry] {
        try update { $0.entries(of: run, after: after, through: nil, limit: limit) }
    }

    package func changedSegment(of run: UniqueID) async throws(StoreError) -> ChangedSegment? {
        guard try await self.run(run) != nil else { throw .noSuchRun(run) }
        return nil
    }

    package func run(named id: RunID) async throws(StoreError) -> RunRecord? {
        try update { state in state.ids[id].flatMap { state.runs[$0]?.record } }
    }

    package func run(_ uuid: UniqueID) async throws(StoreError) -> RunRecord? {
        try update { $0.runs[uuid]?.record }
    }

    package func runs(_ filter: RunFilter) async throws(StoreError) -> [RunRecord] {
        try update { state in
            var records: [RunRecord] = []
            var older = state.order[...]
            if let before = filter.before {
                let place = state.ids[before].flatMap { uuid in state.order.firstIndex { $0 == uuid } }
                older = state.order[..<(place ?? 0)]
            }
            for uuid in older.reversed() where records.count < filter.limit {
                if let record = state.runs[uuid]?.record, filter.matches(record) { records.append(record) }
            }
            return records
        }
    }

    package func checkpoint(_ id: CheckpointID) async throws(StoreError) -> CheckpointRecord? {
        try update { $0.checkpoints[id] }
    }

    package func checkpoints(of run: UniqueID) async throws(StoreError) -> [CheckpointRecord] {
        try update { $0.runs[run]?.checkpoints ?? [] }
    }

    package func definition(hash: String) async throws(StoreError) -> DefinitionRecord? {
        try update { $0.definitions[hash] }
    }

    package func enqueue(_ request: NewInboxRequest) async throws(StoreError) {
        try update { (state) throws(StoreError) in try state.enqueue(request) }
    }

    package func inbox(of run: UniqueID) async throws(StoreError) -> [InboxRequest] {
        try update { $0.runs[run]?.inbox ?? [] }
    }

    package func add(_ act: StoreAct) async throws(StoreError) { try update { $0.acts.append(act) } }

    package func environmentKey() async throws(StoreError) -> EnvironmentKey { try update { _ in key } }

    package func acts() async throws(StoreError) -> [StoreAct] { try update { $0.acts } }

    package func remove(_ claim: RunClaim) async throws(StoreError) {
        try update { (state) throws(StoreError) in try state.remove(claim) }
    }

    package func sweep(before: Timestamp) async throws(StoreError) -> StoreSweep {
        try update { $0.sweep() }
    }

    package func journalBytes(of run: UniqueID) async throws(StoreError) -> Int64 {
        try update { state in
            (state.runs[run]?.entries ?? []).reduce(0) { $0 + Int64($1.payload.count) }
        }
    }

    package func close() async {
        state.withLock {
            $0.isClosed = true
            $0.held.removeAll()
        }
    }

    private func update<Result: Sendable>(
        _ body: (inout InMemoryState) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        try state.withLock { (state) throws(StoreError) in
            guard !state.isClosed else { throw StoreError(.unavailable, "the store is closed") }
            return try body(&state)
        }
    }
}

extension RunFilter {
    fileprivate func matches(_ record: RunRecord) -> Bool {
        (statuses.isEmpty || statuses.contains(record.projection.status))
            && (workflow == nil || workflow == record.workflow)
            && labels.allSatisfy { record.labels[$0.key] == $0.value }
            && createdSince.map { record.createdAt >= $0 } != false
            && (parent == nil || parent == record.parent) && (!isChild || record.parent != nil)
    }
}
