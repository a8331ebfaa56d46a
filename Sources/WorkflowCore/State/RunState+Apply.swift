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
        switch entry.fact {
        case .runCreated(let fact):
            guard created == nil else { throw contradiction("the run was created twice") }
            created = fact
            startedAt = entry.at
        case .driverAttached(let fact): applyDriverAttached(fact)
        case .driverDetached: break
        case .runRewound(let fact): try applyRewound(fact)
        case .stageEntered(let fact):
            let stage = try stageNumber(fact.stage)
            lifecycle = .running
            enter(stage)
        case .stageCompleted(let fact): stages[try stageNumber(fact.stage)].isComplete = true
        case .stageReturned(let fact): try applyReturned(fact)
        case .attemptStarted(let fact): try applyAttemptStarted(fact, at: entry.at)
        case .attemptVoided(let fact):
            let step = try stepNumber(fact.step)
            guard case .running(let attempt) = steps[step].phase, attempt.number == fact.attempt else {
                throw contradiction("attempt \(fact.attempt) of \(fact.step) was voided but does not run")
            }
            lineUp(step)
        case .attemptFailed(let fact):
            let step = try stepNumber(fact.step)
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
            change(
                step, to: .inDoubt(StepState.Doubt(attempt: attempt, reason: fact.reason, failure: fact.failure)))
        case .probeFinished(let fact):
            let step = try stepNumber(fact.step)
            guard case .inDoubt(var doubt) = steps[step].phase else {
                throw contradiction("\(fact.step) was probed but is not in doubt")
            }
            doubt.verdict = fact.verdict
            change(step, to: .inDoubt(doubt))
        case .stepSucceeded(let fact):
            let step = try stepNumber(fact.step)
            steps[step].outputs = fact.outputs
            steps[step].failure = nil
            end(step, .succeeded, at: entry.at, checkpoint: fact.checkpoint)
        case .stepSkipped(let fact):
            end(try stepNumber(fact.step), .skipped, at: entry.at, checkpoint: fact.checkpoint)
        case .stepFailed(let fact):
            let step = try stepNumber(fact.step)
            steps[step].failure = fact.failure
            end(step, .failed(isTolerated: fact.isTolerated), at: entry.at, checkpoint: nil)
        case .stepCancelled(let fact):
            end(try stepNumber(fact.step), .cancelled, at: entry.at, checkpoint: nil)
        case .stepResolved(let fact):
            // What follows from done, fail and skip is an entry of its own; retry sets the step back.
            if fact.decision == .retry { reopen(try stepNumber(fact.step)) }
        case .pauseRequested: isPauseRequested = true
        case .runPaused: lifecycle = .paused
        case .cancelRequested: isCancelRequested = true
        case .endingBegan(let fact):
            lifecycle = .ending(fact.status, fact.failure)
            endings += 1
            // Owed work cannot be paused: a pause that was reached or only asked for is overtaken.
            isPauseRequested = false
            prepareOwedWork()
        case .runEnded(let fact):
            lifecycle = .ended(fact.status, fact.failure)
            ready.removeAll()
        }
    }

    /// Fills in the name of a checkpoint that the store gave to an entry which was applied before it was appended.
    package mutating func name(_ id: CheckpointID, savedBy sequence: Int64) {
        for index in timeline.indices.reversed() {
            if timeline[index].sequence < sequence { break }
            if case .stepEnded(var ending) = timeline[index], ending.sequence == sequence {
                ending.checkpoint = id
                timeline[index] = .stepEnded(ending)
                // A rewind decided in the same append has left the entry behind: then it is not here, and not the newest.
                if (checkpoint?.sequence ?? 0) <= sequence { checkpoint = SavedPoint(id: id, sequence: sequence) }
                break
            }
        }
    }

    func contradiction(_ message: String) -> JournalContradiction {
        JournalContradiction(sequence: head, message: message)
    }

    func stepNumber(_ name: String) throws(JournalContradiction) -> Int {
        guard let number = program.number(ofStep: name) else {
            throw contradiction("the definition has no step \(name)")
        }
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
    private mutating func applyDriverAttached(_ fact: DriverAttached) {
        onDoubt = fact.onDoubt
        drivers += 1
        if fact.reason == .resume {
            isPauseRequested = false
            switch lifecycle {
            case .paused: lifecycle = .running
            case .ended(.failed, _):
                lifecycle = .running
                // Whoever cancelled the owed work of an ending did not cancel what is resumed now.
                isCancelRequested = false
                for step in program.stageRanges[currentStage] where steps[step].stopsStage { reopen(step) }
                countNeeds(of: currentStage)
            case .pending, .running, .ending, .ended: break
            }
        }
        // A replay only fills the queue; what was taken from it live is still there.
        ready.keep { steps[$0].phase == .ready }
        // Each driver asks the probes anew: the world may have changed since.
        for step in active {
            if case .inDoubt(var doubt) = steps[step].phase {
                doubt.verdict = nil
                steps[step].phase = .inDoubt(doubt)
            }
        }
    }

    private mutating func applyAttemptStarted(_ fact: AttemptStarted, at: Timestamp) throws(JournalContradiction) {
        let step = try stepNumber(fact.step)
        guard fact.attempt == steps[step].attempts + 1 else {
            throw contradiction("attempt \(fact.attempt) of \(fact.step) follows attempt \(steps[step].attempts)")
        }
        if case .inDoubt = steps[step].phase { steps[step].doubtRepeats += 1 }
        let attempt = StepState.Attempt(
            number: fact.attempt, id: fact.id, idempotencyKey: fact.idempotencyKey, host: fact.host,
            startedAt: at)
        steps[step].attempts = fact.attempt
        steps[step].startedAt = steps[step].startedAt ?? at
        change(step, to: fact.wait.map { .sleeping(attempt, $0) } ?? .running(attempt))
    }

    private mutating func applyReturned(_ fact: StageReturned) throws(JournalContradiction) {
        let from = try stageNumber(fact.stage)
        let to = try stageNumber(fact.returnedTo)
        guard to <= from else { throw contradiction("a return goes back, not forward to \(fact.returnedTo)") }
        timeline.append(.stageReturned(from: from, to: to, sequence: head))
        goBack(from: from, to: to)
        enter(to)
    }

    private mutating func goBack(from: Int, to: Int) {
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
        rewinds += 1
        isPauseRequested = false
        isCancelRequested = false
        lifecycle = .running
        timeline.removeAll(keepingCapacity: true)
        active.removeAll()
        ready.removeAll()
        slotsTaken = 0
        checkpoint = nil
        for step in steps.indices { setBack(step) }
        for stage in stages.indices { stages[stage] = StageState() }
        for event in kept {
            timeline.append(event)
            switch event {
            case .stageEntered(let stage, _): restore(stage)
            case .stageReturned(let from, let to, _):
                goBack(from: from, to: to)
                restore(to)
            case .stepReopened(let step, _): setBack(step)
            case .stepEnded(let ending):
                let attempts = steps[ending.step].attempts
                steps[ending.step] = ending.state
                steps[ending.step].attempts = attempts
                if let id = ending.checkpoint { checkpoint = SavedPoint(id: id, sequence: ending.sequence) }
            }
        }
        // What had failed or been cancelled by then is still to be done.
        for step in program.stageRanges[currentStage] where steps[step].stopsStage || steps[step].phase == .cancelled {
            setBack(step)
        }
        countNeeds(of: currentStage)
    }

    private mutating func restore(_ stage: Int) {
        for earlier in 0..<stage { stages[earlier].isComplete = true }
        stages[stage].isEntered = true
        currentStage = stage
    }
}

