package import WorkflowCore
internal import WorkflowStore

// What people ask of a run: handed to its driver through the inbox, or done at once where nobody drives it.

extension Engine {
    /// Pauses, cancels or resolves.
    ///
    /// - Throws: `.refused` when the run cannot follow, before anything is written.
    package func ask(
        _ request: ControlRequest, of run: RunID, actor: String, control: RunControl, observer: any RunObserver
    ) async throws(EngineError) -> ControlAnswer {
        let loader = RunLoader(store: store)
        let seen = try await loader.record(run)
        let claim: RunClaim
        do throws(StoreError) {
            claim = try await store.claim(seen.uuid)
        } catch {
            guard error.code == .heldByOther else { throw EngineError(error) }
            return try await handOver(request, of: seen, actor: actor)
        }
        return try await release(claim) { () async throws(EngineError) in
            let record = try await loader.record(seen.uuid)
            let state = try await loader.state(of: record)
            let mayMeetSecrets = !state.runningAttempts.isEmpty || request.startsOwedWork
            let secrets =
                mayMeetSecrets
                ? try SecretResolver(environment: environment).values(of: state.program.definition.secrets) : [:]
            let driver = RunDriver(
                engine: self, observer: observer, patience: .nothing, runID: record.id, claim: claim, secrets: secrets,
                machine: RunMachine(state: state, host: environment.hostIdentity), head: state.head)
            _ = try await driver.drive(control: control) { group in
                guard request.startsOwedWork else {
                    // Pausing and resolving only write; what still runs goes on under its supervisor.
                    try await driver.recover(first: [], last: [], in: &group)
                    try await driver.obey(request, by: actor, answering: [], in: &group)
                    return .waiting
                }
                let attached = attached(.request)
                try await driver.recover(
                    first: [.driverAttached(attached)], last: [request.input(by: actor), .recoveryFinished], in: &group)
                return nil
            }
            return .applied(driver.machine.state.status)
        }
    }

    /// Says no at once to what the driver would refuse too.
    private func handOver(
        _ request: ControlRequest, of record: RunRecord, actor: String
    ) async throws(EngineError) -> ControlAnswer {
        var machine = RunMachine(
            state: try await RunLoader(store: store).state(of: record), host: environment.hostIdentity)
        var random = SystemRandomNumberGenerator()
        do {
            _ = try machine.decide(request.input(by: actor), at: clock.now(), using: &random)
        } catch {
            throw EngineError(translating: error)
        }
        try await translated { () async throws(StoreError) in
            try await store.enqueue(
                NewInboxRequest(
                    run: record.uuid, kind: request.kind, payload: request.payload, actor: actor, at: clock.now()))
        }
        return .handedOver
    }
}

extension ControlRequest {
    /// What is cancelled has to end, and its owed work to run.
    fileprivate var startsOwedWork: Bool {
        switch self {
        case .cancel: true
        case .pause, .resolve: false
        }
    }
}
