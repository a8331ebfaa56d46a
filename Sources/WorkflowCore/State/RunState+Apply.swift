internal import JSON

extension RunState {
    /// Takes one entry in. The only way in which a run's state changes, live and in recovery alike.
    ///
    /// - Throws: when the entry cannot follow the ones before it; the state is then of no use.
    package mutating func apply(_ entry: Entry) throws(JournalContradiction) {
        guard entry.sequence == head + 1 else {
            throw JournalContradiction(
                sequence: entry.sequence, message: "entry \(head + 1) is missing: the next one is \(entry.sequence)")
        }
        head = entry.sequence
        updatedAt = entry.at
        let events = entry.fact.events
        if !events.isEmpty, let name = entry.fact.endedStep, let step = number(ofStep: name) {
            keepRecords(of: events, ofStep: step)
        }
        switch entry.fact {
        case .runCreated(let fact):
            guard created == nil else { throw contradiction("the run was created twice") }
            created = fact
            definitionHash = fact.definitionHash
            definitionFile = fact.file
            executors = CalledExecutors(fact.executors)
            startedAt = entry.at
        case .driverAttached(let fact): applyDriverAttached(fact, at: entry.at)
        case .driverDetached(let fact):
            leftBecause = fact.reason
            if entry.actor != engineActor {
                stop = PersonsStop(signal: fact.reason, actor: entry.actor, at: entry.at)
            }
        case .stopRequested(let fact):
            stop = PersonsStop(signal: fact.signal, actor: entry.actor, at: entry.at)
        case .runRewound(let fact): try applyRewound(fact)
        case .definitionChanged(let fact): try applyDefinitionChanged(fact)
        case .stageEntered(let fact):
            let stage = try stageNumber(fact.stage)
            lifecycle = .running
            enter(stage)
        case .stageCompleted(let fact): stages[try stageNumber(fact.stage)].isComplete = true
        case .stageReturned(let fact): try applyReturned(fact)
        case .itemsEvaluated(let fact): try applyItemsEvaluated(fact)
        case .groupEntered(let fact): try applyGroupEntered(fact)
        case .stepRepeated(let fact): try applyStepRepeated(fact)
        case .locksRequested(let fact):
            let step = try stepNumber(fact.step)
            steps[step].waitBegan = head
            change(step, to: .awaitingLocks(fact.locks, fact.wait))
        case .locksTaken(let fact):
            let step = try stepNumber(fact.step)
            guard case .awaitingLocks(let locks, _) = steps[step].phase else {
                throw contradiction("\(fact.step) took locks that it had not asked for")
            }
            steps[step].locks = locks
            lineUp(step)
        case .attemptStarted(let fact): try applyAttemptStarted(fact, at: entry.at)
        case .attemptVoided(let fact):
            let step = try stepNumber(fact.step)
            guard case .running(let attempt) = steps[step].phase, attempt.number == fact.attempt else {
                throw contradiction("attempt \(fact.attempt) of \(fact.step) was voided but does not run")
            }
            lineUp(step)
        case .attemptFailed(let fact):
            let step = try stepNumber(fact.step)
            steps[step].losses = fact.losses
            steps[step].failure = fact.failure
            if let wait = fact.retry {
                steps[step].retriesUsed += 1
                change(step, to: .retrying(wait))
            }
        case .attemptInDoubt(let fact):
            let step = try stepNumber(fact.step)
            guard case .running(let attempt) = steps[step].phase, attempt.number == fact.attempt else {
                throw contradiction("attempt \(fact.attempt) of \(fact.step) is in doubt but does not run")
            }
            steps[step].losses = fact.losses
            change(
                step,
                to: .inDoubt(
                    StepState.Doubt(attempt: attempt, reason: fact.reason, since: entry.at, failure: fact.failure)))
        case .probeFinished(let fact):
            let step = try stepNumber(fact.step)
            guard case .inDoubt(var doubt) = steps[step].phase else {
                throw contradiction("\(fact.step) was probed but is not in doubt")
            }
            doubt.verdict = fact.verdict
            change(step, to: .inDoubt(doubt))
        case .stepSucceeded(let fact):
            let step = try stepNumber(fact.step)
            if case .asking(_, _, .signal(let name)) = steps[step].phase, fact.basis == .signal { takeSignal(name) }
            steps[step].outputs = fact.outputs
            steps[step].failure = nil
            if fact.basis == .execution { steps[step].losses = fact.losses }
            let ended = fact.endedAt.map { min(max($0, steps[step].startedAt ?? entry.at), entry.at) }
            end(step, .succeeded, at: ended ?? entry.at, checkpoint: fact.checkpoint)
        case .stepSkipped(let fact):
            end(try stepNumber(fact.step), .skipped, at: entry.at, checkpoint: fact.checkpoint)
        case .stepFailed(let fact):
            let step = try stepNumber(fact.step)
            steps[step].failure = fact.failure
            end(step, .failed(isTolerated: fact.isTolerated), at: entry.at, checkpoint: nil)
        case .stepCancelled(let fact):
            let step = try stepNumber(fact.step)
            if case .inDoubt(let doubt) = steps[step].phase { steps[step].openDoubt = doubt.reason }
            end(step, .cancelled, at: entry.at, checkpoint: nil)
        case .stepResolved(let fact):
            // What follows from done, fail and skip is an entry of its own; retry sets the step back.
            let step = try stepNumber(fact.step)
            let hadDrifted = steps[step].drift != nil
            resolved = (fact.step, fact.decision, head)
            owedWorkEnded.remove(step)
            clearDrift(step)
            if fact.decision == .retry { reopen(step) }
            steps[step].isDriftAccepted = hadDrifted && (fact.decision == .done || fact.decision == .skip)
            // What it belongs to had succeeded, and is to fail with it.
            if fact.decision == .fail, hadDrifted { reopenAround(step) }
        case .signalReceived(let fact): signals.append(fact)
        // What follows from a verdict is an entry of its own.
        case .stepApproved, .stepRejected, .requestRefused: break
        case .verifyFinished(let fact):
            let step = try stepNumber(fact.step)
            clearDrift(step)
            if fact.verdict != .done { setDrift(step, StepState.Drift(verdict: fact.verdict, message: fact.message)) }
        case .concurrencyRequested(let fact):
            concurrency = Concurrency(group: fact.group, since: entry.at, isHeld: false)
        case .concurrencyTaken(let fact): concurrency = Concurrency(group: fact.group, since: entry.at, isHeld: true)
        case .pauseRequested: isPauseRequested = true
        case .runPaused:
            lifecycle = .paused
            // A run that only waits for its turn gives its place up.
            if concurrency?.isHeld == false {
                concurrency = nil
                lockReleases.append("")
            }
        case .carriedOver: applyCarriedOver()
        case .cancelRequested(let fact): try applyCancelRequested(fact)
        case .endingBegan(let fact):
            lifecycle = .ending(fact.status, fact.failure)
            endings += 1
            // Owed work cannot be paused: a pause that was reached or only asked for is overtaken.
            isPauseRequested = false
            prepareOwedWork()
        case .failuresReopened(let fact): try applyFailuresReopened(fact)
        case .runEnded(let fact):
            lifecycle = .ended(fact.status, fact.failure)
            owedWorkEnded = []
            concurrency = nil
            ready.removeAll()
            parked.removeAll()
            crowded.removeAll()
            // Whoever goes on with the run later takes them again.
            for step in steps.indices where !steps[step].locks.isEmpty { giveLocksUp(step) }
        }
    }

