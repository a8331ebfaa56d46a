internal import WorkflowCore

/// Which steps of a definition have something to crash: those that start a process.
enum DrilledSteps {
    static func results(of definition: Definition) -> [DrillReport.StepResult] {
        definition.stages.flatMap { stage in results(of: stage.steps, in: stage.name) }
            + results(of: definition.onExit, in: "on_exit")
    }

    private static func results(of steps: [Step], in stage: String) -> [DrillReport.StepResult] {
        steps.flatMap { step -> [DrillReport.StepResult] in
            switch step.action {
            case .run: [DrillReport.StepResult(name: step.name, stage: stage, hasProbe: step.probe != nil)]
            case .call:
                // Whether its executor can be asked is in the run's own record.
                [DrillReport.StepResult(name: step.name, stage: stage, hasProbe: step.probe != nil)]
            case .group(let inner): results(of: inner, in: stage)
            case .sleep, .signal, .approval: []
            }
        }
    }

    /// `deploy[eu.1].drain` is the step `drain`: keys hold no brackets, names no dots.
    static func name(ofInstance instance: String) -> String {
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
