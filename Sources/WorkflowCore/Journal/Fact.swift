package import JSON

/// What an entry says happened. Past tense: facts are never edited, only followed by others.
package enum Fact: Sendable, Equatable {
    case runCreated(RunCreated)
    case driverAttached(DriverAttached)
    case driverDetached(DriverDetached)
    case runRewound(RunRewound)
    case definitionChanged(DefinitionChanged)
    /// What stands before was written in another store: locks and turns that it tells of are not held here.
    case carriedOver(CarriedOver)
    case stageEntered(StageEntered)
    case stageCompleted(StageCompleted)
    case stageReturned(StageReturned)
    case itemsEvaluated(ItemsEvaluated)
    case groupEntered(GroupEntered)
    case stepRepeated(StepRepeated)
    case locksRequested(LocksRequested)
    case locksTaken(LocksTaken)
    /// The intent: written before the attempt may begin.
    case attemptStarted(AttemptStarted)
    /// It was proved that the attempt never began.
    case attemptVoided(AttemptReference)
    case attemptFailed(AttemptFailed)
    case attemptInDoubt(AttemptInDoubt)
    case probeFinished(ProbeFinished)
    case stepSucceeded(StepSucceeded)
    case stepSkipped(StepSkipped)
    case stepFailed(StepFailed)
    case stepCancelled(StepCancelled)
    /// A person decided.
    case stepResolved(StepResolved)
    case signalReceived(SignalReceived)
    case stepApproved(StepJudged)
    case stepRejected(StepJudged)
    case verifyFinished(VerifyFinished)
    case requestRefused(RequestRefused)
    case concurrencyRequested(ConcurrencyRequested)
    case concurrencyTaken(ConcurrencyTaken)
    case pauseRequested(Request)
    case runPaused
    case stopRequested(StopRequested)
    case cancelRequested(Request)
    /// The run is about to end with this status; owed work runs now.
    case endingBegan(EndingBegan)
    case runEnded(RunEnded)
    /// A person has what failed, and was tolerated, done again: the run goes on, also where it was completed.
    case failuresReopened(FailuresReopened)
}

package struct FailuresReopened: Sendable, Equatable {
    /// In the definition's order; of a `foreach` that has failed it alone, and not each of its items.
    package var steps: [String]

    package init(steps: [String]) { self.steps = steps }
}

package struct RunCreated: Sendable, Equatable {
    package var run: UniqueID
    package var workflow: String
    package var definitionHash: String
    /// Every declared parameter that has a value.
    package var parameters: [String: JSONValue]
    package var labels: [String: String]
    package var context: ExecutionContext
    package var engineVersion: String
    /// `RUN@CHECKPOINT` of the store that the run was carried over from.
    package var forkedFrom: String?
    /// The run that this one goes on with, however often it was carried: what it calls itself, and what its keys are
    /// made of. nil for a run that began here, and for one that a version carried which did not keep it.
    package var origin: RunOrigin?
    /// The run, of the same store, by one of whose steps it was started.
    package var parent: ParentRun?
    /// Where its definition was read from: absolute, on the machine that made the run.
    package var file: String?
    /// Those that its steps call.
    package var executors: [CalledExecutor]

    package init(
        run: UniqueID, workflow: String, definitionHash: String, parameters: [String: JSONValue],
        labels: [String: String], context: ExecutionContext, engineVersion: String, forkedFrom: String? = nil,
        origin: RunOrigin? = nil, parent: ParentRun? = nil, file: String? = nil, executors: [CalledExecutor] = []
    ) {
        self.executors = executors
        self.parent = parent
        self.file = file
        self.forkedFrom = forkedFrom
        self.origin = origin
        self.run = run
        self.workflow = workflow
        self.definitionHash = definitionHash
        self.parameters = parameters
        self.labels = labels
        self.context = context
        self.engineVersion = engineVersion
    }
}

/// A run as the store names it that it began in.
package struct RunOrigin: Sendable, Equatable {
    package var run: String
    package var uuid: UniqueID

    package init(run: String, uuid: UniqueID) {
        self.run = run
        self.uuid = uuid
    }
}

/// A run that started another one through a step.
package struct ParentRun: Sendable, Equatable {
    package var run: RunID
    /// The attempt that started it; nil where that is not known.
    package var attempt: UniqueID?

    package init(run: RunID, attempt: UniqueID? = nil) {
        self.run = run
        self.attempt = attempt
    }
}

/// Where and as whom a run's steps are started.
package struct ExecutionContext: Sendable, Equatable {
    package var user: String
    package var host: String
    package var umask: Int
    package var workingDirectory: String
    package var environmentSalt: String
    /// Name to salted hash, for every inherited variable that steps can see.
    package var environmentHashes: [String: String]

    package init(
        user: String, host: String, umask: Int, workingDirectory: String, environmentSalt: String,
        environmentHashes: [String: String]
    ) {
        self.user = user
        self.host = host
        self.umask = umask
        self.workingDirectory = workingDirectory
        self.environmentSalt = environmentSalt
        self.environmentHashes = environmentHashes
    }
}

