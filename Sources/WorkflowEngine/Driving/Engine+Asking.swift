package import WorkflowCore
internal import WorkflowExecutors
internal import WorkflowStore

// What people ask of a run: handed to its driver through the inbox, or done at once where nobody drives it.

extension Engine {
    /// Pauses, cancels or resolves.
    ///
    /// - Throws: `.refused` when the run cannot follow, before anything is written.
    package func ask(
        _ request: ControlRequest, of run: RunID, actor: Actor, control: RunControl, observer: any RunObserver
    ) async throws(EngineError) -> ControlAnswer {
        let loader = RunLoader(store: store)
        let actor = try await known(actor)
        let seen = try await loader.record(run)
        let claim: RunClaim
        do throws(StoreError) {
            claim = try await store.claim(seen.uuid)
        } catch {
            guard error.code == .heldByOther else { throw EngineError(error) }
            try await handOver(request, of: seen, actor: actor)
            return .handedOver
        }
        return try await applied(
            request, isInInbox: false, with: claim, actor: actor, control: control, observer: observer)
    }

    /// Looks whether a request that was handed over has been taken. The driver may have left while it was on its way,
    /// or another command have held the run for a moment: then this process obeys it.
    ///
    /// - Parameter head: the newest entry before it was handed over.
    /// - Returns: nil while it waits for a driver that is there.
    /// - Throws: what the driver wrote down when it refused the request.
    package func follow(
        _ request: ControlRequest, of run: RunID, since head: Int64, actor: Actor, control: RunControl,
        observer: any RunObserver
    ) async throws(EngineError) -> ControlAnswer? {
        let actor = try await known(actor)
        let uuid = try await RunLoader(store: store).record(run).uuid
        guard try await waits(request, of: uuid, by: actor) else {
            return try await answer(to: request, of: uuid, since: head, by: actor)
        }
        guard let claim = try? await store.claim(uuid) else { return nil }
        guard try await waits(request, of: uuid, by: actor) else {
            await store.release(claim)
            return try await answer(to: request, of: uuid, since: head, by: actor)
        }
        let answer = try await applied(
            request, isInInbox: true, with: claim, actor: actor, control: control, observer: observer)
        // The run may have gone elsewhere meanwhile: of two answers to one step the second is refused.
        if case .applied = answer { try refused(request, by: actor, in: try await entries(of: uuid, after: head)) }
        return answer
    }

    /// What a driver that took the request has written down.
    private func answer(
        to request: ControlRequest, of run: UniqueID, since head: Int64, by actor: Actor
    ) async throws(EngineError) -> ControlAnswer {
        let entries = try await entries(of: run, after: head)
        try refused(request, by: actor, in: entries)
        return .obeyed(entries)
    }

    /// Throws the refusal of a request that a driver has written down. Another process of the same person may have
    /// asked for the same: all that is known of who typed it is compared.
    private func refused(_ request: ControlRequest, by actor: Actor, in entries: [Entry]) throws(EngineError) {
        for entry in entries where entry.actor == actor {
            guard case .requestRefused(let refused) = entry.fact, refused.request == request.kind else { continue }
            throw EngineError(
                InputRefusal.Code(rawValue: refused.code).map { .refused($0) } ?? .refused(.stepNotResolvable),
                refused.message)
        }
    }

    /// What was written down after an entry, as far as one look takes.
    package func entries(of run: UniqueID, after head: Int64) async throws(EngineError) -> [Entry] {
        try await translated { () async throws(StoreError) in
            try await store.entries(of: run, after: head, through: nil, limit: 20_000)
        }
    }

    private func waits(
        _ request: ControlRequest, of run: UniqueID, by actor: Actor
    ) async throws(EngineError) -> Bool {
        let waiting = try await translated { () async throws(StoreError) in try await store.inbox(of: run) }
        return waiting.contains { $0.request.kind == request.kind && Actor($0.request) == actor }
    }

