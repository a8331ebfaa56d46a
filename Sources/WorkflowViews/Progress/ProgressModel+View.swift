package import WorkflowCore

// What is shown of a run: stages that are done or to come in one line, the present one with its steps, and whatever
// wants attention wherever it stands.

extension ProgressModel {
    /// - Parameter rows: more steps than a screen of so many rows can hold are not listed.
    package mutating func view(run: RunID, workflow: String, rows: Int) -> ProgressView {
        settle()
        var all = ProgressTally()
        for tally in stages.dropLast() { all.add(tally) }
        var count = StepCount()
        for stage in counts.dropLast() { count.add(stage) }
        let listing = Listing(model: self, limit: max(rows, 10))
        var shown: [ProgressView.Stage] = []
        for (number, stage) in state.program.definition.stages.enumerated() {
            shown.append(self.stage(number, stage.name, isOpen: isOpen(number), listing))
        }
        if !state.program.exitRange.isEmpty {
            shown.append(stage(stages.count - 1, "on_exit", isOpen: isOwedWorkOpen, listing))
        }
        var ended: Timestamp?
        if case .ended = state.lifecycle { ended = state.updatedAt }
        return ProgressView(
            run: run, workflow: workflow, status: state.status, began: state.startedAt, ended: ended,
            tally: all, count: count, unlistedFailures: unlistedFailures(shown), turn: turn, stages: shown,
            departure: departure)
    }

    /// Failed steps that are neither listed nor counted beside those that are.
    private func unlistedFailures(_ shown: [ProgressView.Stage]) -> Int {
        shown.reduce(failed.count) { left, stage in
            left - stage.unlisted.failed - stage.steps.count { $0.hasFailedItself }
        }
    }

    /// The driver leaves, or has left, on a signal, and the run is not over.
    private var departure: String? {
        guard state.status == .running else { return nil }
        if let signal = state.leftBecause, signal != "waiting" {
            let goesOn = !state.runningAttempts.isEmpty
            return "stopped by \(signal)" + (goesOn ? "; what runs goes on under its supervisor" : "")
        }
        return stopSignal.map { "stopping (\($0))" }
    }

    private func isOpen(_ stage: Int) -> Bool {
        switch state.lifecycle {
        case .ended(.completed, _): false
        case .pending, .running, .paused, .ending, .ended:
            stage == state.currentStage && !state.stages[stage].isComplete
        }
    }

    private var isOwedWorkOpen: Bool {
        switch state.lifecycle {
        case .pending, .running, .paused: false
        case .ending: true
        case .ended: (stages.last?.failed ?? 0) > 0
        }
    }

    private func stage(
        _ number: Int, _ name: String, isOpen: Bool, _ listing: Listing
    ) -> ProgressView.Stage {
        let tally = stages[number]
        let phase: ProgressView.Stage.Phase
        if isOpen {
            if case .ended = state.lifecycle { phase = .failed } else { phase = .open }
        } else if number < state.stages.count ? state.stages[number].isComplete : tally.ended == tally.total {
            phase = .done
        } else {
            phase = .pending
        }
        let (steps, unlisted) = listing.steps(ofStage: number, isOpen: isOpen)
        return ProgressView.Stage(
            name: name, phase: phase, tally: tally, count: counts[number], span: spans[number], steps: steps,
            unlisted: unlisted)
    }
}

/// Which steps of a run are listed.
private struct Listing {
    /// Failed steps and items of stages that are done; all are counted in the stage's line.
    private static let toleratedMax = 10

    private let model: ProgressModel
    private let limit: Int
    /// Steps that want attention, by what lists them: a `foreach` or a group with many steps, or -1 and below for a
    /// stage.
    private var notable: [Int: [Int]] = [:]

    private var state: RunState { model.state }

    init(model: ProgressModel, limit: Int) {
        self.model = model
        self.limit = limit
        for number in kept() {
            var place = Listing.key(ofStage: model.stage(of: number))
            if listsEvery(ofStage: model.stage(of: number)) {
                var current = number
                while let parent = model.state.instances[current].parent {
                    if !lists(inside: parent) { place = parent }
                    current = parent
                }
            }
            notable[place, default: []].append(number)
        }
    }

    private static func key(ofStage stage: Int) -> Int { -1 - stage }

    /// Each kind of attention gets as many places as the screen has rows.
    private func kept() -> [Int] {
        var held: [Int] = []
        var running: [Int] = []
        for number in model.active {
            if model.state.steps[number].status == .running { running.append(number) } else { held.append(number) }
        }
        let failed = Set(model.failed.suffix(limit))
        return (Array(failed) + Listing.least(held, limit) + Listing.least(running, limit)).sorted()
    }

