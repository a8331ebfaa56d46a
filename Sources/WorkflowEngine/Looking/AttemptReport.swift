package import AttemptProtocol
package import WorkflowCore
internal import WorkflowExecutors

/// What is known of an attempt while it runs, and nowhere written down.
package struct AttemptReport: Sendable, Equatable {
    package let step: String
    package let since: Timestamp
    /// How far it is, as it says itself.
    package let progress: AttemptProgress?
    /// It was to have ended, and nothing may kill it but a person.
    package let isNotEnding: Bool
}

extension Engine {
    /// So many attempts of a run are looked at.
    private static let reportsMax = 1000

    func reports(of state: RunState) -> [AttemptReport] {
        state.runningAttempts.prefix(Self.reportsMax).compactMap { number, attempt in
            let id = attempt.id.text
            let progress = executor.progress(ofAttempt: id)
            let isNotEnding = state.isNeverKilled(number) && executor.isNotEnding(attempt: id)
            guard progress != nil || isNotEnding else { return nil }
            return AttemptReport(
                step: state.name(ofStep: number), since: attempt.startedAt, progress: progress, isNotEnding: isNotEnding
            )
        }
    }
}
