internal import JSON
package import WorkflowCore
package import WorkflowStore

/// A run as people look at it: its record, its state, and whether somebody drives it.
package struct RunView: Sendable {
    package let record: RunRecord
    package let state: RunState
    package let isDriven: Bool
    /// Where no process drives the run: what became of the attempts whose end its journal does not tell.
    package let open: [OpenAttempt]
    /// Who has the locks, and the turn, that the run waits for.
    package let holders: [LockHolder]
    /// What it waits for, as far as no answer to it was recorded. Where no process drives the run, an attempt of which
    /// a resume would ask a person is among them.
    package let waits: [Awaited]
    /// Where no process drives the run: what was asked of it and waits for one.
    package let requests: [PendingRequest]
    /// Of the store, where the run waits for one of its approvers.
    package let identity: StoreIdentity

    /// What attempts that run say of themselves, and what is said of them.
    package var reports: [AttemptReport] = []

    package func report(_ step: String) -> AttemptReport? { reports.first { $0.step.isSame(as: step) } }

    /// Whoever has what is waited for; nil where that is free, or is no lock.
    package func holder(of awaited: Awaited) -> LockHolder? {
        holders.first { awaited.locks.contains($0.holding.name) }
    }

    package func open(_ step: String) -> OpenAttempt? { open.first { $0.step == step } }

    /// No process drives it although it is to go on, and it was not left because it waited for somebody, or because a
    /// person stopped it.
    package var isInterrupted: Bool {
        guard !isDriven, state.stop == nil else { return false }
        switch state.status {
        case .running, .rollingBack: return state.leftBecause != RunDriver.leftWaiting
        case .pending, .waiting, .paused, .completed, .failed, .cancelled, .rolledBack, .moved: return false
        }
    }

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
