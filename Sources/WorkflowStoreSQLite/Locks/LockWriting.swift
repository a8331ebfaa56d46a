internal import WorkflowCore
internal import WorkflowStore

extension WriterConnection {
    /// Takes all of the locks or none, in a transaction; what is refused takes its place in the queue.
    ///
    /// - Parameter isDriven: whether a live process drives a run.
    func takeLocks(
        _ request: LockRequest, claim: RunClaim, at: Timestamp, isDriven: (UniqueID) throws(StoreError) -> Bool
    ) throws -> [LockObstacle] {
        let statements = try lockStatements()
        let run = try statements.driven(claim)
        let verdict = try statements.verdict(on: request, isDriven: isDriven)
        if let group = request.group { try self[.setGroup].run(.text(claim.run.text), .text(group)) }
        for name in verdict.queues {
            try self[.insertWaiter].run(
                .text(name.kind.rawValue), .text(name.name), .text(run.text), .text(request.holder), .text(at.text))
        }
        guard verdict.obstacles.isEmpty else { return verdict.obstacles }
        for name in verdict.missing {
            try self[.insertLock].run(
                .text(name.kind.rawValue), .text(name.name), .text(run.text), .text(request.holder), .text(at.text))
            if name.kind == .concurrency {
                try self[.removeWaiter].run(
                    .text(name.kind.rawValue), .text(name.name), .text(run.text), .text(request.holder))
            }
        }
        return []
    }

    /// Gives up the locks that an append says, with their places in queues.
    func releaseLocks(_ append: Append, of run: RunID) throws {
        if append.projection.status.hasEnded {
            try self[.releaseAllLocks].run(.text(run.text))
            try self[.releaseAllWaiters].run(.text(run.text))
            return
        }
        for holder in append.releasing {
            try self[.releaseLocks].run(.text(run.text), .text(holder))
            try self[.releaseWaiters].run(.text(run.text), .text(holder))
        }
    }
}
