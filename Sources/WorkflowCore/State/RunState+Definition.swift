internal import JSON

// A run that is moved to an edited definition: what was done and is written as before stays done.

extension RunState {
    /// Makes a definition known that the journal moves the run to.
    ///
    /// - Parameter executors: what it calls, where the move is yet to be decided.
    package mutating func learn(_ program: Program, hash: String, executors: [CalledExecutor] = []) {
        programs[hash] = program
        executorsOfPrograms[hash] = executors
    }

    /// What moving to the definition would mean; nothing is changed.
    ///
    /// - Parameter repeatsFollowing: what comes after a repeated step is repeated too.
    package func change(to program: Program, repeatsFollowing: Bool = false) -> DefinitionChange {
        var change = DefinitionMove.made(from: self, to: program, repeatsFollowing).change
        change.approvers = approverChanges(to: program, repeated: change.repeated)
        return change
    }

    /// The steps of both definitions that another definition writes otherwise, in its order.
    package func stepsWrittenOtherwise(in other: Program) -> [String] {
        other.lines.compactMap { line in
            guard let number = program.number(ofStep: line.step.name) else { return nil }
            return program.lines[number].step.isWrittenAs(line.step) ? nil : line.step.name
        }
    }

    mutating func applyDefinitionChanged(_ fact: DefinitionChanged) throws(JournalContradiction) {
        guard let program = programs[fact.definitionHash] else {
            throw contradiction("the definition \(fact.definitionHash) is not known")
        }
        var move = DefinitionMove.made(from: self, to: program, fact.repeatsFollowing)
        self = move.result()
        created?.parameters = fact.parameters
        definitionHash = fact.definitionHash
        definitionFile = fact.file
        executors = CalledExecutors(fact.executors)
    }
}

/// The carrying over of one state to another definition.
private struct DefinitionMove {
    private let old: RunState
    private var new: RunState
    private(set) var change = DefinitionChange()
    /// For each step that was carried over, its new number.
    private var numbers: [Int: Int] = [:]
    /// The first stage in which something is to be done: the run goes on there, and nothing of a later one waits on.
    private var openStage: Int?
    /// Lines of the new definition that are done again although they are written as before.
    private var again: Set<Int> = []

    /// With everything carried over.
    static func made(from old: RunState, to program: Program, _ repeatsFollowing: Bool) -> DefinitionMove {
        var move = DefinitionMove(from: old, to: program)
        move.carryOver()
        let repeated = move.change.repeated.compactMap { old.number(ofStep: $0).map { old.step($0).name } }
        let following = program.lines(following: repeated.compactMap { program.number(ofStep: $0) })
        guard repeatsFollowing, !following.isEmpty else {
            let outrun = move.change.reused.compactMap { old.number(ofStep: $0) }.filter { number in
                program.number(ofStep: old.step(number).name).map { following.contains($0) } ?? false
            }
            // What holds others is named alone.
            let named = Set(outrun)
            move.change.outrun = outrun.filter { !old.ancestors(ofStep: $0).contains(where: named.contains) }
                .map { old.name(ofStep: $0) }
            return move
        }
        var whole = DefinitionMove(from: old, to: program)
        whole.again = following
        whole.carryOver()
        return whole
    }

    init(from old: RunState, to program: Program) {
        self.old = old
        new = old
        new.program = program
        new.recentLine = nil
        new.moves += 1
        let blank = RunState(program)
        new.steps = blank.steps
        new.instances = blank.instances
        new.stages = blank.stages
        new.containers = Containers()
        new.timeline = []
        new.active.removeAll()
        new.doubtful.removeAll()
        new.locking.removeAll()
        new.dues = DueHeap()
        new.drifted = []
        new.noticed = IndexHeap()
        new.parked = []
        new.crowded = []
        new.reruns = []
        new.ready = IndexHeap()
        for step in old.program.topLevel {
            new.rememberAttempts(of: old.steps[step].attempts, named: old.name(ofStep: step))
            for number in old.containers[step].map({ old.stepsInOrder(from: $0.children) }) ?? [] {
                new.rememberAttempts(of: old.steps[number].attempts, named: old.name(ofStep: number))
            }
        }
    }

    // MARK: - Steps

