/// What a run is doing, as people and the store see it.
///
/// ```
/// pending ──▶ running ◀──▶ waiting, paused        rolling_back ──▶ rolled_back
///                │
///                └──▶ completed │ failed │ cancelled │ moved      failed ──▶ running (resume)
/// ```
package enum RunStatus: String, Sendable, CaseIterable {
    /// Created, never driven. Valid transitions: `running`, `cancelled`.
    case pending
    /// Steps run or may start. Stays so when nobody drives it. Valid transitions: all but `pending`.
    case running
    /// Nothing can go on but by a person, a signal or a timer. Valid transitions: `running`, `cancelled`, `failed`.
    case waiting
    /// Stopped on request. Valid transitions: `running`, `cancelled`.
    case paused
    /// Compensating. Valid transitions: `rolledBack`, `failed`.
    case rollingBack = "rolling_back"
    /// Ended. Valid transitions: none but by a rewind.
    case completed
    /// Ended; can be resumed. Valid transitions: `running`, `rollingBack`.
    case failed
    /// Ended.
    case cancelled
    /// Ended.
    case rolledBack = "rolled_back"
    /// Ended here: handed over to another store.
    case moved

    package var hasEnded: Bool {
        switch self {
        case .pending, .running, .waiting, .paused, .rollingBack: false
        case .completed, .failed, .cancelled, .rolledBack, .moved: true
        }
    }

    /// `resume` continues it. A failed run has ended and can be resumed all the same.
    package var canBeResumed: Bool {
        switch self {
        case .pending, .running, .waiting, .paused, .rollingBack, .failed: true
        case .completed, .cancelled, .rolledBack, .moved: false
        }
    }
}
