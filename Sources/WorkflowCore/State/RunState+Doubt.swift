/// What settles a step that is in doubt, or asks for it.
package enum DoubtCourse: Sendable, Equatable {
    /// The run is being cancelled, and the step with it; or the step alone, while the run ends.
    case cancel
    /// Its probe found the effect in place.
    case succeed
    /// Its probe found that nothing was done, and a timeout or signal had ended it: a failure like any other.
    case failAs(Failure)
    /// Its probe is asked.
    case probe
    /// It runs again: not charged to the retry limit, but to a limit of its own.
    case again
    /// It would run again, and has as often as it may.
    case failAtLimit
    /// Its policy counts it as failed.
    case fail
    /// A person decides.
    case ask
}

extension RunState {
    /// Follows the probe's verdict, then the policy: what the next driver does, and what a preview says that it will
    /// do.
    package func course(of doubt: StepState.Doubt, ofStep number: Int) -> DoubtCourse {
        course(ofStep: number, verdict: doubt.verdict, failure: doubt.failure)
    }

    /// What follows if the attempt that the step runs turns out to be lost.
    package func courseIfLost(ofStep number: Int) -> DoubtCourse {
        course(ofStep: number, verdict: nil, failure: nil)
    }

    private func course(ofStep number: Int, verdict: ProbeVerdict?, failure: Failure?) -> DoubtCourse {
        if isAskedToEnd(number) { return .cancel }
        let hasRepeatsLeft = steps[number].doubtRepeats < RunMachine.doubtRepeatsMax
        switch verdict {
        case .done: return .succeed
        case .notDone:
            if let failure { return .failAs(failure) }
            return hasRepeatsLeft ? .again : .failAtLimit
        case nil where hasProbe(number): return .probe
        case nil, .cannotTell:
            switch onDoubt ?? doubtPolicy(ofStep: number) {
            case .retry: return hasRepeatsLeft ? .again : .failAtLimit
            case .fail: return .fail
            case .ask: return .ask
            }
        }
    }
}