    mutating func carryOver() {
        for step in new.program.topLevel {
            defer { if openStage == nil, !new.steps[step].hasEnded { openStage = new.stage(ofStep: step) } }
            let name = new.step(step).name
            guard let line = old.program.number(ofStep: name), old.program.lines[line].parent == nil else {
                note(addedOrMoved: step, name)
                continue
            }
            // Owed work runs anew for every ending.
            if new.stage(ofStep: step) == nil || old.stage(ofStep: line) == nil { continue }
            carry(line, to: step)
        }
        for line in old.program.lines.indices where new.program.number(ofStep: old.program.lines[line].step.name) == nil
        {
            guard old.program.lines[line].stage != nil else { continue }
            let name = old.program.lines[line].step.name
            if old.hasBegunSomewhere(line) { change.orphaned.append(name) }
        }
    }

    /// A step that moved into a group, or out of one, is another step.
    private mutating func note(addedOrMoved step: Int, _ name: String) {
        guard new.stage(ofStep: step) != nil else { return }
        change.added.append(name)
        for child in new.program.lines[new.instances[step].line].children {
            change.added.append(new.program.lines[child].step.name)
        }
    }

    private mutating func carry(_ from: Int, to step: Int) {
        let isAgain = again.contains(new.instances[step].line)
        let isSame = !isAgain && old.step(from).isWrittenAs(new.step(step))
        let phase = old.steps[from].phase
        new.steps[step].keyEpoch = old.steps[from].keyEpoch
        guard new.isContainer(step), old.isContainer(from) else {
            // What is written otherwise has another effect, under a name of its own.
            if isSame { new.steps[step].passes = old.steps[from].passes } else { new.steps[step].keyEpoch = new.moves }
            switch phase {
            case .succeeded, .skipped, .failed(isTolerated: true):
                guard isSame else { return change.repeated.append(old.name(ofStep: from)) }
                take(from, as: step)
                change.reused.append(old.name(ofStep: from))
            case .sleeping, .asking, .awaitingLocks, .repeating, .retrying:
                if isSame, mayGoOn(from, as: step) { take(from, as: step) }
                note(pending: from)
            case .blocked, .ready, .running, .inDoubt, .open, .failed, .cancelled: note(pending: from)
            }
            return
        }
        if phase.isOver, !isAgain, old.isForeach(from) == new.isForeach(step),
            old.step(from).isWrittenThroughoutAs(new.step(step))
        {
            // Also where a person said so, whatever is left undone in it.
            if old.steps[from].hasOpened, let inside = old.containers[from] { carryInside(inside, of: from, to: step) }
            take(from, as: step)
            change.reused.append(old.name(ofStep: from))
            return
        }
        guard let inside = old.containers[from], old.steps[from].hasOpened, phase != .skipped,
            !isAgain, old.isForeach(from) == new.isForeach(step), old.step(from).holdsItsStepsAs(new.step(step))
        else {
            let name = old.name(ofStep: from)
            if old.steps[from].hasOpened {
                new.steps[step].keyEpoch = new.moves
                noteRepeated(inside: from)
            }
            switch phase {
            case .succeeded: change.repeated.append(name)
            case .skipped where isSame:
                take(from, as: step)
                change.reused.append(name)
            default: note(pending: from)
            }
            return
        }
        carryInside(inside, of: from, to: step)
        let isDone = new.containers[step]?.children.allSatisfy { new.steps[$0].hasEnded } ?? false
        if isSame, isDone, phase == .succeeded {
            take(from, as: step)
            change.reused.append(old.name(ofStep: from))
        } else {
            take(from, as: step)
            // An item that was not under way lines up for its place.
            let linesUp = new.instances[step].item != nil && !old.steps[from].isOpen
            new.steps[step].phase = linesUp ? .blocked : .open
            new.containers[step]?.isCarried = linesUp
            new.steps[step].endedAt = nil
            // As where a failed step is opened again.
            if old.steps[from].hasEnded { new.steps[step].passesUsed = 0 }
            note(pending: from)
        }
    }

    /// What the step, and whatever holds it, comes after stays done, and the locks around it are held: it can wait on
    /// where it is. Otherwise it begins anew when its turn comes.
    private func mayGoOn(_ from: Int, as step: Int) -> Bool {
        if let openStage, new.stage(ofStep: step) != openStage { return false }
        for current in [step] + new.ancestors(ofStep: step) {
            guard new.needs(ofStep: current).allSatisfy({ new.steps[$0].hasEnded }) else { return false }
        }
        return zip(old.ancestors(ofStep: from), new.ancestors(ofStep: step)).allSatisfy { former, present in
            !new.takesLocks(present)
                || !old.steps[former].locks.isEmpty && old.step(former).locks == new.step(present).locks
        }
    }

