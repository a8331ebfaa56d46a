package import JSON

/// Whether the approvers that a definition names can ever be other people than the store's owner.
///
/// A store belongs to one user, and every command on it runs as that user. Who stands behind a command is known where
/// people log in: the kernel keeps the login over `sudo` and `su`. Where the command that starts a run has no such
/// login there is none to tell people apart by, and a list of approvers would promise what is not kept.
package struct ApproverRule: Sendable {
    /// The store's owner.
    package var owner: String
    package var ownerID: Int
    package var identity: StoreIdentity

    package init(owner: String, ownerID: Int, identity: StoreIdentity) {
        self.owner = owner
        self.ownerID = ownerID
        self.identity = identity
    }

    package enum Problem: Sendable, Equatable {
        /// Nothing tells people apart where the run is started.
        case noLogin(step: String, approvers: [String])
        /// All of them are the owner.
        case ownerAlone(step: String)
        /// What names them gives no names.
        case invalid(step: String, String)
    }

    /// The first step whose approvers promise too much; nil where the run may start. A step that the parameters keep
    /// from running promises nothing.
    ///
    /// - Parameter actor: who starts it. A program that drives runs of its own is no person, and is not asked.
    package func problem(
        of definition: Definition, parameters: [String: JSONValue] = [:], startedBy actor: Actor
    ) -> Problem? {
        guard Program(definition).lines.contains(where: { $0.step.namesApprovers }) else { return nil }
        let plan = RunPlan(definition, parameters: parameters)
        var waiting = Array((plan.stages.flatMap(\.steps) + plan.onExit).reversed())
        while let step = waiting.popLast() {
            guard step.condition?.holds != false, step.items?.count != 0 else { continue }
            if step.step.namesApprovers, let problem = problem(of: step, startedBy: actor) { return problem }
            waiting += step.steps.reversed()
        }
        return nil
    }

    private func problem(of step: PlannedStep, startedBy actor: Actor) -> Problem? {
        let name = step.step.name
        if let problem = step.approvers.lazy.compactMap(\.problem).first { return .invalid(step: name, problem) }
        guard identity == .login, let by = actor.by else { return nil }
        guard by.auditID != nil, !by.isMapped else {
            return .noLogin(step: name, approvers: step.approvers.map(\.text))
        }
        return step.approvers.allSatisfy({ $0.isKnown && isOwner($0.text) }) ? .ownerAlone(step: name) : nil
    }

    private func isOwner(_ name: String) -> Bool {
        let name = ApproverName.plain(name)
        return name.utf8.elementsEqual(owner.utf8) || name.utf8.elementsEqual("uid:\(ownerID)".utf8)
    }
}

extension Step {
    fileprivate var namesApprovers: Bool {
        if case .approval(let approval) = action { return !approval.approvers.isEmpty }
        return false
    }
}