// MARK: - Steps and queues

extension RunState {
    /// Moves a step that stays unended, and keeps the queues in step with it.
    mutating func change(_ step: Int, to phase: StepState.Phase) {
        stepsTouched += 1
        let old = steps[step]
        steps[step].phase = phase
        let new = steps[step]
        if old.holdsSlot != new.holdsSlot { slotsTaken += new.holdsSlot ? 1 : -1 }
        if old.isActive != new.isActive {
            let place = active.partitioningIndex(of: step)
            if new.isActive { active.insert(step, at: place) } else { active.remove(at: place) }
        }
        if old.stopsStage != new.stopsStage, let stage = program.lines[step].stage {
            stages[stage].stoppers += new.stopsStage ? 1 : -1
        }
        if phase == .ready { ready.insert(step) }
    }

    private mutating func end(_ step: Int, _ phase: StepState.Phase, at: Timestamp, checkpoint id: CheckpointID?) {
        let hadEnded = steps[step].hasEnded
        change(step, to: phase)
        steps[step].endedAt = at
        timeline.append(.stepEnded(StepEnding(step: step, sequence: head, state: steps[step], checkpoint: id)))
        if let id { checkpoint = SavedPoint(id: id, sequence: head) }
        guard !hadEnded else { return }
        if let stage = program.lines[step].stage { stages[stage].unended -= 1 }
        for dependent in program.lines[step].dependents {
            stepsTouched += 1
            steps[dependent].unmetNeeds -= 1
            if steps[dependent].unmetNeeds == 0, steps[dependent].phase == .blocked { change(dependent, to: .ready) }
        }
    }

