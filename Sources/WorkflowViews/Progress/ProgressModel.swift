package import WorkflowCore
package import WorkflowEngine

/// A run under way, as the live view needs it: the state folded from the journal, and counts of it that a redraw can
/// read without looking at every step.
///
/// An entry costs what it changes. The few that set many steps back (a return, a rewind, a resume) only mark the counts
/// as stale; the next view counts anew.
package struct ProgressModel: Sendable {
    package private(set) var state: RunState
    /// The journal moved on in a way that only the store can tell: the state is to be loaded again.
    package private(set) var needsReload = false
    /// Who stands in the way, by waiting step.
    package private(set) var lockHolders: [String: (lock: String, holder: LockHolder)] = [:]
    /// The run's turn in its group: whom it waits for.
    package private(set) var turn: (group: String, holder: LockHolder)?

    /// What asked the driver to leave.
    package private(set) var stopSignal: String?

    /// As counted, by number of the step.
    private var statuses: [StepStatus] = []
    /// By number of a `foreach` or group that has begun: what it holds itself.
    package private(set) var insides: [Int: ProgressTally] = [:]
    /// By stage, owed work last: steps and items that do something themselves.
    package private(set) var stages: [ProgressTally] = []
    /// By stage: what is told of it. The same numbers as in every other view.
    package private(set) var counts: [StepCount] = []
    /// Stages that have to be counted anew.
    private var miscounted: Set<Int> = []
    package private(set) var spans: [StageSpan] = []
    /// Steps begun and not ended that are not just open.
    package private(set) var active: Set<Int> = []
    /// Steps that have failed, in the order in which they did. Without those that only hold others.
    package private(set) var failed: [Int] = []
    private var isStale = true

    /// From the first start to the last end of a stage's steps.
    package struct StageSpan: Sendable, Equatable {
        package var began: Timestamp?
        package var ended: Timestamp?

        package init(began: Timestamp? = nil, ended: Timestamp? = nil) {
            self.began = began
            self.ended = ended
        }
    }

    package init(_ state: RunState) {
        self.state = state
    }

    /// Begins again from a state that was loaded.
    package mutating func reload(_ state: RunState) {
        guard state.head >= self.state.head else { return }
        self.state = state
        needsReload = false
        isStale = true
    }

    /// Takes an entry in; one that is known already changes nothing.
    package mutating func apply(_ entry: Entry) {
        guard !needsReload, entry.sequence > state.head else { return }
        if case .definitionChanged = entry.fact {
            needsReload = true
            return
        }
        do throws(JournalContradiction) {
            try state.apply(entry)
        } catch {
            needsReload = true
            return
        }
        if case .locksTaken(let fact) = entry.fact { lockHolders[fact.step] = nil }
        if case .concurrencyTaken = entry.fact { turn = nil }
        switch entry.fact.touched {
        case .nothing: break
        case .everything: isStale = true
        case .step(let name):
            guard !isStale, let number = state.number(ofStep: name) else {
                isStale = true
                return
            }
            touch(number)
        case .inside(let name):
            guard !isStale, let number = state.number(ofStep: name), insides[number] == nil else {
                isStale = true
                return
            }
            open(number)
            touch(number)
        }
    }

    package mutating func awaitsLock(_ step: String, _ lock: String, holder: LockHolder) {
        lockHolders[step] = (lock, holder)
    }

    /// The process that drives it was asked to leave.
    package mutating func stopping(_ signal: String) { stopSignal = signal }

    package mutating func awaitsTurn(_ group: String, holder: LockHolder) {
        turn = (group, holder)
    }

    /// Makes the counts whole again. O(steps) after a fact that set many of them back, else nothing.
    package mutating func settle() {
        let stageCount = state.program.stageRanges.count
        if isStale { miscounted = Set(0...stageCount) }
        if counts.isEmpty { counts = Array(repeating: StepCount(), count: stageCount + 1) }
        for stage in miscounted { counts[stage] = StepCount(state, range(ofStage: stage)) }
        miscounted = []
        guard isStale else { return }
        isStale = false
        statuses = Array(repeating: .pending, count: state.steps.count)
        insides = [:]
        active = []
        var failed: [Int] = []
        stages = Array(repeating: ProgressTally(), count: stageCount + 1)
        spans = Array(repeating: StageSpan(), count: stageCount + 1)
        for number in state.stepsInOrder() {
            let status = state.steps[number].status
            statuses[number] = status
            if let parent = state.instances[number].parent { insides[parent, default: ProgressTally()].add(status) }
            if state.containers[number] == nil {
                stages[stage(of: number)].add(status, weight(number))
                if status == .failed, !state.isContainer(number) { failed.append(number) }
            } else {
                insides[number] = insides[number] ?? ProgressTally()
            }
            extendSpan(number)
            if isActive(number, status) { active.insert(number) }
        }
        self.failed = failed.sorted { endedAt($0) < endedAt($1) }
    }

    /// The position of a step's stage; owed work comes last.
    package func stage(of number: Int) -> Int { state.stage(ofStep: number) ?? state.program.stageRanges.count }

    package func range(ofStage stage: Int) -> Range<Int> {
        stage < state.program.stageRanges.count ? state.program.stageRanges[stage] : state.program.exitRange
    }

    // MARK: - One step

    private mutating func touch(_ number: Int) {
        while statuses.count < state.steps.count { statuses.append(.pending) }
        let (old, new) = (statuses[number], state.steps[number].status)
        extendSpan(number)
        if isActive(number, new) { active.insert(number) } else { active.remove(number) }
        guard old != new else { return }
        let stage = stage(of: number)
        if !miscounted.contains(stage), !counts[stage].change(number, from: old, to: new, in: state) {
            miscounted.insert(stage)
        }
        statuses[number] = new
        if let parent = state.instances[number].parent { insides[parent]?.change(old, to: new) }
        if state.containers[number] == nil {
            stages[stage].change(old, to: new, weight(number))
            if new == .failed, !state.isContainer(number) { failed.append(number) }
        }
        if old.hasEnded, !new.hasEnded { isStale = true }
    }

    /// What a step holds takes the place of the step itself.
    private mutating func open(_ number: Int) {
        guard let children = state.containers[number]?.children else { return }
        while statuses.count < state.steps.count { statuses.append(.pending) }
        let stage = stage(of: number)
        miscounted.insert(stage)
        stages[stage].change(statuses[number], to: .pending, weight(number))
        stages[stage].total -= weight(number)
        var inside = ProgressTally()
        for child in children {
            let status = state.steps[child].status
            statuses[child] = status
            inside.add(status)
            stages[stage].add(status, weight(child))
        }
        insides[number] = inside
    }

    private mutating func extendSpan(_ number: Int) {
        let stage = stage(of: number)
        let step = state.steps[number]
        if let began = step.startedAt { spans[stage].began = min(spans[stage].began ?? began, began) }
        if let ended = step.endedAt { spans[stage].ended = max(spans[stage].ended ?? ended, ended) }
    }

    private func isActive(_ number: Int, _ status: StepStatus) -> Bool {
        switch status {
        case .running: state.containers[number] == nil
        case .retrying, .waiting, .inDoubt: true
        case .pending, .success, .failed, .skipped, .cancelled, .compensated: false
        }
    }

    private func endedAt(_ number: Int) -> Timestamp { state.steps[number].endedAt ?? .latest }

    /// What a step counts while it has not opened: a group as many as it holds, anything else one.
    private func weight(_ number: Int) -> Int {
        // A foreach counts once: nobody knows its items yet.
        state.isForeach(number) ? 1 : weight(ofLine: state.instances[number].line)
    }

    private func weight(ofLine line: Int) -> Int {
        var count = 0
        var waiting = [line]
        while let next = waiting.popLast() {
            let inner = state.program.lines[next]
            if inner.children.isEmpty || next != line && inner.step.foreach != nil {
                count += 1
            } else {
                waiting += inner.children
            }
        }
        return max(1, count)
    }
}

