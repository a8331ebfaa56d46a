internal import JSON

// Groups, items and passes: how the insides of a step come to be, are set back and go on.

extension RunState {
    mutating func applyItemsEvaluated(_ fact: ItemsEvaluated) throws(JournalContradiction) {
        let step = try stepNumber(fact.step)
        guard isForeach(step), fact.keys.map({ $0.count == fact.items.count }) ?? true,
            fact.items.count <= RunState.itemsMax
        else { throw contradiction("\(fact.step) has items that it cannot have") }
        let old = containers[step]
        let children: Range<Int>
        if let old, old.keys == nil, fact.keys == nil, fact.items.count <= old.children.count {
            // The same names: what was there is taken again, and with it the numbers of the attempts.
            children = old.children.lowerBound..<old.children.lowerBound + fact.items.count
        } else {
            rememberAttempts(inside: step)
            let line = instances[step].line
            children = allocate(fact.items.count) { StepInstance(line: line, parent: step, item: $0) }
        }
        let container = Container(children: children, items: fact.items, keys: fact.keys)
        containers[step] = container
        if !attemptsBefore.isEmpty { recallAttempts(inside: step) }
        timeline.append(.itemsEvaluated(step: step, container, sequence: head))
        open(step)
    }

    mutating func applyGroupEntered(_ fact: GroupEntered) throws(JournalContradiction) {
        let step = try stepNumber(fact.step)
        guard isContainer(step), !isForeach(step) || containers[step] != nil else {
            throw contradiction("\(fact.step) is not a group")
        }
        let children: Range<Int>
        if let old = containers[step] {
            children = old.children
        } else {
            let lines = line(ofStep: step).children
            children = allocate(lines.count) {
                StepInstance(line: lines.lowerBound + $0, parent: step, item: nil)
            }
            containers[step] = Container(children: children)
            if !attemptsBefore.isEmpty { recallAttempts(inside: step) }
        }
        timeline.append(.groupEntered(step: step, children: children, sequence: head))
        open(step)
    }

    /// Room for more step instances, side by side.
    mutating func allocate(_ count: Int, _ instance: (Int) -> StepInstance) -> Range<Int> {
        let first = steps.count
        instances.append(contentsOf: (0..<count).map(instance))
        steps.append(contentsOf: repeatElement(StepState(), count: count))
        return first..<first + count
    }

    private mutating func open(_ step: Int) {
        steps[step].startedAt = steps[step].startedAt ?? updatedAt
        change(step, to: .open)
        recount(inside: step)
    }

    mutating func applyStepRepeated(_ fact: StepRepeated) throws(JournalContradiction) {
        let step = try stepNumber(fact.step)
        guard fact.iteration == steps[step].passes + 1, loop(ofStep: step) != nil else {
            throw contradiction("pass \(fact.iteration) of \(fact.step) follows pass \(steps[step].passes)")
        }
        timeline.append(.stepRepeated(step: step, outputs: fact.outputs, sequence: head))
        finishPass(step, fact.outputs)
        if let wait = fact.wait { change(step, to: .repeating(wait)) } else { lineUp(step) }
    }

    /// One pass is done: the step is as before its first one, but for the count and what it wrote.
    mutating func finishPass(_ step: Int, _ outputs: [String: JSONValue]) {
        steps[step].passes += 1
        steps[step].passesUsed += 1
        steps[step].carriedKey = nil
        steps[step].retriesUsed = 0
        steps[step].doubtRepeats = 0
        steps[step].outputs = outputs
        steps[step].failure = nil
        guard let container = containers[step] else { return }
        for child in container.children { setBack(child) }
        containers[step]?.resetCounters()
    }

    // MARK: Attempt numbers over sets of items

    /// Keeps the numbers of the attempts made inside of a step, before its inside is replaced.
    mutating func rememberAttempts(inside step: Int) {
        guard let container = containers[step] else { return }
        for number in stepsInOrder(from: container.children) where steps[number].attempts > 0 {
            let name = name(ofStep: number)
            attemptsBefore[name] = max(attemptsBefore[name] ?? 0, steps[number].attempts)
        }
    }

    mutating func recallAttempts(inside step: Int) {
        guard let container = containers[step] else { return }
        for number in stepsInOrder(from: container.children) {
            guard let attempts = attemptsBefore[name(ofStep: number)] else { continue }
            steps[number].attempts = max(steps[number].attempts, attempts)
        }
    }

    // MARK: Back and again

    /// Back to where it may start, with all that it holds.
    mutating func setBack(_ step: Int) {
        stepsTouched += 1
        if let container = containers[step] {
            for child in container.children { setBack(child) }
            containers[step]?.resetCounters()
        }
        if !steps[step].locks.isEmpty { lockReleases.append(name(ofStep: step)) }
        clearDrift(step)
        let attempts = steps[step].attempts
        steps[step] = StepState()
        steps[step].attempts = attempts
    }

    /// What failed or was cancelled at the point of a rewind is still to be done; what holds such a step goes on.
    mutating func setBackFailed(_ step: Int) {
        if steps[step].hasFailedForGood || steps[step].phase == .cancelled {
            guard let container = containers[step], steps[step].hasFailedForGood else { return setBack(step) }
            steps[step].phase = .open
            for child in container.children { setBackFailed(child) }
        } else if case .open = steps[step].phase, let container = containers[step] {
            for child in container.children { setBackFailed(child) }
        }
    }

    /// A resume lets everything run again that made the run fail.
    mutating func reopenFailed(_ step: Int) {
        if steps[step].hasFailedForGood {
            reopen(step)
        } else if case .open = steps[step].phase, let container = containers[step] {
            for child in container.children { reopenFailed(child) }
            recount(inside: step)
        }
    }

    /// A person or a resume lets a step that failed or is in doubt run again, with fresh limits and its old key.
    mutating func reopen(_ step: Int) {
        for around in ancestors(ofStep: step) where steps[around].hasEnded {
            reopenItself(around)
            change(around, to: .open)
            recount(inside: around)
        }
        reopenItself(step)
        if case .failed = steps[step].phase, let container = containers[step] {
            change(step, to: .open)
            for child in container.children { reopenFailed(child) }
            recount(inside: step)
        } else {
            lineUp(step)
        }
    }

    private mutating func reopenItself(_ step: Int) {
        if steps[step].hasEnded {
            timeline.append(.stepReopened(step: step, sequence: head))
            let instance = instances[step]
            if let parent = instance.parent {
                containers[parent]?.unended += 1
                if steps[step].hasFailedForGood { containers[parent]?.failures -= 1 }
                if instance.item != nil { containers[parent]?.opened += 1 }
            } else if let stage = stage(ofStep: step) {
                stages[stage].unended += 1
            }
            for dependent in dependents(ofStep: step) {
                stepsTouched += 1
                steps[dependent].unmetNeeds += 1
                // It may stand in the queue still: who takes from the queue looks at the phase.
                if steps[dependent].phase == .ready { steps[dependent].phase = .blocked }
            }
        }
        steps[step].retriesUsed = 0
        steps[step].doubtRepeats = 0
        steps[step].passesUsed = 0
        steps[step].endedAt = nil
    }
}
