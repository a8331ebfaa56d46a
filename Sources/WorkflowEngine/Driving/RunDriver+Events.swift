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
                if case .orphaned(let processes) = conclusion {
                    follow(attempt, identity, processes.map { Int($0.pid) }, in: &group)
                    continue
                }
                if let input = input(attempt, conclusion) { inputs.append(input) }
                leftovers[attempt] = nil
                settled.append(identity)
            case .attemptFailedToStart(let attempt, let identity, let failure):
                inputs.append(.attemptEnded(attempt, .failed(failure)))
                settled.append(identity)
            case .leftoverOverdue(let attempt, let identity):
                guard leftovers[attempt] != nil else { continue }
                end(identity, of: attempt, grace: killAfter(of: attempt), .timeout, in: &group)
            case .leftoverEnded(let attempt, let identity, let survivors, let ending):
                try await decide(inputs, in: &group)
                inputs = []
                try await leftoverEnded(attempt, identity, survivors, ending, in: &group)
            case .probeConcluded(let attempt, let identity, let conclusion):
                inputs.append(probeInput(attempt, conclusion))
                settled.append(identity)
            case .probeFailedToStart(let attempt, let identity, let message):
                inputs.append(
                    .probeEnded(
                        attempt, .cannotTell, message: "the probe could not be run: \(message)", outputs: [:]))
                if let identity { settled.append(identity) }
            case .waitOver(let attempt): inputs.append(.waitEnded(attempt))
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

    private func input(_ attempt: AttemptReference, _ conclusion: AttemptConclusion) -> Input? {
        switch conclusion {
        case .ended(let end): .attemptEnded(attempt, end.result(timeout: timeout(of: attempt)))
        case .lost(.neverBegan, let supervisor) where launched.contains(attempt):
            // Started by us and gone before the command began: charged to the retry limit, or it could go on for ever.
            .attemptEnded(
                attempt,
                .failed(
                    Failure(
                        kind: .transient, code: "supervisor_failed",
                        message: "the supervisor ended before it started the command"
                            + (supervisor.map { ": \($0.message)" } ?? ""))))
        case .lost(.neverBegan, _): .attemptNeverBegan(attempt)
        case .lost(.inDoubt(let doubt), _): .attemptLost(attempt, reason: doubt.message)
        case .lost(.settled(let end), _): .attemptEnded(attempt, end.result(timeout: timeout(of: attempt)))
        case .lost(.reattach, _), .lost(.stillRunning, _), .orphaned, .stoppedWaiting: nil
        }
    }

    func timeout(of attempt: AttemptReference) -> Milliseconds {
        machine.state.program.number(ofStep: attempt.step).map { machine.state.program.lines[$0].step.timeout }
            ?? Step.defaultTimeout
    }

    private func probeInput(_ attempt: AttemptReference, _ conclusion: AttemptConclusion) -> Input {
        func cannotTell(_ message: String) -> Input {
            .probeEnded(attempt, .cannotTell, message: message, outputs: [:])
        }
        guard case .ended(let end) = conclusion else { return cannotTell("the probe was lost") }
        switch end.outcome {
        case .ended(.exited(0)):
            switch end.outputs {
            case .success(let outputs): return .probeEnded(attempt, .done, message: "exit status 0", outputs: outputs)
            case .failure(let error): return cannotTell("the probe's outputs cannot be taken: \(error.message)")
            }
        case .ended(.exited(3)): return .probeEnded(attempt, .notDone, message: "exit status 3", outputs: [:])
        case .ended(let how): return cannotTell("the probe ended with \(how.text)")
        case .timedOut: return cannotTell("the probe took longer than \(Step.probeTimeout.text)")
        case .cancelled: return cannotTell("the probe was ended on request")
        case .couldNotStart(let failure): return cannotTell("the probe could not be run: \(failure.message)")
        }
    }

    private func killAfter(of attempt: AttemptReference) -> Milliseconds {
        machine.state.program.number(ofStep: attempt.step).map { machine.state.program.lines[$0].step.killAfter }
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
        guard let number = machine.state.program.number(ofStep: attempt.step),
            case .running(let running) = machine.state.steps[number].phase
        else { return }
        let timeout = machine.state.program.lines[number].step.timeout
        let wait = Wait(due: running.startedAt.adding(timeout), length: timeout)
        startTimer(wait.remaining(at: clock.now()), posting: .leftoverOverdue(attempt, identity), in: &group)
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
        switch ending {
        case .timeout:
            let timeout = timeout(of: attempt)
            try await decide(
                [
                    .attemptLost(
                        attempt,
                        reason: "its supervisor was gone, and it was ended at its timeout of \(timeout.text)")
                ], in: &group)
        case .request: try await decide([.attemptLost(attempt, reason: "it was ended on request")], in: &group)
        case .resolution(let request, let actor, let requests):
            try await decide(
                [.attemptEndedByPerson(attempt, reason: "it was ended by \(actor)"), request.input(by: actor)],
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
                // Of a kind that this version does not know: it stays in the inbox for a driver that does.
                continue
            }
            try await obey(control, by: request.request.actor, answering: [request.id], in: &group)
        }
    }

    /// Does what was asked, with the request's removal in the same append.
    func obey(
        _ request: ControlRequest, by actor: String, answering requests: [Int64],
        in group: inout DiscardingTaskGroup
    ) async throws {
        // A step that still runs without its supervisor is ended first; then it is in doubt, and can be resolved.
        if case .resolve(let step, _, _, _) = request,
            let (attempt, identity) = leftovers.first(where: { $0.key.step == step })
        {
            isResolving = true
            end(
                identity, of: attempt, grace: .seconds(2),
                .resolution(request, actor: actor, answering: requests), in: &group)
            return
        }
        try await decide([request.input(by: actor)], answering: requests, in: &group)
    }
}

extension AttemptEnd {
    /// What the machine is told of it.
    func result(timeout: Milliseconds) -> WorkflowCore.AttemptOutcome {
        switch outcome {
        case .ended(.exited(0)):
            switch outputs {
            case .success(let outputs): return .succeeded(outputs: outputs)
            case .failure(let error):
                return .failed(Failure(kind: .permanent, code: error.code.rawValue, message: error.message))
            }
        case .ended(.exited(let status)):
            return .failed(
                Failure(
                    kind: .transient, code: "exit_status", message: "exit status \(status)", exitCode: Int(status)))
        case .ended(.signalled(let signal)):
            return .failed(
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
