internal import Synchronization
internal import WorkflowCore
internal import WorkflowStore

// Locks of the store and the run's turn in its group: other processes hold them, so the store is asked again and again.

extension RunDriver {
    /// How often the store is asked for what others hold.
    private static let lockInterval = Milliseconds(250)
    /// Every so many times it is looked up whether what stands in the way is driven.
    private static let standingEvery = 8

    func takeLocks(
        _ step: String, _ locks: [String], request: Int64, in group: inout DiscardingTaskGroup
    ) async throws {
        let names = locks.map { LockName(.lock, $0) }
        let time = AskingTime()
        if case .awaitingLocks(_, let wait) = machine.state.state(ofStep: step)?.phase {
            let (clock, remaining) = (clock, wait.remaining(at: clock.now()))
            group.addTask {
                await clock.sleep(for: remaining)
                time.end()
            }
        }
        try await keepAsking(
            for: names, holder: step, time, in: &group,
            held: { [observer, runID] in
                observer.observe(.awaitsLock(step: step, $0.holding.name.name, holder: $0, run: runID))
                return nil
            }, taken: .locksTaken(step: step, request: request),
            refused: { .heldByParent(step: step, request: request, $0) })
    }

    func takeTurn(
        _ name: String, _ conflict: ConcurrencyGroup.Conflict, in group: inout DiscardingTaskGroup
    ) async throws {
        try await keepAsking(
            for: [LockName(.concurrency, name)], holder: "", AskingTime(), in: &group,
            held: { [observer, runID] in
                switch conflict {
                case .fail: return .concurrencyRefused(by: $0)
                case .queue:
                    observer.observe(.awaitsTurn(group: name, holder: $0, run: runID))
                    return nil
                }
            }, taken: .concurrencyTaken, refused: { .heldByParent(step: nil, request: 0, $0) })
    }

    /// Asks at least once: an earlier driver may have been given them and have died before it wrote that down.
    ///
    /// - Parameters:
    ///   - time: when it has ended nobody waits for them any more; the step's timer says so.
    ///   - held: told of whoever stands in the way first, and again where that has come to stand otherwise; an event
    ///     that it returns ends the asking.
    ///   - taken: what is posted when the store has given them all.
    ///   - refused: what is posted where a run has one of them that waits for this one.
    private func keepAsking(
        for names: [LockName], holder: String, _ time: AskingTime, in group: inout DiscardingTaskGroup,
        held: @escaping @Sendable (LockHolder) -> DriverEvent?, taken: DriverEvent,
        refused: @escaping @Sendable (LockHolding) -> DriverEvent
    ) async throws {
        hasAskedForLocks = true
        let (clock, mailbox, store, claim) = (clock, mailbox, store, claim)
        let ancestors = try await ancestorIDs()
        /// - Returns: what is to be posted when the asking is over.
        @Sendable func asked(_ last: inout Hindrance) async throws(StoreError) -> DriverEvent? {
            let obstacles = try await store.takeLocks(names, holder: holder, claim: claim, at: clock.now())
            guard let first = obstacles.first else { return taken }
            // It would wait for a run that waits for it.
            if let own = obstacles.first(where: { ancestors.contains($0.by.run) }) {
                return refused(own.by)
            }
            last.times += 1
            guard first != last.obstacle || last.times.isMultiple(of: RunDriver.standingEvery) else { return nil }
            last.obstacle = first
            let holder = await LockHolders(store: store).of(first)
            defer { last.holder = holder }
            return holder == last.holder ? nil : held(holder)
        }
        // The first time at once: what is free is taken even by a driver that waits for nothing.
        var hindrance = Hindrance()
        if let end = try await asked(&hindrance) { return mailbox.post(end) }
        group.addTask { [hindrance] in
            var hindrance = hindrance
            while true {
                await clock.sleep(for: RunDriver.lockInterval)
                if Task.isCancelled || time.hasEnded { return }
                do throws(StoreError) {
                    if let end = try await asked(&hindrance) { return mailbox.post(end) }
                } catch {
                    if !Task.isCancelled { mailbox.post(.broken(EngineError(error))) }
                    return
                }
            }
        }
    }

    /// Who has the locks that a step waits for, and what frees them: a sentence for its failure; nil where it waits for
    /// none.
    func whoHoldsLocks(of step: String) async -> String? {
        guard case .awaitingLocks(let locks, _) = machine.state.state(ofStep: step)?.phase,
            let held = try? await store.locks(of: nil)
        else { return nil }
        let names = Set(locks.map { LockName(.lock, $0) })
        guard let first = held.first(where: { names.contains($0.name) && !$0.belongs(to: claim.run, step) }) else {
            return nil
        }
        let what = locks.count == 1 ? "it" : first.name.name
        guard first.run != claim.run else { return "\(first.holder) of this run holds \(what)" }
        let holder = await LockHolders(store: store).of(LockObstacle(.held, by: first))
        return "\(holder.run.text) holds \(what)" + holder.remedy()
    }

    /// Gives up what the store keeps for steps of this run that do not hold or await a lock: a driver may have died
    /// between the store's answer and its journal.
    func releaseForgottenLocks(in group: inout DiscardingTaskGroup) async throws {
        let forgotten = try await holdersOfNothing(keepsAwaited: true)
        guard !forgotten.isEmpty else { return }
        try await commit(Decision(releases: forgotten), in: &group)
    }

    /// Gives up what the store gave and the journal does not say: this driver reads no answer any more, and other runs
    /// wait.
    func releaseUnwrittenGrants() async throws {
        guard isWritten, !machine.state.status.hasEnded, hasAskedForLocks || machine.state.awaitsGrants else { return }
        let unwritten = try await holdersOfNothing(keepsAwaited: false)
        guard !unwritten.isEmpty else { return }
        _ = try await store.append(
            Append(
                claim: claim, head: head, entries: [], projection: machine.state.projection, releasing: unwritten))
    }

    /// The holders of locks in the store that hold none by the journal.
    ///
    /// - Parameter keepsAwaited: what the store keeps for one that waits for it is left as it is.
    private func holdersOfNothing(keepsAwaited: Bool) async throws -> [String] {
        let held = try await store.locks(of: claim.run)
        return Set(held.map(\.holder)).filter { holder in
            if holder.isEmpty { return !(machine.state.concurrency.map { $0.isHeld || keepsAwaited } ?? false) }
            guard let step = machine.state.state(ofStep: holder) else { return true }
            if case .awaitingLocks = step.phase { return !keepsAwaited }
            return step.locks.isEmpty
        }.sorted()
    }
}

extension RunState {
    /// It waits for locks or for its turn in a group.
    fileprivate var awaitsGrants: Bool { awaitsLocks || concurrency?.isHeld == false }
}

/// What stood in the way when locks were asked for last.
private struct Hindrance {
    var obstacle: LockObstacle?
    var holder: LockHolder?
    var times = 0
}

/// For how long locks are asked for: without an end unless it is told.
private final class AskingTime: Sendable {
    private let isOver = Atomic(false)

    var hasEnded: Bool { isOver.load(ordering: .relaxed) }

    func end() { isOver.store(true, ordering: .relaxed) }
}
