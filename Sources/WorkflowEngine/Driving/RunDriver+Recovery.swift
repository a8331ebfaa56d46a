internal import AttemptProtocol
internal import WorkflowCore
internal import WorkflowExecutors

// What an earlier driver left: looked at before anything starts.

extension RunDriver {
    /// Finds out what became of every attempt that was running, and tells the machine.
    ///
    /// - Parameters:
    ///   - first: what the machine is told before: that this driver came.
    ///   - last: what it is told after: a rewind, a request, the end of the recovery.
    func recover(
        first: [Input], last: [Input], control: RunControl, in group: inout DiscardingTaskGroup
    ) async throws {
        var inputs = first
        var reattached: [(AttemptReference, AttemptIdentity)] = []
        var orphaned: [(AttemptReference, AttemptIdentity, [Int])] = []
        for (number, attempt) in machine.state.runningAttempts {
            let name = machine.state.name(ofStep: number)
            let timeout = machine.state.step(number).timeout
            let reference = AttemptReference(step: name, attempt: attempt.number)
            let identity = identity(of: attempt)
            switch try executor.verdict(of: identity, secrets: secretValues) {
            case .settled(let end):
                noteEnd(identity, end)
                inputs.append(.attemptEnded(reference, end.result(timeout: timeout), losses: end.losses))
                settled.append(identity)
            case .neverBegan:
                inputs.append(.attemptNeverBegan(reference))
                settled.append(identity)
            case .inDoubt(let doubt):
                inputs.append(.attemptLost(reference, reason: doubt.message))
                settled.append(identity)
            case .reattach:
                observer.observe(.reattached(step: name, attempt: attempt.number))
                reattached.append((reference, identity))
            case .stillRunning(let processes):
                orphaned.append((reference, identity, processes.map { Int($0.pid) }))
            }
        }
        try await decide(inputs, in: &group)
        for (reference, identity) in reattached { wait(for: reference, identity, in: &group) }
        for (reference, identity, processes) in orphaned { follow(reference, identity, processes, in: &group) }
        try await releaseForgottenLocks(in: &group)
        // What was asked while nobody drove comes before anything starts, and a signal that has come already prevents it.
        try await obeyWhatCame(in: &group)
        try await decide(last.filter { $0 != .recoveryFinished || !control.isStopped }, in: &group)
    }
}
