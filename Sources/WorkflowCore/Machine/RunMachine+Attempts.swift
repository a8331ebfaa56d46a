internal import JSON

// What follows from the end of an attempt: success, another attempt, doubt, or the step's failure.

extension RunMachine {
    mutating func attemptEnded(
        _ attempt: AttemptReference, _ outcome: AttemptOutcome, using random: inout some RandomNumberGenerator
    ) throws(JournalContradiction) {
        // A late result of an attempt that was settled meanwhile changes nothing.
        guard runs(attempt) else { return }
        let number = try number(of: attempt)
        switch outcome {
        case .succeeded(let given):
            let outputs: [String: JSONValue]
            do throws(OutputProblem) {
                outputs = try state.typed(given, ofStep: number)
            } catch {
                return try failed(attempt, error.failure, using: &random)
            }
            try succeeded(attempt, outputs: outputs, basis: .execution)
        case .failed(let failure):
            if state.isAskedToEnd(number) {
                try note(
                    .attemptFailed(
                        AttemptFailed(step: attempt.step, attempt: attempt.attempt, failure: failure, retry: nil)))
                try note(.stepCancelled(StepCancelled(step: attempt.step)))
            } else if failure.leavesOutcomeUnknown {
                try endedUnknown(attempt, failure, using: &random)
            } else {
                try failed(attempt, failure, using: &random)
            }
        }
    }

    mutating func succeeded(
        _ attempt: AttemptReference, outputs: [String: JSONValue], basis: StepSucceeded.Basis
    ) throws(JournalContradiction) {
        let number = try number(of: attempt)
        // A person who calls a failed step done ends its passes too.
        if !state.steps[number].hasEnded, try !isLastPass(of: number, outputs: outputs) { return }
        try note(
            .stepSucceeded(
                StepSucceeded(step: attempt.step, attempt: attempt.attempt, outputs: outputs, basis: basis)),
            checkpoint: checkpointSubject(of: number))
    }

    /// A timeout or a signal ended it: only a step that may be repeated, or whose probe can tell, goes on by itself.
    private mutating func endedUnknown(
        _ attempt: AttemptReference, _ failure: Failure, using random: inout some RandomNumberGenerator
    ) throws(JournalContradiction) {
        let number = try number(of: attempt)
        if state.hasProbe(number) || failure.kind == .cancelled {
            // Ended by us on the operator's second signal: the next driver asks as after a crash.
            let known = failure.kind == .cancelled ? nil : failure
            try note(
                .attemptInDoubt(
                    AttemptInDoubt(
                        step: attempt.step, attempt: attempt.attempt, reason: failure.message, failure: known)))
            try settleDoubt(attempt, probed: [:], using: &random)
        } else if state.isRepeatable(number) {
            try failed(attempt, failure, using: &random)
        } else if failure.advice?.effect == .unknown {
            // It says so itself: that is doubt, and the step's policy decides.
            try note(
                .attemptInDoubt(
                    AttemptInDoubt(
                        step: attempt.step, attempt: attempt.attempt, reason: failure.message, failure: failure)))
            try settleDoubt(attempt, probed: [:], using: &random)
        } else {
            var explained = failure
            explained.message +=
                "; its outcome is unknown, and it is not retried because it is neither idempotent nor has a probe"
            try failedForGood(attempt, explained)
        }
    }

    /// A known failure, or one that may be repeated: the retry policy decides.
    mutating func failed(
        _ attempt: AttemptReference, _ failure: Failure, using random: inout some RandomNumberGenerator
    ) throws(JournalContradiction) {
        let number = try number(of: attempt)
        let policy = state.step(number).retry
        let used = state.steps[number].retriesUsed
        guard failure.kind != .permanent, failure.advice?.retry != .never, used < policy.limit,
            policy.repeats(failure)
        else { return try failedForGood(attempt, failure) }
        let length = max(
            policy.delay(beforeRetry: used + 1, draw: Double.random(in: 0..<1, using: &random)),
            failure.advice?.after ?? .zero)
        let wait = Wait(due: now.adding(length), length: length)
        try note(
            .attemptFailed(
                AttemptFailed(step: attempt.step, attempt: attempt.attempt, failure: failure, retry: wait)))
        order(.startWait(attempt, remaining: length))
    }

    mutating func failedForGood(_ attempt: AttemptReference, _ failure: Failure) throws(JournalContradiction) {
        try note(
            .attemptFailed(
                AttemptFailed(step: attempt.step, attempt: attempt.attempt, failure: failure, retry: nil)))
        try stepFailed(try number(of: attempt), failure)
    }

    mutating func stepFailed(_ number: Int, _ failure: Failure) throws(JournalContradiction) {
        try note(
            .stepFailed(
                StepFailed(
                    step: state.name(ofStep: number), failure: failure,
                    isTolerated: state.toleratesFailure(ofStep: number))))
    }
}

extension RetryPolicy {
    /// Whether an attempt that failed so is among those that are followed by another one.
    package func repeats(_ failure: Failure) -> Bool {
        if exitCodes.isEmpty && codes.isEmpty { return true }
        if codes.contains(where: failure.isNamed) { return true }
        guard !exitCodes.isEmpty else { return false }
        // Where no program ended with a status, only codes can tell it apart.
        return failure.exitCode.map(exitCodes.contains) ?? codes.isEmpty
    }

    /// The wait before the `retry`-th further attempt, from 1: exponential, capped, and with `jitter` of it drawn.
    ///
    /// - Parameter draw: 0 to 1, evenly distributed.
    package func delay(beforeRetry retry: Int, draw: Double) -> Milliseconds {
        var length = min(Double(delay.count), Double(maxDelay.count))
        for _ in 1..<max(retry, 1) where length < Double(maxDelay.count) { length *= backoff }
        length = min(length, Double(maxDelay.count))
        return Milliseconds(Int64((length * (1 - jitter + jitter * draw)).rounded()))
    }
}
