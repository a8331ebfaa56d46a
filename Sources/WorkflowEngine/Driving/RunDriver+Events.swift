internal import AttemptProtocol
internal import JSON
internal import WorkflowCore
internal import WorkflowExecutors
internal import WorkflowStore

// What comes back from the world, as inputs of the machine.

extension RunDriver {
    /// All that has come at once goes into one append.
    func handle(_ events: [DriverEvent], in group: inout DiscardingTaskGroup) async throws {
        var inputs: [Input] = []
        for event in events {
            switch event {
            case .attemptConcluded(let attempt, let identity, let conclusion):
                if case .ended(let end) = conclusion {
                    unstarted[attempt.step] = nil
                    noteEnd(identity, end)
                }
                if case .orphaned(let processes) = conclusion {
                    follow(attempt, identity, processes.map { Int($0.pid) }, in: &group)
                    continue
                }
                if let input = try input(attempt, identity, conclusion) { inputs.append(input) }
                leftovers[attempt] = nil
                settled.append(identity)
            case .attemptFailedToStart(let attempt, let identity, let failure):
                inputs.append(.attemptEnded(attempt, .failed(failure)))
                settled.append(identity)
            case .supervisorOverdue(let attempt, let identity): endSupervisor(of: attempt, identity, in: &group)
            case .supervisorEnded(let attempt, let process):
                observer.observe(.supervisorEnded(step: attempt.step, attempt: attempt.attempt, process: process))
            case .questionOverdue(let role, let attempt, let identity):
                endQuestion(role, attempt, identity, in: &group)
            case .leftoverOverdue(let attempt, let identity):
                guard leftovers[attempt] != nil else { continue }
                end(identity, of: attempt, grace: killAfter(of: attempt), .timeout, in: &group)
            case .leftoverEnded(let attempt, let identity, let survivors, let ending):
                try await decide(inputs, in: &group)
                inputs = []
                try await leftoverEnded(attempt, identity, survivors, ending, in: &group)
            case .questionConcluded(let role, let attempt, let identity, let conclusion):
                settled.append(identity)
                // It may have been given up before: one question, one answer.
                guard questions.remove(identity) != nil else { continue }
                if asksAgain(role, attempt, conclusion, in: &group) { continue }
                inputs.append(input(role, attempt, Answer(conclusion, role)))
            case .questionFailed(let role, let attempt, let identity, let message):
                guard questions.remove(identity) != nil else { continue }
                inputs.append(input(role, attempt, Answer("the \(role.rawValue) could not be run: \(message)")))
                settled.append(identity)
            case .locksTaken(let step, let request): inputs.append(.locksTaken(step: step, request: request))
            case .concurrencyTaken: inputs.append(.concurrencyTaken)
            case .concurrencyRefused(let holder):
                inputs.append(.concurrencyRefused(by: holder.run.text, remedy: holder.remedy()))
            case .heldByParent(let step, let request, let holding):
                let error = Engine.waitForParent(holding)
                refusedWait = error
                inputs.append(.waitRefused(step: step, request: request, why: error.message))
            case .goOn: inputs.append(.wentOn)
            case .waitOver(let timer): inputs.append(.waitEnded(timer, heldBy: await whoHoldsLocks(of: timer.step)))
            case .graceOver: graceIsOver()
            case .broken(let error): throw error
            case .stopAsked(let signal, let count):
                try await decide(inputs, in: &group)
                inputs = []
                try await stop(signal: signal, count: count, in: &group)
            case .requests(let requests):
                try await decide(inputs, in: &group)
                inputs = []
                try await obey(requests, in: &group)
            }
        }
        if !inputs.isEmpty { try await decide(inputs, in: &group) }
    }

    /// What is kept of an attempt whose outcome is not known.
    func keptEvents(of identity: AttemptIdentity) throws(ExecutorError) -> [JSONValue] {
        try executor.keptEvents(of: identity).filter(AttemptEnd.isJournaled)
    }

