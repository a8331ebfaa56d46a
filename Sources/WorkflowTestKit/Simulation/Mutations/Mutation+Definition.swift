internal import WorkflowCore

// Breaks of what the machine follows: it reads another definition than the run was told to follow.

extension Mutation {
    /// The definition that the machine is given in place of this one.
    func program(_ program: Program) -> Program {
        var definition = program.definition
        switch self {
        case .parallelLimitIgnored: definition.maxParallel += 2
        case .owedWorkDropped: definition.onExit = []
        case .returnLimitIgnored:
            for number in definition.stages.indices { definition.stages[number].onFailure?.limit += 1 }
        default: break
        }
        for number in definition.stages.indices { edit(&definition.stages[number].steps) }
        edit(&definition.onExit)
        return Program(definition)
    }

    private func edit(_ steps: inout [Step]) {
        for number in steps.indices {
            edit(&steps[number])
            if case .group(var inside) = steps[number].action {
                edit(&inside)
                steps[number].action = .group(inside)
            }
        }
    }

    private func edit(_ step: inout Step) {
        switch self {
        case .definitionSwapped:
            if case .run(let script) = step.action { step.action = .run(Script(text: script.text + " --edited")) }
        case .retryLimitIgnored: if step.retry.limit > 0 { step.retry.limit = 100 }
        case .passLimitIgnored: step.loop?.limit += 2
        case .timeoutTakenForFailure: step.isIdempotent = true
        case .doubtPolicyIgnored: step.onDoubt = .retry
        case .probeIgnored: step.probe = nil
        case .needsIgnored: step.needs = []
        case .itemLimitIgnored: step.foreach?.maxParallel = nil
        case .locksIgnored: step.locks = []
        case .failureTolerated: step.continueOnError = true
        case .approversIgnored:
            if case .approval(var approval) = step.action {
                approval.approvers = []
                step.action = .approval(approval)
            }
        default: break
        }
    }
}
