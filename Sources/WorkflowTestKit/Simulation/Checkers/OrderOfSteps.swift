internal import WorkflowCore

/// A step starts in the stage that the run is in, when all that it needs has ended, and not after a failure, a pause or
/// a cancel unless it asked for that. A stage is left when its steps have ended, or after a failure when those have that
/// asked for one, and a run ends as what it came to. Told from the journal alone.
enum OrderOfSteps {
    private struct Run {
        var stage: Int?
        var isEnding = false
        var isPaused = false
        var isCancelled = false
        var isDriven = false
        var hasEnded: RunStatus?
        /// Steps that have ended, and by which entry.
        var ended: [String: Int64] = [:]
        /// Steps that have failed for good, not tolerated, and by which entry.
        var failed: [String: Int64] = [:]
        /// Steps begun and not ended: they may go on after a failure.
        var begun: Set<String> = []
    }

    static func check(_ entries: [Entry], _ program: Program) throws {
        var run = Run()
        /// The run behind each entry, from before the first: what a rewind goes back to.
        var past = [run]
        for entry in entries {
            try take(entry, into: &run, past: past, program)
            past.append(run)
        }
    }

    private static func take(_ entry: Entry, into run: inout Run, past: [Run], _ program: Program) throws {
        switch entry.fact {
        case .driverAttached(let fact):
            run.isDriven = true
            guard fact.reason == .resume else { return }
            run.isPaused = false
            guard run.hasEnded == .failed else { return }
            (run.hasEnded, run.isEnding, run.isCancelled) = (nil, false, false)
            reopenFailed(&run)
        case .stageEntered(let fact): run.stage = program.number(ofStage: fact.stage)
        case .stageReturned(let fact):
            try checkFailed(entry.sequence, run, program)
            let from = run.stage ?? 0
            run.stage = program.number(ofStage: fact.returnedTo)
            for stage in (run.stage ?? 0)...from { forget(program.stageRanges[stage], &run, program) }
        case .runRewound(let fact):
            // The run as it was behind the checkpoint's entry.
            run = past[Int(fact.sequence)]
            (run.isPaused, run.isCancelled, run.isEnding, run.hasEnded) = (false, false, false, nil)
            run.begun = []
            reopenFailed(&run)
        case .stageCompleted(let fact):
            guard let stage = program.number(ofStage: fact.stage), run.failed.isEmpty,
                program.stageRanges[stage].allSatisfy({ run.ended[program.lines[$0].step.name] != nil })
            else { throw SimulationFault("entry \(entry.sequence): \(fact.stage) is not complete") }
        case .endingBegan(let fact):
            try checkEnding(as: fact.status, entry.sequence, run, program)
            (run.isEnding, run.isPaused) = (true, false)
            forget(program.exitRange, &run, program)
        case .runEnded(let fact):
            if !run.isEnding { try checkEnding(as: fact.status, entry.sequence, run, program) }
            run.hasEnded = fact.status
        case .runPaused: run.isPaused = true
        case .cancelRequested: run.isCancelled = true
        case .attemptStarted(let fact):
            try checkStart(fact, entry.sequence, run, program)
            run.begun.insert(fact.step)
        case .attemptVoided(let fact): run.begun.remove(fact.step)
        case .stepSucceeded(let fact): end(fact.step, entry.sequence, &run)
        case .stepSkipped(let fact): end(fact.step, entry.sequence, &run)
        case .stepCancelled(let fact): run.begun.remove(fact.step)
        case .stepFailed(let fact):
            end(fact.step, entry.sequence, &run)
            if !fact.isTolerated { run.failed[fact.step] = entry.sequence }
        case .stepResolved(let fact):
            if fact.decision == .retry {
                run.ended[fact.step] = nil
                run.failed[fact.step] = nil
                run.begun.remove(fact.step)
            }
        default: break
        }
    }

    private static func checkStart(_ fact: AttemptStarted, _ sequence: Int64, _ run: Run, _ program: Program) throws {
        guard let number = program.number(ofStep: fact.step) else {
            throw SimulationFault("entry \(sequence) starts an unknown step")
        }
        let line = program.lines[number]
        func refuse(_ why: String) -> SimulationFault {
            SimulationFault("entry \(sequence) starts \(fact.step), but \(why)")
        }
        guard run.isDriven, run.hasEnded == nil else { throw refuse("the run has ended or has no driver") }
        guard line.stage == (run.isEnding ? nil : run.stage) else { throw refuse("the run is elsewhere") }
        guard !run.isPaused else { throw refuse("the run is paused") }
        guard !run.isCancelled || run.isEnding else { throw refuse("the run is being cancelled") }
        guard !run.begun.contains(fact.step), !run.isEnding else { return }
        let isHandler = line.step.condition?.runsAfterFailure == true
        if let failed = run.failed.keys.sorted().first {
            guard isHandler else { throw refuse("\(failed) has failed") }
        } else if let need = line.needs.first(where: { run.ended[program.lines[$0].step.name] == nil }) {
            throw refuse("\(program.lines[need].step.name), which it needs, has not ended")
        }
    }

    private static func checkEnding(as status: RunStatus, _ sequence: Int64, _ run: Run, _ program: Program) throws {
        switch status {
        case .cancelled where run.isCancelled: break
        case .failed: try checkFailed(sequence, run, program)
        case .completed where run.stage == program.stageRanges.count - 1 && run.failed.isEmpty && !run.isCancelled:
            break
        default: throw SimulationFault("entry \(sequence): the run did not come to be \(status.rawValue)")
        }
        guard run.begun.isEmpty else {
            throw SimulationFault("entry \(sequence): the run ends while \(run.begun.sorted()) have not")
        }
    }

    /// Something has failed, and whatever asked for a failure has had its turn.
    private static func checkFailed(_ sequence: Int64, _ run: Run, _ program: Program) throws {
        guard !run.failed.isEmpty, let stage = run.stage else {
            throw SimulationFault("entry \(sequence): nothing has failed")
        }
        for number in program.handlers[stage] where run.ended[program.lines[number].step.name] == nil {
            throw SimulationFault("entry \(sequence): \(program.lines[number].step.name) had no turn after the failure")
        }
    }

    private static func end(_ step: String, _ sequence: Int64, _ run: inout Run) {
        run.ended[step] = sequence
        run.failed[step] = nil
        run.begun.remove(step)
    }

    /// A resume or a rewind lets what has failed run again.
    private static func reopenFailed(_ run: inout Run) {
        for step in run.failed.keys { run.ended[step] = nil }
        run.failed = [:]
    }

    private static func forget(_ steps: Range<Int>, _ run: inout Run, _ program: Program) {
        for step in steps {
            let name = program.lines[step].step.name
            run.ended[name] = nil
            run.failed[name] = nil
            run.begun.remove(name)
        }
    }
}