/// A process began to drive the run.
package struct DriverAttached: Sendable, Equatable {
    package enum Reason: String, Sendable, CaseIterable {
        case run
        /// A person goes on with the run: a pause is over, what failed runs again.
        case resume
        /// An interrupted run is picked up: what was asked before still holds.
        case recovery
        /// To obey a request.
        case request
    }

    package var reason: Reason
    package var host: HostIdentity
    package var processID: Int
    package var engineVersion: String
    /// What replaces the steps' `on_doubt` while this driver drives.
    package var onDoubt: DoubtPolicy?
    /// What differs from the values that the run was created under, for people.
    package var changes: [String]
    /// Why a person goes on, in their words.
    package var note: String?

    package init(
        reason: Reason, host: HostIdentity, processID: Int, engineVersion: String, onDoubt: DoubtPolicy? = nil,
        changes: [String] = [], note: String? = nil
    ) {
        self.note = note
        self.reason = reason
        self.host = host
        self.processID = processID
        self.engineVersion = engineVersion
        self.onDoubt = onDoubt
        self.changes = changes
    }
}

/// A driver left on its own accord; after a crash there is no such entry. Where a person made it leave, the actor is
/// theirs.
package struct DriverDetached: Sendable, Equatable {
    /// `SIGINT`, `waiting`, …
    package var reason: String

    package init(reason: String) {
        self.reason = reason
    }
}

package struct RunRewound: Sendable, Equatable {
    package var checkpoint: CheckpointID
    /// The entry that saved the checkpoint: later steps run again.
    package var sequence: Int64
    package var reason: String?

    package init(checkpoint: CheckpointID, sequence: Int64, reason: String? = nil) {
        self.checkpoint = checkpoint
        self.sequence = sequence
        self.reason = reason
    }
}

/// Where the run was before.
package struct CarriedOver: Sendable, Equatable {
    /// `RUN@CHECKPOINT` of that store; earlier versions did not say it here.
    package var forkedFrom: String?

    package init(forkedFrom: String? = nil) { self.forkedFrom = forkedFrom }
}

package struct StageEntered: Sendable, Equatable {
    package var stage: String

    package init(stage: String) { self.stage = stage }
}

package struct StageCompleted: Sendable, Equatable {
    package var stage: String

    package init(stage: String) { self.stage = stage }
}

package struct StageReturned: Sendable, Equatable {
    package var stage: String
    package var returnedTo: String
    /// 1 for the first return of this stage in the run.
    package var count: Int

    package init(stage: String, returnedTo: String, count: Int) {
        self.stage = stage
        self.returnedTo = returnedTo
        self.count = count
    }
}

package struct AttemptReference: Sendable, Hashable {
    package var step: String
    /// From 1; never restarts within a run.
    package var attempt: Int

    package init(step: String, attempt: Int) {
        self.step = step
        self.attempt = attempt
    }

    package static func == (left: AttemptReference, right: AttemptReference) -> Bool {
        left.attempt == right.attempt && left.step.isSame(as: right.step)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(attempt)
        hasher.combine(ExactText(step))
    }
}

package struct AttemptStarted: Sendable, Equatable {
    package var step: String
    package var attempt: Int
    package var id: UniqueID
    package var idempotencyKey: String
    /// The machine whose process it is; nil for waits, which have none.
    package var host: HostIdentity?
    /// When a wait is over, and how long it was at the start.
    package var wait: Wait?
    /// What is waited for, where it is more than time.
    package var question: Question?

    package init(
        step: String, attempt: Int, id: UniqueID, idempotencyKey: String, host: HostIdentity?, wait: Wait? = nil,
        question: Question? = nil
    ) {
        self.step = step
        self.attempt = attempt
        self.id = id
        self.idempotencyKey = idempotencyKey
        self.host = host
        self.wait = wait
        self.question = question
    }
}

/// A durable wait: due at an instant, and never longer than it was when it began.
package struct Wait: Sendable, Equatable {
    package var due: Timestamp
    package var length: Milliseconds

    package init(due: Timestamp, length: Milliseconds) {
        self.due = due
        self.length = length
    }

    /// What is left at `now`, between zero and the whole length, whatever the clock did meanwhile.
    package func remaining(at now: Timestamp) -> Milliseconds {
        min(max(due.since(now), .zero), length)
    }
}

