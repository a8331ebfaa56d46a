internal import AttemptProtocol
internal import JSON
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
            let identity = identity(of: attempt)
            let open = OpenAttempt(
                step: name, attempt: attempt, verdict: try executor.verdict(of: identity, secrets: secretValues))
            let reference = open.reference
            if case .settled(let end) = open.verdict { noteEnd(identity, end) }
            var events: [JSONValue] = []
            if case .inDoubt = open.verdict { events = try keptEvents(of: identity) }
            if let input = open.input(timeout: timeout, events: events) {
                inputs.append(input)
                settled.append(identity)
            }
            switch open.verdict {
            case .settled, .neverBegan, .inDoubt: break
            case .reattach:
                observer.observe(.reattached(step: name, attempt: attempt.number, id: attempt.id))
                reattached.append((reference, identity))
            case .stillRunning(let processes):
                orphaned.append((reference, identity, processes.map { Int($0.pid) }))
            }
        }
        try await decide(inputs, in: &group)
        for (reference, identity) in reattached { wait(for: reference, identity, in: &group) }
        for (reference, identity, processes) in orphaned { follow(reference, identity, processes, in: &group) }
        try await releaseForgottenLocks(in: &group)
        // What was asked while nobody drove comes before anything starts, and a signal that has come already prevents
        // it.
        try await obeyWhatCame(in: &group)
        try await decide(last.filter { $0 != .recoveryFinished || !control.isStopped }, in: &group)
    }
}
