// Which entries a step can have where it stands.

extension RunState {
    /// The step that a fact is of; nil for those of a run or a stage.
    static func step(of fact: Fact) -> String? {
        switch fact {
        case .itemsEvaluated(let fact): fact.step
        case .groupEntered(let fact): fact.step
        case .stepRepeated(let fact): fact.step
        case .locksRequested(let fact): fact.step
        case .locksTaken(let fact): fact.step
        case .attemptStarted(let fact): fact.step
        case .attemptVoided(let fact): fact.step
        case .attemptFailed(let fact): fact.step
        case .attemptInDoubt(let fact): fact.step
        case .probeFinished(let fact): fact.step
        case .stepSucceeded(let fact): fact.step
        case .stepSkipped(let fact): fact.step
        case .stepFailed(let fact): fact.step
        case .stepCancelled(let fact): fact.step
        case .stepResolved(let fact): fact.step
        case .stepApproved(let fact), .stepRejected(let fact): fact.step
        case .verifyFinished(let fact): fact.step
        case .runCreated, .driverAttached, .driverDetached, .stopRequested, .runRewound, .definitionChanged,
            .carriedOver, .stageEntered, .stageCompleted, .stageReturned, .signalReceived, .requestRefused,
            .concurrencyRequested,
            .concurrencyTaken, .pauseRequested, .runPaused, .cancelRequested, .endingBegan, .runEnded,
            .failuresReopened:
            nil
        }
    }

    /// What an export tells of an attempt that had not ended: what made it possible may have been left out, as that a
    /// driver came behind the checkpoint. Order and kind are asked alone; `apply` asks the rest.
    package func refuseImplausibleUnfinished(_ fact: Fact) throws(JournalContradiction) {
        guard !canFollowUnfinished(fact) else { return }
        throw JournalContradiction(
            sequence: head + 1, message: "an unfinished \(fact.type) cannot follow the entries before it")
    }

    private func canFollowUnfinished(_ fact: Fact) -> Bool {
        switch fact {
        case .stageEntered(let fact):
            let stage = program.number(ofStage: fact.stage)
            return stage == currentStage + 1 || stage == 0 && !stages[0].isEntered
        case .stageCompleted(let fact):
            return program.number(ofStage: fact.stage) == currentStage && stages[currentStage].isEntered
        case .itemsEvaluated(let fact):
            return number(ofStep: fact.step).map { isForeach($0) && !steps[$0].hasEnded } ?? false
        case .groupEntered(let fact):
            return number(ofStep: fact.step).map { isContainer($0) && !steps[$0].hasEnded } ?? false
        case .signalReceived: return true
        case .attemptStarted(let fact):
            guard let number = number(ofStep: fact.step) else { return false }
            return isOfKind(fact, number) && !steps[number].hasEnded && !steps[number].holdsSlot
        default: return false
        }
    }

