/// How far a run has come, counted by what its author wrote: the same numbers from the beginning to the end, and in
/// every view of it.
package struct StepCount: Sendable, Equatable {
    /// Steps that succeeded or were skipped.
    package private(set) var done = 0
    /// Steps of the stages that do something themselves. Groups are not counted but the steps in them; a `foreach` is
    /// one step, however many items it comes to have.
    package private(set) var all = 0
    /// Of all `foreach` whose items are known, by the same rule.
    package private(set) var itemsDone = 0
    package private(set) var items = 0
    /// Steps, items and steps of items that have failed, without what failed because of something in it.
    package private(set) var failed = 0

    package init() {}

    package init(_ state: RunState) {
        for range in state.program.stageRanges { add(StepCount(state, range)) }
    }

    /// - Parameter lines: of a stage, or of the work that is owed at the end.
    package init(_ state: RunState, _ lines: Range<Int>) {
        for line in lines { count(line, state.instances.indices.contains(line) ? line : nil, state, isOver: false) }
    }

    package mutating func add(_ other: StepCount) {
        done += other.done
        all += other.all
        itemsDone += other.itemsDone
        items += other.items
        failed += other.failed
    }

    /// Follows a change of one instance's status.
    ///
    /// - Returns: false where it changed more than can be told from one instance: then all has to be counted anew.
    package mutating func change(_ number: Int, from old: StepStatus, to new: StepStatus, in state: RunState) -> Bool {
        // What has drifted is still done.
        guard state.steps[number].drift == nil, old != .waiting || new != .success else { return false }
        let isOver = (new.isOver ? 1 : 0) - (old.isOver ? 1 : 0)
        let isOpen = state.containers[number] != nil
        if !isOpen { failed += (new == .failed ? 1 : 0) - (old == .failed ? 1 : 0) }
        guard isOver != 0 else { return true }
        switch state.loopsAround(number) {
        case 0:
            // What it holds is done with it.
            guard !isOpen, !state.isUnopenedGroup(number) else { return false }
            done += isOver
        case 1 where state.instances[number].parent.map { state.isForeach($0) } ?? false: itemsDone += isOver
        default: break
        }
        return true
    }

    /// - Parameters:
    ///   - number: the instance of the line; nil where what holds it has not begun.
    ///   - isOver: what holds it was skipped, or called done.
    private mutating func count(_ line: Int, _ number: Int?, _ state: RunState, isOver: Bool) {
        let known = state.program.lines[line]
        let isDone = isOver || number.map { state.steps[$0].isOver } ?? false
        let container = number.flatMap { state.containers[$0] }
        guard known.isGroup, !known.isForeach else {
            all += 1
            if isDone { done += 1 }
            if let number { countFailures(number, state) }
            guard known.isForeach, let container else { return }
            items += container.children.count
            itemsDone += container.children.count { isDone || state.steps[$0].isOver }
            return
        }
        if let number, container == nil { countFailures(number, state) }
        for child in known.children {
            let first = container?.children.lowerBound
            count(child, first.map { $0 + child - known.children.lowerBound }, state, isOver: isDone)
        }
    }

    private mutating func countFailures(_ number: Int, _ state: RunState) {
        var waiting = [number]
        while let next = waiting.popLast() {
            if let container = state.containers[next] {
                waiting += container.children
            } else if state.steps[next].status == .failed {
                failed += 1
            }
        }
    }

    /// `7 of 12 steps are done`, and of the items where there are any; what has failed beside it.
    package var text: String {
        let steps = "\(done) of \(all) \(all == 1 ? "step" : "steps")"
        let whole =
            items > 0
            ? steps + " and \(itemsDone) of \(items) \(items == 1 ? "item" : "items") are done"
            : steps + (all == 1 ? " is done" : " are done")
        return failed == 0 ? whole : whole + ", \(failed) \(failed == 1 ? "has" : "have") failed"
    }
}

extension RunState {
    /// How many `foreach` an instance stands in.
    fileprivate func loopsAround(_ number: Int) -> Int {
        var count = 0
        var current = instances[number].parent
        while let around = current {
            if isForeach(around) { count += 1 }
            current = instances[around].parent
        }
        return count
    }

    fileprivate func isUnopenedGroup(_ number: Int) -> Bool {
        containers[number] == nil && isContainer(number) && !isForeach(number)
    }
}

extension StepState {
    fileprivate var isOver: Bool { phase == .succeeded || phase == .skipped }
}

extension StepStatus {
    fileprivate var isOver: Bool { self == .success || self == .skipped }
}
