internal import JSON
package import WorkflowCore
package import WorkflowStore

// What can be seen of runs, driven or not. Nothing here writes.

extension Engine {
    package func view(of run: RunID) async throws(EngineError) -> RunView {
        let loader = RunLoader(store: store)
        let record = try await loader.record(run)
        return try await view(of: record, try await loader.state(of: record))
    }

    /// The same of a run that a list names.
    package func view(of record: RunRecord) async throws(EngineError) -> RunView {
        try await view(of: record, try await RunLoader(store: store).state(of: record))
    }

    /// What is known of a run beside its journal. What cannot be looked at is left out: `resume` says why.
    func view(of record: RunRecord, _ state: RunState) async throws(EngineError) -> RunView {
        let isDriven = try await isDriven(record)
        let open = isDriven ? [] : (try? openAttempts(of: state)) ?? []
        let requests = isDriven ? [] : try await requests(of: record.uuid)
        let decided = Set(requests.compactMap { $0.step.map(ExactText.init) })
        let lost = open.compactMap { $0.lost(in: state) }.filter { !decided.contains(ExactText($0.step ?? "")) }
        var view = RunView(
            record: record, state: state, isDriven: isDriven, open: open,
            holders: try await holders(awaited: state, of: record.uuid),
            waits: lost + obeyed(requests, in: state).awaited.map { overdue($0) }, requests: requests,
            identity: state.awaited.contains(where: \.asksApprovers) ? try await identity() : .login)
        view.reports = reports(of: state)
        return view
    }

    private func overdue(_ awaited: Awaited) -> Awaited {
        guard awaited.needsAnswer, let until = awaited.until, until <= clock.now() else { return awaited }
        var awaited = awaited
        awaited.isOver = true
        return awaited
    }

    /// What the store's list says of a run; its journal is not read.
    package func record(of run: RunID) async throws(EngineError) -> RunRecord {
        try await RunLoader(store: store).record(run)
    }

    /// The view with everything that happened on the way, read in one go.
    package func account(of run: RunID) async throws(EngineError) -> RunAccount {
        let loader = RunLoader(store: store)
        let record = try await loader.record(run)
        var history = RunHistory()
        let state = try await loader.state(of: record) { history.take($0) }
        return RunAccount(view: try await view(of: record, state), history: history)
    }

    /// The state of a run that a list names.
    package func state(of record: RunRecord) async throws(EngineError) -> RunState {
        try await RunLoader(store: store).state(of: record)
    }

    /// The canonical form of the definition that a run follows now.
    package func canonicalDefinition(of state: RunState) async throws(EngineError) -> [UInt8] {
        let hash = state.definitionHash ?? ""
        let kept = try await translated { () async throws(StoreError) in try await store.definition(hash: hash) }
        guard let kept else {
            throw EngineError(
                .definitionUnreadable,
                "the definition \(hash) is missing from the store \(store.place); restore it from a backup")
        }
        return kept.canonicalJSON
    }

    package func isDriven(_ record: RunRecord) async throws(EngineError) -> Bool {
        try await translated { () async throws(StoreError) in try await store.isClaimed(record.uuid) }
    }

    package func runs(_ filter: RunFilter) async throws(EngineError) -> [RunRecord] {
        try await translated { () async throws(StoreError) in try await store.runs(filter) }
    }

    /// The run as it was when the checkpoint was saved.
    package func checkpoint(_ id: CheckpointID) async throws(EngineError) -> CheckpointView {
        let loader = RunLoader(store: store)
        let checkpoint = try await loader.checkpoint(id)
        let record = try await loader.record(checkpoint.run)
        return CheckpointView(
            record: checkpoint, workflow: record.workflow,
            state: try await loader.state(of: record, through: checkpoint.sequence))
    }

    /// Oldest first.
    package func checkpoints(of run: RunID) async throws(EngineError) -> [CheckpointRecord] {
        let record = try await RunLoader(store: store).record(run)
        return try await translated { () async throws(StoreError) in try await store.checkpoints(of: record.uuid) }
    }

    package func entries(of run: RunID) async throws(EngineError) -> [RawEntry] {
        let record = try await RunLoader(store: store).record(run)
        var all: [RawEntry] = []
        while true {
            let after = all.last?.sequence ?? 0
            let page = try await translated { () async throws(StoreError) in
                try await store.rawEntries(of: record.uuid, after: after, limit: RunLoader.pageEntries)
            }
            all += page
            if page.count < RunLoader.pageEntries { return all }
        }
    }

    /// In the order in which the attempts began. Named as `AttemptLogs` names them.
    package func attempts(of run: RunID, step: String?) async throws(EngineError) -> [AttemptLog] {
        let record = try await RunLoader(store: store).record(run)
        var logs: [AttemptLog] = []
        var names = AttemptLogs()
        /// The place of each step's newest attempt among the logs.
        var newest: [String: Int] = [:]
        var after: Int64 = 0
        while true {
            let page = try await translated { () async throws(StoreError) in
                try await store.entries(of: record.uuid, after: after, through: nil, limit: RunLoader.pageEntries)
            }
            for entry in page {
                after = entry.sequence
                if let lost = entry.fact.lost, let place = newest[lost.step] { logs[place].losses = lost.losses }
                guard let attempt = names.attempt(of: entry) else { continue }
                guard step.map({ EngineEnvironment.isLog(attempt.step, ofStep: $0) }) ?? true else { continue }
                newest[attempt.step] = logs.count
                logs.append(
                    AttemptLog(
                        step: attempt.step, attempt: attempt.attempt,
                        path: environment.logPath(run: record.uuid, step: attempt.step, attempt: attempt.attempt)))
            }
            if page.count < RunLoader.pageEntries { return logs }
        }
    }

    func translated<Value>(_ body: () async throws(StoreError) -> Value) async throws(EngineError) -> Value {
        do throws(StoreError) { return try await body() } catch { throw EngineError(error) }
    }
}
