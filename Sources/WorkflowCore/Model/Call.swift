internal import CEL
package import ExecutorKit
package import JSON

/// A step that an executor does: `uses: GROUP/OPERATION` with its `with`.
package struct Call: Sendable, Equatable {
    package var name: ExecutorName
    /// Always an object, without defaults: only the executor's descriptor knows them.
    package var with: ValueTemplate
    /// What the step itself says; nil: the operation's effect decides.
    package var isIdempotent: Bool?
    package var onDoubt: DoubtPolicy?

    package init(
        name: ExecutorName, with: ValueTemplate, isIdempotent: Bool? = nil, onDoubt: DoubtPolicy? = nil
    ) {
        self.name = name
        self.with = with
        self.isIdempotent = isIdempotent
        self.onDoubt = onDoubt
    }

    /// Whether an expression in `with` names a secret.
    var namesSecrets: Bool {
        with.expressions.contains { $0.references.contains { $0.path.first == "secrets" } }
    }
}

/// What a run has to know of an operation that it calls, without asking its executor again.
package struct OperationTraits: Sendable, Equatable {
    package var effect: OperationEffect
    package var supports: [ExecutorDescriptor.Verb]
    /// Those whose schema has one type. An operation need not write them all.
    package var outputs: [OutputDeclaration]
    package var stop: StopPolicy?
    /// The members of `with` that have a default.
    package var defaults: [String: JSONValue]

    package init(
        effect: OperationEffect, supports: [ExecutorDescriptor.Verb] = [], outputs: [OutputDeclaration] = [],
        stop: StopPolicy? = nil, defaults: [String: JSONValue] = [:]
    ) {
        self.effect = effect
        self.supports = supports
        self.outputs = outputs
        self.stop = stop
        self.defaults = defaults
    }

    package init(_ operation: ExecutorDescriptor.Operation) {
        self.init(
            effect: operation.effect, supports: operation.supports,
            outputs: operation.outputs.compactMap { output in
                Parameter.Kind(output.schema).map { OutputDeclaration(name: output.name, kind: $0) }
            },
            stop: operation.stop, defaults: operation.with.withDefaults(.object([:])).objectValue ?? [:])
    }
}

extension Parameter.Kind {
    /// nil for a schema of no type, or of several.
    package init?(_ schema: JSONSchema) {
        guard schema.types.count == 1 else { return nil }
        switch schema.types[0] {
        case .string: self = .string
        case .integer: self = .integer
        case .number: self = .number
        case .boolean: self = .boolean
        case .array: self = .array
        case .object: self = .object
        case .null: return nil
        }
    }
}

extension Definition {
    /// What its steps call, each once, in the order of the definition.
    package var calls: [ExecutorName] {
        var calls: [ExecutorName] = []
        var seen: Set<ExecutorName> = []
        var waiting = Array((stages.flatMap(\.steps) + onExit).reversed())
        while let step = waiting.popLast() {
            switch step.action {
            case .call(let call): if seen.insert(call.name).inserted { calls.append(call.name) }
            case .group(let inner): waiting += inner.reversed()
            case .run, .sleep, .signal, .approval: break
            }
        }
        return calls
    }

    /// The groups of what its steps call, each once.
    package var calledGroups: [String] {
        var groups: [String] = []
        for name in calls where !groups.contains(name.group) { groups.append(name.group) }
        return groups
    }
}
