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
        if let old, old.keys == fact.keys, fact.items.count <= old.children.count {
            // The same names: what was there is taken again, and with it the numbers of the attempts.
            if fact.items.count < old.children.count { rememberAttempts(inside: step) }
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
        steps.append(blank: count)
        return first..<first + count
    }

    private mutating func open(_ step: Int) {
        steps[step].startedAt = steps[step].startedAt ?? updatedAt
        steps[step].hasOpened = true
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
        if case .asking(_, _, .signal(let name)) = steps[step].phase { takeSignal(name) }
        guard let wait = fact.wait else { return lineUp(step) }
        steps[step].waitBegan = head
        change(step, to: .repeating(wait))
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

    // MARK: Locks that another store gave

    /// What the run held where it was carried over from is not held here: it asks again before anything goes on.
    mutating func applyCarriedOver() {
        concurrency = nil
        for step in steps.indices where !steps[step].locks.isEmpty {
            steps[step].locks = []
            if steps[step].isOpen { lineUp(step) }
        }
        lockReleases.removeAll()
    }

    // MARK: Back and again

    /// Back to where it may start, with all that it holds.
    mutating func setBack(_ step: Int) {
        stepsTouched += 1
        if let container = containers[step] {
            for child in container.children { setBack(child) }
            containers[step]?.resetCounters()
        }
        giveLocksUp(step)
        clearDrift(step)
        reruns.remove(step)
        owedWorkEnded.remove(step)
        let (attempts, keyEpoch, records) = (steps[step].attempts, steps[step].keyEpoch, steps[step].records)
        steps[step] = StepState()
        steps[step].records = records
        steps[step].keyEpoch = keyEpoch
        steps[step].attempts = attempts
    }

    /// What failed or was cancelled at the point of a rewind is still to be done; what holds such a step goes on.
    mutating func setBackFailed(_ step: Int) {
        if steps[step].hasFailedForGood || steps[step].phase == .cancelled {
            guard let container = containers[step], steps[step].hasOpened, steps[step].hasFailedForGood else {
                return setBack(step)
            }
            steps[step].phase = needsTurn(step) ? .blocked : .open
            for child in container.children { setBackFailed(child) }
        } else if let container = begunContainer(step) {
            for child in container.children { setBackFailed(child) }
        }
    }

    /// What is open, and comes after what is still to be done or takes locks anew, goes on when its turn comes.
    mutating func lineUpOpen() {
        for step in stepsInOrder() where steps[step].isOpen {
            guard
                !needs(ofStep: step).allSatisfy({ steps[$0].hasEnded }) || takesLocks(step) && steps[step].locks.isEmpty
            else { continue }
            steps[step].phase = .blocked
            containers[step]?.isCarried = true
        }
    }

    /// A resume lets everything run again that made the run fail.
    mutating func reopenFailed(_ step: Int) {
        if steps[step].hasFailedForGood {
            reopen(step)
        } else if let container = begunContainer(step) {
            for child in container.children { reopenFailed(child) }
            recount(inside: step)
        }
    }

    /// The inside of a step that is open, or lines up to go on with it.
    private func begunContainer(_ step: Int) -> Container? {
        steps[step].hasOpened && !steps[step].hasEnded ? containers[step] : nil
    }

    /// A person or a resume lets a step that failed or is in doubt run again, with fresh limits and its old key.
    mutating func reopen(_ step: Int) {
        reopenAround(step)
        let (phase, hadEnded) = (steps[step].phase, steps[step].hasEnded)
        reopenItself(step)
        guard case .failed = phase, steps[step].hasOpened, let container = containers[step] else {
            return hadEnded ? lineUpAgain(step) : lineUp(step)
        }
        goOn(step)
        for child in container.children { reopenFailed(child) }
        recount(inside: step)
    }

    /// What holds the step and has ended goes on with it.
    mutating func reopenAround(_ step: Int) {
        for around in ancestors(ofStep: step) where steps[around].hasEnded {
            reopenItself(around)
            goOn(around)
        }
    }

    /// A container goes on with what is left in it.
    private mutating func goOn(_ step: Int) {
        guard !needsTurn(step) else { return lineUpAgain(step) }
        change(step, to: .open)
        recount(inside: step)
    }

    /// It begins when its turn comes, also for the second time: an item shares the limit of its `foreach`, and locks
    /// are others' meanwhile.
    func needsTurn(_ step: Int) -> Bool {
        instances[step].item != nil || takesLocks(step)
    }

    func takesLocks(_ step: Int) -> Bool {
        !isForeach(step) && program.lines[instances[step].line].takesLocks
    }

    private mutating func lineUpAgain(_ step: Int) {
        guard let item = instances[step].item, let parent = instances[step].parent,
            let next = containers[parent]?.nextItem
        else { return lineUp(step) }
        change(step, to: .blocked)
        containers[parent]?.nextItem = min(next, item)
        queueNextItem(of: parent)
    }

    private mutating func reopenItself(_ step: Int) {
        if steps[step].hasEnded {
            timeline.append(.stepReopened(step: step, sequence: head))
            let instance = instances[step]
            if let parent = instance.parent {
                containers[parent]?.unended += 1
                if steps[step].hasFailedForGood { containers[parent]?.failures -= 1 }
            } else if let stage = stage(ofStep: step) {
                stages[stage].unended += 1
            }
            for dependent in dependents(ofStep: step) {
                stepsTouched += 1
                if steps[dependent].hasEnded || steps[dependent].hasOpened { reruns.insert(step) }
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
