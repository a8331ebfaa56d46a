package import WorkflowCore
internal import WorkflowStore

/// What a person or a program has asked of a run and no driver has obeyed yet.
package struct PendingRequest: Sendable, Equatable {
    package let request: ControlRequest
    package let actor: Actor
    package let at: Timestamp

    /// The step that it decides about; nil where it is about the run.
    package var step: String? {
        switch request {
        case .resolve(let step, _, _, _), .approve(let step, _), .reject(let step, _): step
        case .pause, .cancel, .signal: nil
        }
    }

    /// In a few words: `resolve upload --retry`.
    package var spoken: String {
        switch request {
        case .pause, .cancel: request.kind
        case .resolve(let step, let decision, _, _): "resolve \(step) --\(decision.rawValue)"
        case .approve(let step, _): "approve \(step)"
        case .reject(let step, _): "reject \(step)"
        case .signal(let name, _, _): "signal \(name)"
        }
    }
}

extension Engine {
    /// In the order in which they are obeyed. One that this version cannot read is its driver's to refuse.
    func requests(of run: UniqueID) async throws(EngineError) -> [PendingRequest] {
        let waiting = try await translated { () async throws(StoreError) in try await store.inbox(of: run) }
        return waiting.compactMap { waiting in
            ControlRequest(waiting.request).map {
                PendingRequest(request: $0, actor: Actor(waiting.request), at: waiting.request.at)
            }
        }
    }

    /// The state once a driver has obeyed. What it would refuse changes nothing.
    func obeyed(_ requests: [PendingRequest], in state: RunState) -> RunState {
        guard !requests.isEmpty else { return state }
        var machine = RunMachine(state: state, host: environment.hostIdentity)
        var random = draws
        for pending in requests {
            _ = try? machine.decide(pending.request.input(by: pending.actor), at: clock.now(), using: &random)
        }
        return machine.state
    }
}