    /// The oldest signal of that name reached a step.
    mutating func takeSignal(_ name: String) {
        if let taken = signals.firstIndex(where: { $0.name.isSame(as: name) }) { signals.remove(at: taken) }
    }

    /// Fills in the name of a checkpoint that the store gave to an entry which was applied before it was appended.
    package mutating func name(_ id: CheckpointID, savedBy sequence: Int64) {
        // Entries come in order: the place is found in O(log n), however many steps one append has ended.
        var low = 0
        var high = timeline.count
        while low < high {
            let middle = (low + high) / 2
            if timeline[middle].sequence < sequence { low = middle + 1 } else { high = middle }
        }
        while low < timeline.count, timeline[low].sequence == sequence {
            if case .stepEnded(var ending) = timeline[low] {
                ending.checkpoint = id
                timeline[low] = .stepEnded(ending)
                // A rewind decided in the same append has left the entry behind: then it is not here, and not the
                // newest.
                if (checkpoint?.sequence ?? 0) <= sequence { checkpoint = SavedPoint(id: id, sequence: sequence) }
            }
            low += 1
        }
    }

    func contradiction(_ message: String) -> JournalContradiction {
        JournalContradiction(sequence: head, message: message)
    }

    mutating func stepNumber(_ name: String) throws(JournalContradiction) -> Int {
        guard let number = number(ofStep: name) else {
            throw contradiction("there is no step \(name) at this point of the run")
        }
        let line = instances[number].line
        if recentLine?.number != line { recentLine = RecentLine(name: program.lines[line].step.name, number: line) }
        return number
    }

