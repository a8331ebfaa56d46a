package import WorkflowCore
package import WorkflowEngine

/// A run at a glance: what a redraw shows, and nothing that it does not.
package struct ProgressView: Sendable, Equatable {
    package struct Stage: Sendable, Equatable {
        package enum Phase: Sendable, Equatable { case pending, open, done, failed }

        package var name: String
        package var phase: Phase
        /// Of all that is in it, items and what they hold.
        package var tally: ProgressTally
        /// What is told of it.
        package var count: StepCount
        package var span: ProgressModel.StageSpan
        /// Empty where the stage is folded.
        package var steps: [Step] = []
        /// Steps that are not among `steps`: there are too many.
        package var unlisted: ProgressTally

        package init(
            name: String, phase: Phase, tally: ProgressTally, count: StepCount, span: ProgressModel.StageSpan,
            steps: [Step] = [], unlisted: ProgressTally = ProgressTally()
        ) {
            self.name = name
            self.phase = phase
            self.tally = tally
            self.count = count
            self.span = span
            self.steps = steps
            self.unlisted = unlisted
        }
    }

    package struct Step: Sendable, Equatable {
        package enum Condition: Sendable, Equatable {
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

        package var number: Int
        package var name: String
        /// The name without that of what holds it, where it stands beneath that.
        package var label: String
        /// How many open groups and items of this view it stands in.
        package var depth: Int
        package var condition: Condition
        package var began: Timestamp?
        package var ended: Timestamp?
        /// The attempts so far.
        package var attempts: Int
        /// What it holds, where it holds others.
        package var inside: ProgressTally?
        /// The end of what it has printed.
        package var lastLine: String?

        package init(
            number: Int, name: String, label: String, depth: Int, condition: Condition, began: Timestamp? = nil,
            ended: Timestamp? = nil, attempts: Int, inside: ProgressTally? = nil, lastLine: String? = nil
        ) {
            self.number = number
            self.name = name
            self.label = label
            self.depth = depth
            self.condition = condition
            self.began = began
            self.ended = ended
            self.attempts = attempts
            self.inside = inside
            self.lastLine = lastLine
        }

        /// It has failed, and not because of what it holds.
        package var hasFailedItself: Bool {
            if case .failed = condition { inside == nil } else { false }
        }
    }

    package var run: RunID
    package var workflow: String
    package var status: RunStatus
    /// Nobody drives it although it is under way.
    package var isAbandoned: Bool
    package var began: Timestamp?
    /// Of the run, where it has ended.
    package var ended: Timestamp?
    /// All stages together, without owed work.
    package var tally: ProgressTally
    /// What is told of them.
    package var count: StepCount
    /// Failed steps that are in no line of `stages`: there are too many.
    package var unlistedFailures: Int
    /// The run waits for its turn behind another.
    package var turn: (group: String, holder: LockHolder)?
    package var stages: [Stage]
    /// What is left, from runs before; nil where there were none.
    package var left: Milliseconds?
    /// In place of the status, where its driver leaves on a signal.
    package var departure: String?

    package init(
        run: RunID, workflow: String, status: RunStatus, isAbandoned: Bool = false, began: Timestamp? = nil,
        ended: Timestamp? = nil,
        tally: ProgressTally, count: StepCount, unlistedFailures: Int = 0,
        turn: (group: String, holder: LockHolder)? = nil, stages: [Stage],
        left: Milliseconds? = nil, departure: String? = nil
    ) {
        self.run = run
        self.workflow = workflow
        self.status = status
        self.isAbandoned = isAbandoned
        self.began = began
        self.ended = ended
        self.tally = tally
        self.count = count
        self.unlistedFailures = unlistedFailures
        self.turn = turn
        self.stages = stages
        self.left = left
        self.departure = departure
    }

    package static func == (a: ProgressView, b: ProgressView) -> Bool {
        a.run == b.run && a.status == b.status && a.isAbandoned == b.isAbandoned && a.began == b.began
            && a.ended == b.ended && a.tally == b.tally && a.count == b.count
            && a.unlistedFailures == b.unlistedFailures && a.stages == b.stages
            && a.turn?.holder == b.turn?.holder && a.turn?.group == b.turn?.group && a.left == b.left
            && a.workflow == b.workflow && a.departure == b.departure
    }
}
