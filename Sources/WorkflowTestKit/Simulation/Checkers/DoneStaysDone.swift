internal import WorkflowCore

/// P2: a step that has succeeded or was skipped is not executed again, unless a person rewinds past it, its stage is
/// returned to, or (owed work) the run ends once more. Told from the journal alone.
enum DoneStaysDone {
    static func check(_ entries: [Entry], _ program: Program) throws {
        /// For each step that is done, the entry that said so.
        var done: [String: Int64] = [:]
        for entry in entries {
            switch entry.fact {
            case .stepSucceeded(let fact): done[fact.step] = entry.sequence
            case .stepSkipped(let fact): done[fact.step] = entry.sequence
            case .runRewound(let rewind): done = done.filter { $0.value <= rewind.sequence }
            case .stageReturned(let fact):
                guard let from = program.number(ofStage: fact.stage), let to = program.number(ofStage: fact.returnedTo)
                else { throw SimulationFault("entry \(entry.sequence) names an unknown stage") }
                for stage in to...from { forget(program.stageRanges[stage]) }
            case .endingBegan: forget(program.exitRange)
            case .attemptStarted(let fact):
                if let sequence = done[fact.step] {
                    throw SimulationFault(
                        "\(fact.step) was done by entry \(sequence) and started again by entry \(entry.sequence)")
                }
            default: break
            }
        }

        func forget(_ steps: Range<Int>) {
            for step in steps { done[program.lines[step].step.name] = nil }
        }
    }
}
