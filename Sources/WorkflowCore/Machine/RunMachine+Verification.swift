internal import JSON

// On a resume the steps that have a `verify` are asked whether their effects still hold, before anything starts.

extension RunMachine {
    mutating func beginVerification() {
        guard verifies, case .running = state.lifecycle else { return }
        unverified = state.stepsInOrder().filter {
            // Of a foreach the items have effects, not the step that holds them.
            state.steps[$0].phase == .succeeded && state.stage(ofStep: $0) != nil && !state.isContainer($0)
                && state.step($0).verify != nil && !state.steps[$0].isDriftAccepted
        }
        unverified.reverse()
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
