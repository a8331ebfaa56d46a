package import JSON
package import WorkflowCore

/// A run to be started.
package struct StartRequest: Sendable {
    package var definition: StoredDefinition
    /// Where it was read from: absolute.
    package var file: String?
    /// Resolved: defaults applied, checked.
    package var parameters: [String: JSONValue]
    /// nil: the store names the run.
    package var runID: RunID?
    package var labels: [String: String]
    /// Who starts it.
    package var actor: Actor
    /// The run by one of whose steps it is started.
    package var parent: ParentRun?

    package init(
        definition: StoredDefinition, file: String? = nil, parameters: [String: JSONValue], runID: RunID?,
        labels: [String: String], actor: Actor, parent: ParentRun? = nil
    ) {
        self.parent = parent
        self.file = file
        self.definition = definition
        self.parameters = parameters
        self.runID = runID
        self.labels = labels
        self.actor = actor
    }
}

/// When a driver that has nothing to do leaves.
package enum Patience: Sendable, Equatable {
    /// Stays for timers and retry delays, leaves when only a person or a signal can go on.
    case timers
    /// Stays for people too (`--wait`).
    case everything
    /// Leaves as soon as nothing runs (`--no-wait`).
    case nothing
}

package struct ResumeRequest: Sendable {
    package enum Target: Sendable, Equatable {
        case run(RunID)
        case checkpoint(CheckpointID)
    }
    package var target: Target
    /// An older checkpoint may be gone back to.
    package var allowsRewind: Bool
    package var onDoubt: DoubtPolicy?
    /// The run is moved to this definition first.
    package var definition: StoredDefinition?
    /// With it, what comes after a repeated step is repeated too.
    package var repeatsFollowing: Bool
    /// What failed and was tolerated is done again, also of a completed run.
    package var retriesFailed: Bool
    /// Where that was read from: absolute.
    package var definitionFile: String?
    /// An interrupted run is picked up by itself (`resume --all`): a pause that was asked for still holds.
    package var isRecovery: Bool
    /// The run was made for this driver (`run --detach`): a person has decided nothing since.
    package var beginsRun: Bool
    /// Why, in the person's words.
    package var reason: String?
    package var actor: Actor

    package init(
        target: Target, allowsRewind: Bool = false, onDoubt: DoubtPolicy? = nil, definition: StoredDefinition? = nil,
        definitionFile: String? = nil, repeatsFollowing: Bool = false, retriesFailed: Bool = false,
        isRecovery: Bool = false, beginsRun: Bool = false, reason: String? = nil, actor: Actor
    ) {
        self.beginsRun = beginsRun
        self.reason = reason
        self.definition = definition
        self.definitionFile = definitionFile
        self.repeatsFollowing = repeatsFollowing
        self.retriesFailed = retriesFailed
        self.isRecovery = isRecovery
        self.target = target
        self.allowsRewind = allowsRewind
        self.onDoubt = onDoubt
        self.actor = actor
    }
}

/// What a person asks of a run that may be driven by another process.
package enum ControlRequest: Sendable, Equatable {
    case pause(reason: String?)
    /// - Parameter kills: what runs is killed at once, also where its stop policy has nothing killed.
    case cancel(reason: String?, kills: Bool = false)
    case resolve(step: String, StepResolved.Decision, outputs: GivenOutputs, reason: String?)
    case approve(step: String, reason: String?)
    case reject(step: String, reason: String?)
    case signal(name: String, data: JSONValue, reason: String?)
}

package enum ControlAnswer: Sendable, Equatable {
    /// Nobody drove the run: it was done and is journaled.
    case applied(RunStatus)
    /// Another process drives the run and obeys within a second.
    case handedOver
    /// The process that drives the run has taken the request: what it wrote down since.
    case obeyed([Entry])
    /// No process drives the run, and only a driver that knows its secrets may write the request down: it is kept for
    /// one.
    case kept(missing: [EngineError])
}

/// Why a driver left.
package enum DriveEnd: Sendable, Equatable {
    /// The run has ended (or is paused): `status` says how.
    case ended(RunStatus)
    /// Only a person, a signal or a timer can go on.
    case waiting
    /// Told to leave by this signal (`SIGINT`, …).
    case stopped(signal: String)
    /// The run of this name and content exists already: nothing was started. True: a live process drives it.
    case existed(RunStatus, isDriven: Bool)
}

package struct DriveResult: Sendable, Equatable {
    package var run: RunID
    package var end: DriveEnd

    package init(run: RunID, end: DriveEnd) {
        self.run = run
        self.end = end
    }
}

/// What a driver tells while it drives, in order, each as soon as it is durable.
package enum RunEvent: Sendable {
    case created(RunID, workflow: String)
    /// The definition that a resumed run follows, before anything is done.
    case follows(Definition)
    /// An entry was appended (checkpoints named).
    case entry(Entry, run: RunID)
    /// A step from before a crash goes on under its supervisor.
    case reattached(step: String, attempt: Int, id: UniqueID)
    /// Processes of a step are left whose supervisor is gone; they are waited for.
    case stillRunning(step: String, attempt: Int, processes: [Int])
    /// A supervisor that had not ended its step long after the timeout, or after it was asked to, was killed.
    case supervisorEnded(step: String, attempt: Int, process: Int)
    /// What differs from when the run was created.
    case changed([String])
    /// The run is ended without these secrets: steps that need them fail, reasons are left out.
    case lacksSecrets([EngineError])
    /// A step waits for a lock that another run, or another step of this one, holds.
    case awaitsLock(step: String, String, holder: LockHolder, run: RunID)
    /// The run waits for its turn in its group.
    case awaitsTurn(group: String, holder: LockHolder, run: RunID)
    /// The driver was asked to leave, and starts nothing new.
    case stopping(signal: String)
    /// Steps that run on under their supervisors while this driver leaves.
    case leftRunning(steps: [String])
}

package protocol RunObserver: Sendable {
    func observe(_ event: RunEvent)
}
