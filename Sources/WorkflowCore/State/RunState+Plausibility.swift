// What cannot follow from what was before, in a journal that this store did not write itself.

extension RunState {
    /// Says no to an entry that no version of this program writes in this state, so that a file in which the entries
    /// chain and make no sense is not taken for a run.
    ///
    /// Journals of the own store are not asked: they were decided by the machine, and `apply` folds them as they are.
    package func refuseImplausible(_ fact: Fact) throws(JournalContradiction) {
        switch fact {
        case .attemptStarted(let fact):
            switch try phase(of: fact.step) {
            case .blocked, .ready, .awaitingLocks, .repeating, .retrying, .inDoubt: break
            case .running, .sleeping, .asking, .open, .succeeded, .skipped, .failed, .cancelled:
                throw implausible("an attempt of \(fact.step) begins")
            }
        case .attemptFailed(let fact):
            guard try isUnderWay(fact.step, attempt: fact.attempt) || isResolved(fact.step) else {
                throw implausible("attempt \(fact.attempt) of \(fact.step) fails")
            }
        case .stepSucceeded(let fact):
            guard try mayEnd(fact.step) else { throw implausible("\(fact.step) succeeds") }
            guard fact.attempt == 0 || fact.attempt == (state(ofStep: fact.step)?.attempts ?? 0) else {
                throw implausible("\(fact.step) succeeds with attempt \(fact.attempt)")
            }
        case .stepSkipped(let fact):
            guard try mayEnd(fact.step) else { throw implausible("\(fact.step) is skipped") }
        case .stepFailed(let fact):
            guard try mayEnd(fact.step) else { throw implausible("\(fact.step) fails") }
        case .stepCancelled(let fact):
            guard try mayEnd(fact.step) else { throw implausible("\(fact.step) is cancelled") }
        default: break
        }
    }

    /// A step ends once, and again only when a person has just decided about it.
    private func mayEnd(_ step: String) throws(JournalContradiction) -> Bool {
        switch try phase(of: step) {
        case .succeeded, .skipped, .failed, .cancelled: isResolved(step)
        case .blocked, .ready, .running, .sleeping, .asking, .awaitingLocks, .open, .repeating, .retrying, .inDoubt:
            true
        }
    }

    private func isUnderWay(_ step: String, attempt: Int) throws(JournalContradiction) -> Bool {
        guard state(ofStep: step)?.attempts == attempt else { return false }
        return switch try phase(of: step) {
        case .running, .sleeping, .asking, .retrying, .inDoubt: true
        case .blocked, .ready, .awaitingLocks, .open, .repeating, .succeeded, .skipped, .failed, .cancelled: false
        }
    }

    /// What follows from a person's decision is written with it: the failure of an attempt, then the step's end.
    private func isResolved(_ step: String) -> Bool {
        guard let resolved, resolved.step == step else { return false }
        return head - resolved.sequence <= 1
    }

    private func phase(of step: String) throws(JournalContradiction) -> StepState.Phase {
        guard let known = state(ofStep: step) else {
            throw JournalContradiction(
                sequence: head + 1, message: "there is no step \(step) at this point of the run")
        }
        return known.phase
    }

    private func implausible(_ what: String) -> JournalContradiction {
        JournalContradiction(sequence: head + 1, message: "\(what), which cannot follow from the entries before it")
    }
}
