internal import AttemptProtocol
internal import ExecutorKit
internal import WorkflowCore
internal import WorkflowExecutors
internal import WorkflowStore

// Effects: only here does anything begin, and only after its intent is durable.

extension RunDriver {
    func perform(_ effects: [Effect], in group: inout DiscardingTaskGroup) async throws {
        for effect in effects where machine.isWanted(effect) {
            switch effect {
            case .startAttempt(let order): start(order, in: &group)
            case .startProbe(let attempt): startProbe(attempt, in: &group)
            case .startVerify(let attempt): startVerify(attempt, in: &group)
            case .takeLocks(let step, let locks, let request):
                try await takeLocks(step, locks, request: request, in: &group)
            case .takeConcurrency(let name, let conflict): try await takeTurn(name, conflict, in: &group)
            case .startWait(let attempt, let remaining):
                startTimer(remaining, posting: .waitOver(attempt), in: &group)
            case .cancelAttempt(let reference):
                guard let number = machine.state.number(ofStep: reference.step),
                    case .running(let attempt) = machine.state.steps[number].phase
                else { continue }
                try cancel(number, attempt, in: &group)
            case .goOn: mailbox.post(.goOn)
            case .runEnded: break  // The loop sees it in the state.
            }
        }
    }

    private func start(_ order: StartOrder, in group: inout DiscardingTaskGroup) {
        let attempt = order.attempt
        let identity = identity(order.id)
        do {
            let spec = try spec(
                .run, ofStep: attempt.step, key: order.idempotencyKey,
                logPath: environment.logPath(run: claim.run, step: attempt.step, attempt: attempt.attempt))
            try executor.launch(identity, spec)
            launched.insert(attempt)
        } catch {
            let failure = failure(toStart: error)
            do throws(ExecutorError) {
                // It has failed to start only if it is proved that nothing began, and sure that nothing will.
                if case .neverBegan = try executor.verdict(of: identity, secrets: secretValues) {
                    mailbox.post(.attemptFailedToStart(attempt, identity, failure))
                    return
                }
            } catch {
                return mailbox.post(.broken(EngineError(error)))
            }
        }
        wait(for: attempt, identity, in: &group)
    }

    /// Waits for the end of an attempt that has begun.
    ///
    /// - Parameter isLeftover: its supervisor is known to be gone, and its processes are waited for.
    func wait(
        for attempt: AttemptReference, _ identity: AttemptIdentity, isLeftover: Bool = false,
        in group: inout DiscardingTaskGroup
    ) {
        let (executor, mailbox, secrets) = (executor, mailbox, secretValues)
        let watch = isLeftover ? nil : overdueWatch(of: attempt, identity)
        group.addTask {
            do throws(ExecutorError) {
                let conclusion = try await RunDriver.watching(watch) { () async throws(ExecutorError) in
                    try await executor.conclusion(of: identity, secrets: secrets, followingLeftovers: isLeftover)
                }
                if case .stoppedWaiting = conclusion { return }
                mailbox.post(.attemptConcluded(attempt, identity, conclusion))
            } catch {
                mailbox.post(.broken(EngineError(error)))
            }
        }
    }

    func startProbe(_ attempt: AttemptReference, in group: inout DiscardingTaskGroup) {
        guard case .inDoubt(let doubt) = machine.state.state(ofStep: attempt.step)?.phase else { return }
        ask(.probe, attempt, key: doubt.attempt.idempotencyKey, in: &group)
    }

    func startVerify(_ attempt: AttemptReference, in group: inout DiscardingTaskGroup) {
        guard let number = machine.state.number(ofStep: attempt.step) else { return }
        // Every look is an attempt of its own that changes nothing: the key of the effect is the step's.
        ask(.verify, attempt, key: (try? machine.state.idempotencyKey(ofStep: number)) ?? "", in: &group)
    }

    /// Runs a step's `probe` or `verify`.
    private func ask(
        _ role: CommandRole, _ attempt: AttemptReference, key: String, in group: inout DiscardingTaskGroup
    ) {
        let identity = identity(UniqueID(randomHigh: random.next(), randomLow: random.next()), role: .probe)
        questions.insert(identity)
        do {
            let path = environment.logPath(
                run: claim.run, step: "\(attempt.step).\(role.rawValue)", attempt: attempt.attempt)
            let spec = try spec(role, ofStep: attempt.step, key: key, logPath: path)
            try executor.prepare(identity)
            try executor.launch(identity, spec)
        } catch {
            mailbox.post(.questionFailed(role, attempt, identity, message: failure(toStart: error).message))
            return
        }
        let (executor, mailbox, secrets) = (executor, mailbox, secretValues)
        let watch = overdueWatch(of: role, attempt, identity)
        group.addTask {
            do throws(ExecutorError) {
                let conclusion = try await RunDriver.watching(watch) { () async throws(ExecutorError) in
                    try await executor.conclusion(of: identity, secrets: secrets, followingLeftovers: true)
                }
                if case .stoppedWaiting = conclusion { return }
                mailbox.post(.questionConcluded(role, attempt, identity, conclusion))
            } catch {
                mailbox.post(.questionFailed(role, attempt, identity, message: error.message))
            }
        }
    }