    /// What was done of items or passes that cannot be compared is done again.
    private mutating func noteRepeated(inside step: Int) {
        guard let container = old.containers[step] else { return }
        for number in old.stepsInOrder(from: container.children) where !old.isContainer(number) {
            if old.steps[number].phase == .succeeded { change.repeated.append(old.name(ofStep: number)) }
        }
    }

    /// Of items that are still to be done the step that has them is told, not each of them.
    private mutating func note(pending step: Int) {
        let isItem = [step] + old.ancestors(ofStep: step)
        if !isItem.contains(where: { old.instances[$0].item != nil }) {
            change.pending.append(old.name(ofStep: step))
        }
    }

    private mutating func carryInside(_ inside: Container, of from: Int, to step: Int) {
        let line = new.instances[step].line
        if new.isForeach(step) {
            let children = new.allocate(inside.items.count) { StepInstance(line: line, parent: step, item: $0) }
            new.containers[step] = Container(children: children, items: inside.items, keys: inside.keys)
            for (offset, child) in children.enumerated() { carry(inside.children.lowerBound + offset, to: child) }
        } else {
            let lines = new.program.lines[line].children
            let children = new.allocate(lines.count) {
                StepInstance(line: lines.lowerBound + $0, parent: step, item: nil)
            }
            new.containers[step] = Container(children: children)
            for child in children {
                let name = new.step(child).name
                if let former = inside.children.first(where: { old.step($0).name == name }) {
                    carry(former, to: child)
                } else {
                    change.added.append(name)
                }
            }
        }
    }

    private mutating func take(_ from: Int, as step: Int) {
        new.steps[step] = old.steps[from]
        numbers[from] = step
        guard !old.steps[from].locks.isEmpty, old.step(from).locks != new.step(step).locks else { return }
        new.steps[step].locks = []
        new.lockReleases.append(old.name(ofStep: from))
    }

    // MARK: - The run around them

    mutating func result() -> RunState {
        for step in new.program.topLevel {
            new.recallAttempts(of: step)
            new.recallAttempts(inside: step)
        }
        new.lineUpOpen()
        new.recountReruns()
        for step in new.steps.indices where new.steps[step].isActive {
            new.active.insert(step)
            new.noteWait(step)
            for around in new.ancestors(ofStep: step) { new.containers[around]?.activeBelow += 1 }
        }
        new.drifted = new.steps.indices.filter { new.steps[$0].drift != nil }
        for step in old.steps.indices where old.steps[step].hasOrAwaitsLocks {
            // Where it waits no more it may have been given them just now, and asks again.
            if let number = numbers[step], !old.steps[step].awaitsLocks || new.steps[number].awaitsLocks { continue }
            new.lockReleases.append(old.name(ofStep: step))
        }
        if old.program.definition.concurrency != new.program.definition.concurrency, new.concurrency != nil {
            new.concurrency = nil
            new.lockReleases.append("")
        }
        enterStages()
        new.timeline = timeline()
        return new
    }

    /// The run goes on in the first stage that has anything to do.
    private mutating func enterStages() {
        for (number, stage) in new.program.definition.stages.enumerated() {
            guard let former = old.program.number(ofStage: stage.name) else {
                // No stage of that name has gone round before: no key of one that has is used again.
                new.stages[number].passes = old.stages.reduce(1) { $0 + $1.passes }
                continue
            }
            new.stages[number].passes = old.stages[former].passes
            new.stages[number].returns = old.stages[former].returns
        }
        new.stagesAtMove = new.stages
        let ranges = new.program.stageRanges
        let current = ranges.firstIndex { $0.contains { !new.steps[$0].hasEnded } } ?? ranges.count - 1
        for number in 0..<current {
            new.stages[number].isEntered = true
            new.stages[number].isComplete = true
        }
        new.currentStage = current
        guard case .pending = new.lifecycle else {
            new.stages[current].isEntered = true
            new.countNeeds(of: current)
            return
        }
    }

