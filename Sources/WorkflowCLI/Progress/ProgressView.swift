internal import WorkflowCore
internal import WorkflowEngine

/// A run at a glance: what a redraw shows, and nothing that it does not.
struct ProgressView: Sendable, Equatable {
    struct Stage: Sendable, Equatable {
        enum Phase: Sendable, Equatable { case pending, open, done, failed }

        var name: String
        var phase: Phase
        /// Of all that is in it, items and what they hold.
        var tally: ProgressTally
        /// What is told of it.
        var count: StepCount
        var span: ProgressModel.StageSpan
        /// Empty where the stage is folded.
        var steps: [Step] = []
        /// Steps that are not among `steps`: there are too many.
        var unlisted = ProgressTally()
    }

    struct Step: Sendable, Equatable {
        enum Condition: Sendable, Equatable {
            case pending, success, skipped, cancelled
            /// Its attempt, of so many that it may have; nil for what only holds others.
            case running(attempt: Int, of: Int)
            case open
            case retrying(failure: String, next: Int, of: Int, due: Timestamp)
            case sleeping(due: Timestamp)
            case repeating(pass: Int, due: Timestamp)
            case approval(prompt: String, approvers: [String], due: Timestamp)
            case signal(String, due: Timestamp)
            case lock([String], holder: LockHolder?, due: Timestamp)
            case inDoubt(reason: String)
            case drifted(message: String, isPast: Bool)
            case failed(message: String, isTolerated: Bool)
        }

        var number: Int
        var name: String
        /// The name without that of what holds it, where it stands beneath that.
        var label: String
        /// How many open groups and items of this view it stands in.
        var depth: Int
        var condition: Condition
        var began: Timestamp?
        var ended: Timestamp?
        /// The attempts so far.
        var attempts: Int
        /// What it holds, where it holds others.
        var inside: ProgressTally?
        /// The end of what it has printed.
        var lastLine: String?

        /// It has failed, and not because of what it holds.
        var hasFailedItself: Bool {
            if case .failed = condition { inside == nil } else { false }
        }
    }

    var run: RunID
    var workflow: String
    var status: RunStatus
    /// Nobody drives it although it is under way.
    var isAbandoned = false
    var began: Timestamp?
    /// Of the run, where it has ended.
    var ended: Timestamp?
    /// All stages together, without owed work.
    var tally: ProgressTally
    /// What is told of them.
    var count: StepCount
    /// Failed steps that are in no line of `stages`: there are too many.
    var unlistedFailures = 0
    /// The run waits for its turn behind another.
    var turn: (group: String, holder: LockHolder)?
    var stages: [Stage]
    /// What is left, from runs before; nil where there were none.
    var left: Milliseconds?
    /// In place of the status, where its driver leaves on a signal.
    var departure: String?

    static func == (a: ProgressView, b: ProgressView) -> Bool {
        a.run == b.run && a.status == b.status && a.isAbandoned == b.isAbandoned && a.began == b.began
            && a.ended == b.ended && a.tally == b.tally && a.count == b.count
            && a.unlistedFailures == b.unlistedFailures && a.stages == b.stages
            && a.turn?.holder == b.turn?.holder && a.turn?.group == b.turn?.group && a.left == b.left
            && a.workflow == b.workflow && a.departure == b.departure
    }
}
