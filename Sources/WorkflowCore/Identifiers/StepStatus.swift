/// What a step is doing, as people see it.
package enum StepStatus: String, Sendable, CaseIterable {
    case pending, running, retrying, waiting
    case inDoubt = "in_doubt"
    case success, failed, skipped, cancelled, compensated

    /// The step has its result; only a rewind, a return or a resume of a failed run changes it.
    package var hasEnded: Bool {
        switch self {
        case .pending, .running, .retrying, .waiting, .inDoubt: false
        case .success, .failed, .skipped, .cancelled, .compensated: true
        }
    }
}
