internal import JSON

// A step in doubt: a probe, a policy or a person decides, never a guess.

extension RunMachine {
    /// Repeats of one step out of doubt, since it was last set back.
    package static let doubtRepeatsMax = 100

    mutating func probeEnded(
        _ attempt: AttemptReference, _ verdict: ProbeVerdict, message: String, outputs: GivenOutputs,
        using random: inout some RandomNumberGenerator
    ) throws(JournalContradiction) {
        // The doubt may have been resolved while the probe ran, the item be gone since, or the answer be told twice: it
        // is late then and changes nothing.
        guard let number = state.number(ofStep: attempt.step),
            case .inDoubt(let doubt) = state.steps[number].phase, doubt.attempt.number == attempt.attempt,
            doubt.verdict == nil
        else { return }
        var message = message
        if verdict == .done, let problem = problem(with: outputs, ofStep: number) {
            message =
                "it is done, but \(problem.failure.message): `workflow resolve` it --done with --output NAME=VALUE"
        }
        try note(
            .probeFinished(
                ProbeFinished(step: attempt.step, attempt: attempt.attempt, verdict: verdict, message: message)))
        try settleDoubt(attempt, probed: outputs, using: &random)
    }

    /// Follows the probe's verdict, then the policy.
    ///
    /// While nothing may start the doubt is left as it is: the next driver settles it.
    ///
    /// - Parameter probed: the outputs that the probe wrote.
    mutating func settleDoubt(
        _ attempt: AttemptReference, probed: GivenOutputs, using random: inout some RandomNumberGenerator
    ) throws(JournalContradiction) {
        let number = try number(of: attempt)
        guard case .inDoubt(let doubt) = state.steps[number].phase else { return }
        switch state.course(of: doubt, ofStep: number) {
        case .cancel: try note(.stepCancelled(StepCancelled(step: attempt.step)))
        case .succeed:
            // Without them the effect is in place, so no policy may run it again; a person tells the outputs.
            guard let outputs = try? state.typed(probed, ofStep: number) else { break }
            try succeeded(attempt, outputs: outputs, basis: .probe)
        case _ where isStopping: break
        case .failAs(let failure): try failed(attempt, failure, using: &random)
        case .probe: order(.startProbe(attempt))
        case .again: makeDue(number)
        case .fail: try failedForGood(attempt, doubtFailure(doubt))
        case .failAtLimit:
            var failure = doubtFailure(doubt)
            failure.message += "; it was repeated out of doubt \(RunMachine.doubtRepeatsMax) times, which is the limit"
            try failedForGood(attempt, failure)
        case .ask: break
        }
    }

    private func doubtFailure(_ doubt: StepState.Doubt) -> Failure {
        Failure(kind: .permanent, code: "in_doubt", message: "the outcome is unknown: \(doubt.reason)")
    }

    // MARK: - A person decides

    /// - Parameter name: a step, or with `[*]` all items that match and can be decided so: all in one decision.
    mutating func resolved(
        _ name: String, _ decision: StepResolved.Decision, outputs given: GivenOutputs, reason: String?,
        by actor: Actor
    ) throws {
        guard state.number(ofStep: name) == nil, let pattern = ItemPattern(name) else {
            return try resolvedOne(name, decision, outputs: given, reason: reason, by: actor)
        }
        var matching = 0
        var decided = 0
        var why = ""
        for name in state.stepsInOrder().map({ state.name(ofStep: $0) }) where pattern.matches(name) {
            matching += 1
            do {
                try resolvedOne(name, decision, outputs: given, reason: reason, by: actor)
                decided += 1
            } catch let refusal as InputRefusal where refusal.code != .notAnApprover {
                // One that cannot be decided so is left as it is.
                if why.isEmpty { why = "; \(refusal.message)" }
            }
        }
        guard decided == 0 else { return }
        if matching == 0 { throw noSuchStep(name) }
        throw InputRefusal(
            code: .noSuchStep,
            message: "none of the \(matching) steps that match \(name) can be resolved as \(decision.rawValue)" + why)
    }