    private func input(
        _ attempt: AttemptReference, _ identity: AttemptIdentity, _ conclusion: AttemptConclusion
    ) throws(ExecutorError) -> Input? {
        switch conclusion {
        case .ended(let end):
            .attemptEnded(
                attempt, end.result(timeout: timeout(of: attempt)), losses: end.losses, events: end.journaledEvents)
        case .lost(.neverBegan, let supervisor) where launched.contains(attempt):
            neverBegan(attempt, supervisor)
        case .lost(.neverBegan, _): .attemptNeverBegan(attempt)
        case .lost(.inDoubt, _) where overdue.contains(attempt):
            .attemptLost(attempt, reason: overdueReason(attempt), events: try keptEvents(of: identity))
        case .lost(.inDoubt(let doubt), _):
            .attemptLost(attempt, reason: doubt.message, events: try keptEvents(of: identity))
        case .lost(.settled(let end), _):
            .attemptEnded(
                attempt, end.result(timeout: timeout(of: attempt)), losses: end.losses,
                endedAt: end.instant, events: end.journaledEvents)
        case .lost(.reattach, _), .lost(.stillRunning, _), .orphaned, .stoppedWaiting: nil
        }
    }

    /// Started by us and gone before the command began. One that was killed is proved never to have begun, and is
    /// simply started; what happens again and again, or what the supervisor itself gave up, is charged to the retry
    /// limit.
    private func neverBegan(_ attempt: AttemptReference, _ supervisor: SupervisorExit?) -> Input {
        unstarted[attempt.step, default: 0] += 1
        if supervisor == nil, unstarted[attempt.step, default: 0] <= RunDriver.killedTriesMax {
            return .attemptNeverBegan(attempt)
        }
        return .attemptEnded(
            attempt,
            .failed(
                Failure(
                    kind: .transient, code: "supervisor_failed",
                    message: "the supervisor ended before it started the command"
                        + (supervisor.map { ": \($0.message)" } ?? ""))))
    }

    /// A question changes nothing, so one whose supervisor was killed is asked again.
    ///
    /// - Returns: whether it was.
    private func asksAgain(
        _ role: CommandRole, _ attempt: AttemptReference, _ conclusion: AttemptConclusion,
        in group: inout DiscardingTaskGroup
    ) -> Bool {
        guard case .lost = conclusion else { return false }
        lostQuestions["\(role.rawValue) \(attempt.step)", default: 0] += 1
        guard lostQuestions["\(role.rawValue) \(attempt.step)", default: 0] <= RunDriver.killedTriesMax else {
            return false
        }
        if role == .verify { startVerify(attempt, in: &group) } else { startProbe(attempt, in: &group) }
        return true
    }

    func timeout(of attempt: AttemptReference) -> Milliseconds {
        machine.state.number(ofStep: attempt.step).map { machine.state.step($0).timeout }
            ?? Step.defaultTimeout
    }

    private func input(_ role: CommandRole, _ attempt: AttemptReference, _ answer: Answer) -> Input {
        role == .verify
            ? .verifyEnded(step: attempt.step, answer.verdict, message: answer.message)
            : .probeEnded(attempt, answer.verdict, message: answer.message, outputs: answer.outputs)
    }

    func killAfter(of attempt: AttemptReference) -> Milliseconds {
        machine.state.number(ofStep: attempt.step).map { machine.state.grace(ofStep: $0) }
            ?? Step.defaultKillAfter
    }

    // MARK: - Steps without their supervisor

    /// The supervisor is gone and the step is not: it is waited for, and this driver keeps its timeout.
    func follow(
        _ attempt: AttemptReference, _ identity: AttemptIdentity, _ processes: [Int],
        in group: inout DiscardingTaskGroup
    ) {
        observer.observe(.stillRunning(step: attempt.step, attempt: attempt.attempt, processes: processes))
        leftovers[attempt] = identity
        wait(for: attempt, identity, isLeftover: true, in: &group)
        guard let number = machine.state.number(ofStep: attempt.step),
            case .running(let running) = machine.state.steps[number].phase
        else { return }
        if askedToEnd.contains(attempt) {
            return end(identity, of: attempt, grace: leftoverGrace(ofStep: number), .request, in: &group)
        }
        let remaining = overdue.contains(attempt) ? .zero : remaining(of: running, number)
        startTimer(remaining, posting: .leftoverOverdue(attempt, identity), in: &group)
    }

