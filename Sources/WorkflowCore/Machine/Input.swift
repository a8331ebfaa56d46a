package import JSON

/// What happened, as the machine is told. Past tense: inputs are facts from outside, never orders.
package enum Input: Sendable, Equatable {
    /// A driver took the run. What became of the attempts of the one before follows; nothing starts until
    /// `recoveryFinished`.
    case driverAttached(DriverAttached, by: Actor = engineActor)
    /// Every attempt that the last driver left has been looked at.
    case recoveryFinished
    /// What a decision that was cut short had decided is durable: there is more.
    case wentOn
    /// The attempt's process ended and its exit record was read.
    ///
    /// - Parameters:
    ///   - endedAt: of one that ended while no process drove the run: when, by its exit record.
    ///   - events: what it had kept.
    case attemptEnded(
        AttemptReference, AttemptOutcome, losses: AttemptLosses? = nil, endedAt: Timestamp? = nil,
        events: [JSONValue] = [])
    /// After a crash: it was proved that the attempt never began.
    case attemptNeverBegan(AttemptReference)
    /// After a crash: nobody knows how the attempt ended.
    case attemptLost(AttemptReference, reason: String, events: [JSONValue] = [])
    /// The same, ended by a person who decides about it next: no probe and no policy is asked.
    case attemptEndedByPerson(AttemptReference, reason: String, events: [JSONValue] = [])
    case probeEnded(AttemptReference, ProbeVerdict, message: String, outputs: GivenOutputs)
    /// What a verification of a finished step said.
    case verifyEnded(step: String, ProbeVerdict, message: String)
    /// The store gave the step the locks that it had asked for with the entry `request`.
    case locksTaken(step: String, request: Int64)
    /// It is this run's turn in its group.
    case concurrencyTaken
    /// Another run of the group is under way, and this one is not to wait.
    ///
    /// - Parameter remedy: what frees the group, where no process drives that run; a further part of the sentence.
    case concurrencyRefused(by: String, remedy: String = "")
    /// What a step waits for, or where that is nil the run itself, is held by a run that waits for this one: it cannot
    /// come.
    case waitRefused(step: String?, request: Int64, why: String)
    /// Somebody sent a signal to the run.
    case signalled(name: String, data: JSONValue, reason: String? = nil, by: Actor)
    /// A person let a step that waits for approval go on.
    case approved(step: String, reason: String?, by: Actor)
    case rejected(step: String, reason: String?, by: Actor)
    /// Somebody asked for what cannot be done any more.
    case requestRefused(RequestRefused, by: Actor)
    /// A wait is over: a sleep's, or one before another attempt.
    ///
    /// - Parameter heldBy: of a wait for locks: who has them, and what frees them, as a sentence.
    case waitEnded(AttemptReference, heldBy: String? = nil)
    /// A person decided about a step that is in doubt or has failed.
    case resolved(step: String, StepResolved.Decision, outputs: GivenOutputs, reason: String?, by: Actor)
    case pauseAsked(reason: String?, by: Actor)
    case cancelAsked(reason: String?, by: Actor)
    /// The driver was told to leave: nothing new starts.
    case stopAsked
    /// A person told it so, by this signal: written down at once, for the driver may die before it has left.
    case stoppedByPerson(signal: String, by: Actor)
    /// A person wants the run to go on from an earlier checkpoint; every attempt has ended.
    case rewindAsked(CheckpointID, sequence: Int64, reason: String? = nil, by: Actor)
    /// A person moves the run to an edited definition, which the state has learned; every attempt has ended.
    ///
    /// - Parameter file: where it was read from.
    case definitionChangeAsked(
        hash: String, parameters: [String: JSONValue], repeatsFollowing: Bool = false, file: String? = nil,
        reason: String? = nil, by: Actor)
    /// A person has what failed and was tolerated done again; every attempt has ended.
    case retryFailedAsked(by: Actor)
    /// A person carried the run to another store: it ends here.
    case moveAsked(by: Actor)
    /// The driver leaves; where a person made it, by that person.
    case driverLeft(reason: String, by: Actor = engineActor)
}

/// How an attempt's process ended.
package enum AttemptOutcome: Sendable, Equatable {
    case succeeded(outputs: GivenOutputs)
    case failed(Failure)
}

/// What to do once the entries are durable.
package enum Effect: Sendable, Equatable {
    case startAttempt(StartOrder)
    /// Ask the step's probe what became of the attempt.
    case startProbe(AttemptReference)
    /// Tell `waitEnded` when `remaining` has passed on the monotonic clock.
    case startWait(AttemptReference, remaining: Milliseconds)
    /// Ask the step's `verify` whether its effect still holds.
    case startVerify(AttemptReference)
    /// Ask the store for locks until it gives them; `locksTaken` with the same `request` follows.
    case takeLocks(step: String, [String], request: Int64)
    /// Ask the store for the run's turn in its group; `concurrencyTaken` or `concurrencyRefused` follows.
    case takeConcurrency(group: String, ConcurrencyGroup.Conflict)
    /// End the attempt's processes; `attemptEnded` follows.
    case cancelAttempt(AttemptReference)
    /// Tell `wentOn`: there is more to start than one decision takes.
    case goOn
    /// Nothing more will be decided for this run by this driver.
    case runEnded(RunStatus)
}

package struct StartOrder: Sendable, Equatable {
    package let attempt: AttemptReference
    package let id: UniqueID
    package let idempotencyKey: String

    package init(attempt: AttemptReference, id: UniqueID, idempotencyKey: String) {
        self.attempt = attempt
        self.id = id
        self.idempotencyKey = idempotencyKey
    }
}

/// What was decided: entries to append first, effects to start after.
package struct Decision: Sendable, Equatable {
    package var entries: [ProposedEntry] = []
    package var effects: [Effect] = []
    /// Steps whose locks are given up with these entries.
    package var releases: [String] = []

    package init(entries: [ProposedEntry] = [], effects: [Effect] = [], releases: [String] = []) {
        self.entries = entries
        self.effects = effects
        self.releases = releases
    }
}

/// An input that cannot be followed; nothing changed. The message names the next move.
package struct InputRefusal: Error, Sendable, Equatable {
    package enum Code: String, Sendable, CaseIterable {
        case noSuchStep = "no_such_step"
        case stepNotResolvable = "step_not_resolvable"
        case runHasEnded = "run_has_ended"
        case attemptsRunning = "attempts_running"
        case stepInDoubt = "step_in_doubt"
        case checkpointLeftBehind = "checkpoint_left_behind"
        case outputsInvalid = "outputs_invalid"
        case stepNotAsking = "step_not_asking"
        case notAnApprover = "not_an_approver"
        case reasonMissing = "reason_missing"
        case signalsFull = "signals_full"
        case signalInvalid = "signal_invalid"
        /// What it brings may hold a secret that is not known where the run ends.
        case secretsMissing = "secrets_missing"
    }
    package let code: Code
    package let message: String
}
