package import WorkflowCore

extension RunState {
    /// The names of all that can be observed of a run and differs from `other`; empty when the two are the same run in
    /// the same state.
    package func differences(from other: RunState) -> [String] {
        var names: [String] = []
        func compare(_ name: String, _ isEqual: Bool) {
            if !isEqual { names.append(name) }
        }
        compare("created", created == other.created)
        compare("startedAt", startedAt == other.startedAt)
        compare("updatedAt", updatedAt == other.updatedAt)
        compare("head", head == other.head)
        compare("lifecycle", lifecycle == other.lifecycle)
        compare("currentStage", currentStage == other.currentStage)
        compare("rewinds", rewinds == other.rewinds)
        compare("endings", endings == other.endings)
        compare("checkpoint", checkpoint == other.checkpoint)
        compare("isPauseRequested", isPauseRequested == other.isPauseRequested)
        compare("isCancelRequested", isCancelRequested == other.isCancelRequested)
        compare("owedWorkEnded", owedWorkEnded == other.owedWorkEnded)
        compare("onDoubt", onDoubt == other.onDoubt)
        compare("drivers", drivers == other.drivers)
        compare("timeline", timeline == other.timeline)
        compare("status", status == other.status)
        compare("stageName", stageName == other.stageName)
        compare("failure", failure == other.failure)
        compare("stepsInDoubt", stepsInDoubt == other.stepsInDoubt)
        compare("runningAttempts", runningAttempts.elementsEqual(other.runningAttempts) { $0 == $1 })
        compare("earliestDue", earliestDue == other.earliestDue)
        compare("completedSteps", completedSteps == other.completedSteps)
        compare("instances", instances == other.instances)
        compare("drifted", drifted == other.drifted)
        compare("signals", signals == other.signals)
        compare("concurrency", concurrency == other.concurrency)
        guard names.isEmpty else { return names }
        for number in steps.indices {
            compare("step \(name(ofStep: number))", steps[number] == other.steps[number])
        }
        for (number, stage) in program.definition.stages.enumerated() {
            compare("stage \(stage.name)", stages[number] == other.stages[number])
        }
        return names
    }
}