package struct AttemptFailed: Sendable, Equatable {
    package var step: String
    package var attempt: Int
    package var failure: Failure
    /// The wait before the next attempt; nil when there will be none by itself.
    package var retry: Wait?
    package var losses: AttemptLosses?
    /// When the attempt ended, where that was found out later: with the next driver.
    package var endedAt: Timestamp?
    /// What the attempt had kept of its events, in their order.
    package var events: [JSONValue] = []

    package init(
        step: String, attempt: Int, failure: Failure, retry: Wait?, losses: AttemptLosses? = nil,
        endedAt: Timestamp? = nil
    ) {
        self.endedAt = endedAt
        self.losses = losses
        self.step = step
        self.attempt = attempt
        self.failure = failure
        self.retry = retry
    }
}

package struct AttemptInDoubt: Sendable, Equatable {
    package var step: String
    package var attempt: Int
    /// What is known, for people.
    package var reason: String
    /// The attempt was ended by a timeout or a signal: what is known of that.
    package var failure: Failure?
    package var losses: AttemptLosses?
    /// As for `AttemptFailed`.
    package var endedAt: Timestamp?
    /// What the attempt had kept of its events, in their order.
    package var events: [JSONValue] = []

    package init(
        step: String, attempt: Int, reason: String, failure: Failure? = nil, losses: AttemptLosses? = nil,
        endedAt: Timestamp? = nil
    ) {
        self.endedAt = endedAt
        self.losses = losses
        self.step = step
        self.attempt = attempt
        self.reason = reason
        self.failure = failure
    }
}

package enum ProbeVerdict: String, Sendable, CaseIterable {
    case done
    case notDone = "not_done"
    case cannotTell = "cannot_tell"
}

package struct ProbeFinished: Sendable, Equatable {
    package var step: String
    package var attempt: Int
    package var verdict: ProbeVerdict
    package var message: String

    package init(step: String, attempt: Int, verdict: ProbeVerdict, message: String) {
        self.step = step
        self.attempt = attempt
        self.verdict = verdict
        self.message = message
    }
}

package struct StepSucceeded: Sendable, Equatable {
    package enum Basis: String, Sendable, CaseIterable { case execution, probe, resolution, signal, approval }

    package var step: String
    package var attempt: Int
    package var outputs: [String: JSONValue]
    package var basis: Basis
    /// The store's, given when it is appended; nil for owed work, which saves no checkpoint.
    package var checkpoint: CheckpointID?
    package var losses: AttemptLosses?
    /// As for `AttemptFailed`.
    package var endedAt: Timestamp?
    /// What the attempt had kept of its events, in their order.
    package var events: [JSONValue] = []

    package init(
        step: String, attempt: Int, outputs: [String: JSONValue], basis: Basis = .execution,
        checkpoint: CheckpointID? = nil, losses: AttemptLosses? = nil, endedAt: Timestamp? = nil
    ) {
        self.endedAt = endedAt
        self.losses = losses
        self.step = step
        self.attempt = attempt
        self.outputs = outputs
        self.basis = basis
        self.checkpoint = checkpoint
    }
}

package struct StepSkipped: Sendable, Equatable {
    package enum Basis: String, Sendable, CaseIterable { case condition, resolution, timeout }

    package var step: String
    package var basis: Basis
    package var checkpoint: CheckpointID?

    package init(step: String, basis: Basis, checkpoint: CheckpointID? = nil) {
        self.step = step
        self.basis = basis
        self.checkpoint = checkpoint
    }
}

package struct StepFailed: Sendable, Equatable {
    package var step: String
    package var failure: Failure
    /// `continue_on_error`: the run goes on.
    package var isTolerated: Bool

    package init(step: String, failure: Failure, isTolerated: Bool) {
        self.step = step
        self.failure = failure
        self.isTolerated = isTolerated
    }
}

package struct StepCancelled: Sendable, Equatable {
    package var step: String

    package init(step: String) { self.step = step }
}

package struct StepResolved: Sendable, Equatable {
    package enum Decision: String, Sendable, CaseIterable { case done, retry, fail, skip }

    package var step: String
    package var decision: Decision
    package var reason: String?

    package init(step: String, decision: Decision, reason: String?) {
        self.step = step
        self.decision = decision
        self.reason = reason
    }
}

package struct Request: Sendable, Equatable {
    package var reason: String?
    /// Of a cancel while the run ends already: the owed steps that it ends.
    package var ended: [String]

    package init(reason: String? = nil, ended: [String] = []) {
        self.reason = reason
        self.ended = ended
    }
}

/// A person asked the driver to leave: the run goes on when a person says so, also where the driver dies before it has
/// left.
package struct StopRequested: Sendable, Equatable {
    /// `SIGINT`.
    package var signal: String

    package init(signal: String) { self.signal = signal }
}

package struct EndingBegan: Sendable, Equatable {
    package var status: RunStatus
    package var failure: Failure?

    package init(status: RunStatus, failure: Failure?) {
        self.status = status
        self.failure = failure
    }
}

package struct RunEnded: Sendable, Equatable {
    package var status: RunStatus
    package var failure: Failure?

    package init(status: RunStatus, failure: Failure?) {
        self.status = status
        self.failure = failure
    }
}
