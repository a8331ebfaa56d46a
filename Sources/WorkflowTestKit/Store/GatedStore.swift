internal import Synchronization
package import WorkflowCore
package import WorkflowStore

/// A store that holds one chosen write up until the test lets it go on, so that a test can look at what has begun
/// meanwhile. Every other call goes straight to the store behind it.
package final class GatedStore: WorkflowStore {
    /// What becomes of the write once the test has looked.
    package enum Release: Sendable, Equatable {
        case proceeds
        case fails(StoreError)
    }

    private struct State {
        var isHeld = false
        var entries: [ProposedEntry] = []
        var release: Release?
        /// The write, while it is held.
        var writer: CheckedContinuation<Release, Never>?
        /// The test, while it waits for the write.
        var watcher: CheckedContinuation<[ProposedEntry]?, Never>?
    }

    private let store: any WorkflowStore
    private let moment: FaultyStore.Moment
    private let isChosen: @Sendable ([ProposedEntry]) -> Bool
    private let state = Mutex(State())

    /// - Parameters:
    ///   - moment: whether the write is held before it takes place, or after, before its caller hears of it.
    ///   - isChosen: whether this write, by its entries, is the one; the first that is chosen is held, and no other.
    package init(
        _ store: any WorkflowStore, moment: FaultyStore.Moment = .before,
        holding isChosen: @escaping @Sendable ([ProposedEntry]) -> Bool
    ) {
        self.store = store
        self.moment = moment
        self.isChosen = isChosen
    }

    package var id: UniqueID { store.id }
    package var place: String { store.place }

    /// Waits until the chosen write is held, and returns its entries; nil once the gate was opened.
    package func heldWrite() async -> [ProposedEntry]? {
        await withCheckedContinuation { watcher in
            let now: [ProposedEntry]?? = state.withLock { state in
                if state.release != nil { return .some(nil) }
                if state.isHeld { return state.entries }
                state.watcher = watcher
                return nil
            }
            if let now { watcher.resume(returning: now) }
        }
    }

    /// Lets the write go on or fail, also one that has not come yet. Only the first call counts.
    package func open(_ release: Release = .proceeds) {
        let (writer, watcher) = state.withLock { state in
            guard state.release == nil else {
                return (
                    nil as CheckedContinuation<Release, Never>?, nil as CheckedContinuation<[ProposedEntry]?, Never>?
                )
            }
            state.release = release
            defer { (state.writer, state.watcher) = (nil, nil) }
            return (state.writer, state.watcher)
        }
        writer?.resume(returning: release)
        watcher?.resume(returning: nil)
    }

    private func hold<Value: Sendable>(
        _ entries: [ProposedEntry], _ write: () async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let isThisOne = state.withLock { state in
            guard !state.isHeld, isChosen(entries) else { return false }
            state.isHeld = true
            state.entries = entries
            return true
        }
        guard isThisOne else { return try await write() }
        switch moment {
        case .before:
            if case .fails(let error) = await opened() { throw error }
            return try await write()
        case .after:
            let value = try await write()
            if case .fails(let error) = await opened() { throw error }
            return value
        }
    }

    private func opened() async -> Release {
        await withCheckedContinuation { writer in
            let (release, watcher) = state.withLock { state in
                if state.release == nil { state.writer = writer }
                defer { state.watcher = nil }
                return (state.release, state.watcher)
            }
            if let release { writer.resume(returning: release) }
            watcher?.resume(returning: state.withLock { $0.entries })
        }
    }

    // MARK: - Writes

    package func createRun(
        _ run: NewRun, entries: [ProposedEntry], projection: RunProjection
    ) async throws(StoreError) -> CreatedRun {
        try await hold(entries) { () async throws(StoreError) in
            try await store.createRun(run, entries: entries, projection: projection)
        }
    }

    package func append(_ append: Append) async throws(StoreError) -> AppendReceipt {
        try await hold(append.entries) { () async throws(StoreError) in try await store.append(append) }
    }

    // MARK: - All else

    package func claim(_ run: UniqueID) async throws(StoreError) -> RunClaim { try await store.claim(run) }
    package func release(_ claim: RunClaim) async { await store.release(claim) }
    package func isClaimed(_ run: UniqueID) async throws(StoreError) -> Bool { try await store.isClaimed(run) }

    package func takeLocks(
        _ names: [LockName], holder: String, claim: RunClaim, at: Timestamp
    ) async throws(StoreError) -> [LockObstacle] {
        try await store.takeLocks(names, holder: holder, claim: claim, at: at)
    }

    package func locks(of run: UniqueID?) async throws(StoreError) -> [LockHolding] {
        try await store.locks(of: run)
    }

    package func entries(
        of run: UniqueID, after: Int64, through: Int64?, limit: Int
    ) async throws(StoreError) -> [Entry] {
        try await store.entries(of: run, after: after, through: through, limit: limit)
    }

    package func rawEntries(of run: UniqueID, after: Int64, limit: Int) async throws(StoreError) -> [RawEntry] {
        try await store.rawEntries(of: run, after: after, limit: limit)
    }

    package func run(named id: RunID) async throws(StoreError) -> RunRecord? { try await store.run(named: id) }
    package func run(_ uuid: UniqueID) async throws(StoreError) -> RunRecord? { try await store.run(uuid) }
    package func runs(_ filter: RunFilter) async throws(StoreError) -> [RunRecord] { try await store.runs(filter) }

    package func checkpoint(_ id: CheckpointID) async throws(StoreError) -> CheckpointRecord? {
        try await store.checkpoint(id)
    }

    package func checkpoints(of run: UniqueID) async throws(StoreError) -> [CheckpointRecord] {
        try await store.checkpoints(of: run)
    }

    package func definition(hash: String) async throws(StoreError) -> DefinitionRecord? {
        try await store.definition(hash: hash)
    }

    package func enqueue(_ request: NewInboxRequest) async throws(StoreError) { try await store.enqueue(request) }
    package func inbox(of run: UniqueID) async throws(StoreError) -> [InboxRequest] { try await store.inbox(of: run) }
    package func add(_ act: StoreAct) async throws(StoreError) { try await store.add(act) }
    package func environmentKey() async throws(StoreError) -> EnvironmentKey { try await store.environmentKey() }
    package func acts() async throws(StoreError) -> [StoreAct] { try await store.acts() }
    package func remove(_ claim: RunClaim) async throws(StoreError) { try await store.remove(claim) }
    package func sweep(before: Timestamp) async throws(StoreError) -> StoreSweep {
        try await store.sweep(before: before)
    }
    package func changedSegment(of run: UniqueID) async throws(StoreError) -> ChangedSegment? {
        try await store.changedSegment(of: run)
    }
    package func journalBytes(of run: UniqueID) async throws(StoreError) -> Int64 {
        try await store.journalBytes(of: run)
    }
    package func close() async { await store.close() }
}
