// The queues and counters that follow from the steps' phases, so that a decision looks at nothing but what changed.

extension RunState {
    /// Moves a step, and keeps the queues in step with it.
    mutating func change(_ step: Int, to phase: StepState.Phase) {
        stepsTouched += 1
        let (heldSlot, wasActive, wasReady) = (steps[step].holdsSlot, steps[step].isActive, steps[step].isReady)
        let stopped = stops(step)
        let place = place(ofItem: step)
        steps[step].phase = phase
        movePlace(ofItem: step, from: place)
        let (holdsSlot, isActive) = (steps[step].holdsSlot, steps[step].isActive)
        if heldSlot != holdsSlot { slotsTaken += holdsSlot ? 1 : -1 }
        if wasActive != isActive {
            if isActive { active.insert(step) } else { active.remove(step) }
            var around = instances[step].parent
            while let holder = around {
                containers[holder]?.activeBelow += isActive ? 1 : -1
                if !isActive { notice(holder) }
                around = instances[holder].parent
            }
        }
        noteWait(step)
        let stops = stops(step)
        if stopped != stops { countStopper(step, stops ? 1 : -1) }
        if phase == .ready {
            makeReady(step)
        } else if wasReady, let parent = instances[step].parent, containers[parent]?.queued == step {
            containers[parent]?.queued = nil
            queueNextItem(of: parent)
        }
    }

    /// Keeps what is known of the steps' waits in step with a phase.
    mutating func noteWait(_ step: Int) {
        doubtful.remove(step)
        locking.remove(step)
        switch steps[step].phase {
        case .inDoubt: doubtful.insert(step)
        case .awaitingLocks: locking.insert(step)
        case .blocked, .ready, .running, .sleeping, .asking, .open, .repeating, .retrying, .succeeded, .skipped,
            .failed,
            .cancelled:
            break
        }
        if let due = due(ofStep: step) { dues.insert(due, step) }
        while let first = dues.first, due(ofStep: first.step) != first.due { dues.removeFirst() }
    }

    mutating func end(_ step: Int, _ phase: StepState.Phase, at: Timestamp, checkpoint id: CheckpointID?) {
        let hadEnded = steps[step].hasEnded
        let hadFailed = steps[step].hasFailedForGood
        giveLocksUp(step)
        change(step, to: phase)
        steps[step].endedAt = at
        timeline.append(.stepEnded(StepEnding(step: step, sequence: head, state: steps.kept(step), checkpoint: id)))
        if let id { checkpoint = SavedPoint(id: id, sequence: head) }
        let instance = instances[step]
        if let parent = instance.parent, hadFailed != steps[step].hasFailedForGood {
            containers[parent]?.failures += hadFailed ? -1 : 1
        }
        guard !hadEnded else { return }
        if let parent = instance.parent {
            containers[parent]?.unended -= 1
            notice(parent)
            if instance.item != nil { queueNextItem(of: parent) }
        } else if let stage = stage(ofStep: step) {
            stages[stage].unended -= 1
        }
        if reruns.remove(step) != nil { unpark() }
        for dependent in dependents(ofStep: step) {
            stepsTouched += 1
            steps[dependent].unmetNeeds -= 1
            if steps[dependent].unmetNeeds == 0, steps[dependent].phase == .blocked { change(dependent, to: .ready) }
        }
    }

    /// The steps beside it that need this one.
    func dependents(ofStep step: Int) -> [Int] {
        // The items of a foreach need nothing of each other; the foreach itself is what others need.
        if instances[step].item != nil { return [] }
        return program.lines[instances[step].line].dependents.map { beside(step, $0) }
    }

    func needs(ofStep step: Int) -> [Int] {
        if instances[step].item != nil { return [] }
        return program.lines[instances[step].line].needs.map { beside(step, $0) }
    }

    private func beside(_ step: Int, _ line: Int) -> Int { step + line - instances[step].line }

    // MARK: Failures stop what is around them

    /// Nothing else starts beside this step: it has failed, or something in it has and it will.
    func stops(_ step: Int) -> Bool {
        switch steps[step].phase {
        case .failed(let isTolerated):
            if isTolerated { return false }
            return instances[step].item == nil || !isItemFailureCollected(step)
        case .open:
            guard let container = containers[step], container.stoppers > 0 else { return false }
            if instances[step].item != nil { return !isItemFailureCollected(step) }
            return !toleratesFailure(ofStep: step)
        case .blocked, .ready, .running, .sleeping, .asking, .awaitingLocks, .repeating, .retrying, .inDoubt,
            .succeeded,
            .skipped, .cancelled:
            return false
        }
    }

