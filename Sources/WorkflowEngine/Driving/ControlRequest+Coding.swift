internal import JSON
internal import WorkflowCore
internal import WorkflowStore

// The form of requests in the store's inbox.

extension ControlRequest {
    var kind: String {
        switch self {
        case .pause: "pause"
        case .cancel: "cancel"
        case .resolve: "resolve"
        }
    }

    var payload: JSONValue {
        var members: [String: JSONValue] = [:]
        switch self {
        case .pause(let reason), .cancel(let reason): members["reason"] = reason.map { .string($0) }
        case .resolve(let step, let decision, let outputs, let reason):
            members["step"] = .string(step)
            members["decision"] = .string(decision.rawValue)
            members["outputs"] = .object(outputs)
            members["reason"] = reason.map { .string($0) }
        }
        return .object(members)
    }

    /// nil for what this version does not know.
    init?(_ request: NewInboxRequest) {
        guard case .object(let members) = request.payload else { return nil }
        let reason = members["reason"]?.stringValue
        switch request.kind {
        case "pause": self = .pause(reason: reason)
        case "cancel": self = .cancel(reason: reason)
        case "resolve":
            guard let step = members["step"]?.stringValue,
                let decision = members["decision"]?.stringValue.flatMap(StepResolved.Decision.init(rawValue:))
            else { return nil }
            self = .resolve(
                step: step, decision, outputs: members["outputs"]?.objectValue ?? [:], reason: reason)
        default: return nil
        }
    }

    func input(by actor: String) -> Input {
        switch self {
        case .pause(let reason): .pauseAsked(reason: reason, by: actor)
        case .cancel(let reason): .cancelAsked(reason: reason, by: actor)
        case .resolve(let step, let decision, let outputs, let reason):
            .resolved(step: step, decision, outputs: outputs, reason: reason, by: actor)
        }
    }
}
