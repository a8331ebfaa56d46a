internal import CEL

// What may start now, and which stage or ending comes next.

extension RunMachine {
    /// Something new may begin.
    var mayStart: Bool {
        guard !isStopping, !state.isPauseRequested else { return false }
        // Owed work starts whatever was asked, and whatever was found.
        return state.endingStatus != nil || !state.isCancelRequested && !isVerifying && state.drifted.isEmpty
    }

    /// Goes on until nothing more follows from what is known. Each turn of the loop ends a step, a stage or the run,
    /// or starts an attempt, so it ends.
    mutating func advance(using random: inout some RandomNumberGenerator) throws(JournalContradiction) {
        while true {
            switch state.lifecycle {
            case .pending:
                if state.isPauseRequested, !state.isCancelRequested {
                    // Nothing has begun, so there is nothing to wait for: neither a turn nor a driver.
                    try note(.runPaused)
                    return
                }
                guard state.drivers > 0, mayStart else {
                    guard !isStopping, state.isCancelRequested else { return }
                    try beginEnding(.cancelled, nil)
                    continue
                }
                guard try hasTurn() else {
                    if state.concurrency != nil { return }
                    continue
                }
                try note(.stageEntered(StageEntered(stage: state.program.definition.stages[0].name)))
            case .running:
                guard try advanceStage(using: &random) else { return }
            case .ending(let status, let failure):
                try startReady(using: &random)
                if try settleContainers(using: &random) { continue }
                guard state.active.isEmpty, state.ready.isEmpty, !isStopping else { return }
                try note(.runEnded(RunEnded(status: status, failure: failure)))
                order(.runEnded(status))
            case .paused:
                guard state.isCancelRequested else { return }
                try beginEnding(.cancelled, nil)
            case .ended: return
            }
        }
    }

    /// - Returns: whether the run has gone over into another stage or an ending.
    private mutating func advanceStage(
        using random: inout some RandomNumberGenerator
    ) throws(JournalContradiction) -> Bool {
        if state.isCancelRequested {
            guard state.active.isEmpty else { return false }
            try beginEnding(.cancelled, nil)
            return true
        }
        if state.isPauseRequested {
            guard state.slotsTaken == 0 else { return false }
            try note(.runPaused)
            return false
        }
        guard !isStopping, !isVerifying, state.drifted.isEmpty else { return false }
        guard try hasTurn() else { return state.concurrency == nil }
        try startReady(using: &random)
        if try settleContainers(using: &random) { return true }
        let stage = state.stages[state.currentStage]
        if stage.unended == 0 && stage.stoppers == 0 {
            try completeStage()
            return true
        }
        guard stage.stoppers > 0, state.active.isEmpty else { return false }
        guard !state.ready.contains(where: { state.steps[$0].phase == .ready }) else { return false }
        // All that runs has ended; what was blocked stays so. Owed reactions to the failure come first, those in groups
        // that stand still before those behind them.
        if let handler = state.takeParked()
            ?? blockedHandler(among: state.program.stageRanges[state.currentStage])
            ?? state.program.handlers[state.currentStage].first(where: standsStill)
        {
            try startOrSkip(handler, using: &random)
        } else {
            try failStage()
        }
        return true
    }

    /// Starts what may start, in the definition's order, as long as there are free slots.
    private mutating func startReady(using random: inout some RandomNumberGenerator) throws(JournalContradiction) {
        guard mayStart else { return }
        try startDue(using: &random)
        while state.slotsTaken < state.program.definition.maxParallel, !state.ready.isEmpty, !cuts(),
            let number = state.takeReady()
        {
            state.stepsTouched += 1
            // Overtaken since it was queued, or set back by a person for the next resume while owed work runs.
            // What stands in a container that has ended, or waits for its turn, is lined up when that goes on.
            guard state.steps[number].phase == .ready, state.isInPresentPart(number), state.isInOpen(number) else {
                continue
            }
            guard !state.isStopped(number), !state.waitsForRerun(number) else {
                // A failure may be resolved yet, and what runs again ends: then it has its turn after all.
                state.parked.append(number)
                continue
            }
            // One that goes on after a delay or a doubt was before it.
            guard state.hasPlace(number) else {
                state.crowded.append(number)
                continue
            }
            try startOrSkip(number, using: &random)
        }
    }

    /// Goes on with steps that had begun: the next attempt after a wait or out of doubt, the next pass of a group.
    private mutating func startDue(using random: inout some RandomNumberGenerator) throws(JournalContradiction) {
        while state.slotsTaken < state.program.definition.maxParallel, let number = takeDue() {
            // Those that another store gave are not held here.
            guard try hasLocks(number) else { continue }
            if state.isContainer(number) {
                try note(.groupEntered(GroupEntered(step: state.name(ofStep: number))))
            } else {
                try start(number, using: &random)
            }
        }
    }

    private mutating func completeStage() throws(JournalContradiction) {
        let stages = state.program.definition.stages
        try note(.stageCompleted(StageCompleted(stage: stages[state.currentStage].name)))
        if state.currentStage + 1 < stages.count {
            try note(.stageEntered(StageEntered(stage: stages[state.currentStage + 1].name)))
        } else {
            try beginEnding(.completed, nil)
        }
    }