    private mutating func resolvedOne(
        _ name: String, _ decision: StepResolved.Decision, outputs given: GivenOutputs, reason: String?,
        by actor: Actor
    ) throws {
        guard let number = state.number(ofStep: name) else { throw noSuchStep(name) }
        let drifted = state.steps[number].drift != nil
        switch state.lifecycle {
        case .ended(.failed, _), .running, .ending, .paused: break
        case .pending, .ended: try refuseAfterEnd("resolve")
        }
        switch (state.steps[number].phase, decision) {
        case (.inDoubt, _), (.failed, .done), (.failed, .retry), (.failed, .skip): break
        case (.failed, .fail):
            throw InputRefusal(
                code: .stepNotResolvable,
                message: "step \(name) has failed already: decide --done, --retry or --skip, or end the run with "
                    + "`workflow cancel RUN --reason TEXT`")
        case (.succeeded, _) where drifted: break
        case (.blocked, _), (.ready, _), (.running, _), (.sleeping, _), (.asking, _),
            (.awaitingLocks, _), (.open, _), (.repeating, _), (.retrying, _), (.succeeded, _), (.skipped, _),
            (.cancelled, _):
            throw InputRefusal(
                code: .stepNotResolvable,
                message: "step \(name) is \(state.status(ofStep: number).rawValue): only a step that is in "
                    + "doubt, has failed or has drifted can be resolved" + otherMove(number))
        }
        try refuseAnswerForOthers(number, to: "resolve", by: actor)
        var outputs: [String: JSONValue] = [:]
        switch decision {
        case .done: if !drifted || !given.isEmpty { outputs = try outputsOfDone(number, given) }
        case .retry: try refuseOutOfPlace(number)
        case .fail: if drifted { try refuseOutOfPlace(number) }
        case .skip: break
        }
        try note(.stepResolved(StepResolved(step: name, decision: decision, reason: reason)), by: actor)
        let attempt = AttemptReference(step: name, attempt: state.steps[number].attempts)
        switch decision {
        // What has drifted is taken as it is: it has succeeded, and stays so.
        case .done where drifted && outputs.isEmpty, .skip where drifted: break
        case .done: try succeeded(attempt, outputs: outputs, basis: .resolution)
        case .skip:
            try note(
                .stepSkipped(StepSkipped(step: name, basis: .resolution)), checkpoint: checkpointSubject(of: number))
        case .fail:
            try failedForGood(
                attempt,
                Failure(
                    kind: .permanent, code: "resolved_as_failed",
                    message: "resolved as failed by \(actor)" + (reason.map { ": \($0)" } ?? "")))
        case .retry: break  // The fact has set the step back; it starts when a slot is free.
        }
    }

    /// What to type instead for a step that waits for somebody.
    private func otherMove(_ number: Int) -> String {
        let doubtful = state.stepsInDoubt.filter { state.ancestors(ofStep: $0).contains(number) }
        if let first = doubtful.first {
            let names = ItemPattern.grouped(doubtful.map { state.name(ofStep: $0) })
            return "; in it \(doubtful.count == 1 ? "is" : "are") \(doubtful.count) in doubt: name "
                + (names.first?.text ?? state.name(ofStep: first))
        }
        guard case .asking(_, _, let question) = state.steps[number].phase else { return "" }
        return switch question {
        case .approval: "; answer it with `workflow approve` or `workflow reject`"
        case .signal(let name): "; it waits for `workflow signal RUN \(name)`"
        }
    }

    func noSuchStep(_ name: String) -> InputRefusal {
        let names = state.stepsInOrder().prefix(20).map { state.name(ofStep: $0) }
        return InputRefusal(
            code: .noSuchStep,
            message: "the run has no step \(name); its steps are \(names.joined(separator: ", "))"
                + (state.steps.count > names.count ? ", …" : ""))
    }

    private func problem(with outputs: GivenOutputs, ofStep number: Int) -> OutputProblem? {
        do throws(OutputProblem) {
            _ = try state.typed(outputs, ofStep: number)
            return nil
        } catch {
            return error
        }
    }

    private func outputsOfDone(_ number: Int, _ given: GivenOutputs) throws(InputRefusal) -> [String: JSONValue] {
        let step = state.step(number)
        do throws(OutputProblem) {
            return try state.typed(given, ofStep: number)
        } catch {
            throw InputRefusal(
                code: .outputsInvalid,
                message: "step \(step.name) cannot be resolved as done: the declared output \(error.output) "
                    + "\(error.reason); give it with --output \(error.output)=VALUE")
        }
    }

    /// What a stage that is behind the run left failed stays so: nothing of it may run beside a later one.
    private func refuseOutOfPlace(_ number: Int) throws(InputRefusal) {
        let why: String
        switch (state.stage(ofStep: number), state.endingStatus) {
        case (nil, .some): return
        case (nil, nil): why = "owed work runs again when the run ends"
        case (_, let ending?) where ending != .failed: why = "the run is about to end as \(ending.rawValue)"
        case (let stage?, _) where stage != state.currentStage:
            why =
                "stage \(state.stageName(ofStep: number)) is complete; resume with --rewind from a "
                + "checkpoint before it"
        case (_, _): return
        }
        throw InputRefusal(
            code: .stepNotResolvable, message: "step \(state.name(ofStep: number)) cannot be run again: \(why)")
    }
}
