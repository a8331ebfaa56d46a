// What failed, and was tolerated: the run went on, and a person may have it done again.

extension RunState {
    /// Steps that have failed and let the run go on, in the definition's order; of a `foreach` or a group that has
    /// failed it alone. Owed work runs anew for every ending, and is not told.
    package var toleratedFailures: [Int] {
        var found: [Int] = []
        for range in program.stageRanges {
            for step in range { gather(step) { found.append($0) } }
        }
        return found
    }

    /// How many steps and items those are: of what holds others that which has failed in it.
    package var failureCount: Int {
        toleratedFailures.reduce(0) { $0 + max(failedInside($1), 1) }
    }

    private func gather(_ step: Int, _ take: (Int) -> Void) {
        switch steps[step].phase {
        case .failed(isTolerated: true): take(step)
        case .succeeded, .open:
            for child in containers[step]?.children ?? 0..<0 { gather(child, take) }
        case .blocked, .ready, .running, .sleeping, .asking, .awaitingLocks, .repeating, .retrying, .inDoubt, .skipped,
            .failed(isTolerated: false), .cancelled:
            break
        }
    }

    private func failedInside(_ step: Int) -> Int {
        guard let container = containers[step] else { return 0 }
        return container.children.reduce(0) { count, child in
            guard case .failed = steps[child].phase else { return count }
            return count + max(failedInside(child), 1)
        }
    }

    /// The run goes back to the first stage in which something is to be done again. What is done stays done.
    mutating func applyFailuresReopened(_ fact: FailuresReopened) throws(JournalContradiction) {
        var first: Int?
        for name in fact.steps {
            let step = try stepNumber(name)
            guard case .failed = steps[step].phase, let stage = stage(ofStep: step) else {
                throw contradiction("\(name) is to be done again and has not failed")
            }
            reopen(step)
            first = min(first ?? stage, stage)
        }
        guard let first else { throw contradiction("nothing is to be done again") }
        lifecycle = .running
        isPauseRequested = false
        isCancelRequested = false
        for stage in first..<stages.count {
            stages[stage].isEntered = false
            stages[stage].isComplete = false
        }
        enter(first)
    }
}