    /// A person or a resume lets a step that failed or is in doubt run again, with fresh limits and its old key.
    private mutating func reopen(_ step: Int) {
        let hadEnded = steps[step].hasEnded
        if hadEnded {
            timeline.append(.stepReopened(step: step, sequence: head))
            if let stage = program.lines[step].stage { stages[stage].unended += 1 }
            for dependent in program.lines[step].dependents {
                stepsTouched += 1
                steps[dependent].unmetNeeds += 1
                // It may stand in the queue still: who takes from the queue looks at the phase.
                if steps[dependent].phase == .ready { steps[dependent].phase = .blocked }
            }
        }
        steps[step].retriesUsed = 0
        steps[step].doubtRepeats = 0
        steps[step].endedAt = nil
        lineUp(step)
    }

    /// Back to where it may start. A handler that began after a failure, and whose needs never ended, waits for them
    /// again: the failure may have been resolved since.
    private mutating func lineUp(_ step: Int) {
        change(step, to: steps[step].unmetNeeds == 0 ? .ready : .blocked)
    }

    private mutating func setBack(_ step: Int) {
        stepsTouched += 1
        let attempts = steps[step].attempts
        steps[step] = StepState()
        steps[step].attempts = attempts
    }

    private mutating func enter(_ stage: Int) {
        timeline.append(.stageEntered(stage, sequence: head))
        stages[stage].isEntered = true
        currentStage = stage
        countNeeds(of: stage)
    }

    /// Sets the stage's counters and queue from its steps: once for each time that it is entered.
    private mutating func countNeeds(of stage: Int) {
        ready.removeAll()
        stages[stage].unended = 0
        stages[stage].stoppers = 0
        for step in program.stageRanges[stage] {
            if steps[step].stopsStage { stages[stage].stoppers += 1 }
            queue(step)
            if !steps[step].hasEnded { stages[stage].unended += 1 }
        }
    }

    private mutating func prepareOwedWork() {
        ready.removeAll()
        for step in program.exitRange { setBack(step) }
        for step in program.exitRange { queue(step) }
    }

    private mutating func queue(_ step: Int) {
        stepsTouched += 1
        steps[step].unmetNeeds = program.lines[step].needs.count { !steps[$0].hasEnded }
        switch steps[step].phase {
        case .blocked, .ready:
            steps[step].phase = steps[step].unmetNeeds == 0 ? .ready : .blocked
            if steps[step].unmetNeeds == 0 { ready.insert(step) }
        case .running, .sleeping, .retrying, .inDoubt, .succeeded, .skipped, .failed, .cancelled: break
        }
    }
}

extension [Int] {
    /// Where `item` is or belongs in an ascending array.
    fileprivate func partitioningIndex(of item: Int) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < item { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