    func startTimer(_ length: Milliseconds, posting event: DriverEvent, in group: inout DiscardingTaskGroup) {
        // What is over already is told before the driver can find that it has nothing to wait for.
        guard length > .zero else { return mailbox.post(event) }
        let (clock, mailbox) = (clock, mailbox)
        group.addTask {
            await clock.sleep(for: length)
            if !Task.isCancelled { mailbox.post(event) }
        }
    }

    func watchInbox(in group: inout DiscardingTaskGroup) {
        let (clock, mailbox, store, run) = (clock, mailbox, store, claim.run)
        group.addTask {
            while !Task.isCancelled {
                await clock.sleep(for: RunDriver.inboxInterval)
                do throws(StoreError) {
                    let requests = try await store.inbox(of: run)
                    if !requests.isEmpty { mailbox.post(.requests(requests)) }
                } catch {
                    if !Task.isCancelled { mailbox.post(.broken(EngineError(error))) }
                    return
                }
            }
        }
    }

    /// Ends an attempt's processes: through its supervisor, or by the recorded session where that is gone.
    func cancel(
        _ number: Int, _ attempt: StepState.Attempt, in group: inout DiscardingTaskGroup
    ) throws(ExecutorError) {
        let grace = machine.state.grace(ofStep: number)
        let reference = AttemptReference(step: machine.state.name(ofStep: number), attempt: attempt.number)
        if let leftover = leftovers[reference] {
            end(leftover, of: reference, grace: leftoverGrace(ofStep: number), .request, in: &group)
        } else {
            askedToEnd.insert(reference)
            try executor.requestCancel(identity(of: attempt), grace: grace.duration)
            // Where nothing may be killed the supervisor is not late, however long it takes.
            if machine.state.isNeverKilled(number) { return }
            startTimer(
                grace.adding(RunDriver.supervisorSlack),
                posting: .supervisorOverdue(reference, identity(of: attempt)), in: &group)
        }
    }

    /// What has no supervisor is waited for by this process, which is to leave soon; what has a grace of its own gets
    /// all of it.
    func leftoverGrace(ofStep number: Int) -> Milliseconds {
        let grace = machine.state.grace(ofStep: number)
        return machine.state.stopPolicy(ofStep: number).graceMilliseconds == nil
            ? min(grace, RunDriver.stopGrace) : grace
    }

    func identity(of attempt: StepState.Attempt) -> AttemptIdentity {
        AttemptIdentity(attempt, ofStore: store.id)
    }

    /// Ends what is left of an attempt without a supervisor. What survives is told: nothing else may start beside it.
    ///
    /// - Parameter kills: at once, whatever its stop policy says.
    func end(
        _ identity: AttemptIdentity, of attempt: AttemptReference, grace: Milliseconds, kills: Bool = false,
        _ ending: DriverEvent.Ending, in group: inout DiscardingTaskGroup
    ) {
        let (executor, mailbox) = (executor, mailbox)
        let policy = machine.state.number(ofStep: attempt.step).map { machine.state.stopPolicy(ofStep: $0) }
        let stop = kills ? .standard : policy.map { StopOrder($0) } ?? .standard
        group.addTask {
            do throws(ExecutorError) {
                let survivors = try await executor.endStillRunning(
                    identity, stop: stop, grace: kills ? .zero : grace.duration)
                mailbox.post(.leftoverEnded(attempt, identity, survivors: survivors.map { Int($0.pid) }, ending))
            } catch {
                mailbox.post(.broken(EngineError(error)))
            }
        }
    }

    // MARK: - Commands

    /// With what steps had masked while this process drives the run.
    var secretValues: [String] { secrets.values.sorted() + executor.masks.values(ofRun: claim.run.text) }

    private func spec(
        _ role: CommandRole, ofStep name: String, key: String, logPath: String
    ) throws -> CommandSpec {
        let command = try machine.state.command(
            role, ofStep: name, runID: runID, token: claim.token, idempotencyKey: key, secrets: secrets)
        var variables = environment.variables
        for (name, value) in command.environment { variables[name] = value }
        var spec = CommandSpec(
            shell: command.shell, script: command.script, environment: variables,
            workingDirectory: command.workingDirectory,
            umask: UInt32(machine.state.created?.context.umask ?? environment.umask), timeout: command.timeout.duration,
            killAfter: command.killAfter.duration, secrets: secretValues, logPath: logPath,
            run: claim.run.text)
        spec.rawVariables = environment.rawVariables
        if let call = command.call {
            let workspace = environment.workspacePath(run: claim.run, step: name)
            (spec.shell, spec.input) = try programs.command(call, workspace: workspace)
            try executor.makeFolder(workspace)
        }
        spec.stop = StopOrder(command.stop)
        spec.earlierEvents = command.earlierEvents
        return spec
    }

    private func failure(toStart error: any Error) -> Failure {
        switch error {
        case let error as ExpressionFailure:
            Failure(kind: .permanent, code: "expression_failed", message: error.message)
        case let error as ExecutorError:
            Failure(
                kind: error.isPermanent ? .permanent : .transient, code: error.code.rawValue,
                message: error.message)
        default: Failure(kind: .permanent, code: "could_not_start", message: "\(error)")
        }
    }
}

extension StopOrder {
    /// What a supervisor does about a stop policy.
    init(_ policy: StopPolicy) {
        self.init(
            signal: policy.signal.number, target: policy.to == .leader ? .leader : .group,
            kill: policy.kill == .never ? .never : policy.kill == .leader ? .leader : .group)
    }
}
