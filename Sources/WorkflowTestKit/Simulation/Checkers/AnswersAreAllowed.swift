internal import WorkflowCore

/// P8: whoever approved or rejected is one of those whom the step asks.
enum AnswersAreAllowed {
    /// - Parameter ledger: the run before the entry.
    static func check(_ entry: Entry, _ ledger: RunLedger) throws {
        let step: String
        switch entry.fact {
        case .stepApproved(let fact), .stepRejected(let fact): step = fact.step
        default: return
        }
        guard case .approval(let approval) = ledger.line(try ledger[step]).step.action else {
            throw SimulationFault("entry \(entry.sequence): \(step) asks nobody")
        }
        let approvers = approval.approvers.map { "person:" + $0.parts.map(\.words).joined() }
        guard approvers.isEmpty || approvers.contains(entry.actor.name) else {
            throw SimulationFault("entry \(entry.sequence): \(entry.actor) may not decide about \(step)")
        }
    }
}

extension Template.Part {
    fileprivate var words: String {
        if case .text(let text) = self { text } else { "" }
    }
}
