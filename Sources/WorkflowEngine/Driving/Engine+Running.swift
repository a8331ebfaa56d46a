internal import AttemptProtocol
internal import JSON
internal import WorkflowCore
internal import WorkflowDefinitions
internal import WorkflowExecutors
package import WorkflowStore

// Starting and resuming: claim, load, recover, drive, release.

extension Engine {
    /// Starts a run and drives it.
    ///
    /// A run of the same name with equal definition and parameters starts nothing: the end is `.existed`.
    package func start(
        _ request: StartRequest, patience: Patience, control: RunControl, observer: any RunObserver
    ) async throws(EngineError) -> DriveResult {
        if let existing = try await existing(request) { return existing }
        try await refuseWaitForParent(request)
        let request = try await known(request)
        let secrets = try secretResolver().values(of: request.definition.definition.secrets)
        try SecretsInRequests(secrets).refuse(in: request)
        let programs = try await programs(of: request.definition.definition, beside: request.file)
        var random = draws
        let fact = try await created(request, programs, using: &random)
        let program = Program(request.definition.definition)
        // What decides by the run's name waits until the store has given it: one transaction more.
        let isNamedFirst = request.runID == nil && program.decidesByRunID
        var (machine, decision) = try decided {
            try RunMachine.create(
                fact, program: program, runID: request.runID, driver: isNamedFirst ? nil : attached(.run),
                host: environment.hostIdentity, actor: request.actor, at: clock.now(), using: &random)
        }
        var prepared: [AttemptIdentity] = []
        for case .startAttempt(let order) in decision.effects {
            let identity = AttemptIdentity(attemptID: order.id.text, role: .attempt, place: executor.place)
            do throws(ExecutorError) { try executor.prepare(identity) } catch { throw EngineError(error) }
            prepared.append(identity)
        }
        guard let made = try await make(request, fact, decision, machine.state.projection) else {
            // Nothing was stored that names them; what stays on disk all the same is told by `doctor`.
            for identity in prepared { try? executor.discard(identity) }
            return try await existingAfterRace(request)
        }
        observer.observe(.created(made.record.id, workflow: made.record.workflow))
        machine.name(made.record.id)
        let driver = RunDriver(
            engine: self, observer: observer, patience: patience, runID: made.record.id, claim: made.claim,
            secrets: secrets, programs: programs, machine: machine, head: 0, actor: request.actor)
        let result: DriveResult = try await release(made.claim) { () async throws(EngineError) in
            let end = try await driver.drive(control: control) { group in
                driver.became(durable: decision.entries, made.receipt)
                try await driver.perform(decision.effects, in: &group)
                guard isNamedFirst else { return nil }
                try await driver.recover(
                    first: [.driverAttached(attached(.run))], last: [.recoveryFinished], control: control, in: &group)
                return nil
            }
            return DriveResult(run: made.record.id, end: end)
        }
        await endChildren(askedBy: driver, control: control)
        return try driver.told(result)
    }

    /// Makes a run that nobody drives yet (`--detach`).
    package func create(_ request: StartRequest) async throws(EngineError) -> DriveResult {
        if let existing = try await existing(request) { return existing }
        try await refuseWaitForParent(request)
        let request = try await known(request)
        // Its driver needs them too: a run that lacks one is not made.
        let secrets = try secretResolver().values(of: request.definition.definition.secrets)
        try SecretsInRequests(secrets).refuse(in: request)
        let programs = try await programs(of: request.definition.definition, beside: request.file)
        var random = draws
        let fact = try await created(request, programs, using: &random)
        let (machine, decision) = try decided {
            try RunMachine.create(
                fact, program: Program(request.definition.definition), runID: request.runID, driver: nil,
                host: environment.hostIdentity, actor: request.actor, at: clock.now(), using: &random)
        }
        guard let made = try await make(request, fact, decision, machine.state.projection) else {
            return try await existingAfterRace(request)
        }
        await store.release(made.claim)
        return DriveResult(run: made.record.id, end: .ended(.pending))
    }

