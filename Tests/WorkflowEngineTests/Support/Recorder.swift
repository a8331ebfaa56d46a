import Synchronization
import WorkflowCore
import WorkflowEngine

/// What a driver told, in order.
final class Recorder: RunObserver {
    private struct State {
        var facts: [Fact] = []
        var waiting: [(isIt: @Sendable (Fact) -> Bool, continuation: CheckedContinuation<Bool, Never>)] = []
        var hasGivenUp = false
    }
    private let state = Mutex(State())

    var facts: [Fact] { state.withLock { $0.facts } }

    func observe(_ event: RunEvent) {
        guard case .entry(let entry, _) = event else { return }
        let heard = state.withLock { state in
            state.facts.append(entry.fact)
            let heard = state.waiting.filter { $0.isIt(entry.fact) }
            state.waiting.removeAll { $0.isIt(entry.fact) }
            return heard
        }
        for waiter in heard { waiter.continuation.resume(returning: true) }
    }

    /// Waits until such a fact was told. False: it was given up.
    func heard(_ isIt: @escaping @Sendable (Fact) -> Bool) async -> Bool {
        await withCheckedContinuation { continuation in
            let now = state.withLock { state -> Bool? in
                if state.facts.contains(where: isIt) { return true }
                if state.hasGivenUp { return false }
                state.waiting.append((isIt, continuation))
                return nil
            }
            if let now { continuation.resume(returning: now) }
        }
    }

    func giveUp() {
        let waiting = state.withLock { state in
            state.hasGivenUp = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for waiter in waiting { waiter.continuation.resume(returning: false) }
    }

    /// The steps whose success was told with a checkpoint.
    var checkpointed: [String] {
        facts.compactMap { if case .stepSucceeded(let fact) = $0, fact.checkpoint != nil { fact.step } else { nil } }
    }
}
