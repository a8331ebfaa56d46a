internal import WorkflowCore

/// A group or a `foreach` ends, and a pass of it is done, only when what it holds has ended or cannot go on; no more
/// items of a `foreach` are under way than it says.
enum ContainersHold {
    /// - Parameter ledger: the run before the entry.
    static func checkEnd(_ entry: Entry, _ ledger: RunLedger) throws {
        switch entry.fact {
        case .stepSucceeded(let fact):
            guard fact.basis == .execution else { return }
            try checkDone(fact.step, entry.sequence, ledger)
        case .stepRepeated(let fact): try checkDone(fact.step, entry.sequence, ledger)
        case .stepFailed(let fact): try checkFailed(fact, entry.sequence, ledger)
        default: break
        }
    }

    /// - Parameter ledger: the run behind the entry.
    static func checkStart(_ entry: Entry, _ ledger: RunLedger) throws {
        switch entry.fact {
        case .attemptStarted(let fact): try checkPlaces(fact.step, entry.sequence, ledger)
        case .groupEntered(let fact): try checkPlaces(fact.step, entry.sequence, ledger)
        case .locksRequested(let fact): try checkPlaces(fact.step, entry.sequence, ledger)
        default: break
        }
    }

    private static func checkDone(_ name: String, _ sequence: Int64, _ ledger: RunLedger) throws {
        let step = try ledger[name]
        guard ledger.isForeach(step) || ledger.isGroup(step) else { return }
        guard step.isOpen else { throw SimulationFault("entry \(sequence): \(name) is done and was not open") }
        for child in step.children {
            let inner = try ledger[child]
            guard inner.ended != nil, !inner.hasFailed else {
                throw SimulationFault("entry \(sequence): \(name) is done, but \(child) is not")
            }
        }
    }

    private static func checkFailed(_ fact: StepFailed, _ sequence: Int64, _ ledger: RunLedger) throws {
        let step = try ledger[fact.step]
        guard step.isOpen else { return }
        func refuse(_ why: String) -> SimulationFault {
            SimulationFault("entry \(sequence): \(fact.step) has failed, but \(why)")
        }
        guard try step.children.contains(where: { try ledger[$0].hasFailed }) else {
            throw refuse("nothing in it has failed for good")
        }
        for inner in try ledger.inside(fact.step)
        where try ledger.isActive(inner) || ledger.goesRound(inner) {
            throw refuse("\(inner) is under way")
        }
        guard ledger.isForeach(step), ledger.line(step).step.foreach?.continueOnError == true else { return }
        if let open = try step.children.first(where: { try ledger[$0].ended == nil }) {
            throw refuse("\(open) has not ended, and was to go on")
        }
    }

    private static func checkPlaces(_ name: String, _ sequence: Int64, _ ledger: RunLedger) throws {
        let item = try ledger[name]
        guard item.name.isItem, let parent = item.name.parent,
            let limit = ledger.line(item).step.foreach?.maxParallel
        else { return }
        let places = try ledger[parent].children.filter { try ledger[$0].hasPlace && !ledger[$0].isResting }
        guard places.count <= limit else {
            throw SimulationFault("entry \(sequence): \(places) are under way, and the limit of \(parent) is \(limit)")
        }
    }
}