    /// Continues a run where it stopped. One that has ended other than by failure is left as it is.
    package func resume(
        _ request: ResumeRequest, patience: Patience, control: RunControl, observer: any RunObserver
    ) async throws(EngineError) -> DriveResult {
        let loader = RunLoader(store: store)
        let actor = try await known(request.actor)
        var checkpoint: CheckpointRecord?
        let seen: RunRecord
        switch request.target {
        case .run(let id): seen = try await loader.record(id)
        case .checkpoint(let id):
            let found = try await loader.checkpoint(id)
            seen = try await loader.record(found.run)
            checkpoint = found
        }
        guard request.mayGoOn(from: seen.projection.status) else {
            if let checkpoint, request.allowsRewind || checkpoint.id != seen.checkpoint {
                throw endedRewind(checkpoint, seen)
            }
            return DriveResult(run: seen.id, end: .ended(seen.projection.status))
        }
        let claim = try await translated { () async throws(StoreError) in try await store.claim(seen.uuid) }
        var asking: RunDriver?
        let result: DriveResult = try await release(claim) { () async throws(EngineError) in
            // Read again: another driver may have gone on until a moment ago.
            let record = try await loader.record(seen.uuid)
            var state = try await loader.state(of: record)
            guard request.mayGoOn(from: state.status) else {
                return DriveResult(run: record.id, end: .ended(state.status))
            }
            let definition = request.definition?.definition ?? state.program.definition
            let programs = await CalledPrograms(
                of: definition, in: executors,
                beside: request.definition == nil ? state.definitionFile : request.definitionFile)
            var last: [Input] = [.recoveryFinished]
            // After a rewind the newest checkpoint is the one gone back to, not the last one saved.
            if let checkpoint, checkpoint.id != state.checkpoint?.id {
                guard request.allowsRewind else { throw notNewest(checkpoint, record, state) }
                last.insert(
                    .rewindAsked(checkpoint.id, sequence: checkpoint.sequence, reason: request.reason, by: actor), at: 0
                )
            }
            if request.retriesFailed { last.insert(.retryFailedAsked(by: actor), at: last.count - 1) }
            if let definition = request.definition {
                let parameters = try moved(state, to: definition)
                try refuseUnreachableApprovers(of: definition.definition, parameters, actor)
                try programs.refuse(definition.definition.calls)
                state.learn(
                    Program(definition.definition), hash: definition.hash,
                    executors: programs.records(of: definition.definition))
                last.insert(
                    .definitionChangeAsked(
                        hash: definition.hash, parameters: parameters, repeatsFollowing: request.repeatsFollowing,
                        file: request.definitionFile, reason: request.reason, by: actor),
                    at: last.count - 1)
            }
            try refuse(last.filter { $0 != .recoveryFinished }, state)
            let context = try await inheritedContext(secrets: definition.secrets)
            var changes = state.created.map { context.changes(since: $0.context) } ?? []
            if request.definition == nil {
                try programs.refuse(state.callsToCome)
                changes += programs.changes(since: state.executors, of: definition)
            }
            let pins =
                state.created.map { context.differingPins(of: definition, since: $0.context) } ?? []
            guard pins.isEmpty else {
                throw EngineError(
                    .pinnedEnvironmentDiffers,
                    "\(record.id.text) pins variables that are not as they were when it began: "
                        + "\(pins.joined(separator: ", ")); set them, or unset them, as they were then")
            }
            if !changes.isEmpty { observer.observe(.changed(changes)) }
            let secrets = try secretResolver(in: state.created?.context.workingDirectory)
                .values(of: definition.secrets)
            let reason = request.reason.map(OutputMasking(secrets: secrets.values.sorted()).masked)
            last = last.map { $0.given(reason) }
            if let signal = control.firstSignal {
                return DriveResult(run: record.id, end: .stopped(signal: signal))
            }
            let driver = RunDriver(
                engine: self, observer: observer, patience: patience, runID: record.id, claim: claim,
                secrets: secrets, programs: programs,
                machine: RunMachine(state: state, host: environment.hostIdentity), head: state.head, actor: actor)
            driver.movesTo = request.definition
            asking = driver
            let begins = request.beginsRun && state.lifecycle == .pending && state.drivers == 0
            let attached = attached(
                begins ? .run : request.isRecovery ? .recovery : .resume, onDoubt: request.onDoubt, changes: changes,
                note: reason)
            observer.observe(.follows(definition))
            let end = try await driver.drive(control: control) { group in
                try await driver.recover(
                    first: [.driverAttached(attached, by: begins ? engineActor : actor)], last: last, control: control,
                    in: &group)
                return nil
            }
            return DriveResult(run: record.id, end: end)
        }
        guard let asking else { return result }
        await endChildren(askedBy: asking, control: control)
        return try asking.told(result)
    }

