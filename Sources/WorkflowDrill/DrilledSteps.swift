internal import ExecutorKit
package import WorkflowCore

/// Which steps of a definition have something to crash: those that start a process.
package enum DrilledSteps {
    package static func results(
        of definition: Definition, calling executors: [CalledExecutor] = []
    ) -> [DrillReport.StepResult] {
        let known = CalledExecutors(executors)
        return definition.stages.flatMap { stage in results(of: stage.steps, in: stage.name, known) }
            + results(of: definition.onExit, in: "on_exit", known)
    }

    private static func results(
        of steps: [Step], in stage: String, _ known: CalledExecutors
    ) -> [DrillReport.StepResult] {
        steps.flatMap { step -> [DrillReport.StepResult] in
            switch step.action {
            case .run: [DrillReport.StepResult(name: step.name, stage: stage, hasProbe: step.probe != nil)]
            case .call(let call):
                [
                    DrillReport.StepResult(
                        name: step.name, stage: stage,
                        hasProbe: step.probe != nil || known[call.name]?.supports.contains(.probe) ?? false)
                ]
            case .group(let inner): results(of: inner, in: stage, known)
            case .sleep, .signal, .approval: []
            }
        }
    }

    /// `deploy[eu.1].drain` is the step `drain`: keys hold no brackets, names no dots.
    package static func name(ofInstance instance: String) -> String {
        var name = ""
        var depth = 0
        for character in instance {
            switch character {
            case "[": depth += 1
            case "]": depth -= 1
            case "." where depth == 0: name = ""
            default: if depth == 0 { name.append(character) }
            }
        }
        return name
    }
}