    func stageNumber(_ name: String) throws(JournalContradiction) -> Int {
        guard let number = program.number(ofStage: name) else {
            throw contradiction("the definition has no stage \(name)")
        }
        return number
    }
}

// MARK: - One function for each fact that does more than change a step

extension RunState {
    private mutating func applyDriverAttached(_ fact: DriverAttached, at: Timestamp) {
        onDoubt = fact.onDoubt
        drivers += 1
        driver = Driver(host: fact.host.host, processID: fact.processID, since: at)
        leftBecause = nil
        stop = nil
        if fact.reason == .resume {
            isPauseRequested = false
            switch lifecycle {
            case .paused: lifecycle = stages[currentStage].isEntered ? .running : .pending
            case .ended(.failed, _):
                lifecycle = stages[currentStage].isEntered ? .running : .pending
                isCancelRequested = false
                for step in program.stageRanges[currentStage] { reopenFailed(step) }
                countNeeds(of: currentStage)
            case .pending, .running, .ending, .ended: break
            }
        }
        // A replay only fills the queue; what was taken from it live is still there.
        unpark()
        let (steps, instances) = (self.steps, self.instances)
        ready.keep(by: { RunState.precedes($0, $1, instances) }, where: { steps[$0].phase == .ready })
        lockReleases.removeAll()
        // Each driver asks the probes anew: the world may have changed since.
        for step in doubtful {
            if case .inDoubt(var doubt) = self.steps[step].phase {
                doubt.verdict = nil
                self.steps[step].phase = .inDoubt(doubt)
            }
        }
    }

    private mutating func applyAttemptStarted(_ fact: AttemptStarted, at: Timestamp) throws(JournalContradiction) {
        let step = try stepNumber(fact.step)
        guard fact.attempt == steps[step].attempts + 1 else {
            throw contradiction("attempt \(fact.attempt) of \(fact.step) follows attempt \(steps[step].attempts)")
        }
        if case .inDoubt = steps[step].phase { steps[step].doubtRepeats += 1 }
        // Carried over from another store: the attempts that follow it are to have the same effect.
        if created?.forkedFrom != nil, fact.idempotencyKey != (try idempotencyKey(ofStep: step)) {
            steps[step].carriedKey = fact.idempotencyKey
        }
        let attempt = StepState.Attempt(
            number: fact.attempt, id: fact.id, idempotencyKey: fact.idempotencyKey, host: fact.host,
            startedAt: at)
        owedWorkEnded.remove(step)
        steps[step].attempts = fact.attempt
        steps[step].isDriftAccepted = false
        steps[step].losses = nil
        steps[step].openDoubt = nil
        if steps[step].records.contains(where: { $0.idempotencyKey != fact.idempotencyKey }) {
            steps[step].records.removeAll { $0.idempotencyKey != fact.idempotencyKey }
        }
        if case .approval(_, let approvers)? = fact.question { approversAsked[fact.step] = approvers }
        steps[step].startedAt = steps[step].startedAt ?? at
        switch (fact.wait, fact.question) {
        case (let wait?, let question?): change(step, to: .asking(attempt, wait, question))
        case (let wait?, nil): change(step, to: .sleeping(attempt, wait))
        case (nil, _): change(step, to: .running(attempt))
        }
    }

    private mutating func applyCancelRequested(_ fact: Request) throws(JournalContradiction) {
        guard endingStatus != nil else {
            isCancelRequested = true
            return
        }
        // An entry of an earlier version names none: it has ended all that was under way.
        if fact.ended.isEmpty { owedWorkEnded.formUnion(active) }
        for name in fact.ended {
            let step = try stepNumber(name)
            owedWorkEnded.insert(step)
        }
    }