    /// What `resume --all` takes: interrupted runs and due timers, never failed or paused ones, nor what a run started
    /// that has ended since. Oldest first.
    package func resumableRuns() async throws(EngineError) -> [RunRecord] {
        var resumable: [RunRecord] = []
        for record in try await interruptedRuns() where try await !isLeftByParent(record) { resumable.append(record) }
        return resumable
    }

    /// Interrupted runs that nothing goes on with by itself, as the run that started them has ended or is cancelled.
    package func runsLeftByParents() async throws(EngineError) -> [RunRecord] {
        var left: [RunRecord] = []
        for record in try await interruptedRuns() where try await isLeftByParent(record) { left.append(record) }
        return left
    }

    private func interruptedRuns() async throws(EngineError) -> [RunRecord] {
        let now = clock.now()
        let candidates = try await runs(
            RunFilter(statuses: [.pending, .running, .waiting, .rollingBack], limit: 100_000))
        var interrupted: [RunRecord] = []
        for record in candidates.reversed() {
            // What a person has stopped goes on when a person says so, as what they paused does.
            guard record.projection.stop == nil else { continue }
            if record.projection.status == .waiting {
                guard let due = record.projection.dueAt, due <= now else { continue }
            }
            let isDriven = try await translated { () async throws(StoreError) in try await store.isClaimed(record.uuid)
            }
            if !isDriven { interrupted.append(record) }
        }
        return interrupted
    }

    /// The parameters of a run under another definition: those given stay, new ones get their defaults.
    func moved(
        _ state: RunState, to definition: StoredDefinition
    ) throws(EngineError) -> [String: JSONValue] {
        guard let created = state.created, created.workflow == definition.definition.name else {
            throw EngineError(
                .definitionUnfit,
                "the run is of the workflow \(state.created?.workflow ?? ""), and the file describes "
                    + "\(definition.definition.name): a run cannot become another workflow")
        }
        let declared = Set(definition.definition.parameters.map(\.name))
        var given: [String: GivenParameter] = [:]
        for (name, value) in created.parameters where declared.contains(name) && value != .null {
            given[name] = .value(value)
        }
        do throws(ParameterError) {
            return try ParameterResolver.resolve(definition.definition, given: given)
        } catch {
            throw EngineError(
                .definitionUnfit,
                "the run's parameters do not fit the new definition: "
                    + error.problems.map(\.message).joined(separator: "; ")
                    + "; a run keeps its parameters: give a new one a default there")
        }
    }

    /// Says no before anything is written. What still runs may have ended by the time that it is decided: then the
    /// driver says it.
    ///
    /// - Parameter isLooked: the state is what a look at every open attempt found: what runs in it is not about to end.
    func refuse(_ inputs: [Input], _ state: RunState, isLooked: Bool = false) throws(EngineError) {
        guard isLooked || state.runningAttempts.isEmpty, !inputs.isEmpty else { return }
        var machine = RunMachine(state: state, host: environment.hostIdentity)
        var random = draws
        _ = try decided {
            for input in [.driverAttached(attached(.resume))] + inputs {
                _ = try machine.decide(input, at: clock.now(), using: &random)
            }
        }
    }

    // MARK: - Parts

    func attached(
        _ reason: DriverAttached.Reason, onDoubt: DoubtPolicy? = nil, changes: [String] = [], note: String? = nil
    ) -> DriverAttached {
        DriverAttached(
            reason: reason, host: environment.hostIdentity, processID: environment.processID,
            engineVersion: environment.engineVersion, onDoubt: onDoubt, changes: changes, note: note)
    }

    /// Whatever happens, the claim is given back.
    func release<Value>(
        _ claim: RunClaim, after body: () async throws(EngineError) -> Value
    ) async throws(EngineError) -> Value {
        do throws(EngineError) {
            let value = try await body()
            await store.release(claim)
            return value
        } catch {
            await store.release(claim)
            throw error
        }
    }

    func inheritedContext(secrets: [Secret]) async throws(EngineError) -> InheritedContext {
        let key = try await translated { () async throws(StoreError) in try await store.environmentKey() }
        return InheritedContext(environment: environment, key: key, secrets: secrets)
    }

    /// The executors that a definition calls; each has to be there, and to be of use.
    private func programs(of definition: Definition, beside file: String?) async throws(EngineError) -> CalledPrograms {
        let programs = await CalledPrograms(of: definition, in: executors, beside: file)
        try programs.refuse(definition.calls)
        return programs
    }

