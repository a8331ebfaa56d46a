package import WorkflowCore

extension AttemptAccount {
    /// The outcome in one word; the same in text and in data.
    package var word: String {
        switch outcome {
        case .running: wait == nil ? "running" : "waiting"
        case .voided: "voided"
        case .succeeded, .passed: "success"
        case .failed: retry == nil ? "failed" : "retried"
        case .inDoubt: "in_doubt"
        case .skipped: "skipped"
        case .cancelled: "cancelled"
        case .leftBehind: "left_behind"
        }
    }
}
