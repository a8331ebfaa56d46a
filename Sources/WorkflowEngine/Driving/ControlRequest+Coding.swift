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
        case .approve: "approve"
        case .reject: "reject"
        case .signal: "signal"
        }
    }

    var payload: JSONValue {
        var members: [String: JSONValue] = [:]
        switch self {
        case .pause(let reason): members["reason"] = reason.map { .string($0) }
        case .cancel(let reason, let kills):
            members["reason"] = reason.map { .string($0) }
            if kills { members["kill"] = .bool(true) }
        case .resolve(let step, let decision, let outputs, let reason):
            members["step"] = .string(step)
            members["decision"] = .string(decision.rawValue)
            // Drivers of earlier versions know the values only.
            members["outputs"] = .object(outputs.values)
            let texts = outputs.texts
            if !texts.isEmpty { members["output_texts"] = .object(texts.mapValues(JSONValue.string)) }
            members["reason"] = reason.map { .string($0) }
        case .approve(let step, let reason), .reject(let step, let reason):
            members["step"] = .string(step)
            members["reason"] = reason.map { .string($0) }
        case .signal(let name, let data, let reason):
            members["reason"] = reason.map { .string($0) }
            members["name"] = .string(name)
            members["data"] = data
        }
        return .object(members)
    }

    /// nil for what this version does not know.
    init?(_ request: NewInboxRequest) {
        guard case .object(let members) = request.payload else { return nil }
        let reason = members["reason"]?.stringValue
        switch request.kind {
        case "pause": self = .pause(reason: reason)
        case "cancel": self = .cancel(reason: reason, kills: members["kill"] == .bool(true))
        case "resolve":
            guard let step = members["step"]?.stringValue,
                let decision = members["decision"]?.stringValue.flatMap(StepResolved.Decision.init(rawValue:))
            else { return nil }
            let values = members["outputs"]?.objectValue ?? [:]
            let texts = members["output_texts"]?.objectValue?.compactMapValues(\.stringValue)
            self = .resolve(
                step: step, decision, outputs: texts.map { GivenOutputs(texts: $0) } ?? GivenOutputs(values),
                reason: reason)
        case "approve", "reject":
            guard let step = members["step"]?.stringValue else { return nil }
            self =
                request.kind == "approve" ? .approve(step: step, reason: reason) : .reject(step: step, reason: reason)
        case "signal":
            guard let name = members["name"]?.stringValue else { return nil }
            self = .signal(name: name, data: members["data"] ?? .null, reason: reason)
        default: return nil
        }
    }

    func input(by actor: Actor) -> Input {
        switch self {
        case .pause(let reason): .pauseAsked(reason: reason, by: actor)
        case .cancel(let reason, _): .cancelAsked(reason: reason, by: actor)
        case .resolve(let step, let decision, let outputs, let reason):
            .resolved(step: step, decision, outputs: outputs, reason: reason, by: actor)
        case .approve(let step, let reason): .approved(step: step, reason: reason, by: actor)
        case .reject(let step, let reason): .rejected(step: step, reason: reason, by: actor)
        case .signal(let name, let data, let reason):
            .signalled(name: name, data: data, reason: reason, by: actor)
        }
    }
}

extension Actor {
    /// Who left a request in the inbox.
    init(_ request: NewInboxRequest) { self.init(name: request.actor, payload: request.payload) }
}

extension Input {
    /// What was asked, and by whom, where somebody asked.
    var asked: (request: String, actor: Actor)? {
        switch self {
        case .pauseAsked(_, let actor): ("pause", actor)
        case .cancelAsked(_, let actor): ("cancel", actor)
        case .resolved(_, _, _, _, let actor): ("resolve", actor)
        case .approved(_, _, let actor): ("approve", actor)
        case .rejected(_, _, let actor): ("reject", actor)
        case .signalled(_, _, _, let actor): ("signal", actor)
        case .driverAttached, .recoveryFinished, .wentOn, .attemptEnded, .attemptNeverBegan, .attemptLost,
            .attemptEndedByPerson,
            .probeEnded, .verifyEnded, .locksTaken, .concurrencyTaken, .concurrencyRefused, .requestRefused, .waitEnded,
            .waitRefused, .stopAsked, .stoppedByPerson, .rewindAsked, .definitionChangeAsked, .retryFailedAsked,
            .moveAsked, .driverLeft:
            nil
        }
    }
}
