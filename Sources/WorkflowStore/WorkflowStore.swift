package import WorkflowCore

/// Where runs live: journals, their projections, and the claims of those who drive them.
///
/// Every store passes one conformance suite. What a call has returned is durable: it survives the death of this
/// process and a loss of power.
package protocol WorkflowStore: Sendable {
    /// Random, made with the store; attempt folders are marked with it.
    var id: UniqueID { get }

    /// The key that runs hash their environment with. It is made with the store, is in its backups, and leaves it in
    /// nothing else.
    ///
    /// - Throws: `.storeDamaged` where it is gone, and what reading throws.
    func environmentKey() async throws(StoreError) -> EnvironmentKey

    /// Where it is, for messages: whoever looks in the wrong one sees it there.
    var place: String { get }

    /// Makes a run with its first entries in one transaction, already claimed by the caller.
    ///
    /// The first entry is `runCreated`. Without `run.id` the store gives the next one of the UTC day.
    /// - Throws: `.runExists`, `.invalidEntry` (nothing was made), `.unavailable`, `.io`.
    func createRun(_ run: NewRun, entries: [ProposedEntry], projection: RunProjection) async throws(StoreError)
        -> CreatedRun

    /// Claims a run: raises its fencing token, so that every older driver can write nothing more.
    ///
    /// - Throws: `.heldByOther` while another live process holds it (nothing was written), `.noSuchRun`.
    func claim(_ run: UniqueID) async throws(StoreError) -> RunClaim

    /// Gives a claim back. Releasing twice, or a claim that was lost, does nothing.
    func release(_ claim: RunClaim) async

    /// Whether a live process holds a claim on the run.
    func isClaimed(_ run: UniqueID) async throws(StoreError) -> Bool

    /// Appends entries, gives them their checkpoints, updates the run's projection, removes the requests that they
    /// answer and gives up locks: all of it or nothing.
    ///
    /// - Throws: `.staleToken` when the run was claimed by another since or the claim was given back, `.headMismatch`,
    ///   `.invalidEntry`: nothing was written. After anything else (`.io`, `.unavailable`, …) it is unknown whether the
    ///   append took place: the caller stops driving.
    func append(_ append: Append) async throws(StoreError) -> AppendReceipt

    /// Takes all of the locks or none. Taking what the same run and holder has already is success and writes nothing.
    ///
    /// Locks belong to the run: they stay held when its driver dies, until an append gives them up. A run that is
    /// refused a concurrency group queues for it in the order of the runs' creation: younger ones are refused it for as
    /// long as a live process drives the older run. It leaves the queue with the group taken or given up, or when it
    /// ends. Asking again for what is still not free writes nothing.
    /// - Returns: what stands in the way, in the order of the names; empty when all were taken.
    /// - Throws: `.staleToken` as `append` does, `.invalidEntry` (a name or the holder is too long, or more than
    ///   `LockRequest.mostNames` names): nothing was written. After `.io` and the like it is unknown whether they were
    ///   taken.
    func takeLocks(
        _ names: [LockName], holder: String, claim: RunClaim, at: Timestamp
    ) async throws(StoreError) -> [LockObstacle]

    /// The locks that a run holds, by kind and name; of all runs when it is nil.
    func locks(of run: UniqueID?) async throws(StoreError) -> [LockHolding]

    /// Entries of a run in order, from `after` (exclusive) on, at most `limit` of them and at most `through`.
    func entries(of run: UniqueID, after: Int64, through: Int64?, limit: Int) async throws(StoreError) -> [Entry]

    /// The same with the columns as stored, for verification and export; payloads are not decoded.
    func rawEntries(of run: UniqueID, after: Int64, limit: Int) async throws(StoreError) -> [RawEntry]

    /// The first segment of a run's journal that does not say what its entries say; nil where there is none, as in a
    /// store that keeps no segments.
    ///
    /// - Throws: `.noSuchRun`, and what reading entries throws.
    func changedSegment(of run: UniqueID) async throws(StoreError) -> ChangedSegment?

    func run(named id: RunID) async throws(StoreError) -> RunRecord?
    func run(_ uuid: UniqueID) async throws(StoreError) -> RunRecord?
    /// Newest first.
    func runs(_ filter: RunFilter) async throws(StoreError) -> [RunRecord]

    func checkpoint(_ id: CheckpointID) async throws(StoreError) -> CheckpointRecord?
    /// Oldest first.
    func checkpoints(of run: UniqueID) async throws(StoreError) -> [CheckpointRecord]

    /// The bytes of a definition that a run was started with.
    func definition(hash: String) async throws(StoreError) -> DefinitionRecord?

    /// Leaves a request for whoever drives the run, or will.
    ///
    /// - Throws: `.invalidEntry` for a payload that is too large or too deep, `.noSuchRun`, `.inboxFull` when
    ///   `inboxLimit` requests wait for the run.
    func enqueue(_ request: NewInboxRequest) async throws(StoreError)
    /// Oldest first.
    func inbox(of run: UniqueID) async throws(StoreError) -> [InboxRequest]

    /// Writes down what a person decided about the store.
    ///
    /// - Throws: `.invalidEntry` for what is too large.
    func add(_ act: StoreAct) async throws(StoreError)
    /// Oldest first.
    func acts() async throws(StoreError) -> [StoreAct]

    /// Removes a claimed run for good: its journal, checkpoints, requests and locks. The claim is used up.
    ///
    /// The run is gone at once, for everybody; its rows go in transactions that hold nobody up. One that a crash leaves
    /// in between stays gone, and `sweep` removes the rest. No id is given twice: not the run's, not its checkpoints'.
    /// - Throws: `.staleToken` as `append` does: nothing was removed.
    func remove(_ claim: RunClaim) async throws(StoreError)

    /// Finishes removals that were cut off, and lets go of definitions that no run needs any more.
    ///
    /// - Parameter before: what is left of no known run, such as a lock's file, goes only when it is older than this.
    func sweep(before: Timestamp) async throws(StoreError) -> StoreSweep

    /// What a run's journal takes, about, in bytes.
    func journalBytes(of run: UniqueID) async throws(StoreError) -> Int64

    /// Finishes what is under way and lets go of files. Every later call throws `.unavailable`.
    func close() async
}

/// How many requests may wait for one run.
package let inboxLimit = 1000