    func canFollow(_ fact: Fact, of step: Int) -> Bool {
        let phase = steps[step].phase
        switch fact {
        case .attemptStarted(let fact): return isOfKind(fact, step) && (mayBegin(step) || mayBeginAgain(step))
        case .locksRequested:
            return takesLocks(step) && steps[step].locks.isEmpty && (mayBegin(step) || mayBeginAgain(step))
        case .itemsEvaluated: return isForeach(step) && mayBegin(step)
        case .groupEntered:
            if case .repeating = phase { return isContainer(step) }
            return mayBegin(step) && (isForeach(step) ? containers[step]?.isCarried == true : isContainer(step))
        case .attemptFailed(let fact):
            if isResolved(step, as: .fail) { return true }
            switch phase {
            case .running, .inDoubt: return fact.attempt == steps[step].attempts
            case .asking: return fact.attempt == steps[step].attempts && fact.retry == nil
            default: return false
            }
        case .stepRepeated: return loop(ofStep: step) != nil && (hasDone(step) || isResolved(step, as: .done))
        case .stepSucceeded(let fact):
            if fact.basis == .resolution { return isResolved(step, as: .done) }
            return hasDone(step, by: fact.basis) && fact.attempt == (isContainer(step) ? 0 : steps[step].attempts)
        case .stepSkipped(let fact):
            switch fact.basis {
            case .condition: return mayBegin(step)
            case .resolution: return isResolved(step, as: .skip)
            case .timeout:
                if case .asking = phase { return true }
                return false
            }
        case .stepFailed: return mayFail(step)
        case .stepCancelled:
            // Earlier versions ended owed work too that the cancel did not name.
            guard isCancelRequested || !owedWorkEnded.isEmpty else { return false }
            return steps[step].isActive || isVoidedOwedWork(step)
        case .stepResolved(let fact):
            switch phase {
            case .inDoubt: return true
            case .failed: return fact.decision != .fail
            default: return steps[step].drift != nil
            }
        case .stepApproved, .stepRejected:
            if case .asking(_, _, .approval) = phase { return true }
            return false
        case .verifyFinished: return phase == .succeeded
        // What the fold itself compares.
        default: return true
        }
    }

    /// The step's turn has come, and whatever holds it is open.
    private func mayBegin(_ step: Int) -> Bool {
        guard isUnderWay, isInPresentPart(step), isInOpen(step) else { return false }
        return steps[step].isReady || steps[step].isBlocked && runsAfterFailure(step)
    }

    /// Another attempt or pass follows.
    private func mayBeginAgain(_ step: Int) -> Bool {
        guard isUnderWay else { return false }
        return switch steps[step].phase {
        case .repeating, .retrying, .inDoubt: true
        default: false
        }
    }

    private var isUnderWay: Bool {
        switch lifecycle {
        case .running, .ending: true
        case .pending, .paused, .ended: false
        }
    }

    /// A process, a wait or a question, as the definition says.
    private func isOfKind(_ attempt: AttemptStarted, _ step: Int) -> Bool {
        guard !isForeach(step) else { return false }
        return switch (self.step(step).action, attempt.wait, attempt.question) {
        case (.run, nil, nil), (.sleep, .some, nil), (.signal, .some, .signal), (.approval, .some, .approval): true
        default: false
        }
    }

    /// A pass of the step is over: its attempt, its wait or what it holds.
    ///
    /// - Parameter basis: what says so; nil where any will do.
    private func hasDone(_ step: Int, by basis: StepSucceeded.Basis? = nil) -> Bool {
        switch steps[step].phase {
        case .running, .sleeping: return basis == nil || basis == .execution
        case .inDoubt: return basis == nil || basis == .probe
        case .asking(_, _, .signal): return basis == nil || basis == .signal
        case .asking(_, _, .approval): return basis == nil || basis == .approval
        case .open:
            guard let container = containers[step], basis == nil || basis == .execution else { return false }
            return container.unended == 0 && container.stoppers == 0 && !(isForeach(step) && container.failures > 0)
        default: return false
        }
    }

    private func mayFail(_ step: Int) -> Bool {
        if isResolved(step, as: .fail) { return true }
        switch steps[step].phase {
        case .ready: return true
        case .blocked: return runsAfterFailure(step) || steps[step].hasBegunBefore
        case .open: return containers[step].map { $0.failures > 0 || $0.stoppers > 0 } ?? false
        case .running, .asking, .awaitingLocks, .repeating, .retrying, .inDoubt: return true
        case .sleeping, .succeeded, .skipped, .failed, .cancelled: return false
        }
    }

    /// What follows from a person's decision is written with it: the failure of an attempt, then the step's end.
    private func isResolved(_ step: Int, as decision: StepResolved.Decision) -> Bool {
        guard let resolved, resolved.decision == decision, number(ofStep: resolved.step) == step else { return false }
        return head - resolved.sequence <= 1
    }
}
