package import WorkflowCore
package import WorkflowStore

/// A run as people look at it: its record, its state, and whether somebody drives it.
package struct RunView: Sendable {
    package let record: RunRecord
    package let state: RunState
    package let isDriven: Bool

    /// What to type to go on; nil when the run cannot be resumed.
    package var resumeCommand: String? {
        guard state.status.canBeResumed else { return nil }
        // After a rewind the newest checkpoint is the one gone back to, not the last one saved.
        return state.checkpoint.map { "workflow resume --checkpoint \($0.id.text)" }
            ?? "workflow resume \(record.id.text)"
    }
}

/// A run with all that has happened in it.
package struct RunAccount: Sendable {
    package let view: RunView
    package let history: RunHistory
}

/// A checkpoint with the run as it was then.
package struct CheckpointView: Sendable {
    package let record: CheckpointRecord
    package let workflow: String
    package let state: RunState
}
