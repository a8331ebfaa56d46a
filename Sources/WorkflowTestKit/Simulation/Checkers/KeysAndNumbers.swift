internal import WorkflowCore

/// The number of an attempt is one more than that of the one before it, whatever happened between them; a key is the
/// same over all attempts at one effect, and no two effects share one.
struct KeysAndNumbers {
    private var attempts: [String: Int] = [:]
    private var effects: [String: String] = [:]
    private var keys: [String: String] = [:]

    /// - Parameter ledger: the run before the entry.
    mutating func check(_ entry: Entry, _ ledger: RunLedger) throws {
        guard case .attemptStarted(let fact) = entry.fact else { return }
        let last = attempts[fact.step] ?? 0
        guard fact.attempt == last + 1 else {
            throw SimulationFault("entry \(entry.sequence): \(fact.step)#\(fact.attempt) follows #\(last)")
        }
        attempts[fact.step] = fact.attempt
        let effect = try effect(of: fact.step, ledger)
        if let other = effects.updateValue(effect, forKey: fact.idempotencyKey), other != effect {
            throw SimulationFault("entry \(entry.sequence): \(effect) and \(other) have one key")
        }
        if let other = keys.updateValue(fact.idempotencyKey, forKey: effect), other != fact.idempotencyKey {
            throw SimulationFault("entry \(entry.sequence): \(effect) has two keys")
        }
    }

    /// Which of all the times that the step may be done this is.
    private func effect(of step: String, _ ledger: RunLedger) throws -> String {
        let stage = ledger.line(try ledger[step]).stage
        let around = stage.map { "return \(ledger.returned[$0] ?? 0)" } ?? "ending \(ledger.endings)"
        let passes = try ([step] + ledger.ancestors(step)).map { "\(try ledger[$0].passes)" }
        let edition = try ([step] + ledger.ancestors(step)).map { try ledger[$0].edition }.max() ?? 0
        return
            "\(step), edition \(edition), rewind \(ledger.rewinds), \(around), passes "
            + "\(passes.joined(separator: " in "))"
    }
}
