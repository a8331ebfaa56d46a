internal import WorkflowCore

/// P2: a step that has succeeded or was skipped is not executed again, unless a person rewinds past it or has it
/// repeated, its stage is returned to, what it stands in is repeated, or (owed work) the run ends once more.
enum DoneStaysDone {
    /// - Parameter ledger: the run before the entry.
    static func check(_ entry: Entry, _ ledger: RunLedger) throws {
        let step: String
        switch entry.fact {
        case .stepSucceeded(let fact): return try checkEnd(of: fact.step, entry, ledger)
        case .stepSkipped(let fact): return try checkEnd(of: fact.step, entry, ledger)
        case .stepFailed(let fact): return try checkEnd(of: fact.step, entry, ledger)
        case .stepCancelled(let fact): return try checkEnd(of: fact.step, entry, ledger)
        case .attemptStarted(let fact): step = fact.step
        case .itemsEvaluated(let fact): step = fact.step
        case .groupEntered(let fact): step = fact.step
        case .locksRequested(let fact): step = fact.step
        default: return
        }
        if let sequence = try ledger[step].ended {
            throw SimulationFault(
                "\(step) was ended by entry \(sequence) and started again by entry \(entry.sequence)")
        }
    }

    /// What has ended ends again only by the word of a person, which stands right before.
    private static func checkEnd(of step: String, _ entry: Entry, _ ledger: RunLedger) throws {
        guard let sequence = try ledger[step].ended else { return }
        if let resolution = ledger.resolution, resolution.step == step, resolution.sequence >= entry.sequence - 2 {
            return
        }
        throw SimulationFault("\(step) was ended by entry \(sequence) and once more by entry \(entry.sequence)")
    }
}