    private mutating func applyReturned(_ fact: StageReturned) throws(JournalContradiction) {
        let from = try stageNumber(fact.stage)
        let to = try stageNumber(fact.returnedTo)
        guard to <= from else { throw contradiction("a return goes back, not forward to \(fact.returnedTo)") }
        timeline.append(.stageReturned(from: from, to: to, sequence: head))
        goBack(from: from, to: to)
        enter(to)
    }

    mutating func goBack(from: Int, to: Int) {
        stages[from].returns += 1
        for stage in to...from {
            stages[stage].passes += 1
            stages[stage].isEntered = false
            stages[stage].isComplete = false
            for step in program.stageRanges[stage] { setBack(step) }
        }
    }

    /// Rebuilds the state as it was at the checkpoint from the timeline up to there. Attempt numbers go on, and the
    /// number of rewinds makes every key new.
    private mutating func applyRewound(_ fact: RunRewound) throws(JournalContradiction) {
        guard let last = timeline.lastIndex(where: { $0.sequence == fact.sequence }),
            case .stepEnded = timeline[last]
        else { throw contradiction("\(fact.checkpoint.text) is not on the run's present line") }
        let kept = Array(timeline[...last])
        for step in program.topLevel { rememberAttempts(inside: step) }
        rewinds += 1
        isPauseRequested = false
        isCancelRequested = false
        owedWorkEnded = []
        lifecycle = .running
        timeline.removeAll(keepingCapacity: true)
        active.removeAll()
        doubtful.removeAll()
        locking.removeAll()
        dues = DueHeap()
        noticed.removeAll()
        drifted.removeAll()
        slotsTaken = 0
        checkpoint = nil
        for step in program.topLevel { setBack(step) }
        containers.removeAll()
        for stage in stages.indices {
            stages[stage] = StageState()
            guard stagesAtMove.indices.contains(stage) else { continue }
            stages[stage].passes = stagesAtMove[stage].passes
            stages[stage].returns = stagesAtMove[stage].returns
        }
        for event in kept {
            timeline.append(event)
            restore(event)
        }
        // What had failed or been cancelled by then is still to be done.
        for step in program.stageRanges[currentStage] { setBackFailed(step) }
        lineUpOpen()
        recountReruns()
        if !attemptsBefore.isEmpty { for step in program.topLevel { recallAttempts(inside: step) } }
        countNeeds(of: currentStage)
    }

    private mutating func restore(_ event: TimelineEvent) {
        switch event {
        case .stageEntered(let stage, _): restore(stage)
        case .stageReturned(let from, let to, _):
            goBack(from: from, to: to)
            restore(to)
        case .stepReopened(let step, _):
            if steps[step].hasOpened {
                steps[step].phase = needsTurn(step) ? .blocked : .open
            } else {
                setBack(step)
            }
        case .itemsEvaluated(let step, let container, _):
            containers[step] = container
            for child in container.children { setBack(child) }
            steps[step].hasOpened = true
            steps[step].phase = .open
        case .groupEntered(let step, let children, _):
            // Where it was entered before, what is done in it stays so.
            if containers[step] == nil {
                containers[step] = Container(children: children)
                for child in children { setBack(child) }
            }
            steps[step].hasOpened = true
            steps[step].phase = .open
        case .stepRepeated(let step, let outputs, _):
            finishPass(step, outputs)
            // The next pass begins when its turn comes.
            steps[step].phase = .blocked
        case .stepEnded(let ending):
            let (attempts, records) = (steps[ending.step].attempts, steps[ending.step].records)
            steps.restore(ending.step, ending.kept)
            steps[ending.step].attempts = max(attempts, ending.state.attempts)
            steps[ending.step].records = records
            // Given up when the step ended, or by the rewind.
            steps[ending.step].locks = []
            if let id = ending.checkpoint { checkpoint = SavedPoint(id: id, sequence: ending.sequence) }
        }
    }

    private mutating func restore(_ stage: Int) {
        for earlier in 0..<stage { stages[earlier].isComplete = true }
        stages[stage].isEntered = true
        currentStage = stage
    }
}
