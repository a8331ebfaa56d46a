internal import WorkflowCore

/// The locks of an `InMemoryStore`.
struct InMemoryLocks {
    private struct Waiter {
        /// The run's place in the order of creation.
        let number: Int
        let waiting: LockHolding

        /// The older run first; of one run that waits as several holders the first by its bytes.
        func comes(before other: Waiter) -> Bool {
            if number != other.number { return number < other.number }
            return waiting.holder.utf8.lexicographicallyPrecedes(other.waiting.holder.utf8)
        }
    }

    private var held: [LockName: LockHolding] = [:]
    private var waiters: [LockName: [Waiter]] = [:]

    /// - Parameters:
    ///   - number: the run's place in the order of creation.
    ///   - isDriven: whether a live driver has the run.
    /// - Returns: what stands in the way, and whether anything changed.
    mutating func take(
        _ request: LockRequest, runID: RunID, number: Int, at: Timestamp, isDriven: (UniqueID) -> Bool
    ) -> (obstacles: [LockObstacle], hasChanged: Bool) {
        let verdict = request.verdict(
            holding: { held[$0] },
            waitingBefore: { name in
                (waiters[name] ?? []).filter { $0.number < number && isDriven($0.waiting.run) }
                    .min { $0.comes(before: $1) }?.waiting
            })
        func holding(_ name: LockName) -> LockHolding {
            LockHolding(name: name, run: request.run, runID: runID, holder: request.holder, since: at)
        }
        var hasChanged = false
        for name in verdict.queues
        where !(waiters[name] ?? []).contains(where: { $0.waiting.belongs(to: request.run, request.holder) }) {
            waiters[name, default: []].append(Waiter(number: number, waiting: holding(name)))
            hasChanged = true
        }
        guard verdict.obstacles.isEmpty else { return (verdict.obstacles, hasChanged) }
        for name in verdict.missing {
            held[name] = holding(name)
            waiters[name]?.removeAll { $0.waiting.belongs(to: request.run, request.holder) }
        }
        return ([], !verdict.missing.isEmpty)
    }

    /// Gives up what one holder of a run has and waits for.
    mutating func release(_ holder: String, of run: UniqueID) {
        remove { $0.belongs(to: run, holder) }
    }

    /// Gives up all that a run has and waits for.
    mutating func releaseAll(of run: UniqueID) {
        remove { $0.run == run }
    }

    func holdings(of run: UniqueID?) -> [LockHolding] {
        held.values.filter { run == nil || $0.run == run }.sorted { $0.name < $1.name }
    }

    private mutating func remove(_ isGone: (LockHolding) -> Bool) {
        held = held.filter { !isGone($0.value) }
        waiters = waiters.mapValues { $0.filter { !isGone($0.waiting) } }.filter { !$0.value.isEmpty }
    }
}
