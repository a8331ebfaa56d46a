package import WorkflowCore

extension Definition {
    /// What the two places mean at which a step can say `continue_on_error`, where one says both; nil where none does.
    package var toleranceNote: String? {
        var waiting = stages.flatMap(\.steps) + onExit
        waiting.reverse()
        while let step = waiting.popLast() {
            if step.continueOnError, step.foreach?.continueOnError == true {
                return
                    "step \(step.name) says continue_on_error twice: that inside of foreach lets the other items go "
                    + "on when one has failed; that beside foreach lets the run go on when all have ended and "
                    + "some have failed"
            }
            if case .group(let inner) = step.action { waiting += inner.reversed() }
        }
        return nil
    }
}
