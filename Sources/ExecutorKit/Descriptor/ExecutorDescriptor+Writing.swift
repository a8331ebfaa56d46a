internal import CEL
package import JSON

extension ExecutorDescriptor {
    /// What `describe` prints.
    package var json: JSONValue {
        .object([
            "protocol": .int(ExecutorDescriptor.protocolNumber), "group": .string(group), "version": .string(version),
            "operations": .object(
                Dictionary(operations.map { ($0.name, $0.json) }) { first, _ in first }),
        ])
    }
}

extension ExecutorDescriptor.Operation {
    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "summary": .string(summary), "with": with.source, "effect": effect.json,
            "outputs": .object(Dictionary(outputs.map { ($0.name, $0.schema.source) }) { first, _ in first }),
            "supports": .array(supports.map { .string($0.rawValue) }),
            "needs": .object(Dictionary(needs.map { ($0.program, .string($0.range.text)) }) { first, _ in first }),
        ]
        if let stop { members["stop"] = stop.json }
        if let example { members["example"] = .string(example) }
        return .object(members)
    }
}

extension OperationEffect {
    package var json: JSONValue {
        switch self {
        case .word(let word): .string(word.rawValue)
        case .computed(let expression): .object(["cel": .string(expression.source)])
        }
    }
}

extension StopPolicy {
    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "signal": .string(signal.rawValue), "to": .string(to.rawValue), "kill": .string(kill.rawValue),
        ]
        if let graceMilliseconds { members["grace"] = .string("\(graceMilliseconds)ms") }
        return .object(members)
    }
}
