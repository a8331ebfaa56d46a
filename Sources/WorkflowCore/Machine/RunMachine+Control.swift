internal import JSON

// What people ask of a run as a whole: cancel, rewind, another definition.

extension RunMachine {
    /// Whatever runs is ended, whatever waits is given up.
    ///
    /// A run that has failed ends as cancelled, by a reason; its owed work has run. What is in doubt takes a reason
    /// too, for nothing settles it any more.
    mutating func cancelAsked(reason: String?, by actor: Actor) throws {
        if case .ended(.failed, _) = state.lifecycle {
            guard reason != nil else { throw reasonMissing("the run has failed") }
            try note(.cancelRequested(Request(reason: reason)), by: actor)
            try note(.runEnded(RunEnded(status: .cancelled, failure: nil)))
            return order(.runEnded(.cancelled))
        }
        try refuseAfterEnd("cancel")
        if let ending = state.endingStatus { return try cancelOwedWork(endingAs: ending, reason: reason, by: actor) }
        let doubts = state.stepsInDoubt.map { state.name(ofStep: $0) }
        guard reason != nil || doubts.isEmpty else {
            throw reasonMissing("\(doubts.joined(separator: ", ")) is in doubt, and stays so")
        }
        if !state.isCancelRequested { try note(.cancelRequested(Request(reason: reason)), by: actor) }
        try endActive()
    }

    /// What the run owes runs whatever becomes of the run: it is ended by a decision about it alone, which names it.
    /// What is owed after it runs all the same, and the status that is about to be recorded stands.
    private mutating func cancelOwedWork(endingAs ending: RunStatus, reason: String?, by actor: Actor) throws {
        // The run that this one is a part of ends. This one ends already.
        guard actor != engineActor else { return }
        let open = state.active.filter { state.steps[$0].phase != .open }
        let names = ItemPattern.grouped(open.map { state.name(ofStep: $0) }).map(\.text).joined(separator: ", ")
        guard !open.isEmpty else {
            throw InputRefusal(
                code: .runHasEnded,
                message: "the run ends as \(ending.rawValue) already, and nothing of its on_exit is under way")
        }
        guard reason != nil else {
            throw InputRefusal(
                code: .reasonMissing,
                message:
                    "the run ends as \(ending.rawValue) already, and its on_exit runs (\(names)): to end that too, say "
                    + "why with `--reason TEXT`")
        }
        for number in open { try refuseAnswerForOthers(number, to: "cancel", by: actor) }
        try note(
            .cancelRequested(Request(reason: reason, ended: open.map { state.name(ofStep: $0) })), by: actor)
        try endActive()
    }

    private mutating func endActive() throws(JournalContradiction) {
        for number in state.active {
            let name = state.name(ofStep: number)
            switch state.steps[number].phase {
            case .running(let attempt):
                order(.cancelAttempt(AttemptReference(step: name, attempt: attempt.number)))
            case .sleeping, .asking, .awaitingLocks, .repeating, .retrying, .inDoubt:
                try note(.stepCancelled(StepCancelled(step: name)))
            case .blocked, .ready, .open, .succeeded, .skipped, .failed, .cancelled: break
            }
        }
    }

    private func reasonMissing(_ why: String) -> InputRefusal {
        InputRefusal(code: .reasonMissing, message: "\(why): to cancel it, say why with `--reason TEXT`")
    }

    /// Before anything is set on another course: nothing runs, and nothing is in doubt.
    private func refuseWhileBusy(_ verb: String, then: String) throws(InputRefusal) {
        guard state.slotsTaken == 0 else {
            let names = state.runningAttempts.map { state.name(ofStep: $0.step) }
            throw InputRefusal(
                code: .attemptsRunning,
                message: "cannot \(verb) while \(names.joined(separator: ", ")) still runs: `workflow pause` the run, "
                    + "`workflow resume` it until it is paused, then \(then)")
        }
        let doubts = state.stepsInDoubt.map { state.name(ofStep: $0) }
        guard doubts.isEmpty else {
            throw InputRefusal(
                code: .stepInDoubt,
                message: "cannot \(verb) while \(doubts.joined(separator: ", ")) is in doubt, for its effect may be in "
                    + "place: `workflow resolve` it first")
        }
    }