extension Fact {
    /// Whose counts an entry changes.
    fileprivate enum Touched {
        case nothing, everything
        case step(String)
        /// The step opens: what it holds is there now.
        case inside(String)
    }

    fileprivate var touched: Touched {
        switch self {
        case .driverDetached, .stageEntered, .stageCompleted, .signalReceived, .stepApproved, .stepRejected,
            .requestRefused, .concurrencyRequested, .concurrencyTaken, .pauseRequested, .runPaused, .cancelRequested,
            .stopRequested:
            .nothing
        case .runCreated, .driverAttached, .runRewound, .definitionChanged, .failuresReopened, .carriedOver,
            .stageReturned, .stepResolved,
            .endingBegan, .runEnded, .stepRepeated:
            .everything
        case .itemsEvaluated(let fact): .inside(fact.step)
        case .groupEntered(let fact): .inside(fact.step)
        case .locksRequested(let fact): .step(fact.step)
        case .locksTaken(let fact): .step(fact.step)
        case .attemptStarted(let fact): .step(fact.step)
        case .attemptVoided(let fact): .step(fact.step)
        case .attemptFailed(let fact): .step(fact.step)
        case .attemptInDoubt(let fact): .step(fact.step)
        case .probeFinished(let fact): .step(fact.step)
        case .stepSucceeded(let fact): .step(fact.step)
        case .stepSkipped(let fact): .step(fact.step)
        case .stepFailed(let fact): .step(fact.step)
        case .stepCancelled(let fact): .step(fact.step)
        case .verifyFinished(let fact): .step(fact.step)
        }
    }
}