    /// The smallest numbers: what stands first in the definition.
    private static func least(_ numbers: [Int], _ count: Int) -> [Int] {
        numbers.count > count ? Array(numbers.sorted().prefix(count)) : numbers
    }

    /// Every step that it holds has a line; false: only those that want attention.
    private func lists(inside number: Int) -> Bool {
        guard !state.isForeach(number), let children = state.containers[number]?.children else { return false }
        return children.count <= limit * 2
    }

    private func listsEvery(ofStage stage: Int) -> Bool { model.range(ofStage: stage).count <= limit * 2 }

    func steps(ofStage stage: Int, isOpen: Bool) -> ([ProgressView.Step], ProgressTally) {
        let own = Listing.key(ofStage: stage)
        guard isOpen else {
            let drifted = (notable[own] ?? []).filter { state.steps[$0].drift != nil }
            // The stage is done all the same: what was tolerated stays in view.
            let failed = model.failed.suffix(Self.toleratedMax).filter { model.stage(of: $0) == stage }
            return ((drifted + failed).map { step($0, depth: 0) }, ProgressTally())
        }
        guard listsEvery(ofStage: stage) else {
            let listed = notable[own] ?? []
            var unlisted = model.stages[stage]
            for number in listed {
                unlisted.change(state.steps[number].status, to: .pending)
                unlisted.total -= 1
            }
            return (listed.map { step($0, depth: 0) }, unlisted)
        }
        var steps: [ProgressView.Step] = []
        for number in model.range(ofStage: stage) { list(number, depth: 0, "", &steps) }
        return (steps, ProgressTally())
    }

    /// - Parameter around: the name of what holds it, which is not said again.
    private func list(_ number: Int, depth: Int, _ around: String, _ steps: inout [ProgressView.Step]) {
        let own = step(number, depth: depth, around)
        steps.append(own)
        guard let children = state.containers[number]?.children, !state.steps[number].isOver else { return }
        if lists(inside: number) {
            for child in children { list(child, depth: depth + 1, own.name, &steps) }
        } else {
            for inner in notable[number] ?? [] { steps.append(step(inner, depth: depth + 1, own.name)) }
        }
    }

    private func step(_ number: Int, depth: Int, _ around: String = "") -> ProgressView.Step {
        let step = state.steps[number]
        let name = state.name(ofStep: number)
        let isPart = !around.isEmpty && name.hasPrefix(around + "[") || name.hasPrefix(around + ".")
        return ProgressView.Step(
            number: number, name: name, label: isPart ? String(name.dropFirst(around.count)) : name, depth: depth,
            condition: condition(number),
            began: step.startedAt, ended: step.endedAt, attempts: step.attempts, inside: model.insides[number])
    }

    private func condition(_ number: Int) -> ProgressView.Step.Condition {
        let step = state.steps[number]
        let most = step.attempts + max(0, state.step(number).retry.limit - step.retriesUsed)
        switch step.phase {
        case .succeeded:
            guard let drift = step.drift else { return .success }
            return .drifted(message: drift.message, isPast: model.stage(of: number) != state.currentStage)
        case .blocked, .ready: return .pending
        case .running(let attempt): return .running(attempt: attempt.number, of: most)
        case .open:
            if case .ended(let status, _) = state.lifecycle { return status == .cancelled ? .cancelled : .pending }
            return .open
        case .sleeping(_, let wait): return .sleeping(due: wait.due)
        case .asking(_, let wait, .approval(let prompt, let approvers)):
            return .approval(prompt: prompt, approvers: approvers, due: wait.due)
        case .asking(_, let wait, .signal(let name)): return .signal(name, due: wait.due)
        case .awaitingLocks(let locks, let wait):
            let held = model.lockHolders[state.name(ofStep: number)]
            return .lock(held.map { [$0.lock] } ?? locks, holder: held?.holder, due: wait.due)
        case .repeating(let wait): return .repeating(pass: step.passes + 1, due: wait.due)
        case .retrying(let wait):
            return .retrying(
                failure: step.failure?.message ?? "it has failed", next: step.attempts + 1,
                // This retry is used up already.
                of: most + 1, due: wait.due)
        case .inDoubt(let doubt): return .inDoubt(reason: doubt.reason)
        case .skipped: return .skipped
        case .failed(let isTolerated):
            return .failed(message: step.failure?.message ?? "no reason is known", isTolerated: isTolerated)
        case .cancelled: return .cancelled
        }
    }
}

extension StepState {
    /// It has ended well: what it holds is folded.
    fileprivate var isOver: Bool {
        switch phase {
        case .succeeded, .skipped: drift == nil
        default: false
        }
    }
}
