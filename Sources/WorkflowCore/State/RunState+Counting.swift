/// How far a run has come, counted by what its author wrote: the same numbers from the beginning to the end.
package struct StepCount: Sendable, Equatable {
    /// Steps that succeeded or were skipped.
    package private(set) var done = 0
    /// Steps of the stages that do something themselves. Groups are not counted but the steps in them; a `foreach` is one
    /// step, however many items it comes to have.
    package private(set) var all = 0
    /// Of all `foreach` whose items are known, by the same rule.
    package private(set) var itemsDone = 0
    package private(set) var items = 0

    package init(_ state: RunState) {
        for range in state.program.stageRanges {
            for line in range { count(line, state.instances.indices.contains(line) ? line : nil, state, isOver: false) }
        }
    }

    /// - Parameters:
    ///   - number: the instance of the line; nil where what holds it has not begun.
    ///   - isOver: what holds it was skipped, or called done.
    private mutating func count(_ line: Int, _ number: Int?, _ state: RunState, isOver: Bool) {
        let known = state.program.lines[line]
        let isDone = isOver || number.map { state.steps[$0].isOver } ?? false
        guard known.isGroup, !known.isForeach else {
            all += 1
            if isDone { done += 1 }
            guard known.isForeach, let number, let container = state.containers[number] else { return }
            items += container.children.count
            itemsDone += container.children.count { isDone || state.steps[$0].isOver }
            return
        }
        let first = number.flatMap { state.containers[$0]?.children.lowerBound }
        for child in known.children {
            count(child, first.map { $0 + child - known.children.lowerBound }, state, isOver: isDone)
        }
    }

    /// `7 of 12 steps are done`, and of the items where there are any.
    package var text: String {
        let steps = "\(done) of \(all) \(all == 1 ? "step" : "steps")"
        guard items > 0 else { return steps + (all == 1 ? " is done" : " are done") }
        return steps + " and \(itemsDone) of \(items) \(items == 1 ? "item" : "items") are done"
    }
}

extension StepState {
    fileprivate var isOver: Bool { phase == .succeeded || phase == .skipped }
}
