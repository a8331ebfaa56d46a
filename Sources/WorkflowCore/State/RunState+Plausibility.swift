internal import JSON

// What cannot follow from what was before, in a journal that this store did not write itself.

extension RunState {
    /// Says no to an entry that no version of this program writes in this state, so that a file in which the entries
    /// chain and make no sense is not taken for a run.
    ///
    /// Journals of the own store are not asked: they were decided by the machine, and `apply` folds them as they are.
    package func refuseImplausible(_ fact: Fact) throws(JournalContradiction) {
        guard try canFollow(fact) else {
            let step = Self.step(of: fact).map { " of \($0)" } ?? ""
            throw JournalContradiction(
                sequence: head + 1,
                message: "entry \(head + 1), \(fact.type)\(step), cannot follow the entries before it")
        }
    }

    private func canFollow(_ fact: Fact) throws(JournalContradiction) -> Bool {
        guard case .runCreated = fact else {
            if let name = Self.step(of: fact) { return canFollow(fact, of: try known(name)) }
            return created != nil && canFollow(ofRun: fact)
        }
        return head == 0
    }

    private func known(_ step: String) throws(JournalContradiction) -> Int {
        guard let number = number(ofStep: step) else {
            throw JournalContradiction(
                sequence: head + 1, message: "there is no step \(step) at this point of the run")
        }
        return number
    }

    /// Of a fact that names no step.
    private func canFollow(ofRun fact: Fact) -> Bool {
        switch fact {
        case .stageEntered(let fact):
            guard let stage = program.number(ofStage: fact.stage) else { return false }
            switch lifecycle {
            case .pending: return stage == 0 && !stages[0].isEntered
            case .running: return stage == currentStage + 1 && stages[currentStage].isComplete
            case .paused, .ending, .ended: return false
            }
        case .stageCompleted(let fact):
            return isIn(fact.stage) && stages[currentStage].unended == 0 && stages[currentStage].stoppers == 0
        case .stageReturned(let fact):
            return isIn(fact.stage) && stages[currentStage].stoppers > 0 && active.isEmpty
                && program.definition.stages[currentStage].onFailure?.stage.isSame(as: fact.returnedTo) == true
        case .endingBegan(let fact): return !program.exitRange.isEmpty && mayEnd(as: fact.status, fact.failure)
        case .runEnded(let fact): return mayBeEnded(as: fact.status, fact.failure)
        case .concurrencyRequested: return mayGoOn && program.definition.concurrency != nil && concurrency == nil
        case .concurrencyTaken(let fact):
            return mayGoOn && concurrency?.isHeld == false && concurrency?.group.isSame(as: fact.group) == true
        case .pauseRequested: return mayGoOn && !isPauseRequested
        case .runPaused: return mayGoOn && isPauseRequested && slotsTaken == 0
        case .cancelRequested, .runRewound: return isOpenToPeople
        case .definitionChanged: return isOpenToPeople && endingStatus == nil && slotsTaken == 0
        case .failuresReopened:
            if case .ended(.completed, _) = lifecycle { return true }
            return isOpenToPeople && active.isEmpty && endingStatus == nil
        case .signalReceived:
            if case .ended = lifecycle { return false }
            return true
        default: return true
        }
    }

    private func isIn(_ stage: String) -> Bool {
        guard case .running = lifecycle else { return false }
        return program.number(ofStage: stage) == currentStage && stages[currentStage].isEntered
    }

    /// Stages are entered and gone through.
    private var mayGoOn: Bool {
        switch lifecycle {
        case .pending, .running: true
        case .paused, .ending, .ended: false
        }
    }

    private var isOpenToPeople: Bool {
        switch lifecycle {
        case .pending, .running, .paused, .ending, .ended(.failed, _): true
        case .ended: false
        }
    }

    /// What owed work, or in its place the end, may follow.
    private func mayEnd(as status: RunStatus, _ failure: Failure?) -> Bool {
        switch lifecycle {
        case .pending, .running, .paused: break
        case .ending, .ended: return false
        }
        switch status {
        case .completed: return currentStage == stages.count - 1 && stages[currentStage].isComplete && mayGoOn
        case .failed: return failure != nil
        case .cancelled: return isCancelRequested
        case .pending, .running, .waiting, .paused, .rollingBack, .rolledBack, .moved: return false
        }
    }

    private func mayBeEnded(as status: RunStatus, _ failure: Failure?) -> Bool {
        switch lifecycle {
        case .pending, .running, .paused:
            status == .moved ? slotsTaken == 0 : program.exitRange.isEmpty && mayEnd(as: status, failure)
        case .ending(let begun, _): status == begun && active.isEmpty
        case .ended(.failed, _): status == .moved || status == .cancelled && isCancelRequested
        case .ended: false
        }
    }
}
