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

/// An approval that names approvers and has not been given.
struct ApprovalLeft: Sendable, Equatable {
    /// `ask`, `host[a].ask`; of a group that has not begun the name of the step alone.
    let step: String
    let line: Int
    let approvers: [String]
    let isRejected: Bool
}

extension RunState {
    /// A cancel has to say why: the run has failed, or something is in doubt, or may turn out to be.
    package var cancelTakesReason: Bool {
        if case .ended(.failed, _) = lifecycle { return true }
        return !stepsInDoubt.isEmpty || !runningAttempts.isEmpty
    }

    /// Approvals that have not been given, of those that the step is or holds: in the definition's order.
    ///
    /// - Parameter again: steps that are to run again: what was given to them counts no more.
    func approvalsLeft(inside step: Int, again: Set<ExactText> = []) -> [ApprovalLeft] {
        let phase = steps[step].phase
        let isOver = (phase == .succeeded || phase == .skipped) && !again.contains(ExactText(name(ofStep: step)))
        if let children = containers[step]?.children, steps[step].hasOpened {
            return children.flatMap { approvalsLeft(inside: $0, again: again) }
        }
        guard !isOver else { return [] }
        let line = instances[step].line
        guard case .approval(let approval) = self.step(step).action, !approval.approvers.isEmpty else {
            return approvalsLeft(below: line)
        }
        let name = name(ofStep: step)
        let asked = approversAsked[name] ?? (try? ExpressionScope(self, step: step).approvers(of: approval))
        return [
            ApprovalLeft(
                step: name, line: line, approvers: asked ?? approval.writtenApprovers,
                isRejected: steps[step].failure?.code == RunMachine.rejectedCode)
        ]
    }

    /// Of a group that has not begun.
    private func approvalsLeft(below line: Int) -> [ApprovalLeft] {
        program.lines[line].children.flatMap { child in
            guard case .approval(let approval) = program.lines[child].step.action, !approval.approvers.isEmpty else {
                return approvalsLeft(below: child)
            }
            return [
                ApprovalLeft(
                    step: program.lines[child].step.name, line: child, approvers: approval.writtenApprovers,
                    isRejected: false)
            ]
        }
    }
}

extension Approval {
    /// As far as they are names: no person is called like an expression.
    var writtenApprovers: [String] { approvers.map { $0.constant.map(ApproverName.plain) ?? "${{ … }}" } }
}
