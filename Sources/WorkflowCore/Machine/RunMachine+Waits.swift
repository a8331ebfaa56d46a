internal import JSON

// Durable waits: for time, for locks, for a turn, for signals and for people.

extension RunMachine {
    /// How a timer names what it was set for: a late one finds that the step has gone on.
    ///
    /// A wait for locks or for another pass belongs to no attempt: it is named by the entry that it began with, below
    /// zero.
    func timer(ofStep number: Int) -> AttemptReference {
        let name = state.name(ofStep: number)
        let step = state.steps[number]
        switch step.phase {
        case .awaitingLocks, .repeating: return AttemptReference(step: name, attempt: -Int(step.waitBegan))
        case .blocked, .ready, .running, .sleeping, .asking, .open, .retrying, .inDoubt, .succeeded, .skipped, .failed,
            .cancelled:
            return AttemptReference(step: name, attempt: step.attempts)
        }
    }

    mutating func waitEnded(_ timer: AttemptReference, heldBy holder: String?) throws(JournalContradiction) {
        // What it was set for may be gone altogether, with the items that it was one of.
        guard let number = state.number(ofStep: timer.step), self.timer(ofStep: number) == timer else { return }
        switch state.steps[number].phase {
        case .sleeping: try succeeded(timer, outputs: [:], basis: .execution)
        case .asking(_, let wait, let question): try nobodyAnswered(number, question, after: wait.length)
        case .awaitingLocks(let locks, let wait):
            try stepFailed(
                number,
                Failure(
                    kind: .permanent, code: "lock_timeout",
                    message: "did not get \(locks.joined(separator: ", ")) within \(wait.length.text)"
                        + (holder.map { ": \($0)" } ?? "")))
        case .retrying, .repeating:
            // A run that starts nothing now finds the wait over at once when it is resumed.
            makeDue(number)
        case .blocked, .ready, .running, .open, .inDoubt, .succeeded, .skipped, .failed, .cancelled:
            break  // The timer was overtaken: the step was resolved, cancelled or rewound meanwhile.
        }
    }

    private mutating func nobodyAnswered(
        _ number: Int, _ question: Question, after length: Milliseconds
    ) throws(JournalContradiction) {
        let policy: TimeoutPolicy
        switch state.step(number).action {
        case .signal(let signal): policy = signal.onTimeout
        case .approval(let approval): policy = approval.onTimeout
        case .run, .sleep, .group, .call: throw state.contradiction("a step asks that is of no kind that asks")
        }
        let name = state.name(ofStep: number)
        switch policy {
        case .skip:
            try note(
                .stepSkipped(StepSkipped(step: name, basis: .timeout)), checkpoint: checkpointSubject(of: number))
        case .fail:
            let failure: Failure
            switch question {
            case .signal(let signal):
                failure = Failure(
                    kind: .permanent, code: "signal_timeout",
                    message: "the signal \(signal) did not come within \(length.text)")
            case .approval:
                failure = Failure(
                    kind: .permanent, code: "approval_timeout",
                    message: "nobody approved or rejected within \(length.text)")
            }
            try failedForGood(AttemptReference(step: name, attempt: state.steps[number].attempts), failure)
        }
    }

    /// A new driver sets the timers that died with the old one, settles the doubts that it found or made, and ends what
    /// still runs of a run, or of owed work, that a cancel has ended: the old one may have died before it could.
    mutating func resumeWaits(using random: inout some RandomNumberGenerator) throws(JournalContradiction) {
        // Owed work waits for no turn.
        if let concurrency = state.concurrency, !concurrency.isHeld, state.endingStatus == nil,
            let conflict = state.program.definition.concurrency?.onConflict
        {
            order(.takeConcurrency(group: concurrency.group, conflict))
        }
        for number in state.active {
            let attempt = AttemptReference(step: state.name(ofStep: number), attempt: state.steps[number].attempts)
            switch state.steps[number].phase {
            case .sleeping(_, let wait), .asking(_, let wait, _), .retrying(let wait), .repeating(let wait):
                order(.startWait(timer(ofStep: number), remaining: wait.remaining(at: now)))
            case .awaitingLocks(let locks, let wait):
                order(.takeLocks(step: attempt.step, locks, request: state.steps[number].waitBegan))
                order(.startWait(timer(ofStep: number), remaining: wait.remaining(at: now)))
            case .inDoubt: try settleDoubt(attempt, probed: [:], using: &random)
            case .running:
                if state.isAskedToEnd(number) { order(.cancelAttempt(attempt)) }
            case .blocked, .ready, .open, .succeeded, .skipped, .failed, .cancelled: break
            }
        }
        // Owed work that was ended, and whose attempt had never begun: no other one is started.
        for number in state.owedWorkEnded.sorted() where state.isVoidedOwedWork(number) {
            try note(.stepCancelled(StepCancelled(step: state.name(ofStep: number))))
        }
    }