    /// The other items of its `foreach` go on.
    private func isItemFailureCollected(_ step: Int) -> Bool {
        program.lines[instances[step].line].collectsFailures
    }

    /// The run goes on although the step has failed. An item's failure is its `foreach`'s to judge.
    func toleratesFailure(ofStep step: Int) -> Bool {
        let instance = instances[step]
        guard instance.item == nil else { return false }
        return program.lines[instance.line].continuesOnError || instance.parent == nil && stage(ofStep: step) == nil
    }

    private mutating func countStopper(_ step: Int, _ delta: Int) {
        var current = step
        while true {
            guard let parent = instances[current].parent else {
                if let stage = stage(ofStep: current) { stages[stage].stoppers += delta }
                break
            }
            let stopped = stops(parent)
            containers[parent]?.stoppers += delta
            notice(parent)
            guard stops(parent) != stopped else { break }
            current = parent
        }
        if delta < 0 { unpark() }
    }

    mutating func makeReady(_ step: Int) {
        let instances = instances
        ready.insert(step) { RunState.precedes($0, $1, instances) }
    }

    mutating func takeReady() -> Int? {
        let instances = instances
        return ready.removeFirst { RunState.precedes($0, $1, instances) }
    }

    /// What is still to be done although something that comes after it is done: a move, or a rewind behind one, leaves
    /// that.
    mutating func recountReruns() {
        reruns.removeAll()
        for step in steps.indices where !steps[step].hasEnded {
            if dependents(ofStep: step).contains(where: { steps[$0].hasEnded }) { reruns.insert(step) }
        }
    }

    /// Something that the step needs, at first or second hand, or that what holds it needs, runs again.
    func waitsForRerun(_ step: Int) -> Bool {
        guard !reruns.isEmpty else { return false }
        for start in [step] + ancestors(ofStep: step) {
            var seen: Set<Int> = []
            var waiting = needs(ofStep: start)
            while let need = waiting.popLast() {
                if reruns.contains(need) { return true }
                for further in needs(ofStep: need) where seen.insert(further).inserted { waiting.append(further) }
            }
        }
        return false
    }

    /// The first step that waits for others to run again, which they will not do any more.
    mutating func takeParked() -> Int? {
        let place = parked.indices.filter {
            steps[parked[$0]].phase == .ready && isInPresentPart(parked[$0]) && isInOpen(parked[$0])
                && !isStopped(parked[$0])
        }.min { RunState.precedes(parked[$0], parked[$1], instances) }
        return place.map { parked.remove(at: $0) }
    }

    /// Whatever a failure kept from starting is looked at again.
    mutating func unpark() {
        for step in parked + crowded { makeReady(step) }
        parked.removeAll()
        crowded.removeAll()
    }

    /// Also where it only waits for them: it has a place in the store's queue, and may have been given them just now.
    mutating func giveLocksUp(_ step: Int) {
        if steps[step].locks.isEmpty {
            guard case .awaitingLocks = steps[step].phase else { return }
        }
        lockReleases.append(name(ofStep: step))
        steps[step].locks = []
    }

    /// A failure around the step lets nothing start but what asked for it, and what is between two passes.
    func isStopped(_ step: Int) -> Bool {
        if runsAfterFailure(step) || steps[step].passesUsed > 0 && !isContainer(step) { return false }
        for around in ancestors(ofStep: step) {
            if containers[around]?.stoppers ?? 0 > 0 { return true }
            if runsAfterFailure(around) { return false }
        }
        return (stage(ofStep: step).map { stages[$0].stoppers } ?? 0) > 0
    }

    func runsAfterFailure(_ step: Int) -> Bool {
        program.lines[instances[step].line].runsAfterFailure
    }

    /// Something beside the step, or around it, has failed.
    func hasFailure(around step: Int) -> Bool {
        ancestors(ofStep: step).contains { containers[$0]?.stoppers ?? 0 > 0 }
            || (stage(ofStep: step).map { stages[$0].stoppers } ?? 0) > 0
    }

    // MARK: Containers to be looked at

    mutating func notice(_ step: Int) {
        guard containers[step]?.notice() == true else { return }
        let instances = instances
        noticed.insert(step) { RunState.depth($0, instances) > RunState.depth($1, instances) }
    }

