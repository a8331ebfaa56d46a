internal import JSON
package import WorkflowCore
package import WorkflowStore

// Who people are to a store, and what follows for approvals.

extension Engine {
    /// What people have decided about the store, oldest first.
    package func acts() async throws(EngineError) -> [StoreAct] {
        try await translated { () async throws(StoreError) in try await store.acts() }
    }

    /// Whether the store takes names on trust.
    package func identity() async throws(EngineError) -> StoreIdentity { StoreIdentity(try await acts()) }

    /// Has the store take names on trust, or not any more.
    package func set(_ identity: StoreIdentity, reason: String?, actor: Actor) async throws(EngineError) {
        let actor = try await known(actor)
        try await translated { () async throws(StoreError) in
            try await store.add(identity.act(reason: reason, by: actor, at: clock.now()))
        }
    }

    /// The same person, as this store knows people now.
    func known(_ actor: Actor) async throws(EngineError) -> Actor {
        actor.by == nil ? actor : actor.known(by: try await identity())
    }

    /// The same request by a person as the store knows people.
    ///
    /// - Throws: `.approversUnreachable` for approvals that only the owner could give.
    func known(_ request: StartRequest) async throws(EngineError) -> StartRequest {
        var request = request
        request.actor = try await known(request.actor)
        try refuseUnreachableApprovers(of: request.definition.definition, request.parameters, request.actor)
        return request
    }

    /// - Parameter actor: as the store knows people.
    func refuseUnreachableApprovers(
        of definition: Definition, _ parameters: [String: JSONValue], _ actor: Actor
    ) throws(EngineError) {
        let rule = ApproverRule(
            owner: environment.user, ownerID: environment.userID, identity: actor.by?.identity ?? .login)
        if let problem = rule.problem(of: definition, parameters: parameters, startedBy: actor) {
            throw EngineError(problem, owner: environment.user)
        }
    }
}

extension EngineError {
    /// Why a run is not started whose approvers promise what cannot be kept.
    package init(_ problem: ApproverRule.Problem, owner: String) {
        let why: String
        switch problem {
        case .invalid(let step, let problem):
            self.init(.approversInvalid, "step \(step): \(problem)")
            return
        case .noLogin(let step, let approvers):
            why =
                "step \(step) names approvers (\(approvers.joined(separator: ", "))), and people cannot be told apart "
                + "here: this process belongs to no login session (its audit login uid is unset, as in "
                + "containers, services and CI), so that every command counts as the store's owner, \(owner). "
                + "Start the run from a login session, leave \"approvers\" out"
        case .ownerAlone(let step):
            why =
                "step \(step) can be approved by \(owner) alone, who owns the store and needs no list for that: "
                + "name another login, leave \"approvers\" out"
        }
        self.init(
            .approversUnreachable,
            why
                + ", or have names taken on trust: `workflow store set identity=claimed`, then `workflow approve … "
                + "--as NAME`")
    }
}
