package import WorkflowCore
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

    /// Looks whether a request that was handed over has been taken. The driver may have left while it was on its way, or another
    /// command have held the run for a moment: then this process obeys it.
    ///
    /// - Returns: nil while it waits for a driver that is there.
    package func follow(
        _ request: ControlRequest, of run: RunID, actor: Actor, control: RunControl, observer: any RunObserver
    ) async throws(EngineError) -> ControlAnswer? {
        let uuid = try await RunLoader(store: store).record(run).uuid
        guard try await waits(request, of: uuid, by: actor) else { return .handedOver }
        guard let claim = try? await store.claim(uuid) else { return nil }
        guard try await waits(request, of: uuid, by: actor) else {
            await store.release(claim)
            return .handedOver
        }
        return try await applied(
            request, isInInbox: true, with: claim, actor: actor, control: control, observer: observer)
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
            if case .ended = state.lifecycle { try refuse(request, by: actor, state) }
            let mayMeetSecrets =
                !state.runningAttempts.isEmpty || request.startsOwedWork && !state.program.exitRange.isEmpty
                || request.bringsData
            let resolver = SecretResolver(environment, workingDirectory: state.created?.context.workingDirectory)
            let secrets: [String: String]
            do throws(EngineError) {
                secrets = mayMeetSecrets ? try resolver.values(of: state.program.definition.secrets) : [:]
            } catch {
                guard case .signal = request, !isInInbox else { throw error }
                // Who sends it need not know the run's secrets; whoever drives the run next does, and masks them.
                try await handOver(request, of: record, actor: actor)
                return .kept
            }
            let driver = RunDriver(
                engine: self, observer: observer, patience: .timers, runID: record.id, claim: claim, secrets: secrets,
                machine: RunMachine(state: state, host: environment.hostIdentity), head: state.head)
            asking = driver
            _ = try await driver.drive(control: control) { group in
                guard request.startsOwedWork else {
                    // Pausing and resolving only write; what still runs goes on under its supervisor.
                    try await driver.recover(first: [], last: [], control: control, in: &group)
                    if !isInInbox { try await driver.obey(request, by: actor, answering: [], in: &group) }
                    // A step that still runs is being ended for `resolve`: its end comes as an event.
                    return driver.isResolving ? nil : .waiting
                }
                let inputs: [Input] = isInInbox ? [] : [request.masked(driver.secretValues).input(by: actor)]
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

    /// Says no, before anything is written, to what the machine refuses in this state.
    private func refuse(_ request: ControlRequest, by actor: Actor, _ state: RunState) throws(EngineError) {
        var machine = RunMachine(state: state, host: environment.hostIdentity)
        var random = SystemRandomNumberGenerator()
        do {
            _ = try machine.decide(request.input(by: actor), at: clock.now(), using: &random)
        } catch {
            throw EngineError(translating: error)
        }
    }

    /// Says no at once to what the driver would refuse too.
    private func handOver(
        _ request: ControlRequest, of record: RunRecord, actor: Actor
    ) async throws(EngineError) {
        let state = try await RunLoader(store: store).state(of: record)
        if case .resolve(let step, _, _, _) = request, case .running = state.state(ofStep: step)?.phase {
            // Only the driver knows whether it runs without its supervisor, and so can be ended and resolved.
        } else {
            try refuse(request, by: actor, state)
        }
        // Whoever asks may not have the secrets at hand; the driver has them, and masks what is left.
        let resolver = SecretResolver(environment, workingDirectory: state.created?.context.workingDirectory)
        let secrets = request.bringsData ? try? resolver.values(of: state.program.definition.secrets) : nil
        let request = request.masked((secrets ?? [:]).values.sorted())
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