    // MARK: - Locks, and the run's turn in its group

    /// - Returns: whether the step has its locks; otherwise they were asked for, or the step has failed.
    mutating func hasLocks(_ number: Int) throws(JournalContradiction) -> Bool {
        let step = state.step(number)
        guard !step.locks.isEmpty, state.steps[number].locks.isEmpty else { return true }
        var names: Set<ExactText> = []
        do throws(ExpressionFailure) {
            let scope = ExpressionScope(state, step: number)
            for template in step.locks { names.insert(ExactText(try scope.text(of: template))) }
        } catch {
            try stepFailed(number, Failure(kind: .permanent, code: "expression_failed", message: error.message))
            return false
        }
        guard names.allSatisfy({ RunMachine.isLockName($0.text) }) else {
            try stepFailed(
                number,
                Failure(
                    kind: .permanent, code: "lock_invalid",
                    message: "the name of a lock has 1 to 200 bytes and no control characters"))
            return false
        }
        let locks = names.sorted().map(\.text)
        let name = state.name(ofStep: number)
        guard locks.count <= RunMachine.locksMax, name.utf8.count <= RunMachine.holderBytesMax else {
            try stepFailed(
                number,
                Failure(
                    kind: .permanent, code: "lock_invalid",
                    message:
                        "it asks for \(locks.count) locks under a name of \(name.utf8.count) bytes; the limits are "
                        + "\(RunMachine.locksMax) locks and \(RunMachine.holderBytesMax) bytes"))
            return false
        }
        try note(
            .locksRequested(
                LocksRequested(
                    step: name, locks: locks,
                    wait: Wait(due: now.adding(step.lockTimeout), length: step.lockTimeout))))
        order(.takeLocks(step: name, locks, request: state.steps[number].waitBegan))
        order(.startWait(timer(ofStep: number), remaining: step.lockTimeout))
        return false
    }

    /// Locks of one step, and the bytes of a holder's name: what every store takes.
    package static let locksMax = 100
    package static let holderBytesMax = 1000

    /// What the names of locks, groups and signals may look like.
    package static func isLockName(_ name: String) -> Bool {
        (1...200).contains(name.utf8.count) && name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }

    mutating func locksTaken(_ name: String, _ request: Int64) throws(JournalContradiction) {
        guard let number = state.number(ofStep: name), case .awaitingLocks = state.steps[number].phase else {
            // It was cancelled, or timed out, while the store gave them: they go back at once. Told twice, they stay.
            if state.state(ofStep: name)?.locks.isEmpty ?? true { state.lockReleases.append(name) }
            return
        }
        // What it was given before it gave them up and asked again is gone: the answer to the new request follows.
        guard state.steps[number].waitBegan == request else { return }
        // Whoever drives the run next asks anew: a run that starts nothing keeps nothing from others.
        guard takesGrants else { return state.lockReleases.append(name) }
        try note(.locksTaken(LocksTaken(step: name)))
    }

    mutating func concurrencyTaken() throws(JournalContradiction) {
        switch state.concurrency {
        case let concurrency? where concurrency.isHeld: break  // It is told twice.
        case let concurrency? where takesGrants && state.endingStatus == nil:
            try note(.concurrencyTaken(ConcurrencyTaken(group: concurrency.group)))
        case _:
            // It was paused, or has ended, while the store gave it its turn: others have theirs.
            state.lockReleases.append("")
        }
    }

