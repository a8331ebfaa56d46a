internal import AttemptProtocol
internal import WorkflowCore
internal import WorkflowExecutors

// What an earlier driver left: looked at before anything starts.

extension RunDriver {
    /// Finds out what became of every attempt that was running, and tells the machine in one append.
    ///
    /// - Parameters:
    ///   - first: what the machine is told before: that this driver came.
    ///   - last: what it is told after: a rewind, a request, the end of the recovery.
    func recover(
        first: [Input], last: [Input], in group: inout DiscardingTaskGroup
    ) async throws {
        var inputs = first
        var reattached: [(AttemptReference, AttemptIdentity)] = []
        for (number, attempt) in machine.state.runningAttempts {
            let step = machine.state.program.lines[number].step
            let reference = AttemptReference(step: step.name, attempt: attempt.number)
            let identity = identity(of: attempt)
            switch try executor.verdict(of: identity, secrets: secretValues) {
            case .settled(let end):
                inputs.append(.attemptEnded(reference, end.result(timeout: step.timeout)))
                settled.append(identity)
            case .neverBegan:
                inputs.append(.attemptNeverBegan(reference))
                settled.append(identity)
            case .inDoubt(let doubt):
                inputs.append(.attemptLost(reference, reason: doubt.message))
                settled.append(identity)
            case .reattach:
                observer.observe(.reattached(step: step.name, attempt: attempt.number))
                reattached.append((reference, identity))
            case .stillRunning(let processes):
                observer.observe(
                    .stillRunning(
                        step: step.name, attempt: attempt.number, processes: processes.map { Int($0.pid) }))
                leftovers[reference] = identity
                reattached.append((reference, identity))
            }
        }
        try await decide(inputs + last, in: &group)
        for (reference, identity) in reattached {
            wait(for: reference, identity, in: &group)
            if leftovers[reference] != nil { enforceTimeout(of: reference, identity, in: &group) }
        }
    }

    /// The supervisor that would have ended it at its timeout is gone: this driver does it in its place.
    private func enforceTimeout(
        of attempt: AttemptReference, _ identity: AttemptIdentity, in group: inout DiscardingTaskGroup
    ) {
        guard let number = machine.state.program.number(ofStep: attempt.step),
            case .running(let running) = machine.state.steps[number].phase
        else { return }
        let step = machine.state.program.lines[number].step
        let wait = Wait(due: running.startedAt.adding(step.timeout), length: step.timeout)
        let (executor, mailbox, clock, remaining) = (executor, mailbox, clock, wait.remaining(at: clock.now()))
        group.addTask {
            await clock.sleep(for: remaining)
            guard !Task.isCancelled else { return }
            do throws(ExecutorError) {
                try executor.endStillRunning(identity, grace: step.killAfter.duration)
                mailbox.post(
                    .leftoverEnded(
                        attempt, identity,
                        reason: "its supervisor was gone, and it was ended at its timeout of \(step.timeout.text)"))
            } catch {
                mailbox.post(.broken(EngineError(error)))
            }
        }
    }
}
