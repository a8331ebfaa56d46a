internal import CEL
package import ExecutorKit
internal import JSON

// What a step's own keys say, and for a call what its executor says: the one place where the two are put together.

extension RunState {
    /// nil for a step that is no call, and for a call whose executor is not known.
    package func traits(ofStep number: Int) -> OperationTraits? {
        guard case .call(let call) = step(number).action else { return nil }
        return executors[call.name]
    }

    /// How an attempt of the step is ended: as its executor asks, else by SIGTERM and then SIGKILL to all of its
    /// session.
    package func stopPolicy(ofStep number: Int) -> StopPolicy { traits(ofStep: number)?.stop ?? .default }

    /// Whether only a person has an attempt killed that does not end.
    package func isNeverKilled(_ number: Int) -> Bool { stopPolicy(ofStep: number).kill == .never }

    /// From the stop signal to what follows it.
    package func grace(ofStep number: Int) -> Milliseconds {
        stopPolicy(ofStep: number).graceMilliseconds.map { Milliseconds($0) } ?? step(number).killAfter
    }

    package func hasProbe(_ number: Int) -> Bool {
        step(number).probe != nil || traits(ofStep: number)?.supports.contains(.probe) ?? false
    }

    package func hasVerify(_ number: Int) -> Bool {
        step(number).verify != nil || traits(ofStep: number)?.supports.contains(.verify) ?? false
    }

    /// Whether doing it twice is as good as doing it once. What the step says wins.
    package func isRepeatable(_ number: Int) -> Bool {
        let step = step(number)
        guard case .call(let call) = step.action else { return step.isIdempotent }
        return call.isIdempotent ?? effect(of: call, at: number).isRepeatable
    }

    /// What becomes of an attempt whose outcome is unknown, when no probe could tell.
    package func doubtPolicy(ofStep number: Int) -> DoubtPolicy {
        let step = step(number)
        guard case .call(let call) = step.action else { return step.onDoubt }
        return call.onDoubt ?? (isRepeatable(number) ? .retry : .ask)
    }

    /// What an operation does to the world, `unsafe` where that cannot be told.
    package func effect(of call: Call, at number: Int) -> OperationEffect.Word {
        switch executors[call.name]?.effect {
        case nil: return .unsafe
        case .word(let word)?: return word
        case .computed(let expression)?:
            // A member that has no value here, such as a secret, is not seen.
            let scope = ExpressionScope(self, step: number)
            var with = executors[call.name]?.defaults ?? [:]
            if case .object(let members) = call.with {
                for member in members { with[member.name] = try? scope.json(of: member.value) }
            }
            return OperationEffect.word(of: expression, with: .object(with))
        }
    }

    /// The values of a step's outputs, by its own declarations and by those of its executor.
    func typed(_ given: GivenOutputs, ofStep number: Int) throws(OutputProblem) -> [String: JSONValue] {
        guard let traits = traits(ofStep: number) else { return try given.typed(by: step(number).outputs) }
        return try given.typed(by: traits.outputs, mayLack: true)
    }
}

extension OperationEffect {
    static func word(of expression: CELExpression, with: JSONValue) -> Word {
        known(of: expression, with: with) ?? .unsafe
    }

    /// nil where the expression has no value, or gives none of the words.
    static func known(of expression: CELExpression, with: JSONValue) -> Word? {
        guard case .string(let text)? = try? expression.evaluate(in: CELVariables(["with": CELValue(with)])) else {
            return nil
        }
        return Word(rawValue: text)
    }
}

extension RunState {
    /// What steps call that have not ended yet: a driver needs these executors.
    package var callsToCome: [ExecutorName] {
        var names: [ExecutorName] = []
        for line in program.lines {
            guard case .call(let call) = line.step.action, !names.contains(call.name) else { continue }
            // Inside of a group or foreach there may be instances to come.
            let hasEnded = line.parent == nil && self.number(ofStep: line.step.name).map { steps[$0].hasEnded } ?? false
            if !hasEnded { names.append(call.name) }
        }
        return names
    }
}
