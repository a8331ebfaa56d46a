internal import JSON

/// A person made the driver leave: the run goes on when a person says so.
package struct PersonsStop: Sendable, Equatable {
    /// `SIGINT`.
    package let signal: String
    package let actor: Actor
    package let at: Timestamp

    /// For people: `SIGINT of ada`.
    package var told: String { "\(signal) of \(actor.person)" }

    /// Whether a signal is a person's. An interrupt is, and so is a terminal that was closed; a termination is the
    /// machine's, and so is a hangup where there is no terminal.
    package static func isPersons(_ signal: String, of actor: Actor) -> Bool {
        guard let by = actor.by else { return false }
        return signal == "SIGINT" || signal == "SIGHUP" && by.terminal != nil
    }
}

extension RunState {
    /// A cancel has to say why: the run has failed, or something is in doubt, or may turn out to be.
    package var cancelTakesReason: Bool {
        if case .ended(.failed, _) = lifecycle { return true }
        return !stepsInDoubt.isEmpty || !runningAttempts.isEmpty
    }

    /// Approvals that have not been given, of those that the step is or holds, with whom they ask (nobody in particular
    /// where that is empty): in the definition's order.
    func approvalsLeft(inside step: Int) -> [(step: Int, approvers: [String])] {
        let inside = containers[step].map { $0.children.flatMap { approvalsLeft(inside: $0) } } ?? []
        guard case .approval(let approval) = self.step(step).action, steps[step].phase != .succeeded,
            steps[step].phase != .skipped
        else { return inside }
        // One that it has not asked yet may be named by an expression: no person is called so.
        let approvers = approversAsked[name(ofStep: step)] ?? approval.approvers.map { $0.constant ?? "${{ … }}" }
        return inside + [(step, approvers)]
    }
}
