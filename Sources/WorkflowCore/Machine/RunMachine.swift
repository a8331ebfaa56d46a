internal import JSON

/// Decides what a run does next. Pure: time, random numbers and the machine's name come in as arguments.
///
/// The state runs ahead of the journal by the entries of one decision. Its caller appends them, and starts the effects
/// only when that is durable; where the append fails, the machine is thrown away and nothing was done.
package struct RunMachine: Sendable {
    package internal(set) var state: RunState
    /// The machine whose processes the attempts will be.
    let host: HostIdentity
    /// Nothing new starts: the driver has not finished recovering, or is about to leave.
    package internal(set) var isStopping = true
    /// The present driver goes on with what an earlier one did: finished steps are looked at first.
    var verifies = false
    /// Steps whose wait is over, or which are to be repeated out of doubt, until a slot is free.
    private var due = IndexHeap()
    /// For each step in `due` the attempt or pass that is to be followed by another one.
    private var dueAfter: [Int: Int] = [:]
    /// By `foreach`, those among them that found no place in it.
    private var crowded: [Int: IndexHeap] = [:]
    /// Finished steps that are to be looked at before anything starts, the next one last.
    var unverified: [Int] = []
    /// Those that are being looked at.
    var verifying: Set<ExactText> = []
    /// There is more to start than one decision takes.
    private(set) var isCut = false
    var decision = Decision()
    /// What was lost of the attempt that has just ended, until an entry has it.
    private var unreported: AttemptLosses?
    /// When it ended, where that was found out later.
    private var unreportedEnd: Timestamp?
    /// What it had kept of its events.
    private var unreportedEvents: [JSONValue] = []
    var now = Timestamp(millisecondsSinceEpoch: 0)

    /// Entries from which on a decision starts nothing more: what follows is decided when these are durable, so that no
    /// number of items needs memory, or a transaction, of its size.
    private let entriesAtOnce: Int

    package static let entriesAtOnce = 1000

    /// - Parameter entriesAtOnce: at least 1.
    package init(state: RunState, host: HostIdentity, entriesAtOnce: Int = RunMachine.entriesAtOnce) {
        self.state = state
        self.host = host
        self.entriesAtOnce = entriesAtOnce
    }

    /// A new run: its first entry, and what follows when `driver` starts it at once.
    ///
    /// Without a driver the run is left `pending`.
    package static func create(
        _ created: RunCreated, program: Program, runID: RunID? = nil, driver: DriverAttached?, host: HostIdentity,
        actor: Actor, entriesAtOnce: Int = RunMachine.entriesAtOnce, at now: Timestamp,
        using random: inout some RandomNumberGenerator
    ) throws(JournalContradiction) -> (RunMachine, Decision) {
        var machine = RunMachine(state: RunState(program), host: host, entriesAtOnce: entriesAtOnce)
        machine.now = now
        machine.state.runID = runID
        try machine.note(.runCreated(created), by: actor)
        if let driver {
            try machine.note(.driverAttached(driver), by: engineActor)
            machine.isStopping = false
            try machine.advance(using: &random)
        }
        let decision = machine.takeDecision()
        return (machine, decision)
    }

    /// Takes an input and decides.
    ///
    /// - Throws: `InputRefusal` where the input asks for what cannot be done (nothing has changed then), and
    ///   `JournalContradiction` for a defect of ours.
    package mutating func decide(
        _ input: Input, at now: Timestamp, using random: inout some RandomNumberGenerator
    ) throws -> Decision {
        self.now = now
        switch input {
        case .driverAttached(let driver, let actor):
            isStopping = true
            isCut = false
            verifies = driver.reason == .resume || driver.reason == .recovery
            try note(.driverAttached(driver), by: actor)
        case .recoveryFinished:
            isStopping = false
            try resumeWaits(using: &random)
            beginVerification()
        case .wentOn: isCut = false
        case .attemptEnded(let attempt, let outcome, let losses, let endedAt, let events):
            (unreported, unreportedEnd, unreportedEvents) = (losses, endedAt, events)
            defer { (unreported, unreportedEnd, unreportedEvents) = (nil, nil, []) }
            try attemptEnded(attempt, outcome, using: &random)
        case .attemptNeverBegan(let attempt):
            // Late news of an attempt that is no longer the running one is of no use to anyone.
            if runs(attempt) {
                try note(.attemptVoided(attempt))
                // Another attempt would undo the cancel.
                if let number = state.number(ofStep: attempt.step), state.isVoidedOwedWork(number) {
                    try note(.stepCancelled(StepCancelled(step: attempt.step)))
                }
            }
        case .attemptLost(let attempt, let reason, let events):
            unreportedEvents = events
            defer { unreportedEvents = [] }
            if runs(attempt) {
                try note(.attemptInDoubt(AttemptInDoubt(step: attempt.step, attempt: attempt.attempt, reason: reason)))
                try settleDoubt(attempt, probed: [:], using: &random)
            }
        case .attemptEndedByPerson(let attempt, let reason, let events):
            unreportedEvents = events
            defer { unreportedEvents = [] }
            if runs(attempt) {
                try note(.attemptInDoubt(AttemptInDoubt(step: attempt.step, attempt: attempt.attempt, reason: reason)))
            }
        case .probeEnded(let attempt, let verdict, let message, let outputs):
            try probeEnded(attempt, verdict, message: message, outputs: outputs, using: &random)
        case .verifyEnded(let step, let verdict, let message):
            try verifyEnded(step, verdict, message: message)
        case .locksTaken(let step, let request): try locksTaken(step, request)
        case .concurrencyTaken: try concurrencyTaken()
        case .concurrencyRefused(let holder, let remedy): try concurrencyRefused(by: holder, remedy)
        case .waitRefused(let step, let request, let why): try waitRefused(step, request, why: why)
        case .signalled(let name, let data, let reason, let actor):
            try signalled(SignalReceived(name: name, data: data, reason: reason), by: actor, using: &random)
        case .approved(let step, let reason, let actor):
            try approved(step, reason: reason, by: actor, using: &random)
        case .rejected(let step, let reason, let actor): try rejected(step, reason: reason, by: actor)
        case .requestRefused(let refused, let actor): try note(.requestRefused(refused), by: actor)
        case .waitEnded(let attempt, let holder): try waitEnded(attempt, heldBy: holder)
        case .resolved(let step, let decision, let outputs, let reason, let actor):
            try resolved(step, decision, outputs: outputs, reason: reason, by: actor)
        case .pauseAsked(let reason, let actor):
            try refuseAfterEnd("pause")
            if state.endingStatus == nil, !state.isPauseRequested, state.lifecycle != .paused {
                try note(.pauseRequested(Request(reason: reason)), by: actor)
            }
        case .cancelAsked(let reason, let actor): try cancelAsked(reason: reason, by: actor)
        case .stopAsked: isStopping = true
        case .stoppedByPerson(let signal, let actor):
            isStopping = true
            guard !state.status.hasEnded, state.stop == nil else { break }
            try note(.stopRequested(StopRequested(signal: signal)), by: actor)
        case .rewindAsked(let checkpoint, let sequence, let reason, let actor):
            try rewindAsked(checkpoint, sequence: sequence, reason: reason, by: actor)
        case .definitionChangeAsked(let hash, let parameters, let repeatsFollowing, let file, let reason, let actor):
            try definitionChangeAsked(hash, parameters, repeatsFollowing, file: file, reason: reason, by: actor)
        case .retryFailedAsked(let actor): try retryFailedAsked(by: actor)
        case .moveAsked(let actor):
            try moveAsked(by: actor)
            return takeDecision()
        case .driverLeft(let reason, let actor):
            isStopping = true
            try note(.driverDetached(DriverDetached(reason: reason)), by: actor)
        }
        try advance(using: &random)
        return takeDecision()
    }

    /// Nothing can go on but by a person or a signal, or the run has ended.
    package var isIdle: Bool {
        switch state.lifecycle {
        case .paused, .ended: return true
        case .pending, .running, .ending:
            return state.slotsTaken == 0 && !isCut && !goesOnByItself && !isProbing && !isVerifying
                && (state.endingStatus != nil || state.concurrency?.isHeld ?? true)
        }
    }

    /// What has drifted keeps steps back whose wait is over: they are left to whoever decides about that.
    private var goesOnByItself: Bool {
        state.active.contains { state.goesOnByItself($0) && (state.drifted.isEmpty || dueAfter[$0] == nil) }
    }

    /// No process of the run is known to live, and no probe is being asked.
    package var hasNothingRunning: Bool { state.slotsTaken == 0 && !isCut && !isProbing && !isVerifying }

    var isVerifying: Bool { !unverified.isEmpty || !verifying.isEmpty }

    private var isProbing: Bool {
        state.doubtful.contains {
            if case .inDoubt(let doubt) = state.steps[$0].phase {
                return doubt.verdict == nil && state.hasProbe($0)
            }
            return false
        }
    }

    /// Makes a definition known that the run may be moved to.
    package mutating func learn(_ program: Program, hash: String) {
        state.learn(program, hash: hash)
    }

    /// Fills in the name of a checkpoint that the store gave when it appended an entry of the last decision.
    package mutating func name(_ id: CheckpointID, savedBy sequence: Int64) {
        state.name(id, savedBy: sequence)
    }

    /// Fills in the run's name, which the store gave.
    package mutating func name(_ id: RunID) {
        state.runID = id
    }

    // MARK: - Writing down

    /// Applies a fact and remembers it for the journal.
    mutating func note(
        _ fact: Fact, by actor: Actor = engineActor, checkpoint: CheckpointSubject? = nil
    ) throws(JournalContradiction) {
        var fact = fact
        if let losses = unreported, let reported = fact.with(losses) {
            fact = reported
            unreported = nil
        }
        if let end = unreportedEnd, let reported = fact.ended(at: end) {
            fact = reported
            unreportedEnd = nil
        }
        if !unreportedEvents.isEmpty, fact.endedStep != nil {
            fact = fact.with(events: unreportedEvents)
            unreportedEvents = []
        }
        try state.apply(Entry(sequence: state.head + 1, at: now, actor: actor, fact: fact))
        decision.entries.append(ProposedEntry(at: now, actor: actor, fact: fact, checkpoint: checkpoint))
    }

    /// Whether the decision is large enough. The caller stops and is called again.
    mutating func cuts() -> Bool {
        guard !isCut, decision.entries.count >= entriesAtOnce else { return isCut }
        isCut = true
        order(.goOn)
        return true
    }

    mutating func order(_ effect: Effect) {
        decision.effects.append(effect)
    }

    private mutating func takeDecision() -> Decision {
        defer { decision = Decision() }
        decision.releases = state.lockReleases
        state.lockReleases.removeAll()
        return decision
    }

    /// Lets a step go on when a slot is free. Saying so twice is saying it once.
    mutating func makeDue(_ step: Int) {
        if dueAfter.updateValue(timer(ofStep: step).attempt, forKey: step) == nil { due.insert(step) }
    }

    /// The first step that is to go on with another attempt, now. It comes before items that have
    /// not begun yet.
    mutating func takeDue() -> Int? {
        for parent in crowded.keys.sorted() {
            while let step = crowded[parent]?.first {
                guard isDue(step) else {
                    dropDue(step, in: parent)
                    continue
                }
                guard state.hasPlace(step) else { break }
                dropDue(step, in: parent)
                return step
            }
        }
        while let step = due.removeFirst() {
            state.stepsTouched += 1
            guard isDue(step) else {
                dueAfter[step] = nil
                continue
            }
            if let parent = state.instances[step].parent, !state.hasPlace(step) {
                crowded[parent, default: IndexHeap()].insert(step)
                continue
            }
            dueAfter[step] = nil
            return step
        }
        return nil
    }

    private mutating func dropDue(_ step: Int, in parent: Int) {
        _ = crowded[parent]?.removeFirst()
        dueAfter[step] = nil
    }

    /// False where a person, a cancel or a rewind has set the step on another course since.
    private func isDue(_ step: Int) -> Bool {
        guard dueAfter[step] == timer(ofStep: step).attempt else { return false }
        switch state.steps[step].phase {
        case .retrying, .inDoubt, .repeating: return true
        case .blocked, .ready, .running, .sleeping, .asking, .awaitingLocks, .open, .succeeded, .skipped, .failed,
            .cancelled:
            return false
        }
    }

    /// The attempt is the one that the step runs now.
    func runs(_ attempt: AttemptReference) -> Bool {
        guard let number = state.number(ofStep: attempt.step),
            case .running(let running) = state.steps[number].phase
        else { return false }
        return running.number == attempt.attempt
    }

    func number(of attempt: AttemptReference) throws(JournalContradiction) -> Int {
        guard let number = state.number(ofStep: attempt.step) else {
            throw state.contradiction("there is no step \(attempt.step) at this point of the run")
        }
        return number
    }

    /// What a checkpoint behind this step is called after; nil for owed work, which saves none.
    func checkpointSubject(of step: Int) -> CheckpointSubject? {
        guard let stage = state.stage(ofStep: step) else { return nil }
        return CheckpointSubject(
            step: state.name(ofStep: step), stage: state.program.definition.stages[stage].name)
    }

    func refuseAfterEnd(_ verb: String) throws(InputRefusal) {
        if case .ended(let status, _) = state.lifecycle {
            throw InputRefusal(
                code: .runHasEnded, message: "the run is \(status.rawValue): there is nothing to \(verb)")
        }
    }
}
