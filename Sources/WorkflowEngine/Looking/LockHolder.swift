package import WorkflowCore
package import WorkflowStore

/// Who has a lock or a concurrency group that others wait for, and what frees it.
package struct LockHolder: Sendable, Equatable {
    package enum Standing: Sendable, Equatable {
        /// A process drives the run: it goes on by itself.
        case driven
        /// No process drives it, and nothing but that holds it up.
        case undriven
        case paused
        /// It waits for somebody, for this first of all.
        case waiting(Awaited)
    }

    package let holding: LockHolding
    /// It has not the lock, but is before others in the queue for it.
    package let isQueued: Bool
    package let standing: Standing

    package init(_ holding: LockHolding, isQueued: Bool, standing: Standing) {
        self.holding = holding
        self.isQueued = isQueued
        self.standing = standing
    }

    package var run: RunID { holding.runID }
    /// The step that has it; nil where the whole run does.
    package var step: String? { holding.holder.isEmpty ? nil : holding.holder }

    /// What to type so that it becomes free, the gentlest first; none where a process drives the holder.
    package func commands(suffix: String = "") -> [String] {
        let cancel = "workflow cancel \(run.text)" + suffix
        let first: String
        switch standing {
        case .driven: return []
        case .undriven, .paused: first = "workflow resume \(run.text)"
        case .waiting(let awaited): first = awaited.answer(of: run, isFollowed: true) ?? "workflow resume \(run.text)"
        }
        return [first + suffix, cancel]
    }

    /// How the run stands, as a part of a sentence; nil where a process drives it.
    package var hindrance: String? {
        switch standing {
        case .driven: nil
        case .undriven: "no process drives it"
        case .paused: "it is paused"
        case .waiting(let awaited): "it waits for " + awaited.spoken
        }
    }

    /// `; no process drives it: `workflow resume a`, or `workflow cancel a``; empty where a process drives it.
    ///
    /// - Parameter suffix: what every command ends with, such as the store.
    package func remedy(suffix: String = "") -> String {
        guard let hindrance else { return "" }
        return "; \(hindrance): " + commands(suffix: suffix).map { "`\($0)`" }.joined(separator: ", or ")
    }
}

extension Awaited {
    /// What is waited for, as a part of a sentence.
    package var spoken: String {
        let step = step ?? ""
        switch what {
        case .doubt: return "a decision about \(step), which is in doubt"
        case .drift: return "a decision about \(step), which has drifted"
        case .approval: return "approval of \(step)"
        case .signal(let name): return "the signal \(name)"
        case .turn(let group): return "its turn in the concurrency group \(group)"
        case .locks(let locks):
            return "the \(locks.count == 1 ? "lock" : "locks") \(locks.joined(separator: ", "))"
        case .retry: return "the next attempt of \(step)"
        case .time: return until.map { "\(step), until \($0.text)" } ?? step
        }
    }

    /// The command that answers it; nil where nothing but time or another run does.
    ///
    /// - Parameter isFollowed: the run goes on with the answer.
    package func answer(of run: RunID, isFollowed: Bool = false) -> String? {
        let step = ShellText.quoted(step ?? "")
        let more = isFollowed ? " --resume" : ""
        switch what {
        case .doubt: return "workflow resolve \(run.text) \(step) --done|--retry|--fail|--skip --reason \"…\"" + more
        case .drift: return "workflow resolve \(run.text) \(step) --done|--retry|--fail --reason \"…\"" + more
        case .approval: return "workflow approve \(run.text) \(step)" + more
        case .signal(let name): return "workflow signal \(run.text) \(ShellText.quoted(name))" + more
        case .turn, .locks, .retry, .time: return nil
        }
    }
}

extension Awaited {
    /// The locks, or the group, that it is about.
    package var locks: [LockName] {
        switch what {
        case .turn(let group): [LockName(.concurrency, group)]
        case .locks(let names): names.map { LockName(.lock, $0) }
        case .doubt, .drift, .approval, .signal, .retry, .time: []
        }
    }
}

extension Engine {
    /// Who has what a run waits for, each once.
    func holders(awaited state: RunState, of run: UniqueID) async throws(EngineError) -> [LockHolder] {
        let names = Set(state.awaited.flatMap(\.locks))
        guard !names.isEmpty else { return [] }
        let held = try await translated { () async throws(StoreError) in try await store.locks(of: nil) }
        return try await LockHolders(store: store).of(held.filter { names.contains($0.name) && $0.run != run })
    }

    /// All locks and groups that are held, by kind and name, with whoever holds them.
    package func lockHolders() async throws(EngineError) -> [LockHolder] {
        let held = try await translated { () async throws(StoreError) in try await store.locks(of: nil) }
        return try await LockHolders(store: store).of(held)
    }
}

/// A step, or a run, that waits for a lock or a concurrency group.
package struct LockWaiter: Sendable, Equatable {
    package let run: RunID
    package let step: String?
    package let since: Timestamp?
    package let isDriven: Bool
}

extension Engine {
    /// Who waits for locks and groups, by what they wait for, the oldest run first.
    package func lockWaiters() async throws(EngineError) -> [LockName: [LockWaiter]] {
        let open = RunStatus.allCases.filter { !$0.hasEnded }
        var waiters: [LockName: [LockWaiter]] = [:]
        for record in try await runs(RunFilter(statuses: open, limit: Int.max)).reversed() {
            guard let state = try? await state(of: record) else { continue }
            for awaited in state.awaited where !awaited.locks.isEmpty {
                let waiter = LockWaiter(
                    run: record.id, step: awaited.step, since: awaited.since, isDriven: try await isDriven(record))
                for lock in awaited.locks { waiters[lock, default: []].append(waiter) }
            }
        }
        return waiters
    }
}

/// Finds out how holders stand, each run once.
struct LockHolders {
    let store: any WorkflowStore

    func of(_ held: [LockHolding]) async throws(EngineError) -> [LockHolder] {
        var known: [UniqueID: LockHolder.Standing] = [:]
        var holders: [LockHolder] = []
        for holding in held {
            let standing: LockHolder.Standing
            if let seen = known[holding.run] {
                standing = seen
            } else {
                standing = try await self.standing(of: holding.run)
                known[holding.run] = standing
            }
            holders.append(LockHolder(holding, isQueued: false, standing: standing))
        }
        return holders
    }

    /// A run that cannot be looked at counts as one that no process drives.
    func of(_ obstacle: LockObstacle) async -> LockHolder {
        let standing = try? await standing(of: obstacle.by.run)
        return LockHolder(obstacle.by, isQueued: obstacle.reason == .queued, standing: standing ?? .undriven)
    }

    func standing(of run: UniqueID) async throws(EngineError) -> LockHolder.Standing {
        let isDriven: Bool
        do throws(StoreError) { isDriven = try await store.isClaimed(run) } catch { throw EngineError(error) }
        if isDriven { return .driven }
        let loader = RunLoader(store: store)
        let record = try await loader.record(run)
        switch record.projection.status {
        case .paused: return .paused
        case .waiting:
            let state = try await loader.state(of: record)
            guard let first = state.awaited.first, first.needsAnswer else { return .undriven }
            return .waiting(first)
        case .pending, .running, .rollingBack, .completed, .failed, .cancelled, .rolledBack, .moved: return .undriven
        }
    }
}
