internal import WorkflowCore

/// A step starts in the stage that the run is in, when what holds it has begun and all that it needs has ended, and not
/// after a failure, a pause or a cancel unless it asked for that. A stage is left when its steps have ended, or after a
/// failure when those have that asked for one, and a run ends as what it came to.
enum OrderOfSteps {
    /// - Parameter ledger: the run before the entry.
    static func check(_ entry: Entry, _ ledger: RunLedger) throws {
        switch entry.fact {
        case .stageReturned: try checkFailed(entry.sequence, ledger)
        case .stageCompleted(let fact):
            guard let stage = ledger.program.number(ofStage: fact.stage), try failed(in: stage, ledger) == nil,
                try steps(of: stage, ledger).allSatisfy({ try ledger[$0].ended != nil })
            else { throw SimulationFault("entry \(entry.sequence): \(fact.stage) is not complete") }
        case .endingBegan(let fact): try checkEnding(as: fact.status, entry.sequence, ledger)
        case .runEnded(let fact):
            if !ledger.isEnding { try checkEnding(as: fact.status, entry.sequence, ledger) }
        case .attemptStarted(let fact): try checkStart(fact.step, entry.sequence, ledger)
        case .itemsEvaluated(let fact): try checkStart(fact.step, entry.sequence, ledger)
        case .groupEntered(let fact): try checkStart(fact.step, entry.sequence, ledger)
        case .locksRequested(let fact): try checkStart(fact.step, entry.sequence, ledger)
        case .stepSkipped(let fact):
            if fact.basis == .condition { try checkStart(fact.step, entry.sequence, ledger) }
        default: break
        }
    }

    private static func checkStart(_ name: String, _ sequence: Int64, _ ledger: RunLedger) throws {
        let step = try ledger[name]
        let line = ledger.line(step)
        func refuse(_ why: String) -> SimulationFault {
            SimulationFault("entry \(sequence) starts \(name), but \(why)")
        }
        guard ledger.isDriven, ledger.hasEnded == nil else { throw refuse("the run has ended or has no driver") }
        guard line.stage == (ledger.isEnding ? nil : ledger.stage) else { throw refuse("the run is elsewhere") }
        guard !ledger.isPaused else { throw refuse("the run is paused") }
        guard !ledger.isCancelled || ledger.isEnding else { throw refuse("the run is being cancelled") }
        guard ledger.drifted.isEmpty || ledger.isEnding else { throw refuse("something has drifted") }
        for around in try ledger.ancestors(name) {
            guard try ledger[around].isOpen else { throw refuse("\(around), which it stands in, is not open") }
        }
        if step.isBegun || step.isBetweenPasses { return }
        if let stopper = try ledger.stopper(of: name) { throw refuse("\(stopper) has failed") }
        // After a failure a handler does not wait for what will not start any more.
        if line.step.condition?.runsAfterFailure == true, try hasFailure(around: name, ledger) { return }
        for around in try ledger.ancestors(name) {
            // What stands in a handler that began after a failure goes on, also where that was resolved since.
            if try ledger.line(ledger[around]).step.condition?.runsAfterFailure == true { break }
            guard try ledger.needsHaveEnded(around) else {
                throw refuse("what \(around), which it stands in, needs is to be done again")
            }
        }
        guard !step.name.isItem else { return }
        let beside = try ledger.beside(name)
        for need in line.needs {
            guard let needed = beside[need] else { throw refuse("what it needs is not there") }
            guard try ledger[needed].ended != nil else { throw refuse("\(needed), which it needs, has not ended") }
        }
    }

    /// Something beside the step, or around it, has failed.
    private static func hasFailure(around name: String, _ ledger: RunLedger) throws -> Bool {
        for around in try ledger.ancestors(name) where try ledger[around].children.contains(where: ledger.stops) {
            return true
        }
        guard let stage = ledger.line(try ledger[name]).stage else { return false }
        return try failed(in: stage, ledger) != nil
    }

    private static func steps(of stage: Int, _ ledger: RunLedger) -> [String] {
        ledger.program.stageRanges[stage].map { ledger.program.lines[$0].step.name }
    }

    private static func failed(in stage: Int, _ ledger: RunLedger) throws -> String? {
        try steps(of: stage, ledger).first { try ledger[$0].hasFailed }
    }

    private static func checkEnding(as status: RunStatus, _ sequence: Int64, _ ledger: RunLedger) throws {
        switch status {
        case .cancelled where ledger.isCancelled: break
        // Its turn may have been refused before anything began.
        case .failed where ledger.concurrencyIsRefused: break
        case .failed: try checkFailed(sequence, ledger)
        case .completed where ledger.stage == ledger.program.stageRanges.count - 1 && !ledger.isCancelled:
            if let stage = ledger.stage, let failed = try failed(in: stage, ledger) {
                throw SimulationFault("entry \(sequence): the run is complete though \(failed) has failed")
            }
        default: throw SimulationFault("entry \(sequence): the run did not come to be \(status.rawValue)")
        }
        for name in ledger.instances.keys.sorted() where try ledger.isActive(name) {
            throw SimulationFault("entry \(sequence): the run ends while \(name) has not")
        }
    }

    /// Something has failed, and whatever asked for a failure has had its turn, in groups that had begun too.
    private static func checkFailed(_ sequence: Int64, _ ledger: RunLedger) throws {
        guard let stage = ledger.stage, try failed(in: stage, ledger) != nil else {
            throw SimulationFault("entry \(sequence): nothing has failed")
        }
        let groups = try ledger.openSteps.filter { name in
            try ledger.line(ledger[name]).stage == stage
                && ledger.ancestors(name).allSatisfy { try ledger[$0].isOpen }
        }
        for name in try steps(of: stage, ledger) + groups.flatMap({ try ledger[$0].children })
        where try ledger[name].ended == nil && !ledger[name].name.isItem {
            let step = try ledger[name]
            guard ledger.line(step).step.condition?.runsAfterFailure == true else { continue }
            throw SimulationFault("entry \(sequence): \(name) had no turn after the failure")
        }
    }
}
