internal import JSON
package import WorkflowCore
internal import WorkflowStore

// Carrying a run away: its journal up to a checkpoint, as one document.

extension Engine {
    /// The checkpoint as a document that another machine can resume from.
    ///
    /// - Parameter handsOver: the run ends here as `moved`, durably before this returns; asked for again, it is the
    ///   same document.
    package func export(
        _ id: CheckpointID, handsOver: Bool, actor: Actor, control: RunControl, observer: any RunObserver
    ) async throws(EngineError) -> String {
        let loader = RunLoader(store: store)
        let actor = try await known(actor)
        let checkpoint = try await loader.checkpoint(id)
        let record = try await loader.record(checkpoint.run)
        if handsOver {
            if record.projection.status == .moved {
                // The same document again, and no other: what was done since would be done twice.
                try refuseOlder(checkpoint, newest: try await loader.state(of: record).checkpoint?.id)
            } else {
                try await handOver(checkpoint, actor: actor, control: control, observer: observer)
            }
        }
        return try await file(of: checkpoint, try await loader.record(checkpoint.run), loader).text()
    }

    /// Ends the run as `moved`, once it is sure that nothing was done behind the checkpoint.
    private func handOver(
        _ checkpoint: CheckpointRecord, actor: Actor, control: RunControl, observer: any RunObserver
    ) async throws(EngineError) {
        let claim = try await translated { () async throws(StoreError) in try await store.claim(checkpoint.run) }
        try await release(claim) { () async throws(EngineError) in
            let loader = RunLoader(store: store)
            let record = try await loader.record(checkpoint.run)
            let state = try await loader.state(of: record)
            // What people wrote, and waits for a driver, is written down here: nothing else drives the run any more.
            let bringsText = try await requests(of: record.uuid).contains(where: \.request.bringsText)
            let secrets =
                state.runningAttempts.isEmpty && !bringsText
                ? [:]
                : try secretResolver(in: state.created?.context.workingDirectory)
                    .values(of: state.program.definition.secrets)
            let driver = RunDriver(
                engine: self, observer: observer, patience: .nothing, runID: record.id, claim: claim, secrets: secrets,
                machine: RunMachine(state: state, host: environment.hostIdentity), head: state.head, actor: actor)
            driver.leavesTexts = secrets.count < state.program.definition.secrets.count
            driver.isAttached = false
            _ = try await driver.drive(control: control) { group in
                // What ended meanwhile is written down first: it may have saved a newer checkpoint.
                try await driver.recover(first: [], last: [], control: control, in: &group)
                try refuseOlder(checkpoint, newest: driver.machine.state.checkpoint?.id)
                // A file that no store takes would be the end of the run.
                try await refuseUnfit(try await file(of: checkpoint, record, loader))
                try await driver.decide([.moveAsked(by: actor)], in: &group)
                return .ended(.moved)
            }
        }
    }

    private func refuseOlder(_ checkpoint: CheckpointRecord, newest: CheckpointID?) throws(EngineError) {
        guard newest != checkpoint.id else { return }
        throw EngineError(
            .checkpointNotNewest,
            "a run is handed over from its newest checkpoint, \(newest?.text ?? "none"), and not from "
                + "\(checkpoint.id.text)"
        )
    }

    private func file(
        of checkpoint: CheckpointRecord, _ record: RunRecord, _ loader: RunLoader
    ) async throws(EngineError) -> CheckpointFile {
        let all = try await entries(of: record.id)
        let kept = all.filter { $0.sequence <= checkpoint.sequence }
        var decoded: [Entry] = []
        do throws(StoreError) {
            for entry in all { decoded.append(try entry.decoded(of: record.id)) }
        } catch {
            throw EngineError(error)
        }
        var hashes = [record.definitionHash]
        for entry in decoded.prefix(kept.count) {
            if case .definitionChanged(let fact) = entry.fact { hashes.append(fact.definitionHash) }
        }
        var definitions: [DefinitionRecord] = []
        for hash in hashes where !definitions.contains(where: { $0.hash == hash }) {
            let kept = try await translated { () async throws(StoreError) in try await store.definition(hash: hash) }
            guard let kept else {
                throw EngineError(
                    .definitionUnreadable, "the definition \(hash) of \(record.id.text) is missing from the store")
            }
            definitions.append(kept)
        }
        let state = try await loader.state(of: record)
        let before = try await loader.state(of: record, through: checkpoint.sequence)
        return CheckpointFile(
            checkpoint: checkpoint.id, run: record.id, uuid: record.uuid, workflow: record.workflow,
            labels: record.labels, engineVersion: environment.engineVersion, definitions: definitions, entries: kept,
            unfinished: CheckpointFile.unfinished(
                after: before, decoded.dropFirst(kept.count), standing: state.unfinishedAttempts))
    }
}

extension CheckpointFile {
    /// What stands behind the checkpoint and leads to attempts that have not ended.
    ///
    /// What a step that ended later made possible is left out: that step is done anew.
    static func unfinished(
        after state: RunState, _ entries: ArraySlice<Entry>, standing: Set<UniqueID>
    ) -> [Unfinished] {
        var state = state
        var found: [Unfinished] = []
        var leads = true
        func take(_ entry: Entry, _ fact: Fact) {
            let placed = Entry(sequence: state.head + 1, at: entry.at, actor: entry.actor, fact: fact)
            var next = state
            guard (try? next.apply(placed)) != nil else { return }
            state = next
            found.append(Unfinished(at: entry.at, actor: entry.actor, fact: fact))
        }
        for entry in entries {
            switch entry.fact {
            case .stageCompleted, .stageEntered, .itemsEvaluated, .groupEntered:
                if leads { take(entry, entry.fact) }
            case .signalReceived:
                // Whoever sent it was told that it is kept.
                take(entry, entry.fact)
            case .attemptStarted(var fact) where standing.contains(fact.id):
                guard let step = state.state(ofStep: fact.step) else { continue }
                // Attempts between that came to an end are not carried along.
                fact.attempt = step.attempts + 1
                take(entry, .attemptStarted(fact))
            case .stepSucceeded, .stepSkipped, .stepFailed, .stageReturned, .runRewound, .definitionChanged:
                leads = false
            default: continue
            }
        }
        let hasAttempt = found.contains {
            if case .attemptStarted = $0.fact { return true }
            return false
        }
        return found.filter {
            if case .signalReceived = $0.fact { return true }
            return hasAttempt
        }
    }
}

extension RunState {
    /// Attempts that run, or whose outcome is not known.
    fileprivate var unfinishedAttempts: Set<UniqueID> {
        var ids: Set<UniqueID> = []
        for step in steps {
            switch step.phase {
            case .running(let attempt): ids.insert(attempt.id)
            case .inDoubt(let doubt): ids.insert(doubt.attempt.id)
            default: continue
            }
        }
        return ids
    }
}