    /// Nobody drives the run: this process claims it, does what was asked, and lets go.
    private func applied(
        _ request: ControlRequest, isInInbox: Bool, with claim: RunClaim, actor: Actor, control: RunControl,
        observer: any RunObserver
    ) async throws(EngineError) -> ControlAnswer {
        let loader = RunLoader(store: store)
        var asking: RunDriver?
        let answer: ControlAnswer = try await release(claim) { () async throws(EngineError) in
            let record = try await loader.record(claim.run)
            let state = try await loader.state(of: record)
            switch state.lifecycle {
            case .ended: try refuse(request, by: actor, state)
            case .ending where request.startsOwedWork: try refuse(request, by: actor, state)
            case .pending, .running, .paused, .ending: break
            }
            // A failed run has done what it owed.
            let hasEnded = if case .ended = state.lifecycle { true } else { false }
            let startsOwedWork = request.startsOwedWork && !hasEnded
            let resolver = secretResolver(in: state.created?.context.workingDirectory)
            // Settling an attempt takes none: its supervisor has masked what it left.
            let declared = state.program.definition.secrets
            let looksForSecrets = request.startsOwedWork || request.bringsText
            let secrets = looksForSecrets ? resolver.available(of: declared) : FoundSecrets()
            let leavesTexts = !looksForSecrets && !declared.isEmpty
            if leavesTexts { try await refuseAnswered(request, of: record, by: actor, state) }
            if !secrets.missing.isEmpty {
                guard request.startsOwedWork else {
                    // The next driver has them, and masks what is written down.
                    if !isInInbox { try await handOver(request, of: record, actor: actor) }
                    return .kept(missing: secrets.missing)
                }
                // A run whose secrets are gone is not to stay for ever: it ends without them.
                observer.observe(.lacksSecrets(secrets.missing))
            }
            let driver = RunDriver(
                engine: self, observer: observer, patience: .timers, runID: record.id, claim: claim,
                secrets: secrets.values, machine: RunMachine(state: state, host: environment.hostIdentity),
                head: state.head, actor: actor)
            driver.missingSecrets = secrets.missing
            driver.leavesTexts = leavesTexts
            driver.isAttached = startsOwedWork
            asking = driver
            _ = try await driver.drive(control: control) { group in
                guard startsOwedWork else {
                    // Pausing and resolving only write; what still runs goes on under its supervisor.
                    try await driver.recover(first: [], last: [], control: control, in: &group)
                    if !isInInbox { try await driver.obey(request, by: actor, answering: [], in: &group) }
                    // A step that still runs is being ended for `resolve`: its end comes as an event.
                    return driver.isResolving ? nil : .waiting
                }
                let inputs: [Input] = isInInbox ? [] : [driver.fit(request).input(by: actor)]
                try await driver.recover(
                    first: [.driverAttached(attached(.request))], last: inputs + [.recoveryFinished],
                    control: control, in: &group)
                return nil
            }
            return ControlAnswer.applied(driver.machine.state.status)
        }
        if let asking { await endChildren(askedBy: asking, control: control) }
        return answer
    }

    /// Says no to an answer where another one is recorded already and waits for a driver.
    private func refuseAnswered(
        _ request: ControlRequest, of record: RunRecord, by actor: Actor, _ state: RunState
    ) async throws(EngineError) {
        switch request {
        case .approve, .reject: break
        case .pause, .cancel, .resolve, .signal: return
        }
        let recorded = try await requests(of: record.uuid).filter(\.request.bringsText)
        if !recorded.isEmpty { try refuse(request, by: actor, obeyed(recorded, in: state)) }
    }

    /// Says no, before anything is written, to what the machine refuses in this state.
    private func refuse(_ request: ControlRequest, by actor: Actor, _ state: RunState) throws(EngineError) {
        var machine = RunMachine(state: state, host: environment.hostIdentity)
        var random = draws
        do {
            _ = try machine.decide(request.input(by: actor), at: clock.now(), using: &random)
        } catch {
            throw EngineError(translating: error)
        }
    }

    /// A step that runs without its supervisor is ended by the driver, and resolved then.
    private func mayBeEnded(for request: ControlRequest, _ state: RunState) -> Bool {
        guard case .resolve(let step, _, _, _) = request, case .running(let attempt) = state.state(ofStep: step)?.phase
        else { return false }
        let verdict = try? executor.look(at: AttemptIdentity(attempt, ofStore: store.id))
        if case .reattach = verdict { return false }
        return true
    }

    /// Says no at once to what the driver would refuse too.
    private func handOver(
        _ request: ControlRequest, of record: RunRecord, actor: Actor
    ) async throws(EngineError) {
        let state = try await RunLoader(store: store).state(of: record)
        if !mayBeEnded(for: request, state) {
            try refuse(request, by: actor, obeyed(try await requests(of: record.uuid), in: state))
        }
        // The secrets may not be at hand here; the driver has them, and masks what is left.
        let resolver = secretResolver(in: state.created?.context.workingDirectory)
        let known = request.bringsText ? resolver.available(of: state.program.definition.secrets).values : [:]
        let request = request.masked(known.values.sorted())
        try await translated { () async throws(StoreError) in
            try await store.enqueue(
                NewInboxRequest(
                    run: record.uuid, kind: request.kind, payload: actor.added(to: request.payload), actor: actor.name,
                    at: clock.now()))
        }
    }
}

extension ControlRequest {
    /// What is cancelled has to end, and its owed work to run.
    fileprivate var startsOwedWork: Bool {
        switch self {
        case .cancel: true
        case .pause, .resolve, .approve, .reject, .signal: false
        }
    }
}