    private func leftoverEnded(
        _ attempt: AttemptReference, _ identity: AttemptIdentity, _ survivors: [Int], _ ending: DriverEvent.Ending,
        in group: inout DiscardingTaskGroup
    ) async throws {
        if case .resolution = ending { isResolving = false }
        guard survivors.isEmpty else {
            // Nothing else starts for it as long as they live: it stays running, and is waited for.
            observer.observe(.stillRunning(step: attempt.step, attempt: attempt.attempt, processes: survivors))
            if case .resolution(_, _, let requests) = ending { try await decide([], answering: requests, in: &group) }
            return
        }
        leftovers[attempt] = nil
        settled.append(identity)
        let events = try keptEvents(of: identity)
        switch ending {
        case .timeout:
            let reason =
                overdue.contains(attempt)
                ? overdueReason(attempt)
                : "its supervisor was gone, and it was ended at its timeout of \(timeout(of: attempt).text)"
            try await decide([.attemptLost(attempt, reason: reason, events: events)], in: &group)
        case .request:
            try await decide([.attemptLost(attempt, reason: "it was ended on request", events: events)], in: &group)
        case .resolution(let request, let actor, let requests):
            try await decide(
                [
                    .attemptEndedByPerson(attempt, reason: "it was ended by \(actor)", events: events),
                    request.input(by: actor),
                ],
                answering: requests, in: &group)
        }
    }

    // MARK: - Requests

    /// Obeys what lies in the inbox now.
    @discardableResult
    func obeyWhatCame(in group: inout DiscardingTaskGroup) async throws -> Bool {
        let requests = try await store.inbox(of: claim.run)
        let new = requests.contains { !seenRequests.contains($0.id) }
        try await obey(requests, in: &group)
        return new
    }

    private func obey(_ requests: [InboxRequest], in group: inout DiscardingTaskGroup) async throws {
        for request in requests where seenRequests.insert(request.id).inserted {
            guard let control = ControlRequest(request.request) else {
                let refused = RequestRefused(
                    request: request.request.kind, code: "request_unreadable",
                    message: "version \(environment.engineVersion) cannot read this request")
                try await decide(
                    [.requestRefused(refused, by: Actor(request.request))], answering: [request.id], in: &group)
                continue
            }
            if leavesTexts, control.bringsText { continue }
            try await obey(control, by: Actor(request.request), answering: [request.id], in: &group)
        }
    }

    /// The request as it may be written down. A reason that may hold a secret which is not known here is left out.
    func fit(_ request: ControlRequest) -> ControlRequest {
        let request = request.masked(secretValues)
        return missingSecrets.isEmpty ? request : request.reasoned { _ in Self.withheldReason }
    }

    static let withheldReason = "(left out: a secret that may be in it was not known)"

    /// Does what was asked, with the request's removal in the same append.
    func obey(
        _ request: ControlRequest, by actor: Actor, answering requests: [Int64],
        in group: inout DiscardingTaskGroup
    ) async throws {
        let actor = actor.masked(secretValues)
        if !missingSecrets.isEmpty, request.bringsData {
            let refused = RequestRefused(
                request: request.kind, code: InputRefusal.Code.secretsMissing.rawValue,
                message: "what it brings cannot be masked: \(missingSecrets.map(\.message).joined(separator: "; "))")
            return try await decide([.requestRefused(refused, by: actor)], answering: requests, in: &group)
        }
        let request = fit(request)
        // A step that still runs without its supervisor is ended first; then it is in doubt, and can be resolved.
        if case .resolve(let step, _, _, _) = request,
            let (attempt, identity) = leftovers.first(where: { $0.key.step.isSame(as: step) })
        {
            isResolving = true
            end(
                identity, of: attempt, grace: .seconds(2),
                .resolution(request, actor: actor, answering: requests), in: &group)
            return
        }
        try await decide([request.input(by: actor)], answering: requests, in: &group)
        if case .cancel(_, kills: true) = request { try killRunning(in: &group) }
    }

    /// A person has killed what runs, whatever its stop policy says.
    private func killRunning(in group: inout DiscardingTaskGroup) throws(ExecutorError) {
        for (number, attempt) in machine.state.runningAttempts {
            let reference = AttemptReference(step: machine.state.name(ofStep: number), attempt: attempt.number)
            if let leftover = leftovers[reference] {
                end(leftover, of: reference, grace: .zero, kills: true, .request, in: &group)
                continue
            }
            try executor.requestCancel(identity(of: attempt), grace: .zero, kills: true)
        }
    }
}

