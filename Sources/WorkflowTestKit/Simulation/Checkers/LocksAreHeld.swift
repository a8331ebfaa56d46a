internal import WorkflowCore

/// A step that says which locks it needs begins when it has them, and asks for none that it has.
enum LocksAreHeld {
    /// - Parameter ledger: the run before the entry.
    static func check(_ entry: Entry, _ ledger: RunLedger) throws {
        switch entry.fact {
        case .attemptStarted(let fact): try checkHolds(fact.step, entry.sequence, ledger)
        case .groupEntered(let fact): try checkHolds(fact.step, entry.sequence, ledger)
        case .locksRequested(let fact):
            guard try !ledger[fact.step].hasLocks else {
                throw SimulationFault("entry \(entry.sequence): \(fact.step) has its locks and asks for them")
            }
        default: break
        }
    }

    private static func checkHolds(_ name: String, _ sequence: Int64, _ ledger: RunLedger) throws {
        let step = try ledger[name]
        // Of a foreach the items take them.
        guard ledger.isForeach(step) || ledger.line(step).step.locks.isEmpty || step.hasLocks else {
            throw SimulationFault("entry \(sequence): \(name) begins without its locks")
        }
        // What holds it and has locks keeps them meanwhile.
        for around in try ledger.ancestors(name) {
            let outer = try ledger[around]
            guard ledger.isForeach(outer) || ledger.line(outer).step.locks.isEmpty || outer.hasLocks else {
                throw SimulationFault("entry \(sequence): \(name) begins while \(around) has no locks")
            }
        }
    }
}
