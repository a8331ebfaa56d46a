internal import JSON

// Between an order and its execution the same decision may have taken in what forbids it.

extension RunMachine {
    /// Locks and turns that the store gives now are of use; otherwise they go back at once.
    var takesGrants: Bool {
        guard !isStopping, !state.isPauseRequested else { return false }
        switch state.lifecycle {
        case .pending, .running: return !state.isCancelRequested
        case .ending: return true
        case .paused, .ended: return false
        }
    }

    /// What was ordered is still to be done, in the state that all inputs of the decision have led to.
    ///
    /// The caller asks once the decision is durable, before each effect: a later input of the same decision (a pause, a
    /// cancel, a stop, a rewind, a move) overtakes what an earlier one ordered. A started attempt is an entry of the
    /// journal, so its order is overtaken by nothing but another entry of its step.
    package func isWanted(_ effect: Effect) -> Bool {
        switch effect {
        case .startAttempt(let order): return runs(order.attempt)
        case .cancelAttempt(let attempt): return runs(attempt)
        case .startProbe(let attempt):
            guard mayAsk, let number = state.number(ofStep: attempt.step),
                case .inDoubt(let doubt) = state.steps[number].phase
            else { return false }
            return doubt.attempt.number == attempt.attempt && doubt.verdict == nil
        case .startVerify(let attempt): return mayAsk && verifying.contains(ExactText(attempt.step))
        case .startWait(let attempt, _):
            guard let number = state.number(ofStep: attempt.step) else { return false }
            return isUnderWay && state.due(ofStep: number) != nil && timer(ofStep: number) == attempt
        case .takeLocks(let step, _, let request):
            guard takesGrants, let number = state.number(ofStep: step),
                case .awaitingLocks = state.steps[number].phase
            else { return false }
            return state.steps[number].waitBegan == request
        case .takeConcurrency(let group, _):
            guard takesGrants, state.endingStatus == nil, let concurrency = state.concurrency else { return false }
            return concurrency.group == group && !concurrency.isHeld
        case .goOn, .runEnded: return true
        }
    }

    private var isUnderWay: Bool {
        switch state.lifecycle {
        case .pending, .running, .ending: true
        case .paused, .ended: false
        }
    }

    /// A probe or a verification is of use to this driver.
    private var mayAsk: Bool { isUnderWay && !isStopping && !state.isPauseRequested }
}
