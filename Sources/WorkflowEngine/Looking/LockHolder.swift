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
    /// Whoever ends the run has to say why.
    package let cancelTakesReason: Bool
    /// Of the store, where one of the approvers is waited for.
    package let identity: StoreIdentity

    package init(
        _ holding: LockHolding, isQueued: Bool, standing: Standing, cancelTakesReason: Bool = false,
        identity: StoreIdentity = .login
    ) {
        self.holding = holding
        self.isQueued = isQueued
        self.standing = standing
        self.cancelTakesReason = cancelTakesReason
        self.identity = identity
    }

    package var run: RunID { holding.runID }
    /// The step that has it; nil where the whole run does.
    package var step: String? { holding.holder.isEmpty ? nil : holding.holder }

    /// What to type so that it becomes free, the gentlest first; none where a process drives the holder.
    package func commands(suffix: String = "") -> [String] {
        let cancel = "workflow cancel \(run.text)" + (cancelTakesReason ? " --reason \"…\"" : "") + suffix
        let first: String
        switch standing {
        case .driven: return []
        case .undriven, .paused: first = "workflow resume \(run.text)"
        case .waiting(let awaited):
            first = awaited.answer(of: run, isFollowed: true, identity) ?? "workflow resume \(run.text)"
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
    /// - Parameters:
    ///   - isFollowed: the run goes on with the answer.
    ///   - identity: whether the store takes names on trust.
    package func answer(of run: RunID, isFollowed: Bool = false, _ identity: StoreIdentity) -> String? {
        let step = ShellText.quoted(step ?? "")
        let more = isFollowed ? " --resume" : ""
        switch what {
        case .doubt: return "workflow resolve \(run.text) \(step) --done|--retry|--fail|--skip --reason \"…\"" + more
        case .drift: return "workflow resolve \(run.text) \(step) --done|--retry|--fail --reason \"…\"" + more
        case .approval: return "workflow approve \(run.text) \(step)" + claim(identity) + more
        case .signal(let name): return "workflow signal \(run.text) \(ShellText.quoted(name))" + more
        case .turn, .locks, .retry, .time: return nil
        }
    }

    /// One of a list of approvers is asked.
    package var asksApprovers: Bool {
        if case .approval(_, let approvers) = what { return !approvers.isEmpty }
        return false
    }

    /// What an answer of an approver has to say besides, with a space in front: where names are taken on trust, whose
    /// it is.
    package func claim(_ identity: StoreIdentity) -> String {
        guard identity == .claimed, case .approval(_, let approvers) = what, let first = approvers.first else {
            return ""
        }
        return " --as " + ShellText.quoted(first)
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
        var known: [UniqueID: Course] = [:]
        var holders: [LockHolder] = []
        for holding in held {
            let course: Course
            if let seen = known[holding.run] {
                course = seen
            } else {
                course = try await self.course(of: holding.run)
                known[holding.run] = course
            }
            holders.append(holder(holding, isQueued: false, course))
        }
        return holders
    }

    /// A run that cannot be looked at counts as one that no process drives.
    func of(_ obstacle: LockObstacle) async -> LockHolder {
        let course = try? await course(of: obstacle.by.run)
        return holder(obstacle.by, isQueued: obstacle.reason == .queued, course ?? Course(standing: .undriven))
    }

    /// How a run stands, and what has to be said to set it on another course.
    private struct Course {
        var standing: LockHolder.Standing
        var cancelTakesReason = false
        var identity = StoreIdentity.login
    }

    private func holder(_ holding: LockHolding, isQueued: Bool, _ course: Course) -> LockHolder {
        LockHolder(
            holding, isQueued: isQueued, standing: course.standing, cancelTakesReason: course.cancelTakesReason,
            identity: course.identity)
    }

    private func course(of run: UniqueID) async throws(EngineError) -> Course {
        do throws(StoreError) {
            if try await store.isClaimed(run) { return Course(standing: .driven) }
        } catch {
            throw EngineError(error)
        }
        let loader = RunLoader(store: store)
        let record = try await loader.record(run)
        switch record.projection.status {
        case .pending, .completed, .cancelled, .rolledBack, .moved: return Course(standing: .undriven)
        case .failed: return Course(standing: .undriven, cancelTakesReason: true)
        case .paused, .running, .rollingBack, .waiting: break
        }
        let state = try await loader.state(of: record)
        var course = Course(standing: .undriven, cancelTakesReason: state.cancelTakesReason)
        if record.projection.status == .paused { course.standing = .paused }
        if record.projection.status == .waiting, let first = state.awaited.first, first.needsAnswer {
            course.standing = .waiting(first)
            if first.asksApprovers {
                do throws(StoreError) {
                    course.identity = StoreIdentity(try await store.acts())
                } catch {
                    throw EngineError(error)
                }
            }
        }
        return course
    }
}
