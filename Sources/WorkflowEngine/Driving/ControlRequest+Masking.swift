internal import AttemptProtocol
internal import JSON
internal import WorkflowCore

// What people and programs send goes into the journal: secrets in it are masked before.

extension ControlRequest {
    /// It brings data or a reason, and not only a name: a secret may be in it.
    var bringsText: Bool {
        switch self {
        case .signal(_, let data, let reason): data != .null || reason != nil
        case .resolve(_, _, let outputs, let reason): !outputs.isEmpty || reason != nil
        case .pause(let reason), .cancel(let reason), .approve(_, let reason), .reject(_, let reason): reason != nil
        }
    }

    /// The same without the values of secrets.
    func masked(_ secrets: [String]) -> ControlRequest {
        guard !secrets.isEmpty else { return self }
        let masking = OutputMasking(secrets: secrets)
        func masked(_ value: JSONValue) -> JSONValue {
            masking.masked(value, text: (try? value.compactText()) ?? "")
        }
        switch self {
        case .pause(let reason): return .pause(reason: reason.map(masking.masked))
        case .cancel(let reason): return .cancel(reason: reason.map(masking.masked))
        case .approve(let step, let reason): return .approve(step: step, reason: reason.map(masking.masked))
        case .reject(let step, let reason): return .reject(step: step, reason: reason.map(masking.masked))
        case .signal(let name, let data, let reason):
            return .signal(name: name, data: masked(data), reason: reason.map(masking.masked))
        case .resolve(let step, let decision, let outputs, let reason):
            return .resolve(
                step: step, decision, outputs: outputs.mapped(text: masking.maskedOutput, value: masked),
                reason: reason.map(masking.masked))
        }
    }
}
