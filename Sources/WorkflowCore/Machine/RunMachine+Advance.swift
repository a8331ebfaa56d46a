// What may start now, and which stage or ending comes next.

extension RunMachine {
    /// Something new may begin.
    var mayStart: Bool {
        !isStopping && !state.isPauseRequested && (!state.isCancelRequested || state.endingStatus != nil)
    }

    /// Goes on until nothing more follows from what is known. Each turn of the loop ends a step, a stage or the run,
    /// or starts an attempt, so it ends.
    mutating func advance(using random: inout some RandomNumberGenerator) throws(JournalContradiction) {
        while true {
            switch state.lifecycle {
            case .pending:
                guard state.drivers > 0, mayStart else {
                    guard state.isCancelRequested, !isStopping else { return }
                    try beginEnding(.cancelled, nil)
                    continue
                }
                try note(.stageEntered(StageEntered(stage: state.program.definition.stages[0].name)))
            case .running:
                guard try advanceStage(using: &random) else { return }
            case .ending(let status, let failure):
                try startReady(using: &random)
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
        guard !isStopping else { return false }
        try startReady(using: &random)
        let stage = state.stages[state.currentStage]
        if stage.unended == 0 && stage.stoppers == 0 {
            try completeStage()
            return true
        }
        guard stage.stoppers > 0, state.active.isEmpty else { return false }
        // All that runs has ended; what was blocked stays so. Owed reactions to the failure come first.
        if try startBlockedHandler(using: &random) { return true }
        guard state.active.isEmpty else { return false }
        try failStage()
        return true
    }

    /// Starts what may start, in the definition's order, as long as there are free slots.
    private mutating func startReady(using random: inout some RandomNumberGenerator) throws(JournalContradiction) {
        guard mayStart else { return }
        try startDue(using: &random)
        if case .running = state.lifecycle, state.stages[state.currentStage].stoppers > 0 {
            return try startHandlers(using: &random)
        }
        while state.slotsTaken < state.program.definition.maxParallel, let number = state.ready.removeSmallest() {
            state.stepsTouched += 1
            // Overtaken since it was queued, or set back by a person for the next resume while owed work runs.
            guard state.steps[number].phase == .ready, state.isInPresentPart(number) else { continue }
            try startOrSkip(number, using: &random)
            if case .running = state.lifecycle, state.stages[state.currentStage].stoppers > 0 {
                return try startHandlers(using: &random)
            }
        }
    }

    /// Goes on with steps that had begun: the next attempt after a wait or out of doubt.
    private mutating func startDue(using random: inout some RandomNumberGenerator) throws(JournalContradiction) {
        while state.slotsTaken < state.program.definition.maxParallel, let number = takeDue() {
            try start(number, using: &random)
        }
    }

    /// After a failure only those start that asked for it.
    private mutating func startHandlers(using random: inout some RandomNumberGenerator) throws(JournalContradiction) {
        for number in state.program.handlers[state.currentStage] {
            state.stepsTouched += 1
            guard state.slotsTaken < state.program.definition.maxParallel else { return }
            if state.steps[number].phase == .ready { try startOrSkip(number, using: &random) }
        }
    }

    /// A step that runs after failures need not wait for steps that will not start any more.
    private mutating func startBlockedHandler(
        using random: inout some RandomNumberGenerator
    ) throws(JournalContradiction) -> Bool {
        guard mayStart else { return false }
        let lines = state.program.lines
        for number in state.program.handlers[state.currentStage] where state.steps[number].phase == .blocked {
            state.stepsTouched += 1
            let waitsForHandler = lines[number].needs.contains {
                !state.steps[$0].hasEnded && lines[$0].step.condition?.runsAfterFailure == true
            }
            if waitsForHandler { continue }
            try startOrSkip(number, using: &random)
            return true
        }
        return false
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
        guard let failing = state.program.stageRanges[state.currentStage].first(where: { state.steps[$0].stopsStage }),
            var failure = state.steps[failing].failure
        else { throw state.contradiction("stage \(stage.name) failed without a failed step") }
        failure.message = "step \(state.program.lines[failing].step.name) failed: \(failure.message)"
        if let policy = stage.onFailure {
            failure.message +=
                " (stage \(stage.name) has returned to \(policy.stage) \(used) times, which is the limit)"
        }
        try beginEnding(.failed, failure)
    }

    private mutating func beginEnding(_ status: RunStatus, _ failure: Failure?) throws(JournalContradiction) {
        if state.program.exitRange.isEmpty {
            try note(.runEnded(RunEnded(status: status, failure: failure)))
            order(.runEnded(status))
        } else {
            try note(.endingBegan(EndingBegan(status: status, failure: failure)))
        }
    }

    // MARK: - Starting

    private mutating func startOrSkip(
        _ number: Int, using random: inout some RandomNumberGenerator
    ) throws(JournalContradiction) {
        let step = state.program.lines[number].step
        if let condition = step.condition {
            let holds: Bool
            do throws(ExpressionFailure) {
                holds = try ExpressionScope(state, step: number).isTrue(condition.expression)
            } catch {
                return try stepFailed(
                    number,
                    Failure(
                        kind: .permanent, code: "expression_failed",
                        message: "the condition of \(step.name) cannot be evaluated: \(error.message)"))
            }
            guard holds else { return try skip(number) }
        }
        try start(number, using: &random)
    }

    private mutating func skip(_ number: Int) throws(JournalContradiction) {
        try note(
            .stepSkipped(StepSkipped(step: state.program.lines[number].step.name, basis: .condition)),
            checkpoint: checkpointSubject(of: number))
    }

    /// Writes the intent of the next attempt and orders its start.
    mutating func start(_ number: Int, using random: inout some RandomNumberGenerator) throws(JournalContradiction) {
        let line = state.program.lines[number]
        guard let run = state.created?.run else { throw state.contradiction("an attempt before the run was created") }
        let attempt = AttemptReference(step: line.step.name, attempt: state.steps[number].attempts + 1)
        let id = UniqueID(randomHigh: random.next(), randomLow: random.next())
        let key = IdempotencyKey.make(
            run: run, step: line.step.name, item: "", rewinds: state.rewinds,
            iterations: [line.stage.map { state.stages[$0].passes } ?? state.endings])
        var started = AttemptStarted(
            step: attempt.step, attempt: attempt.attempt, id: id, idempotencyKey: key, host: host)
        switch line.step.action {
        case .run:
            try note(.attemptStarted(started))
            order(.startAttempt(StartOrder(attempt: attempt, id: id, idempotencyKey: key)))
        case .sleep(let sleep):
            do throws(ExpressionFailure) {
                let length = try ExpressionScope(state, step: number).length(of: sleep, at: now)
                started.host = nil
                started.wait = Wait(due: now.adding(length), length: length)
            } catch {
                return try stepFailed(
                    number, Failure(kind: .permanent, code: "expression_failed", message: error.message))
            }
            try note(.attemptStarted(started))
            if let wait = started.wait { order(.startWait(attempt, remaining: wait.length)) }
        case .group, .signal, .approval:
            throw state.contradiction("step \(line.step.name) is of a kind that this version cannot run")
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
        program.lines[step].stage == (endingStatus == nil ? currentStage : nil)
    }
}
