package import JSON

/// What is known of one step of a run.
package struct StepState: Sendable, Equatable {
    package internal(set) var phase: Phase = .blocked
    /// The number of the newest attempt; 0 when there was none. Never goes back within a run.
    package internal(set) var attempts = 0
    /// Attempts that the retry limit has been charged with since the step was last set back.
    package internal(set) var retriesUsed = 0
    /// Repeats out of doubt since the step was last set back; 100 at most.
    package internal(set) var doubtRepeats = 0
    package internal(set) var outputs: [String: JSONValue] = [:]
    /// The newest failure of an attempt or of the step; nil after a success.
    package internal(set) var failure: Failure?
    package internal(set) var startedAt: Timestamp?
    package internal(set) var endedAt: Timestamp?
    /// How many of the steps it needs have not ended.
    var unmetNeeds = 0

    /// ```
    /// blocked ─▶ ready ─▶ running ─▶ succeeded │ failed │ cancelled
    ///              │         ├─▶ retrying ─▶ running
    ///              │         └─▶ inDoubt ─▶ running, succeeded, failed, retrying
    ///              ├─▶ sleeping ─▶ succeeded
    ///              └─▶ skipped
    /// ```
    package enum Phase: Sendable, Equatable {
        /// Something that it needs has not ended. Valid transitions: `ready`.
        case blocked
        /// It may start when a slot is free. Valid transitions: `running`, `sleeping`, `skipped`, `failed`.
        case ready
        /// Its intent is written. Valid transitions: `ready` (voided), `succeeded`, `retrying`, `inDoubt`, `failed`,
        /// `cancelled`.
        indirect case running(Attempt)
        /// A durable wait in place of a process. Valid transitions: `succeeded`, `cancelled`.
        indirect case sleeping(Attempt, Wait)
        /// Between two attempts. Valid transitions: `running`, `succeeded`/`failed`/`skipped` (resolved), `cancelled`.
        case retrying(Wait)
        /// Valid transitions: `running`, `retrying`, `succeeded`, `failed`, `skipped`, `cancelled`.
        indirect case inDoubt(Doubt)
        case succeeded
        case skipped
        /// Tolerated: the run goes on (`continue_on_error`).
        case failed(isTolerated: Bool)
        case cancelled
    }

    package struct Attempt: Sendable, Equatable {
        package let number: Int
        package let id: UniqueID
        package let idempotencyKey: String
        package let host: HostIdentity?
        package let startedAt: Timestamp
    }

    /// An attempt began, has ended, and its outcome is not known.
    package struct Doubt: Sendable, Equatable {
        package let attempt: Attempt
        package let reason: String
        /// How it ended, where a timeout or a signal ended it and not the death of the engine.
        package let failure: Failure?
        /// What the probe said last; nil when it has not been asked since the last driver came.
        package internal(set) var verdict: ProbeVerdict?
    }

    package var status: StepStatus {
        switch phase {
        case .blocked, .ready: .pending
        case .running: .running
        case .sleeping: .waiting
        case .retrying: .retrying
        case .inDoubt: .inDoubt
        case .succeeded: .success
        case .skipped: .skipped
        case .failed: .failed
        case .cancelled: .cancelled
        }
    }

    package var hasEnded: Bool { status.hasEnded }

    /// Begun and not ended.
    var isActive: Bool {
        switch phase {
        case .running, .sleeping, .retrying, .inDoubt: true
        case .blocked, .ready, .succeeded, .skipped, .failed, .cancelled: false
        }
    }

    /// A process of it may be alive.
    var holdsSlot: Bool {
        if case .running = phase { return true }
        return false
    }

    /// It has failed for good and the run may not go on.
    var stopsStage: Bool {
        if case .failed(isTolerated: false) = phase { return true }
        return false
    }
}
