internal import WorkflowCore

/// P7: nothing goes on before its wait is over, counted from when it began or, under a later driver, from when that
/// came: what was left then, by the due time in the journal.
struct WaitsAreKept {
    private struct Pending {
        let wait: Wait
        let kind: Kind
        var earliest: Timestamp
    }

    private enum Kind { case sleep, question, locks, retry, pass }

    private var pending: [String: Pending] = [:]

    mutating func check(_ entry: Entry) throws {
        switch entry.fact {
        case .driverAttached:
            for (step, known) in pending {
                pending[step]?.earliest = entry.at.adding(known.wait.remaining(at: entry.at))
            }
        case .attemptStarted(let fact):
            try end(fact.step, entry, [.retry, .pass])
            if let wait = fact.wait { begin(fact.step, wait, fact.question == nil ? .sleep : .question, entry) }
        case .groupEntered(let fact): try end(fact.step, entry, [.pass])
        case .locksRequested(let fact):
            try end(fact.step, entry, [.pass])
            begin(fact.step, fact.wait, .locks, entry)
        case .attemptFailed(let fact):
            try end(fact.step, entry, fact.failure.code.hasSuffix("_timeout") ? [.question] : [])
            if let wait = fact.retry { begin(fact.step, wait, .retry, entry) }
        case .stepRepeated(let fact):
            try end(fact.step, entry, [.sleep])
            if let wait = fact.wait { begin(fact.step, wait, .pass, entry) }
        case .stepSucceeded(let fact): try end(fact.step, entry, fact.basis == .execution ? [.sleep] : [])
        case .stepSkipped(let fact): try end(fact.step, entry, fact.basis == .timeout ? [.question] : [])
        case .stepFailed(let fact): try end(fact.step, entry, fact.failure.code == "lock_timeout" ? [.locks] : [])
        case .locksTaken(let fact): pending[fact.step] = nil
        case .stepCancelled(let fact): pending[fact.step] = nil
        case .stepResolved(let fact): pending[fact.step] = nil
        case .runRewound, .definitionChanged: pending = [:]
        default: break
        }
    }

    private mutating func begin(_ step: String, _ wait: Wait, _ kind: Kind, _ entry: Entry) {
        pending[step] = Pending(wait: wait, kind: kind, earliest: entry.at.adding(wait.length))
    }

    /// The step goes on. Where it was held by a wait of one of these kinds, that has to be over.
    private mutating func end(_ step: String, _ entry: Entry, _ kinds: [Kind]) throws {
        guard let known = pending.removeValue(forKey: step), kinds.contains(known.kind) else { return }
        guard entry.at >= known.earliest else {
            throw SimulationFault(
                "entry \(entry.sequence), \(entry.fact.trace), comes \(known.earliest.since(entry.at).text) before "
                    + "its wait is over")
        }
    }
}
