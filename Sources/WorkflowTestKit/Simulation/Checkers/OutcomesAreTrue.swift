internal import WorkflowCore

/// P4: what the journal says of an attempt is what became of its process. One that was voided has none; one that is in
/// doubt left no record of its end, or was ended from outside.
enum OutcomesAreTrue {
    static func check(_ entries: [Entry], _ world: SimulatedWorld) throws {
        var ids: [AttemptReference: UniqueID] = [:]
        var keys: [AttemptReference: String] = [:]
        var newest: [String: AttemptReference] = [:]
        for entry in entries {
            func refuse(_ attempt: AttemptReference, _ why: String) -> SimulationFault {
                SimulationFault("entry \(entry.sequence), \(entry.fact.trace): \(why)")
            }
            switch entry.fact {
            case .attemptStarted(let fact):
                guard fact.wait == nil else { break }
                let attempt = AttemptReference(step: fact.step, attempt: fact.attempt)
                (ids[attempt], keys[attempt], newest[fact.step]) = (fact.id, fact.idempotencyKey, attempt)
            case .attemptVoided(let attempt):
                if let id = ids[attempt], world.process(id) != nil { throw refuse(attempt, "it did begin") }
            case .attemptInDoubt(let fact):
                let attempt = AttemptReference(step: fact.step, attempt: fact.attempt)
                guard let process = ids[attempt].flatMap(world.process) else { break }
                guard process.hasEnded else { throw refuse(attempt, "its process lives") }
                if process.isRecorded, process.outcome.isKnown { throw refuse(attempt, "its end is on record") }
            case .stepSucceeded(let fact):
                let attempt = AttemptReference(step: fact.step, attempt: fact.attempt)
                guard let id = ids[attempt] else { break }
                let process = world.process(id)
                switch fact.basis {
                case .execution:
                    guard let process, process.hasEnded, process.isRecorded,
                        process.outcome == .succeeded(outputs: GivenOutputs(fact.outputs))
                    else { throw refuse(attempt, "its process did not end so") }
                case .probe:
                    guard let key = keys[attempt], world.hasEffect(key) else {
                        throw refuse(attempt, "its effect is not in place")
                    }
                case .resolution, .signal, .approval: break
                }
            case .stepRepeated(let fact):
                guard let attempt = newest[fact.step], let process = ids[attempt].flatMap(world.process),
                    process.hasEnded, process.isRecorded
                else { break }
                if case .failed(let failure) = process.outcome, !failure.leavesOutcomeUnknown {
                    throw refuse(attempt, "its process failed")
                }
            case .attemptFailed(let fact):
                let attempt = AttemptReference(step: fact.step, attempt: fact.attempt)
                guard fact.failure.code == "exit_status", let id = ids[attempt] else { break }
                guard let process = world.process(id), process.hasEnded, process.isRecorded,
                    process.outcome == .failed(fact.failure)
                else { throw refuse(attempt, "its process did not fail so") }
            default: break
            }
        }
    }
}

extension AttemptOutcome {
    /// The process ended by itself, and said how.
    fileprivate var isKnown: Bool {
        switch self {
        case .succeeded: true
        case .failed(let failure): !failure.leavesOutcomeUnknown
        }
    }
}
