internal import JSON
internal import WorkflowCore

/// What follows from a run's entries: written into a bundle, and compared when a bundle is checked.
struct EvidenceDigest {
    /// Of the definitions that the run began with and was moved to, each once, in order.
    private(set) var definitions: [String] = []
    private(set) var checkpoints: [JSONValue] = []
    /// What people and programs from outside decided, with who, when and why.
    private(set) var decisions: [JSONValue] = []
    private(set) var attempts: [AttemptLogs.Name] = []
    private var logs = AttemptLogs()

    mutating func add(_ entry: Entry) {
        if let attempt = logs.attempt(of: entry) { attempts.append(attempt) }
        switch entry.fact {
        case .runCreated(let fact): add(definition: fact.definitionHash)
        case .definitionChanged(let fact): add(definition: fact.definitionHash)
        case .stepSucceeded(let fact): add(fact.checkpoint, of: fact.step, entry)
        case .stepSkipped(let fact): add(fact.checkpoint, of: fact.step, entry)
        default: break
        }
        guard isDecision(entry) else { return }
        decisions.append(
            .object([
                "seq": .int(entry.sequence), "type": .string(entry.fact.type), "at": .string(entry.at.text),
                "actor": .string(entry.actor.name), "payload": entry.actor.added(to: entry.fact.payload),
            ]))
    }

    /// Whatever was typed is one. Of journals of earlier versions, which do not say what was, it is these types.
    private func isDecision(_ entry: Entry) -> Bool {
        if entry.actor.by != nil { return true }
        return switch entry.fact {
        case .stepApproved, .stepRejected, .stepResolved, .signalReceived, .requestRefused, .pauseRequested,
            .cancelRequested, .runRewound, .definitionChanged:
            true
        default: false
        }
    }

    private mutating func add(definition hash: String) {
        if !definitions.contains(hash) { definitions.append(hash) }
    }

    private mutating func add(_ checkpoint: CheckpointID?, of step: String, _ entry: Entry) {
        guard let checkpoint else { return }
        checkpoints.append(
            .object([
                "id": .string(checkpoint.text), "seq": .int(entry.sequence), "step": .string(step),
                "at": .string(entry.at.text),
            ]))
    }

    /// The members of a bundle's head that follow from the entries.
    static func head(
        of run: RunID, _ created: RunCreated, first: Entry, last: Entry, state: RunState
    ) -> [String: JSONValue] {
        [
            "run": .string(run.text), "uuid": .string(created.run.text), "workflow": .string(created.workflow),
            "labels": .object(created.labels.mapValues { .string($0) }), "status": .string(state.status.rawValue),
            "stage": .string(state.stageName), "created_at": .string(first.at.text),
            "created_by": .string(first.actor.name), "host": .string(created.context.host),
            "updated_at": .string(last.at.text), "forked_from": created.forkedFrom.map(JSONValue.string) ?? .null,
            "engine_version": .string(created.engineVersion), "head": .int(last.sequence),
        ]
    }
}
