internal import AttemptProtocol
internal import JSON
internal import WorkflowCore

// What people and programs send goes into the journal: secrets in it are masked before.

extension Actor {
    /// The same without the values of secrets in what people say of themselves.
    func masked(_ secrets: [String]) -> Actor {
        guard !secrets.isEmpty, var by, by.claimedName != nil || by.sudoUser != nil else { return self }
        let masking = OutputMasking(secrets: secrets)
        by.claimedName = by.claimedName.map(masking.masked)
        by.sudoUser = by.sudoUser.map(masking.masked)
        return Actor(name: name, by: by)
    }
}

extension ControlRequest {
    /// It brings data or a reason, and not only a name: a secret may be in it.
    var bringsText: Bool {
        switch self {
        case .signal(_, let data, let reason): data != .null || reason != nil
        case .resolve(_, _, let outputs, let reason): !outputs.isEmpty || reason != nil
        case .pause(let reason), .cancel(let reason, _), .approve(_, let reason), .reject(_, let reason): reason != nil
        }
    }

    /// It brings values that steps go on with.
    var bringsData: Bool {
        switch self {
        case .signal(_, let data, _): data != .null
        case .resolve(_, _, let outputs, _): !outputs.isEmpty
        case .pause, .cancel, .approve, .reject: false
        }
    }

    /// The same with its reason, where it has one, as `change` makes it.
    func reasoned(_ change: (String) -> String) -> ControlRequest {
        switch self {
        case .pause(let reason): .pause(reason: reason.map(change))
        case .cancel(let reason, let kills): .cancel(reason: reason.map(change), kills: kills)
        case .approve(let step, let reason): .approve(step: step, reason: reason.map(change))
        case .reject(let step, let reason): .reject(step: step, reason: reason.map(change))
        case .signal(let name, let data, let reason): .signal(name: name, data: data, reason: reason.map(change))
        case .resolve(let step, let decision, let outputs, let reason):
            .resolve(step: step, decision, outputs: outputs, reason: reason.map(change))
        }
    }

    /// The same without the values of secrets.
    func masked(_ secrets: [String]) -> ControlRequest {
        guard !secrets.isEmpty else { return self }
        let masking = OutputMasking(secrets: secrets)
        func masked(_ value: JSONValue) -> JSONValue {
            masking.masked(value, text: (try? value.compactText()) ?? "")
        }
        let request = reasoned(masking.masked)
        switch request {
        case .pause, .cancel, .approve, .reject: return request
        case .signal(let name, let data, let reason): return .signal(name: name, data: masked(data), reason: reason)
        case .resolve(let step, let decision, let outputs, let reason):
            return .resolve(
                step: step, decision, outputs: outputs.mapped(text: masking.maskedOutput, value: masked),
                reason: reason)
        }
    }
}
