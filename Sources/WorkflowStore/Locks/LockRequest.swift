package import WorkflowCore

/// Locks that a run asks for, all of them or none, and the rules by which every store gives them.
package struct LockRequest: Sendable, Equatable {
    package static let mostNames = 100
    /// Bytes of UTF-8.
    package static let longestName = 200
    /// Bytes of UTF-8.
    package static let longestHolder = 1000

    /// Each once, in order.
    package let names: [LockName]
    package let run: UniqueID
    package let holder: String

    /// - Throws: `.invalidEntry` for too many names, and for texts that are too long or hold U+0000.
    package init(_ names: [LockName], run: UniqueID, holder: String) throws(StoreError) {
        guard names.count <= LockRequest.mostNames else {
            throw StoreError(
                .invalidEntry,
                "\(names.count) locks cannot be taken at once; the limit is \(LockRequest.mostNames)")
        }
        for name in names {
            let bytes = name.name.utf8
            guard (1...LockRequest.longestName).contains(bytes.count), !bytes.contains(0) else {
                throw StoreError(
                    .invalidEntry,
                    "a lock's name has 1 to \(LockRequest.longestName) bytes and no U+0000; this one has "
                        + "\(bytes.count) bytes: \(name.name.prefix(40).debugDescription)")
            }
        }
        guard holder.utf8.count <= LockRequest.longestHolder, !holder.utf8.contains(0) else {
            throw StoreError(
                .invalidEntry,
                "the holder of a lock has at most \(LockRequest.longestHolder) bytes and no U+0000; this one has "
                    + "\(holder.utf8.count): \(holder.prefix(40).debugDescription)")
        }
        self.names = Set(names).sorted()
        self.run = run
        self.holder = holder
    }

    /// The concurrency group that the run is a member of from now on, if it asks for one.
    package var group: String? { names.first { $0.kind == .concurrency }?.name }

    /// Decides from what a store knows at one moment.
    ///
    /// - Parameters:
    ///   - holding: who has a lock.
    ///   - waitingBefore: the oldest run that waits for a lock, is older than this one and is driven by a live process.
    package func verdict(
        holding: (LockName) throws -> LockHolding?, waitingBefore: (LockName) throws -> LockHolding?
    ) rethrows -> LockVerdict {
        var verdict = LockVerdict()
        for name in names {
            if let holding = try holding(name) {
                if holding.belongs(to: run, holder) { continue }
                verdict.obstacles.append(LockObstacle(.held, by: holding))
            } else if name.kind == .concurrency, let waiter = try waitingBefore(name) {
                verdict.obstacles.append(LockObstacle(.queued, by: waiter))
            }
            verdict.missing.append(name)
        }
        return verdict
    }
}

/// What a store says to a request, and has to write.
package struct LockVerdict: Sendable, Equatable {
    /// Empty when all locks may be taken; in the order of their names.
    package var obstacles: [LockObstacle] = []
    /// What the holder does not have yet: to be taken when there is no obstacle.
    package var missing: [LockName] = []

    package init() {}

    /// What the holder queues for from now on.
    package var queues: [LockName] { obstacles.isEmpty ? [] : missing.filter { $0.kind == .concurrency } }
}
