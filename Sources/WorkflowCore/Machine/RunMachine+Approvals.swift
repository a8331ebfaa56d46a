internal import JSON

// What people answer to steps that ask for approval.

extension RunMachine {
    /// The code of the failure of a step that was rejected.
    static let rejectedCode = "rejected"

    mutating func approved(
        _ name: String, reason: String?, by actor: Actor, using random: inout some RandomNumberGenerator
    ) throws {
        let (number, attempt) = try asked(name, verb: "approve", by: actor)
        let step = state.name(ofStep: number)
        try note(.stepApproved(StepJudged(step: step, reason: reason)), by: actor)
        var outputs: [String: JSONValue] = ["approved_by": .string(actor.person)]
        outputs["reason"] = reason.map { .string($0) }
        try succeeded(AttemptReference(step: step, attempt: attempt.number), outputs: outputs, basis: .approval)
    }

    mutating func rejected(_ name: String, reason: String?, by actor: Actor) throws {
        let (number, attempt) = try asked(name, verb: "reject", by: actor)
        let step = state.name(ofStep: number)
        try note(.stepRejected(StepJudged(step: step, reason: reason)), by: actor)
        try failedForGood(
            AttemptReference(step: step, attempt: attempt.number),
            Failure(
                kind: .permanent, code: RunMachine.rejectedCode,
                message: "rejected by \(actor.person)" + (reason.map { ": \($0)" } ?? "")))
    }

    private func asked(
        _ name: String, verb: String, by actor: Actor
    ) throws(InputRefusal) -> (Int, StepState.Attempt) {
        try refuseAfterEnd(verb)
        guard let number = state.number(ofStep: name) else { throw noSuchStep(name) }
        guard case .asking(let attempt, let wait, .approval(_, let approvers)) = state.steps[number].phase else {
            let waiting = state.active.filter {
                if case .asking(_, _, .approval) = state.steps[$0].phase { return true }
                return false
            }
            throw InputRefusal(
                code: .stepNotAsking,
                message:
                    "step \(name) does not wait for approval (it is \(state.status(ofStep: number).rawValue)); "
                    + (waiting.isEmpty
                        ? "no step of the run does"
                        : "these do: \(waiting.prefix(20).map { state.name(ofStep: $0) }.joined(separator: ", "))"))
        }
        guard wait.due > now else {
            throw InputRefusal(
                code: .stepNotAsking,
                message: "the time for step \(name) was over at \(wait.due.text): `workflow resume` lets the run go on "
                    + "without an answer")
        }
        try refuse(actor, to: verb, name, approvers)
        return (number, attempt)
    }

    /// Says no to who is none of the approvers, and to a name that was only claimed.
    private func refuse(
        _ actor: Actor, to verb: String, _ name: String, _ approvers: [String]
    ) throws(InputRefusal) {
        if let by = actor.by, let claimed = by.claimedName, by.identity == .login,
            !claimed.utf8.elementsEqual(by.person.utf8)
        {
            let logins =
                approvers.isEmpty
                ? "this store goes by logins, so leave --as out"
                : "its approvers are the logins \(approvers.joined(separator: ", "))"
            throw InputRefusal(
                code: .notAnApprover,
                message:
                    "\(by.person) cannot \(verb) step \(name) as \(claimed): \(logins). "
                    + "Where names are to be believed, the store's owner says `workflow store set identity=claimed`")
        }
        guard !approvers.isEmpty else { return }
        if let by = actor.by, by.isMapped, by.identity == .login {
            throw InputRefusal(
                code: .notAnApprover,
                message:
                    "\(by.person) cannot \(verb) step \(name): this process runs in a user namespace, where any login "
                    + "can be had. Type it outside of it, or where names are to be believed, as in containers, the "
                    + "store's owner says `workflow store set identity=claimed`")
        }
        guard actor.isOne(of: approvers) else {
            throw InputRefusal(
                code: .notAnApprover,
                message: "\(actor.person) may not \(verb) step \(name): its approvers are "
                    + approvers.joined(separator: ", "))
        }
    }

    /// What is decided around an approval, or around what holds one, is an answer too: it takes an approver, or, where
    /// the step has none, the one who types it.
    func refuseAnswerForOthers(
        _ number: Int, to verb: String, by actor: Actor
    ) throws(InputRefusal) {
        for asked in state.approvalsLeft(inside: number) { try refuse(actor, to: verb, asked.step, asked.approvers) }
        if case .approval(let approval) = state.step(number).action, approval.approvers.isEmpty {
            try refuse(actor, to: verb, state.name(ofStep: number), [])
        }
    }

    /// A move that takes an approval away from its approvers, or gives it to others, is an answer too.
    func refuseMoveForOthers(_ changes: [ApproverChange], by actor: Actor) throws(InputRefusal) {
        for change in changes {
            do throws(InputRefusal) {
                try refuse(actor, to: "move the run past", change.step, change.approvers)
            } catch {
                throw InputRefusal(
                    code: error.code, message: "\(error.message); in the other definition \(change.told)")
            }
        }
    }

    /// To go back behind a rejection asks again what was answered.
    func refuseRetryForOthers(by actor: Actor) throws(InputRefusal) {
        for step in state.program.topLevel {
            for asked in state.approvalsLeft(inside: step) where asked.isRejected {
                try refuse(actor, to: "go back behind the answer to", asked.step, asked.approvers)
            }
        }
    }
}