    /// The run goes on elsewhere: what is in doubt travels, what is owed at its end is owed there.
    mutating func moveAsked(by actor: Actor) throws {
        guard state.slotsTaken == 0 else {
            let names = state.runningAttempts.map { state.name(ofStep: $0.step) }
            throw InputRefusal(
                code: .attemptsRunning,
                message: "cannot hand the run over while \(names.joined(separator: ", ")) still runs: `workflow pause` "
                    + "the run, `workflow resume` it until it is paused, then hand it over")
        }
        switch state.lifecycle {
        case .pending, .running, .paused, .ended(.failed, _): break
        case .ending, .ended: try refuseAfterEnd("hand over")
        }
        guard state.endingStatus == nil else {
            throw InputRefusal(
                code: .runHasEnded, message: "the run is about to end: resume it until its on_exit steps have run")
        }
        try note(.runEnded(RunEnded(status: .moved, failure: nil)), by: actor)
        order(.runEnded(.moved))
    }

    mutating func definitionChangeAsked(
        _ hash: String, _ parameters: [String: JSONValue], _ repeatsFollowing: Bool, file: String?, reason: String?,
        by actor: Actor
    ) throws {
        try refuseAfterEnd("move")
        try refuseWhileBusy("move to another definition", then: "move it")
        guard state.endingStatus == nil else {
            throw InputRefusal(
                code: .runHasEnded,
                message: "the run is about to end as \(state.endingStatus?.rawValue ?? ""): resume it without "
                    + "--definition until its on_exit steps have run")
        }
        guard let program = state.programs[hash] else {
            throw state.contradiction("the definition \(hash) is not known")
        }
        let change = state.change(to: program, repeatsFollowing: repeatsFollowing)
        try refuseMoveForOthers(change.approvers, by: actor)
        try note(
            .definitionChanged(
                DefinitionChanged(
                    definitionHash: hash, parameters: parameters, change: change, repeatsFollowing: repeatsFollowing,
                    file: file, reason: reason, executors: state.executorsOfPrograms[hash] ?? [])),
            by: actor)
    }

    /// A completed run goes on with nothing but that. Of a failed run a resume has opened what made it fail already.
    mutating func retryFailedAsked(by actor: Actor) throws {
        switch state.lifecycle {
        case .ended(.completed, _): break
        case .ended: try refuseAfterEnd("repeat")
        case .pending, .running, .paused, .ending:
            try refuseWhileBusy("repeat what failed", then: "repeat it")
            guard state.active.isEmpty, state.endingStatus == nil else {
                throw InputRefusal(
                    code: .stepNotResolvable,
                    message:
                        "the run is still under way: `workflow resume` it until it has ended, then repeat what failed"
                )
            }
        }
        let failed = state.toleratedFailures
        guard !failed.isEmpty else {
            // What made a failed run fail is open again by its resume alone.
            guard case .ended = state.lifecycle else { return }
            throw InputRefusal(
                code: .runHasEnded, message: "nothing in the run has failed: there is nothing to repeat")
        }
        try note(.failuresReopened(FailuresReopened(steps: failed.map { state.name(ofStep: $0) })), by: actor)
    }

    mutating func rewindAsked(
        _ checkpoint: CheckpointID, sequence: Int64, reason: String?, by actor: Actor
    ) throws {
        if case .ended(let status, _) = state.lifecycle, status != .failed {
            throw InputRefusal(
                code: .runHasEnded, message: "the run is \(status.rawValue): start a new one instead of going back")
        }
        try refuseWhileBusy("rewind", then: "go back")
        try refuseRetryForOthers(by: actor)
        let isOnLine = state.timeline.contains {
            if case .stepEnded(let ending) = $0 { return ending.sequence == sequence }
            return false
        }
        guard isOnLine else {
            throw InputRefusal(
                code: .checkpointLeftBehind,
                message:
                    "\(checkpoint.text) was left behind by a later rewind or a move to another definition, or is not a "
                    + "checkpoint of this run; choose one that `workflow checkpoint list` shows after it")
        }
        try note(.runRewound(RunRewound(checkpoint: checkpoint, sequence: sequence, reason: reason)), by: actor)
    }
}
