internal import AttemptProtocol
package import WorkflowCore
package import WorkflowEngine
internal import WorkflowExecutors

extension OpenAttempt {
    /// What became of it, and what a resume does about that.
    package func spoken(in state: RunState) -> String {
        switch verdict {
        case .reattach(let supervisor): return "it goes on under its supervisor (pid \(supervisor.pid))"
        case .stillRunning(let processes):
            let numbers = processes.prefix(8).map { String($0.pid) }.joined(separator: ", ")
            return "its supervisor is gone, and it still runs (pid \(numbers.isEmpty ? "not known" : numbers))"
        case .settled: return "it has ended; a resume takes that up"
        case .neverBegan: return "it never began; a resume starts it"
        case .inDoubt(let doubt):
            guard let number = state.number(ofStep: step) else { return doubt.message }
            let gone = doubt == .outcomeLost ? "its process is gone" : doubt.message
            return gone + "; " + (state.courseIfLost(ofStep: number).spoken)
        }
    }
}

extension DoubtCourse {
    /// What a resume does about a lost attempt.
    fileprivate var spoken: String {
        switch self {
        case .ask, .succeed: "a resume asks you (no probe)"
        case .probe: "a resume asks its probe"
        case .again: "a resume runs it again (on_doubt: retry)"
        case .fail, .failAs, .failAtLimit: "a resume counts it as failed"
        case .cancel: "a resume cancels it"
        }
    }
}
