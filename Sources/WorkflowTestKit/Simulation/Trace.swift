internal import JSON
package import WorkflowCore

// Decisions as people read them in a review: one line for each entry, then one for each effect.

extension Decision {
    /// What was written down, then what was done: `attempt_started a#1`, `> start a#1`.
    package var trace: [String] {
        entries.map(\.trace) + effects.map(\.trace) + releases.map { "> release \($0)" }
    }
}

extension ProposedEntry {
    package var trace: String {
        (actor == engineActor ? "" : "\(actor): ") + fact.trace + (checkpoint == nil ? "" : " [checkpoint]")
    }
}

extension Fact {
    package var trace: String {
        let words: [String?] =
            switch self {
            case .runCreated, .runPaused, .carriedOver: []
            case .driverAttached(let fact):
                [fact.reason.rawValue, fact.onDoubt.map { "on_doubt=\($0.rawValue)" }, fact.note.map { "\"\($0)\"" }]
            case .driverDetached(let fact): [fact.reason]
            case .stopRequested(let fact): [fact.signal]
            case .definitionChanged(let fact):
                [
                    "reused \(fact.change.reused)", "repeated \(fact.change.repeated)", "new \(fact.change.added)",
                    "pending \(fact.change.pending)", "orphaned \(fact.change.orphaned)",
                ]
            case .runRewound(let fact): ["to \(fact.sequence)"]
            case .stageEntered(let fact): [fact.stage]
            case .stageCompleted(let fact): [fact.stage]
            case .stageReturned(let fact): ["\(fact.stage) to \(fact.returnedTo) (\(fact.count))"]
            case .itemsEvaluated(let fact):
                [fact.step, "\(fact.items.count)", fact.keys.map { "[\($0.prefix(5).joined(separator: ","))]" }]
            case .groupEntered(let fact): [fact.step]
            case .stepRepeated(let fact):
                [
                    "\(fact.step) pass \(fact.iteration)", fact.wait.map { "next in \($0.length.text)" },
                    fact.outputs.isEmpty ? nil : JSONValue.object(fact.outputs).trace,
                ]
            case .locksRequested(let fact): [fact.step, fact.locks.joined(separator: ",")]
            case .locksTaken(let fact): [fact.step]
            case .signalReceived(let fact): [fact.name, fact.data == .null ? nil : fact.data.trace]
            case .stepApproved(let fact), .stepRejected(let fact): [fact.step, fact.reason.map { "\"\($0)\"" }]
            case .verifyFinished(let fact): [fact.step, fact.verdict.rawValue]
            case .requestRefused(let fact): [fact.request, fact.code]
            case .concurrencyRequested(let fact): [fact.group]
            case .concurrencyTaken(let fact): [fact.group]
            case .attemptStarted(let fact):
                ["\(fact.step)#\(fact.attempt)", fact.wait.map { "for \($0.length.text)" }]
            case .attemptVoided(let fact): [fact.trace]
            case .attemptFailed(let fact):
                ["\(fact.step)#\(fact.attempt)", fact.failure.code, fact.retry.map { "retry in \($0.length.text)" }]
            case .attemptInDoubt(let fact): ["\(fact.step)#\(fact.attempt)", fact.failure?.code]
            case .probeFinished(let fact): ["\(fact.step)#\(fact.attempt)", fact.verdict.rawValue]
            case .stepSucceeded(let fact):
                [
                    "\(fact.step)#\(fact.attempt)", fact.basis == .execution ? nil : "by \(fact.basis.rawValue)",
                    fact.outputs.isEmpty ? nil : JSONValue.object(fact.outputs).trace,
                ]
            case .stepSkipped(let fact): [fact.step, fact.basis == .condition ? nil : "by \(fact.basis.rawValue)"]
            case .stepFailed(let fact): [fact.step, fact.failure.code, fact.isTolerated ? "tolerated" : nil]
            case .stepCancelled(let fact): [fact.step]
            case .stepResolved(let fact): [fact.step, fact.decision.rawValue, fact.reason.map { "\"\($0)\"" }]
            case .pauseRequested(let fact), .cancelRequested(let fact):
                [
                    fact.reason.map { "\"\($0)\"" },
                    fact.ended.isEmpty ? nil : "ends \(fact.ended.joined(separator: ","))",
                ]
            case .endingBegan(let fact): [fact.status.rawValue]
            case .runEnded(let fact): [fact.status.rawValue]
            case .failuresReopened(let fact): [fact.steps.joined(separator: ",")]
            }
        return ([type] + words.compactMap { $0 }).joined(separator: " ")
    }
}

extension Effect {
    package var trace: String {
        switch self {
        case .startAttempt(let order): "> start \(order.attempt.trace)"
        case .startProbe(let attempt): "> probe \(attempt.trace)"
        case .startVerify(let attempt): "> verify \(attempt.trace)"
        case .takeLocks(let step, let locks, _): "> lock \(step) \(locks.joined(separator: ","))"
        case .takeConcurrency(let group, let conflict): "> group \(group) \(conflict.rawValue)"
        case .startWait(let attempt, let remaining): "> wait \(attempt.trace) \(remaining.text)"
        case .cancelAttempt(let attempt): "> cancel \(attempt.trace)"
        case .goOn: "> go on"
        case .runEnded(let status): "> ended \(status.rawValue)"
        }
    }
}

extension AttemptReference {
    /// `step#1`; `step` alone for the timer of a wait that belongs to no attempt.
    package var trace: String { attempt < 0 ? step : "\(step)#\(attempt)" }
}

extension JSONValue {
    fileprivate var trace: String {
        (try? compactBytes()).map { String(decoding: $0, as: UTF8.self) } ?? "(unwritable)"
    }
}
