internal import AttemptProtocol
package import WorkflowCore
internal import WorkflowExecutors
package import WorkflowStore

// Runs that a step of another run started: they end with what they are a part of, and never wait for it.

extension Engine {
    /// More generations than this are no runs that anybody started.
    private static let generationsMax = 100
    /// How often it is looked whether a child that is being cancelled has been let go of, and how many times.
    private static let lookInterval = Milliseconds(100)
    private static let looksMax = 50

    /// The runs that steps of this one started, oldest first.
    package func children(of run: RunID) async throws(EngineError) -> [RunRecord] {
        Array(try await runs(RunFilter(parent: run, limit: 100_000)).reversed())
    }

    /// The runs that a cancel of this one ends with it, oldest first: all that go on. Where the run ends already, those
    /// that the running steps of owed work have started.
    package func childrenEnded(byCancelOf run: RunID) async throws(EngineError) -> [RunRecord] {
        let going = try await children(of: run).filter { !$0.projection.status.hasEnded }
        guard !going.isEmpty else { return [] }
        let parent = try await translated({ () async throws(StoreError) in try await store.run(named: run) })
        guard let parent else { return [] }
        let state = try await self.state(of: parent)
        guard case .ending = state.lifecycle else { return going }
        let attempts = Set(state.runningAttempts.map { $0.attempt.id.text })
        var ended: [RunRecord] = []
        for child in going where try await isStarted(child, byOneOf: attempts) { ended.append(child) }
        return ended
    }

    /// Whether one of these attempts has started the run.
    func isStarted(_ child: RunRecord, byOneOf attempts: Set<String>) async throws(EngineError) -> Bool {
        let first = try await translated { () async throws(StoreError) in
            try await store.entries(of: child.uuid, after: 0, through: 1, limit: 1)
        }.first
        guard case .runCreated(let created)? = first?.fact, let attempt = created.parent?.attempt else { return false }
        return attempts.contains(attempt.text)
    }

    /// The run that started this one, the one that started that one, and so on.
    func ancestors(of parent: RunID?) async throws(EngineError) -> [RunRecord] {
        var ancestors: [RunRecord] = []
        var next = parent
        while let id = next, ancestors.count < Self.generationsMax {
            guard let record = try await translated({ () async throws(StoreError) in try await store.run(named: id) })
            else { break }
            ancestors.append(record)
            next = record.parent
        }
        return ancestors
    }

    /// Nothing starts a run again by itself whose parent has ended or is being cancelled; unless it was asked to end,
    /// and only has to obey.
    func isLeftByParent(_ record: RunRecord) async throws(EngineError) -> Bool {
        guard let parent = record.parent else { return false }
        let requests = try await translated { () async throws(StoreError) in try await store.inbox(of: record.uuid) }
        if requests.contains(where: { $0.request.kind == ControlRequest.cancel(reason: nil).kind }) { return false }
        for ancestor in try await ancestors(of: parent) {
            if ancestor.projection.status.hasEnded { return true }
            if try await state(of: ancestor).isCancelRequested { return true }
        }
        return try await translated { () async throws(StoreError) in try await store.run(named: parent) } == nil
    }

    /// Refuses to make a run that would wait for what the run holds that waits for it.
    func refuseWaitForParent(_ request: StartRequest) async throws(EngineError) {
        guard let parent = request.parent else { return }
        let ancestors = try await ancestors(of: parent.run)
        let held = try await translated { () async throws(StoreError) in try await store.locks(of: nil) }
            .filter { holding in ancestors.contains { $0.uuid == holding.run } }
        guard !held.isEmpty else { return }
        let definition = request.definition.definition
        var names = definition.writtenLocks.map { LockName(.lock, $0) }
        var random = draws
        let fact = try await created(request, .none, using: &random)
        let group = RunState.group(
            of: Program(definition), fact, named: request.runID, at: clock.now())
        if let group { names.append(LockName(.concurrency, group)) }
        for name in names {
            if let holding = held.first(where: { $0.name == name }) { throw Self.waitForParent(holding) }
        }
    }

