internal import GRDB
internal import WorkflowCore
internal import WorkflowStore

/// The statements that tell who has locks and who waits for them. Used on the dispatch queue of their connection alone.
final class LockStatements {
    private let run: PreparedStatement
    private let holding: PreparedStatement
    private let olderWaiters: PreparedStatement
    private let waiting: PreparedStatement

    init(on connection: OpaquePointer) throws(DatabaseError) {
        run = try PreparedStatement("SELECT id, token, status FROM runs WHERE uuid = ?", on: connection)
        holding = try PreparedStatement(
            """
            SELECT runs.uuid, runs.id, locks.holder, locks.since FROM locks JOIN runs ON runs.id = locks.run
            WHERE locks.kind = ? AND locks.name = ?
            """, on: connection)
        olderWaiters = try PreparedStatement(
            """
            SELECT runs.uuid, runs.id, lock_waiters.holder, lock_waiters.since
            FROM lock_waiters JOIN runs ON runs.id = lock_waiters.run
            WHERE lock_waiters.kind = ?1 AND lock_waiters.name = ?2
                AND runs.number < (SELECT number FROM runs WHERE uuid = ?3)
            ORDER BY runs.number, lock_waiters.holder
            """, on: connection)
        waiting = try PreparedStatement(
            "SELECT 1 FROM lock_waiters WHERE kind = ? AND name = ? AND run = ? AND holder = ?", on: connection)
    }

    /// The run's name, if the claim still is the right to drive it and the run has not ended.
    func driven(_ claim: RunClaim) throws -> RunID {
        let found = try run.first(.text(claim.run.text)) {
            (id: RunID($0.text(0)), token: $0.integer(1), status: RunStatus(rawValue: $0.text(2)))
        }
        guard let found else { throw StoreError.noSuchRun(claim.run) }
        guard found.token == claim.token.number else { throw StoreError.staleToken(found.id) }
        guard found.status?.hasEnded != true else { throw StoreError.ended(found.id) }
        return found.id
    }

    /// Decides about a request.
    ///
    /// - Parameter isDriven: whether a live process drives a run.
    func verdict(
        on request: LockRequest, isDriven: (UniqueID) throws(StoreError) -> Bool
    ) throws -> LockVerdict {
        try request.verdict(
            holding: { name in
                try holding.first(.text(name.kind.rawValue), .text(name.name)) { Found($0) }?.holding(name)
            },
            waitingBefore: { name in
                let waiters = try olderWaiters.all(
                    .text(name.kind.rawValue), .text(name.name), .text(request.run.text)
                ) { Found($0) }
                for waiter in waiters {
                    let waiter = try waiter.holding(name)
                    if try isDriven(waiter.run) { return waiter }
                }
                return nil
            })
    }

    /// The answer to a request that changes nothing; nil when there is something to write.
    func settled(
        _ request: LockRequest, _ claim: RunClaim, isDriven: (UniqueID) throws(StoreError) -> Bool
    ) throws -> [LockObstacle]? {
        let verdict = try verdict(on: request, isDriven: isDriven)
        // Last, so that what was seen was seen by the run's driver.
        let id = try driven(claim)
        if verdict.missing.isEmpty { return [] }
        guard !verdict.obstacles.isEmpty else { return nil }
        for name in verdict.queues {
            let isWaiting = try waiting.first(
                .text(name.kind.rawValue), .text(name.name), .text(id.text), .text(request.holder)
            ) { _ in true }
            if isWaiting == nil { return nil }
        }
        return verdict.obstacles
    }

    /// The columns of a lock or a waiter as they are.
    private struct Found {
        let run: String
        let id: String
        let holder: String
        let since: String

        init(_ row: PreparedStatement) {
            run = row.text(0)
            id = row.text(1)
            holder = row.text(2)
            since = row.text(3)
        }

        func holding(_ name: LockName) throws(StoreError) -> LockHolding {
            guard let run = UniqueID(text: run), let since = Timestamp(text: since) else {
                throw StoreError(
                    .storeDamaged,
                    "the lock \(name.name) of \(id) cannot be read; restore the store from a backup")
            }
            return LockHolding(name: name, run: run, runID: RunID(id), holder: holder, since: since)
        }
    }
}
