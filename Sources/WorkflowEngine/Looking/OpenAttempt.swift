internal import AttemptProtocol
internal import JSON
package import WorkflowCore
package import WorkflowExecutors
internal import WorkflowStore

/// An attempt that has begun and of whose end no journal tells, with what its folder and its processes say.
package struct OpenAttempt: Sendable, Equatable {
    package let step: String
    package let attempt: StepState.Attempt
    package let verdict: AttemptVerdict

    var reference: AttemptReference { AttemptReference(step: step, attempt: attempt.number) }

    /// What the machine is told of it; nil where it goes on.
    ///
    /// - Parameter events: what it had kept, where its outcome is not known.
    func input(timeout: Milliseconds, events: [JSONValue] = []) -> Input? {
        switch verdict {
        case .settled(let end):
            .attemptEnded(
                reference, end.result(timeout: timeout), losses: end.losses, endedAt: end.instant,
                events: end.journaledEvents)
        case .neverBegan: .attemptNeverBegan(reference)
        case .inDoubt(let doubt): .attemptLost(reference, reason: doubt.message, events: events)
        case .reattach, .stillRunning: nil
        }
    }
}

extension Engine {
    /// Looks at every attempt that a resume would look at. Nothing is taken, and nothing changes.
    package func openAttempts(of state: RunState) throws(EngineError) -> [OpenAttempt] {
        var open: [OpenAttempt] = []
        for (number, attempt) in state.runningAttempts {
            do throws(ExecutorError) {
                let verdict = try executor.look(at: AttemptIdentity(attempt, ofStore: store.id))
                open.append(OpenAttempt(step: state.name(ofStep: number), attempt: attempt, verdict: verdict))
            } catch {
                throw EngineError(error)
            }
        }
        return open
    }
}

extension AttemptIdentity {
    /// A step's attempt, as it was started.
    init(_ attempt: StepState.Attempt, ofStore store: UniqueID) {
        self.init(
            attemptID: attempt.id.text, role: .attempt,
            place: AttemptPlace(
                hostID: attempt.host?.host ?? "", bootID: attempt.host?.boot ?? "", storeID: store.text))
    }
}