    func created(
        _ request: StartRequest, _ programs: CalledPrograms, using random: inout Draws
    ) async throws(EngineError) -> RunCreated {
        let context = try await inheritedContext(secrets: request.definition.definition.secrets)
        let run = UniqueID(randomHigh: random.next(), randomLow: random.next())
        return RunCreated(
            run: run, workflow: request.definition.definition.name, definitionHash: request.definition.hash,
            parameters: request.parameters, labels: request.labels,
            context: context.record(using: &random), engineVersion: environment.engineVersion, parent: request.parent,
            file: request.file, executors: programs.records(of: request.definition.definition))
    }

    /// nil when a run of that name exists.
    private func make(
        _ request: StartRequest, _ fact: RunCreated, _ decision: Decision, _ projection: RunProjection
    ) async throws(EngineError) -> CreatedRun? {
        let run = NewRun(
            uuid: fact.run, id: request.runID, workflow: fact.workflow, definition: request.definition,
            labels: request.labels, createdBy: request.actor.name, host: environment.host.name,
            engineVersion: environment.engineVersion, createdAt: clock.now(), parent: request.parent?.run)
        do throws(StoreError) {
            return try await store.createRun(run, entries: decision.entries, projection: projection)
        } catch {
            if error.code == .runExists { return nil }
            throw EngineError(error)
        }
    }

    private func existing(_ request: StartRequest) async throws(EngineError) -> DriveResult? {
        guard let id = request.runID,
            let record = try await translated({ () async throws(StoreError) in try await store.run(named: id) })
        else { return nil }
        let first = try await translated { () async throws(StoreError) in
            try await store.entries(of: record.uuid, after: 0, through: 1, limit: 1)
        }
        guard case .runCreated(let fact)? = first.first?.fact, fact.definitionHash == request.definition.hash,
            fact.parameters == request.parameters
        else {
            throw EngineError(
                .runConflict,
                "run \(id.text) exists with another definition or other parameters; choose another --run-id, or look "
                    + "at it with `workflow show \(id.text)`")
        }
        let isDriven = try await translated { () async throws(StoreError) in try await store.isClaimed(record.uuid) }
        return DriveResult(run: id, end: .existed(record.projection.status, isDriven: isDriven))
    }

    /// Another process made the run of this name first.
    private func existingAfterRace(_ request: StartRequest) async throws(EngineError) -> DriveResult {
        if let existing = try await existing(request) { return existing }
        throw EngineError(.runConflict, "a run of this name was made and removed at the same time; try again")
    }

    func decided<Value>(_ body: () throws -> Value) throws(EngineError) -> Value {
        do { return try body() } catch { throw EngineError(translating: error) }
    }

    func endedRewind(_ checkpoint: CheckpointRecord, _ record: RunRecord) -> EngineError {
        EngineError(
            .rewindOfEndedRun,
            "\(record.id.text) is \(record.projection.status.rawValue) and cannot go back to \(checkpoint.id.text): "
                + "start a new run")
    }

    func notNewest(_ checkpoint: CheckpointRecord, _ record: RunRecord, _ state: RunState) -> EngineError {
        let repeated = state.stepsEnded(after: checkpoint.sequence).prefix(50).map { state.name(ofStep: $0) }
        let newest = state.checkpoint?.id.text ?? "none"
        return EngineError(
            .checkpointNotNewest,
            "\(checkpoint.id.text) is not the newest checkpoint of \(record.id.text): that is \(newest). Going back "
                + "would run again: \(repeated.isEmpty ? "nothing" : repeated.joined(separator: ", ")). To go on: "
                + "`workflow resume --checkpoint \(newest)`. To go back: add --rewind")
    }
}

extension ResumeRequest {
    /// A completed run goes on where what failed in it is to be done again.
    fileprivate func mayGoOn(from status: RunStatus) -> Bool {
        status.canBeResumed || retriesFailed && status == .completed
    }
}

extension Input {
    /// The same with its reason as it may be written down.
    fileprivate func given(_ reason: String?) -> Input {
        switch self {
        case .rewindAsked(let checkpoint, let sequence, _, let actor):
            .rewindAsked(checkpoint, sequence: sequence, reason: reason, by: actor)
        case .definitionChangeAsked(let hash, let parameters, let repeatsFollowing, let file, _, let actor):
            .definitionChangeAsked(
                hash: hash, parameters: parameters, repeatsFollowing: repeatsFollowing, file: file, reason: reason,
                by: actor)
        default: self
        }
    }
}