    private mutating func failStage() throws(JournalContradiction) {
        let stage = state.program.definition.stages[state.currentStage]
        let used = state.stages[state.currentStage].returns
        if let policy = stage.onFailure, used < policy.limit {
            try note(
                .stageReturned(StageReturned(stage: stage.name, returnedTo: policy.stage, count: used + 1)))
            return
        }
        guard let failing = state.program.stageRanges[state.currentStage].first(where: state.stops),
            var failure = state.steps[failing].failure
        else { throw state.contradiction("stage \(stage.name) failed without a failed step") }
        failure.message = "step \(state.name(ofStep: failing)) failed: \(failure.message)"
        if let policy = stage.onFailure {
            failure.message +=
                " (stage \(stage.name) has returned to \(policy.stage) \(used) times, which is the limit)"
        }
        try beginEnding(.failed, failure)
    }

    mutating func beginEnding(_ status: RunStatus, _ failure: Failure?) throws(JournalContradiction) {
        if state.program.exitRange.isEmpty {
            try note(.runEnded(RunEnded(status: status, failure: failure)))
            order(.runEnded(status))
        } else {
            try note(.endingBegan(EndingBegan(status: status, failure: failure)))
        }
    }

    // MARK: - Starting

    mutating func startOrSkip(
        _ number: Int, using random: inout some RandomNumberGenerator
    ) throws(JournalContradiction) {
        let step = state.step(number)
        if let condition = step.condition, !state.steps[number].hasBegunBefore, isDecided(condition, at: number, step) {
            let holds: Bool
            do throws(ExpressionFailure) {
                holds = try ExpressionScope(state, step: number).isTrue(condition.expression)
            } catch {
                return try stepFailed(
                    number,
                    Failure(
                        kind: .permanent, code: "expression_failed",
                        message: "the condition of \(state.name(ofStep: number)) cannot be evaluated: \(error.message)")
                )
            }
            guard holds else { return try skip(number) }
        }
        if state.isForeach(number), state.containers[number]?.isCarried == true {
            return try note(.groupEntered(GroupEntered(step: state.name(ofStep: number))))
        }
        if let foreach = step.foreach, state.isForeach(number) { return try enterForeach(number, foreach) }
        guard try hasLocks(number) else { return }
        if state.isContainer(number) {
            try note(.groupEntered(GroupEntered(step: state.name(ofStep: number))))
        } else {
            try start(number, using: &random)
        }
    }

    /// A condition that names the item is asked for each of them, any other one once before there are items.
    private func isDecided(_ condition: Condition, at number: Int, _ step: Step) -> Bool {
        guard let foreach = step.foreach else { return true }
        let namesItem = condition.expression.references.contains { $0.path.first == foreach.variable }
        return namesItem != state.isForeach(number)
    }

    private mutating func skip(_ number: Int) throws(JournalContradiction) {
        try note(
            .stepSkipped(StepSkipped(step: state.name(ofStep: number), basis: .condition)),
            checkpoint: checkpointSubject(of: number))
    }

    /// Writes the intent of the next attempt and orders its start.
    mutating func start(_ number: Int, using random: inout some RandomNumberGenerator) throws(JournalContradiction) {
        let attempt = AttemptReference(step: state.name(ofStep: number), attempt: state.steps[number].attempts + 1)
        let id = UniqueID(randomHigh: random.next(), randomLow: random.next())
        let key = try state.idempotencyKey(ofStep: number)
        var started = AttemptStarted(
            step: attempt.step, attempt: attempt.attempt, id: id, idempotencyKey: key, host: host)
        do throws(ExpressionFailure) {
            if let (length, question) = try wait(of: number) {
                started.host = nil
                started.wait = Wait(due: now.adding(length), length: length)
                started.question = question
            }
        } catch {
            return try stepFailed(number, Failure(kind: .permanent, code: error.code, message: error.message))
        }
        try note(.attemptStarted(started))
        guard let wait = started.wait else {
            return order(.startAttempt(StartOrder(attempt: attempt, id: id, idempotencyKey: key)))
        }
        order(.startWait(attempt, remaining: wait.length))
        if case .signal? = started.question { try deliverSignal(to: number) }
    }

    /// What the step waits for in place of a process; nil where it has one.
    private func wait(of number: Int) throws(ExpressionFailure) -> (Milliseconds, Question?)? {
        let scope = ExpressionScope(state, step: number)
        switch state.step(number).action {
        case .run, .group, .call: return nil
        case .sleep(let sleep): return (try scope.length(of: sleep, at: now), nil)
        case .signal(let signal):
            let name = try scope.text(of: signal.name)
            guard RunMachine.isLockName(name) else {
                throw ExpressionFailure(message: "the name of a signal has 1 to 200 bytes and no control characters")
            }
            return (signal.timeout, .signal(name: name))
        case .approval(let approval):
            let approvers = try scope.approvers(of: approval)
            return (approval.timeout, .approval(prompt: try scope.text(of: approval.prompt), approvers: approvers))
        }
    }
}

extension RunState {
    /// The status that is about to be recorded, while owed work runs.
    var endingStatus: RunStatus? {
        if case .ending(let status, _) = lifecycle { return status }
        return nil
    }

    /// The step belongs to the stage that the run is in or, while it ends, to owed work.
    func isInPresentPart(_ step: Int) -> Bool {
        stage(ofStep: step) == (endingStatus == nil ? currentStage : nil)
    }
}
