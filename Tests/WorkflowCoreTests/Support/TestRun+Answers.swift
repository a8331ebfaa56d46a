import JSON
import WorkflowCore
import WorkflowTestKit

extension TestRun {
    @discardableResult
    mutating func approve(_ step: String, by actor: Actor = TestRun.person, reason: String? = nil) throws -> [String] {
        try take(.approved(step: step, reason: reason, by: actor))
    }

    @discardableResult
    mutating func reject(_ step: String, by actor: Actor = TestRun.person, reason: String? = nil) throws -> [String] {
        try take(.rejected(step: step, reason: reason, by: actor))
    }

    @discardableResult
    mutating func signal(_ name: String, _ data: JSONValue = .null) throws -> [String] {
        try take(.signalled(name: name, data: data, by: "program:ci"))
    }

    /// The store gives a step its locks.
    @discardableResult
    mutating func giveLocks(_ step: String) throws -> [String] {
        try take(.locksTaken(step: step, request: state.state(ofStep: step)?.waitBegan ?? 0))
    }

    /// The wait of a step is over.
    @discardableResult
    mutating func wait(_ step: String) throws -> [String] {
        try take(.waitEnded(timer(step)))
    }

    /// What the present wait of a step is called.
    func timer(_ step: String) -> AttemptReference {
        guard let known = state.state(ofStep: step) else { return attempt(step) }
        switch known.phase {
        case .awaitingLocks, .repeating: return AttemptReference(step: step, attempt: -Int(known.waitBegan))
        default: return attempt(step)
        }
    }

    /// Statuses of all instances there are, in the definition's order, by name.
    var instanceStatuses: [String] {
        state.stepsInOrder().map { "\(state.name(ofStep: $0))=\(state.status(ofStep: $0).rawValue)" }
    }

    /// The names of the steps that have a process now.
    var running: [String] { state.runningAttempts.map { state.name(ofStep: $0.step) } }

    /// What expressions see of a step.
    func outputs(_ step: String) -> JSONValue? { state.number(ofStep: step).map { state.outputs(ofStep: $0) } }

    /// How many entries of the journal are of this type.
    func count(_ type: String) -> Int { journal.count { $0.fact.type == type } }

    /// All keys that attempts were started with, each once.
    var keys: Set<String> {
        var keys: Set<String> = []
        for case .attemptStarted(let fact) in journal.map(\.fact) { keys.insert(fact.idempotencyKey) }
        return keys
    }
}
