internal import JSON
internal import WorkflowCore

/// Tells from the entries of a run, one after the other, which attempts have logs. Probes are told by a step named
/// `NAME.probe`, verifications by `NAME.verify`.
struct AttemptLogs {
    struct Name: Sendable, Equatable {
        let step: String
        let attempt: Int
    }

    /// The newest attempt of each step: a verification has the number of the one that it looks at.
    private var newest: ExactMap<Int> = [:]

    mutating func attempt(of entry: Entry) -> Name? {
        switch entry.fact {
        case .attemptStarted(let fact) where fact.wait == nil:
            newest[fact.step] = fact.attempt
            return Name(step: fact.step, attempt: fact.attempt)
        case .probeFinished(let fact): return Name(step: fact.step + ".probe", attempt: fact.attempt)
        case .verifyFinished(let fact): return Name(step: fact.step + ".verify", attempt: newest[fact.step] ?? 0)
        default: return nil
        }
    }
}