    /// What happened to the steps that were carried over, so that a rewind finds its way back.
    private func timeline() -> [RunState.TimelineEvent] {
        var last: [Int: Int64] = [:]
        for case .stepEnded(let ending) in old.timeline { last[ending.step] = ending.sequence }
        var events: [RunState.TimelineEvent] = old.timeline.compactMap { event in
            switch event {
            case .stepEnded(let ending):
                guard let step = numbers[ending.step], last[ending.step] == ending.sequence,
                    new.steps[step].hasEnded
                else { return nil }
                return .stepEnded(
                    RunState.StepEnding(
                        step: step, sequence: ending.sequence, state: new.steps.kept(step),
                        checkpoint: ending.checkpoint))
            case .stageEntered(let stage, let sequence):
                // A later stage than the one that the run goes on in is entered when its turn comes again.
                guard let number = new.program.number(ofStage: old.program.definition.stages[stage].name),
                    number <= new.currentStage
                else { return nil }
                return .stageEntered(number, sequence: sequence)
            case .itemsEvaluated(let step, _, let sequence):
                guard let number = numbers[step], let container = new.containers[number] else { return nil }
                return .itemsEvaluated(
                    step: number,
                    Container(children: container.children, items: container.items, keys: container.keys),
                    sequence: sequence)
            case .groupEntered(let step, _, let sequence):
                guard let number = numbers[step], let container = new.containers[number] else { return nil }
                return .groupEntered(step: number, children: container.children, sequence: sequence)
            case .stepReopened, .stepRepeated, .stageReturned: return nil
            }
        }
        // An item that lines up since the move does so behind a rewind too.
        for step in new.steps.indices where new.instances[step].item != nil && new.steps[step].hasOpened {
            if !new.steps[step].hasEnded, !new.steps[step].isOpen {
                events.append(.stepReopened(step: step, sequence: old.head))
            }
        }
        if new.stages[new.currentStage].isEntered {
            events.append(.stageEntered(new.currentStage, sequence: old.head))
        }
        return events
    }
}

extension RunState {
    mutating func rememberAttempts(of attempts: Int, named name: String) {
        if attempts > 0 { attemptsBefore[name] = max(attemptsBefore[name] ?? 0, attempts) }
    }

    mutating func recallAttempts(of step: Int) {
        guard let attempts = attemptsBefore[name(ofStep: step)] else { return }
        steps[step].attempts = max(steps[step].attempts, attempts)
    }

    /// Some instance of the line was begun.
    fileprivate func hasBegunSomewhere(_ line: Int) -> Bool {
        steps.indices.contains { number in
            guard instances[number].line == line else { return false }
            switch steps[number].phase {
            case .blocked, .ready: return steps[number].attempts > 0
            default: return true
            }
        }
    }
}

extension Step {
    /// The same step for its author: what it does, and under which conditions, not what it is called by or waits for.
    func isWrittenAs(_ other: Step) -> Bool {
        bare == other.bare
    }

    /// The same, and so are the steps in it.
    fileprivate func isWrittenThroughoutAs(_ other: Step) -> Bool {
        bareThroughout == other.bareThroughout
    }

    private var bareThroughout: Step {
        var step = bare
        if case .group(let inside) = action { step.action = .group(inside.map(\.bareThroughout)) }
        return step
    }

    private var bare: Step {
        var step = self
        step.description = nil
        step.needs = []
        if case .group = step.action { step.action = .group([]) }
        return step
    }

    /// The insides of both can be compared: the same items, the same passes.
    fileprivate func holdsItsStepsAs(_ other: Step) -> Bool {
        foreach == other.foreach && loop == other.loop
    }
}

extension StepState {
    /// It has a place in the store's queues.
    fileprivate var hasOrAwaitsLocks: Bool { awaitsLocks || !locks.isEmpty }

    fileprivate var awaitsLocks: Bool {
        if case .awaitingLocks = phase { return true }
        return false
    }
}

extension StepState.Phase {
    /// The run goes on behind it.
    fileprivate var isOver: Bool {
        switch self {
        case .succeeded, .skipped, .failed(isTolerated: true): true
        case .blocked, .ready, .running, .sleeping, .asking, .awaitingLocks, .open, .repeating, .retrying, .inDoubt,
            .failed(isTolerated: false), .cancelled:
            false
        }
    }
}