    static func waitForParent(_ holding: LockHolding) -> EngineError {
        let what = holding.name.kind == .lock ? "the lock" : "the concurrency group"
        return EngineError(
            .heldByParent,
            "it would wait for \(what) \(holding.name.name), which \(holding.runID.text) has, and "
                + "\(holding.runID.text) waits "
                + "for it: leave \(holding.name.name) out of one of the two, or start it with `workflow run "
                + "--independent` and do not wait for it")
    }

    // MARK: - Ending with the parent

    /// Sees to it that the children which a driver has asked to end do so, where nobody drives them any more: the
    /// driver of one that was not detached ended with the step that it was a part of.
    func endChildren(askedBy driver: RunDriver, control: RunControl) async {
        for child in driver.childrenAsked {
            for _ in 0..<Self.looksMax {
                // What cannot be read or ended now is told by whoever looks at the child, and its request waits for its
                // driver.
                guard let record = try? await store.run(child), !record.projection.status.hasEnded else { break }
                let answer = try? await follow(
                    .cancel(reason: nil), of: record.id, since: record.head, actor: engineActor, control: control,
                    observer: SilentObserver())
                if case .applied? = answer { break }
                if case .obeyed? = answer { break }
                await clock.sleep(for: Self.lookInterval)
            }
        }
    }
}

/// For a run that is driven on behalf of another one: its own journal tells what came of it.
private struct SilentObserver: RunObserver {
    func observe(_ event: RunEvent) {}
}

extension RunDriver {
    /// An attempt was ended by us: what it had started as a run of its own ends too.
    func noteEnd(_ identity: AttemptIdentity, _ end: AttemptEnd) {
        switch end.outcome {
        case .timedOut, .cancelled: cutShort.insert(identity.attemptID)
        case .ended, .couldNotStart: break
        }
    }

    /// Asks the runs to end that are parts of what has just ended, before anything else is done about it. Durable with
    /// each child: whoever drives it obeys before anything of it starts.
    func askChildrenToEnd(after entries: [ProposedEntry]) async throws {
        // A cancel of owed work ends the runs of those steps alone, when their attempts end.
        let isCancelled = entries.contains {
            if case .cancelRequested(let fact) = $0.fact { fact.ended.isEmpty } else { false }
        }
        let attempts = cutShort
        cutShort = []
        guard isCancelled || !attempts.isEmpty else { return }
        for child in try await store.runs(RunFilter(parent: runID, limit: 100_000)) {
            guard !child.projection.status.hasEnded, !childrenAsked.contains(child.uuid) else { continue }
            if !isCancelled, try await !engine.isStarted(child, byOneOf: attempts) { continue }
            let reason =
                isCancelled
                ? "its parent \(runID.text) was cancelled" : "the step of \(runID.text) that started it was ended"
            let request = ControlRequest.cancel(reason: reason)
            do throws(StoreError) {
                try await store.enqueue(
                    NewInboxRequest(
                        run: child.uuid, kind: request.kind, payload: request.payload, actor: engineActor.name,
                        at: clock.now()))
            } catch {
                // Removed meanwhile, or full of requests: `resume --all` leaves it alone all the same.
                guard error.code == .noSuchRun || error.code == .inboxFull else { throw error }
            }
            childrenAsked.append(child.uuid)
        }
    }

    /// The runs that this one is a part of.
    func ancestorIDs() async throws -> [UniqueID] {
        if let knownAncestors { return knownAncestors }
        let parent = try await store.run(claim.run)?.parent
        let found = try await engine.ancestors(of: parent).map(\.uuid)
        knownAncestors = found
        return found
    }
}

extension Definition {
    /// The names of locks that are written as they are, without an expression.
    fileprivate var writtenLocks: [String] {
        var names: [String] = []
        var waiting = stages.flatMap(\.steps) + onExit
        while let step = waiting.popLast() {
            names += step.locks.compactMap(\.plainText)
            if case .group(let inner) = step.action { waiting += inner }
        }
        return names
    }
}

extension Template {
    /// The text, where no expression is in it.
    fileprivate var plainText: String? {
        if parts.isEmpty { return "" }
        if parts.count == 1, case .text(let text) = parts[0] { return text }
        return nil
    }
}
