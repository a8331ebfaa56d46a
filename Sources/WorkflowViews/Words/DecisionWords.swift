package import WorkflowCore

/// Decisions in the history of a run, in words.
package enum DecisionWords {
    /// What was done, to what, and the reason that was given; the same in text and in data.
    package static func told(_ fact: Fact) -> (what: String, subject: String?, why: String?) {
        switch fact {
        case .runCreated: ("started", nil, nil)
        case .stepResolved(let fact): ("resolved as \(fact.decision.rawValue)", fact.step, fact.reason)
        case .stepApproved(let fact): ("approved", fact.step, fact.reason)
        case .stepRejected(let fact): ("rejected", fact.step, fact.reason)
        case .signalReceived(let fact): ("sent signal", fact.name, fact.reason)
        case .requestRefused(let fact): ("was refused", fact.request, fact.message)
        case .runRewound(let fact): ("rewound to", fact.checkpoint.text, fact.reason)
        case .definitionChanged(let fact):
            (
                "moved to definition", String(fact.definitionHash.prefix(12)),
                [fact.reason, moved(fact.change)].compactMap { $0 }.joined(separator: "; ")
            )
        case .failuresReopened(let fact): ("had repeated", fact.steps.joined(separator: ", "), nil)
        case .pauseRequested(let fact): ("asked to pause", nil, fact.reason)
        case .cancelRequested(let fact):
            fact.ended.isEmpty
                ? ("cancelled", nil, fact.reason)
                : ("cancelled owed work", fact.ended.joined(separator: ", "), fact.reason)
        case .stopRequested(let fact): ("stopped with", fact.signal, nil)
        case .driverAttached(let fact):
            (
                fact.reason == .recovery ? "resumed with --all" : "resumed",
                fact.onDoubt.map { "--on-doubt \($0.rawValue)" }, fact.note
            )
        case .driverDetached(let fact): ("stopped with", fact.reason, nil)
        case .carriedOver(let fact): ("took over", fact.forkedFrom, nil)
        case .runEnded(let fact): (fact.status == .moved ? "handed over" : "ended as \(fact.status.rawValue)", nil, nil)
        case .stageEntered, .stageCompleted, .stageReturned,
            .itemsEvaluated, .groupEntered, .stepRepeated, .locksRequested, .locksTaken, .attemptStarted,
            .attemptVoided, .attemptFailed, .attemptInDoubt, .probeFinished, .stepSucceeded, .stepSkipped, .stepFailed,
            .stepCancelled, .verifyFinished, .concurrencyRequested, .concurrencyTaken, .runPaused, .endingBegan:
            ("", nil, nil)
        }
    }

    private static func moved(_ change: DefinitionChange) -> String {
        "\(change.reused.count) reused, \(change.repeated.count) repeated, \(change.added.count) new, "
            + "\(change.orphaned.count) orphaned" + change.approvers.map { "; \($0.told)" }.joined()
    }
}