    /// - Returns: whether the run may go on; otherwise its turn was asked for, or it is about to fail.
    mutating func hasTurn() throws(JournalContradiction) -> Bool {
        guard let policy = state.program.definition.concurrency else { return true }
        if let concurrency = state.concurrency { return concurrency.isHeld }
        let group: String
        do throws(ExpressionFailure) {
            group = try state.name(of: policy)
        } catch {
            try beginEnding(
                .failed,
                Failure(
                    kind: .permanent, code: "expression_failed",
                    message: "the concurrency group cannot be evaluated: \(error.message)"))
            return false
        }
        guard RunMachine.isLockName(group) else {
            try beginEnding(
                .failed,
                Failure(
                    kind: .permanent, code: "lock_invalid",
                    message: "the name of a concurrency group has 1 to 200 bytes and no control characters"))
            return false
        }
        try note(.concurrencyRequested(ConcurrencyRequested(group: group)))
        order(.takeConcurrency(group: group, policy.onConflict))
        return false
    }

    mutating func concurrencyRefused(by holder: String, _ remedy: String) throws(JournalContradiction) {
        guard let concurrency = state.concurrency, !concurrency.isHeld, state.endingStatus == nil else { return }
        try beginEnding(
            .failed,
            Failure(
                kind: .permanent, code: "concurrency_conflict",
                message:
                    "\(holder) of the concurrency group \(concurrency.group) is under way; resume when it has ended"
                    + remedy))
    }

    mutating func waitRefused(_ step: String?, _ request: Int64, why: String) throws(JournalContradiction) {
        let failure = Failure(kind: .permanent, code: "held_by_parent", message: why)
        guard let step else {
            guard let concurrency = state.concurrency, !concurrency.isHeld, state.endingStatus == nil else { return }
            return try beginEnding(.failed, failure)
        }
        guard let number = state.number(ofStep: step), case .awaitingLocks = state.steps[number].phase,
            state.steps[number].waitBegan == request
        else { return }
        try stepFailed(number, failure)
    }

    // MARK: - Signals and verdicts

    /// Signals that may wait for a step that asks for them.
    package static let signalsMax = 1000

    mutating func signalled(
        _ signal: SignalReceived, by actor: Actor, using random: inout some RandomNumberGenerator
    ) throws {
        try refuseAfterEnd("signal")
        guard RunMachine.isLockName(signal.name) else {
            throw InputRefusal(
                code: .signalInvalid, message: "the name of a signal has 1 to 200 bytes and no control characters")
        }
        guard state.signals.count < RunMachine.signalsMax else {
            throw InputRefusal(
                code: .signalsFull,
                message: "\(RunMachine.signalsMax) signals wait for the run already, and no step has asked for them")
        }
        try note(.signalReceived(signal), by: actor)
        let asking = state.active.first {
            if case .asking(_, let wait, .signal(signal.name)) = state.steps[$0].phase { return wait.due > now }
            return false
        }
        if let asking { try deliverSignal(to: asking) }
    }

    /// Gives a step the oldest signal that it asks for, when there is one.
    mutating func deliverSignal(to number: Int) throws(JournalContradiction) {
        guard case .asking(let attempt, _, .signal(let name)) = state.steps[number].phase,
            let signal = state.signals.first(where: { $0.name.isSame(as: name) })
        else { return }
        var outputs: [String: JSONValue] = [:]
        switch signal.data {
        case .null: break
        case .object(let members): outputs = members
        case .bool, .int, .double, .string, .array: outputs["data"] = signal.data
        }
        try succeeded(
            AttemptReference(step: state.name(ofStep: number), attempt: attempt.number), outputs: outputs,
            basis: .signal)
    }
}

extension RunState {
    fileprivate func name(of policy: ConcurrencyGroup) throws(ExpressionFailure) -> String {
        var scope = ExpressionScope(self, step: 0)
        scope.environmentLevels = 1
        return try scope.text(of: policy.group)
    }

    /// The concurrency group of a run that is about to be made; nil where it has none, and where its name is not known
    /// yet.
    package static func group(of program: Program, _ created: RunCreated, named run: RunID?, at now: Timestamp)
        -> String?
    {
        guard let policy = program.definition.concurrency else { return nil }
        var state = RunState(program)
        state.runID = run
        let first = Entry(sequence: 1, at: now, actor: engineActor, fact: .runCreated(created))
        // Whatever has no value here fails where the run is driven, and says why.
        guard (try? state.apply(first)) != nil else { return nil }
        return try? state.name(of: policy)
    }
}
