/// Whether the approvers that a definition names can ever be other people than the store's owner.
///
/// A store belongs to one user, and every command on it runs as that user. Who stands behind a command is known where
/// people log in: the kernel keeps the login over `sudo` and `su`. Where the command that starts a run has no such login
/// there is none to tell people apart by, and a list of approvers would promise what is not kept.
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
    }

    /// The first step whose approvers promise too much; nil where the run may start.
    ///
    /// - Parameter actor: who starts it. A program that drives runs of its own is no person, and is not asked.
    package func problem(of definition: Definition, startedBy actor: Actor) -> Problem? {
        guard identity == .login, let by = actor.by else { return nil }
        for line in Program(definition).lines {
            guard case .approval(let approval) = line.step.action, !approval.approvers.isEmpty else { continue }
            let names = approval.approvers.map(\.constant)
            guard by.auditID != nil else {
                return .noLogin(step: line.step.name, approvers: names.map { $0 ?? "${{ … }}" })
            }
            if names.allSatisfy({ $0.map(isOwner) ?? false }) { return .ownerAlone(step: line.step.name) }
        }
        return nil
    }

    private func isOwner(_ name: String) -> Bool {
        name.utf8.elementsEqual(owner.utf8) || name.utf8.elementsEqual("uid:\(ownerID)".utf8)
    }
}
