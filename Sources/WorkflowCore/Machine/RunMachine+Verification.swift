internal import JSON

// On a resume the steps that have a `verify` are asked whether their effects still hold, before anything starts.

extension RunMachine {
    mutating func beginVerification() {
        guard verifies, case .running = state.lifecycle else { return }
        unverified = state.stepsToVerify.reversed()
        verifies = false
        continueVerification()
    }

    /// As many at once as steps may run.
    private mutating func continueVerification() {
        while verifying.count < state.program.definition.maxParallel, let number = unverified.popLast() {
            guard state.steps[number].phase == .succeeded else { continue }
            let name = state.name(ofStep: number)
            verifying.insert(ExactText(name))
            order(.startVerify(AttemptReference(step: name, attempt: state.steps[number].attempts)))
        }
    }

    mutating func verifyEnded(_ name: String, _ verdict: ProbeVerdict, message: String) throws(JournalContradiction) {
        guard verifying.remove(ExactText(name)) != nil else { return }
        // It may have been set back meanwhile.
        if let number = state.number(ofStep: name), state.steps[number].phase == .succeeded {
            try note(.verifyFinished(VerifyFinished(step: name, verdict: verdict, message: message)))
        }
        continueVerification()
    }
}

extension RunState {
    /// Done steps whose `verify` a resume asks before anything starts, in the definition's order.
    package var stepsToVerify: [Int] {
        stepsInOrder().filter {
            // Of a foreach the items have effects, not the step that holds them.
            steps[$0].phase == .succeeded && stage(ofStep: $0) != nil && !isContainer($0) && hasVerify($0)
                && !steps[$0].isDriftAccepted
        }
    }

    /// Steps whose last attempt has failed with what it did unknown: a resume runs them again.
    package var stepsFailedUnknown: [Int] {
        stepsInOrder().filter {
            guard !isContainer($0), let failure = steps[$0].failure, !steps[$0].hasEnded else { return false }
            switch failure.kind {
            case .timedOut, .killed: return true
            case .transient, .permanent, .cancelled: return false
            }
        }
    }
}
