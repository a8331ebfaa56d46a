package import WorkflowCore
internal import WorkflowExecutors
internal import WorkflowStore

/// Something that waits for somebody: a person, another program, another run, or a process that drives its run.
package struct AttentionItem: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case inDoubt = "in_doubt"
        case drifted, approval, signal
        /// An attempt was to have ended, and its stop policy has nothing kill it.
        case notEnding = "not_ending"
        /// For a lock, or for a turn in a concurrency group.
        case queued
        case retrying
        /// It was asked for, and no process is there that does it.
        case asked
        /// It is to go on, and no process drives it.
        case interrupted
        /// A person made the process leave that drove it: it goes on when a person says so.
        case stopped
        /// Its timer is over, and no process drives it.
        case due
        /// It holds a lock, and no process drives it.
        case owed
    }

    package let kind: Kind
    package let run: RunID
    package let workflow: String
    package let status: RunStatus
    package let isDriven: Bool
    /// What is waited for; nil where the run only lacks a process.
    package let awaited: Awaited?
    /// Of `queued`: who has it. Of `owed`: the run itself, with what it has.
    package let holder: LockHolder?
    package let since: Timestamp?
    /// Of `asked`: what, and who.
    package var request: PendingRequest?
    /// Of `not_ending`: which step.
    package var running: String?
    /// Of the store, where it is asked who answers.
    package let identity: StoreIdentity

    package var step: String? {
        awaited?.step ?? request?.step ?? running ?? holder.flatMap { kind == .owed ? $0.step : nil }
    }

    /// A person or a program has to answer.
    package var needsAnswer: Bool {
        switch kind {
        case .inDoubt, .drifted, .approval, .signal, .notEnding: true
        case .queued, .retrying, .asked, .interrupted, .stopped, .due, .owed: false
        }
    }
}

extension Engine {
    /// What waits for somebody in the whole store, the oldest run first; of a run what needs an answer first.
    ///
    /// Records say which runs have ended: only the journals of the others are read.
    package func attention() async throws(EngineError) -> [AttentionItem] {
        let open = try await runs(
            RunFilter(statuses: RunStatus.allCases.filter { !$0.hasEnded }, limit: Int.max))
        var items: [AttentionItem] = []
        for record in open.reversed() {
            // A run that is removed meanwhile waits for nobody; one that cannot be read is `doctor`'s.
            guard let state = try? await state(of: record) else { continue }
            items += try await attention(of: record, state)
        }
        for holder in try await lockHolders() where holder.standing != .driven {
            guard let record = open.first(where: { $0.uuid == holder.holding.run }) else { continue }
            items.append(
                AttentionItem(
                    kind: .owed, run: record.id, workflow: record.workflow, status: record.projection.status,
                    isDriven: false, awaited: nil, holder: holder, since: holder.holding.since, identity: .login))
        }
        return items
    }

    private func attention(of record: RunRecord, _ state: RunState) async throws(EngineError) -> [AttentionItem] {
        let view = try await view(of: record, state)
        func item(
            _ kind: AttentionItem.Kind, _ awaited: Awaited? = nil, since: Timestamp?
        ) -> AttentionItem {
            AttentionItem(
                kind: kind, run: record.id, workflow: record.workflow, status: state.status, isDriven: view.isDriven,
                awaited: awaited, holder: awaited.flatMap(view.holder), since: since, identity: view.identity)
        }
        var items: [AttentionItem] = view.requests.map { request in
            var asked = item(.asked, since: request.at)
            asked.request = request
            return asked
        }
        for report in view.reports where report.isNotEnding {
            var running = item(.notEnding, since: report.since)
            running.running = report.step
            items.append(running)
        }
        for awaited in view.waits {
            guard let kind = AttentionItem.Kind(awaited.kind) else { continue }
            // What another step of the run has, or nobody, comes with the run itself.
            if awaited.kind == .lock, view.holder(of: awaited) == nil { continue }
            items.append(item(kind, awaited, since: awaited.since))
        }
        guard !view.isDriven else { return items }
        // A decision about a step does not go on with the run: that takes a person too.
        if let stop = state.stop, state.status.canBeResumed, !state.status.waitsForPersonAnyway {
            return items + [item(.stopped, since: stop.at)]
        }
        switch state.status {
        case .pending, .running, .rollingBack: items.append(item(.interrupted, since: state.updatedAt))
        case .waiting:
            if let due = record.projection.dueAt, due <= clock.now(), !state.awaitsLocks {
                items.append(item(.due, since: due))
            }
        case .paused, .completed, .failed, .cancelled, .rolledBack, .moved: break
        }
        return items
    }
}

extension RunStatus {
    /// Nothing goes on with such a run by itself, whatever stopped it.
    fileprivate var waitsForPersonAnyway: Bool { self == .failed || self == .paused }
}

extension OpenAttempt {
    /// What a person will be asked, where a resume would ask.
    func lost(in state: RunState) -> Awaited? {
        guard case .inDoubt(let doubt) = verdict, let number = state.number(ofStep: step),
            state.courseIfLost(ofStep: number) == .ask
        else { return nil }
        return Awaited(
            what: .doubt(reason: doubt.message), number: number, step: step, since: attempt.startedAt, until: nil)
    }
}

extension AttentionItem.Kind {
    /// nil for what only time ends.
    fileprivate init?(_ kind: Awaited.Kind) {
        switch kind {
        case .inDoubt: self = .inDoubt
        case .drifted: self = .drifted
        case .approval: self = .approval
        case .signal: self = .signal
        case .queued, .lock: self = .queued
        case .retrying: self = .retrying
        case .timer: return nil
        }
    }
}