    mutating func takeNoticed() -> Int? {
        let instances = instances
        let first = noticed.removeFirst { RunState.depth($0, instances) > RunState.depth($1, instances) }
        guard let step = first else { return nil }
        containers[step]?.isNoticed = false
        return step
    }

    /// Puts the next item of a `foreach` into the queue, when its limit lets it begin: one at a time.
    mutating func queueNextItem(of step: Int) {
        guard isForeach(step), case .open = steps[step].phase else { return }
        let itemsAtOnce = program.lines[instances[step].line].itemsAtOnce
        guard let upcoming = containers[step]?.upcomingItems(atOnce: itemsAtOnce) else { return }
        let next = upcoming.first { steps[$0].isBlocked }
        containers[step]?.queue(next)
        if let next { change(next, to: .ready) }
    }

    // MARK: Counting anew

    /// Back to where it may start. A handler that began after a failure, and whose needs never ended, waits for them
    /// again: the failure may have been resolved since.
    mutating func lineUp(_ step: Int) {
        change(step, to: steps[step].unmetNeeds == 0 ? .ready : .blocked)
    }

    mutating func enter(_ stage: Int) {
        timeline.append(.stageEntered(stage, sequence: head))
        stages[stage].isEntered = true
        currentStage = stage
        countNeeds(of: stage)
    }

    /// Sets the stage's counters and queue from its steps: once for each time that it is entered.
    mutating func countNeeds(of stage: Int) {
        ready.removeAll()
        parked.removeAll()
        crowded.removeAll()
        stages[stage].unended = 0
        stages[stage].stoppers = 0
        for step in program.stageRanges[stage] {
            recount(inside: step)
            queue(step)
        }
        // After the insides, for what they hold says whether they stop others.
        var (unended, stoppers) = (0, 0)
        for step in program.stageRanges[stage] {
            if stops(step) { stoppers += 1 }
            if !steps[step].hasEnded { unended += 1 }
        }
        stages[stage].unended = unended
        stages[stage].stoppers = stoppers
    }

    mutating func prepareOwedWork() {
        ready.removeAll()
        parked.removeAll()
        crowded.removeAll()
        for step in program.exitRange { setBack(step) }
        for step in program.exitRange { queue(step) }
    }

    /// Sets the counters and queues of what an open step holds, at any depth.
    mutating func recount(inside step: Int) {
        guard case .open = steps[step].phase, let container = containers[step] else { return }
        if takesLocks(step), steps[step].locks.isEmpty {
            // Given up when the run ended: it goes on when it has them again.
            steps[step].phase = .blocked
            return
        }
        for child in container.children { recount(inside: child) }
        let stopped = stops(step)
        containers[step]?.resetCounters()
        var (unended, stoppers, failures) = (0, 0, 0)
        let isForeach = isForeach(step)
        for child in container.children {
            stepsTouched += 1
            if isForeach {
                // Each takes its turn again.
                if steps[child].phase == .ready { steps[child].phase = .blocked }
                count(place(ofItem: child), 1, in: step)
            } else {
                queue(child)
            }
            if stops(child) { stoppers += 1 }
            if steps[child].hasFailedForGood { failures += 1 }
            if !steps[child].hasEnded { unended += 1 }
        }
        containers[step]?.unended = unended
        containers[step]?.failures = failures
        containers[step]?.stoppers = stoppers
        if stops(step) != stopped { countStopper(step, stopped ? -1 : 1) }
        notice(step)
        if isForeach { queueNextItem(of: step) }
    }

    private mutating func queue(_ step: Int) {
        stepsTouched += 1
        steps[step].unmetNeeds = needs(ofStep: step).count { !steps[$0].hasEnded }
        switch steps[step].phase {
        case .blocked, .ready:
            steps[step].phase = steps[step].unmetNeeds == 0 ? .ready : .blocked
            if steps[step].unmetNeeds == 0 { makeReady(step) }
        case .running, .sleeping, .asking, .awaitingLocks, .open, .repeating, .retrying, .inDoubt, .succeeded, .skipped,
            .failed, .cancelled:
            break
        }
    }

    // MARK: Drift

    mutating func setDrift(_ step: Int, _ drift: StepState.Drift) {
        steps[step].drift = drift
        drifted.insert(step, at: drifted.partitioningIndex(of: step))
    }

    mutating func clearDrift(_ step: Int) {
        guard steps[step].drift != nil else { return }
        steps[step].drift = nil
        drifted.removeAll { $0 == step }
    }
}

extension [Int] {
    /// Where `item` is or belongs in an ascending array.
    func partitioningIndex(of item: Int) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < item { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
