internal import Synchronization
package import WorkflowCore
package import WorkflowStore

/// A store that fails once, at a chosen operation, and then behaves like the store of a process that died.
///
/// Crash tests count the operations of a run without faults, then fail the first, the second, and so on, before and
/// after the operation took place.
package final class FaultyStore: WorkflowStore {
    package enum Moment: Sendable, CaseIterable {
        /// The operation does not take place.
        case before
        /// It takes place, and its caller never hears of it.
        case after
    }

    package struct Fault: Sendable {
        /// From 1, over all operations that can fail.
        package var operation: Int
        package var moment: Moment
        package var error: StoreError
        /// Whether every later operation fails as well.
        package var staysDown: Bool

        package init(
            operation: Int, moment: Moment, error: StoreError = StoreError(.io, "injected: the disk is gone"),
            staysDown: Bool = true
        ) {
            self.operation = operation
            self.moment = moment
            self.error = error
            self.staysDown = staysDown
        }
    }

    private struct State {
        var count = 0
        var isDown = false
    }

    private let store: any WorkflowStore
    private let fault: Fault?
    private let state = Mutex(State())

    package init(_ store: any WorkflowStore, fault: Fault? = nil) {
        self.store = store
        self.fault = fault
    }

    package var id: UniqueID { store.id }
    package var place: String { store.place }

    /// How many operations that can fail were asked for.
    package var operationCount: Int { state.withLock { $0.count } }

    /// Whether the fault was reached.
    package var hasFailed: Bool { fault.map { operationCount >= $0.operation } ?? false }

    package func createRun(
        _ run: NewRun, entries: [ProposedEntry], projection: RunProjection
    ) async throws(StoreError) -> CreatedRun {
        try await pass { (store) throws(StoreError) in
            try await store.createRun(run, entries: entries, projection: projection)
        }
    }

    package func claim(_ run: UniqueID) async throws(StoreError) -> RunClaim {
        try await pass { (store) throws(StoreError) in try await store.claim(run) }
    }

    package func release(_ claim: RunClaim) async {
        // A dead process releases nothing; what its death releases is the test's to say.
        if !state.withLock({ $0.isDown }) { await store.release(claim) }
    }

    package func isClaimed(_ run: UniqueID) async throws(StoreError) -> Bool {
        try await pass { (store) throws(StoreError) in try await store.isClaimed(run) }
    }

    package func append(_ append: Append) async throws(StoreError) -> AppendReceipt {
        try await pass { (store) throws(StoreError) in try await store.append(append) }
    }

    package func takeLocks(
        _ names: [LockName], holder: String, claim: RunClaim, at: Timestamp
    ) async throws(StoreError) -> [LockObstacle] {
        try await pass { (store) throws(StoreError) in
            try await store.takeLocks(names, holder: holder, claim: claim, at: at)
        }
    }

    package func add(_ act: StoreAct) async throws(StoreError) {
        try await pass { (store) throws(StoreError) in try await store.add(act) }
    }

    package func environmentKey() async throws(StoreError) -> EnvironmentKey {
        try await pass { (store) throws(StoreError) in try await store.environmentKey() }
    }

    package func acts() async throws(StoreError) -> [StoreAct] {
        try await pass { (store) throws(StoreError) in try await store.acts() }
    }

    package func locks(of run: UniqueID?) async throws(StoreError) -> [LockHolding] {
        try await pass { (store) throws(StoreError) in try await store.locks(of: run) }
    }

    package func entries(
        of run: UniqueID, after: Int64, through: Int64?, limit: Int
    ) async throws(StoreError) -> [Entry] {
        try await pass { (store) throws(StoreError) in
            try await store.entries(of: run, after: after, through: through, limit: limit)
        }
    }

    package func rawEntries(of run: UniqueID, after: Int64, limit: Int) async throws(StoreError) -> [RawEntry] {
        try await pass { (store) throws(StoreError) in
            try await store.rawEntries(of: run, after: after, limit: limit)
        }
    }

    package func run(named id: RunID) async throws(StoreError) -> RunRecord? {
        try await pass { (store) throws(StoreError) in try await store.run(named: id) }
    }

    package func run(_ uuid: UniqueID) async throws(StoreError) -> RunRecord? {
        try await pass { (store) throws(StoreError) in try await store.run(uuid) }
    }

    package func runs(_ filter: RunFilter) async throws(StoreError) -> [RunRecord] {
        try await pass { (store) throws(StoreError) in try await store.runs(filter) }
    }

    package func checkpoint(_ id: CheckpointID) async throws(StoreError) -> CheckpointRecord? {
        try await pass { (store) throws(StoreError) in try await store.checkpoint(id) }
    }

    package func checkpoints(of run: UniqueID) async throws(StoreError) -> [CheckpointRecord] {
        try await pass { (store) throws(StoreError) in try await store.checkpoints(of: run) }
    }

    package func definition(hash: String) async throws(StoreError) -> DefinitionRecord? {
        try await pass { (store) throws(StoreError) in try await store.definition(hash: hash) }
    }

    package func enqueue(_ request: NewInboxRequest) async throws(StoreError) {
        try await pass { (store) throws(StoreError) in try await store.enqueue(request) }
    }

    package func inbox(of run: UniqueID) async throws(StoreError) -> [InboxRequest] {
        try await pass { (store) throws(StoreError) in try await store.inbox(of: run) }
    }

    package func remove(_ claim: RunClaim) async throws(StoreError) {
        try await pass { (store) throws(StoreError) in try await store.remove(claim) }
    }

    package func sweep(before: Timestamp) async throws(StoreError) -> StoreSweep {
        try await pass { (store) throws(StoreError) in try await store.sweep(before: before) }
    }

    package func changedSegment(of run: UniqueID) async throws(StoreError) -> ChangedSegment? {
        try await pass { (store) throws(StoreError) in try await store.changedSegment(of: run) }
    }

    package func journalBytes(of run: UniqueID) async throws(StoreError) -> Int64 {
        try await pass { (store) throws(StoreError) in try await store.journalBytes(of: run) }
    }

    package func close() async {
        if !state.withLock({ $0.isDown }) { await store.close() }
    }

    private func pass<Value: Sendable>(
        _ operation: @Sendable (any WorkflowStore) async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let (moment, isDown) = state.withLock { state -> (Moment?, Bool) in
            if state.isDown { return (nil, true) }
            state.count += 1
            guard let fault, fault.operation == state.count else { return (nil, false) }
            state.isDown = fault.staysDown
            return (fault.moment, false)
        }
        if isDown { throw StoreError(.unavailable, "injected: the process is dead") }
        switch (moment, fault) {
        case (.before, let fault?): throw fault.error
        case (.after, let fault?):
            _ = try await operation(store)
            throw fault.error
        default: return try await operation(store)
        }
    }
}
