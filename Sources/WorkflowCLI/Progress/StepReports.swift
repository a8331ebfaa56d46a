internal import JSON
internal import WorkflowCore

/// What steps that run say of themselves, where that is another thing than it was.
struct StepReports: Sendable {
    /// Between two looks: plain lines are read afterwards, and are to stay few.
    static let interval = Duration.seconds(10)

    private struct Running {
        let step: String
        let attempt: String
        var said: String?
    }

    private var running: [Running] = []

    /// Knows from the entries of a run which attempts have a process.
    mutating func note(_ fact: Fact) {
        switch fact {
        case .attemptStarted(let fact):
            if fact.wait == nil { begin(fact.step, fact.id) } else { forget(fact.step) }
        case .attemptFailed(let fact): forget(fact.step)
        case .attemptInDoubt(let fact): forget(fact.step)
        case .attemptVoided(let fact): forget(fact.step)
        case .stepSucceeded(let fact): forget(fact.step)
        case .stepRepeated(let fact): forget(fact.step)
        case .stepFailed(let fact): forget(fact.step)
        case .stepSkipped(let fact): forget(fact.step)
        case .stepCancelled(let fact): forget(fact.step)
        case .runEnded: running = []
        default: break
        }
    }

    mutating func begin(_ step: String, _ attempt: UniqueID) {
        forget(step)
        running.append(Running(step: step, attempt: attempt.text))
    }

    private mutating func forget(_ step: String) { running.removeAll { $0.step.isSame(as: step) } }

    /// - Parameter report: what an attempt says, by its id.
    mutating func news(_ report: (String) -> String?) -> [(step: String, text: String)] {
        var news: [(step: String, text: String)] = []
        for place in running.indices {
            guard let text = report(running[place].attempt), text != running[place].said else { continue }
            running[place].said = text
            news.append((running[place].step, text))
        }
        return news
    }
}