/// What a `probe` or `verify` said: exit 0 done, 3 not done, anything else cannot tell.
private struct Answer {
    let verdict: ProbeVerdict
    let message: String
    let outputs: GivenOutputs

    private init(_ verdict: ProbeVerdict, _ message: String, _ outputs: GivenOutputs = [:]) {
        self.verdict = verdict
        self.message = message
        self.outputs = outputs
    }

    /// It cannot tell.
    init(_ message: String) {
        self.init(.cannotTell, message)
    }

    init(_ conclusion: AttemptConclusion, _ role: CommandRole) {
        guard case .ended(let end) = conclusion else {
            self.init("the \(role.rawValue) was lost")
            return
        }
        let losses = end.losses.map { "; " + $0.text } ?? ""
        switch end.outcome {
        case .ended(.exited(0)):
            switch end.outputs {
            case .success(let outputs):
                self.init(.done, "exit status 0" + losses, GivenOutputs(texts: outputs))
            case .failure(let error): self.init("the \(role.rawValue)'s outputs cannot be taken: \(error.message)")
            }
        case .ended(.exited(3)): self.init(.notDone, "exit status 3" + losses)
        case .ended(let how): self.init("the \(role.rawValue) ended with \(how.text)" + losses)
        case .timedOut: self.init("the \(role.rawValue) took longer than \(Step.probeTimeout.text)")
        case .cancelled: self.init("the \(role.rawValue) was ended on request")
        case .couldNotStart(let failure): self.init("the \(role.rawValue) could not be run: \(failure.message)")
        }
    }
}

extension AttemptEnd {
    var losses: AttemptLosses? {
        AttemptLosses(
            lostLogBytes: log.lostBytes, omittedLogBytes: log.omittedBytes, endedProcesses: leftoverProcesses,
            refusedEvents: eventSummary.refused, eventProblem: eventSummary.problem)
    }

    /// Outputs are written down as outputs.
    static func isJournaled(_ event: JSONValue) -> Bool { event["type"] != .string("output") }

    /// What is written down of its events.
    var journaledEvents: [JSONValue] { events.filter(Self.isJournaled) }

    /// A failure with what the attempt said about it.
    private func explained(_ failure: Failure) -> WorkflowCore.AttemptOutcome {
        guard let event = failureEvent else { return .failed(failure) }
        var failure = failure
        failure.code = event.code
        failure.message = "\(event.message) (\(failure.message))"
        failure.advice = FailureAdvice(
            retry: event.retry.flatMap { FailureAdvice.Retry(rawValue: $0.rawValue) },
            after: event.afterMilliseconds.map { Milliseconds($0) },
            effect: event.effect.flatMap { FailureAdvice.Effect(rawValue: $0.rawValue) })
        if event.retry == .never, failure.kind == .transient { failure.kind = .permanent }
        return .failed(failure)
    }

    /// When it ended, by its supervisor's clock.
    var instant: Timestamp { Timestamp(millisecondsSinceEpoch: endedAtMilliseconds) }

    /// What the machine is told of it.
    func result(timeout: Milliseconds) -> WorkflowCore.AttemptOutcome {
        switch outcome {
        case .ended(.exited(0)):
            switch outputs {
            case .success(let outputs): return .succeeded(outputs: GivenOutputs(texts: outputs))
            case .failure(let error):
                return .failed(Failure(kind: .permanent, code: error.code.rawValue, message: error.message))
            }
        case .ended(.exited(let status)):
            return explained(
                Failure(
                    kind: .transient, code: "exit_status", message: "exit status \(status)", exitCode: Int(status)))
        case .ended(.signalled(let signal)):
            return explained(
                Failure(kind: .killed, code: "signal", message: "ended by signal \(signal), which was not ours"))
        case .timedOut:
            return .failed(
                Failure(kind: .timedOut, code: "timeout", message: "ended at its timeout of \(timeout.text)"))
        case .cancelled:
            return .failed(Failure(kind: .cancelled, code: "cancelled", message: "ended on request"))
        case .couldNotStart(let failure):
            let isPassing = failure.stage == .process || failure.stage == .preparing
            return .failed(
                Failure(
                    kind: isPassing ? .transient : .permanent, code: "could_not_start", message: failure.message))
        }
    }
}
