package import WorkflowCore
internal import WorkflowExecutors

/// What a run that has not ended is at, in a few words: `approval: go_live`, `retrying: deploy`, `in doubt: vpc`.
package enum RunActivity {
    /// The most pressing thing, and how many more there are of its kind; nil where it simply runs.
    package static func text(of state: RunState) -> String? {
        if let first = state.drifted.first { return told("drifted", first, state.drifted.count, state) }
        if let concurrency = state.concurrency, !concurrency.isHeld {
            return "turn: " + DisplayLine.text(Array(concurrency.group.utf8))
        }
        var found: [Kind: (first: Int, count: Int)] = [:]
        for number in state.stepsInOrder() {
            guard let kind = Kind(state.steps[number].phase) else { continue }
            found[kind, default: (number, 0)].count += 1
        }
        guard let kind = Kind.allCases.first(where: { found[$0] != nil }), let (first, count) = found[kind] else {
            return nil
        }
        return told(kind.rawValue, first, count, state)
    }

    /// The most pressing first.
    private enum Kind: String, CaseIterable {
        case inDoubt = "in doubt"
        case approval, signal, retrying, lock
        case timer

        init?(_ phase: StepState.Phase) {
            switch phase {
            case .inDoubt: self = .inDoubt
            case .asking(_, _, .approval): self = .approval
            case .asking(_, _, .signal): self = .signal
            case .retrying: self = .retrying
            case .awaitingLocks: self = .lock
            case .sleeping, .repeating: self = .timer
            case .blocked, .ready, .running, .open, .succeeded, .skipped, .failed, .cancelled: return nil
            }
        }
    }

    private static func told(_ what: String, _ number: Int, _ count: Int, _ state: RunState) -> String {
        let more = count > 1 ? " and \(count - 1) more" : ""
        return "\(what): " + DisplayLine.text(Array(state.name(ofStep: number).utf8)) + more
    }
}
