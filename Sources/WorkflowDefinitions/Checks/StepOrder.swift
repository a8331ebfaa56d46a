/// Which steps have certainly finished before another one begins.
final class StepOrder {
    enum Relation: Equatable {
        /// It has finished: an earlier stage, or among all that is needed.
        case before
        case itself
        /// It is a group around the step.
        case around
        /// The step is a group around it.
        case inside
        /// In the same list, and neither waits for the other.
        case unordered
        /// It begins later.
        case after
    }

    private let index: StepIndex
    /// For each step: the first offset of its list from which on every step up to it needs the one before.
    private var chainStarts: [Int]
    /// For searches: the last search that saw a step.
    private var seen: [Int]
    private var search = 0

    init(_ index: StepIndex) {
        self.index = index
        chainStarts = [Int](repeating: 0, count: index.entries.count)
        seen = [Int](repeating: 0, count: index.entries.count)
        for list in index.lists {
            for (offset, id) in list.steps.enumerated() {
                let followsPrevious = offset > 0 && index.entries[id].needs.contains(offset - 1)
                chainStarts[id] = followsPrevious ? chainStarts[list.steps[offset - 1]] : offset
            }
        }
    }

    /// How `other` lies to `step`.
    func relation(of other: Int, to step: Int) -> Relation {
        let otherArea = index.entries[other].area
        let ownArea = index.entries[step].area
        guard otherArea == ownArea else {
            return StepOrder.isEarlier(otherArea, than: ownArea) ? .before : .after
        }
        if let (otherStep, ownStep) = parting(of: other, from: step) {
            if needs(ownStep, otherStep) { return .before }
            return needs(otherStep, ownStep) ? .after : .unordered
        }
        if other == step { return .itself }
        return path(to: other).count < path(to: step).count ? .around : .inside
    }

    /// The two steps of one list in which, or as which, `other` and `step` stand; nil where one is around the other.
    func parting(of other: Int, from step: Int) -> (other: Int, own: Int)? {
        for (otherStep, ownStep) in zip(path(to: other), path(to: step)) where otherStep != ownStep {
            return (otherStep, ownStep)
        }
        return nil
    }

    /// How many of the steps from `other` outwards, up to what is around `step` too, have instances: so many lists are
    /// its outputs nested in for who looks from there.
    func repetitions(of other: Int, seenFrom step: Int?) -> Int {
        guard step != other else { return 0 }
        let common = Set(step.map { path(to: $0) } ?? [])
        return path(to: other).count { !common.contains($0) && index.entries[$0].hasInstances }
    }

    /// Stages follow each other; `on_exit` comes after all.
    static func isEarlier(_ a: StepIndex.Area, than b: StepIndex.Area) -> Bool {
        switch (a, b) {
        case (.stage(let x), .stage(let y)): x < y
        case (.stage, .onExit): true
        case (.onExit, _): false
        }
    }

    /// The groups around a step, outermost first, and the step.
    private func path(to step: Int) -> [Int] {
        var path = [step]
        while let parent = index.lists[index.entries[path[0]].list].parent { path.insert(parent, at: 0) }
        return path
    }

    /// Whether `step` waits for `other`, at first or second hand; both stand in one list.
    private func needs(_ step: Int, _ other: Int) -> Bool {
        let target = index.entries[other].offset
        if target < index.entries[step].offset, target >= chainStarts[step] { return true }
        let list = index.lists[index.entries[step].list].steps
        search += 1
        var waiting = [step]
        while let next = waiting.popLast() {
            for need in index.entries[next].needs where seen[list[need]] != search {
                if need == target { return true }
                seen[list[need]] = search
                waiting.append(list[need])
            }
        }
        return false
    }

    // MARK: Cycles

    /// Each circle of needs, as the steps on it in the order of waiting.
    func cycles() -> [[Int]] {
        var cycles: [[Int]] = []
        // 0: not visited. 1: on the path. 2: done.
        var state = [UInt8](repeating: 0, count: index.entries.count)
        for list in index.lists {
            for start in list.steps where state[start] == 0 {
                var path: [(step: Int, next: Int)] = [(start, 0)]
                state[start] = 1
                while let (step, next) = path.last {
                    let needs = index.entries[step].needs
                    guard next < needs.count else {
                        state[step] = 2
                        path.removeLast()
                        continue
                    }
                    path[path.count - 1].next += 1
                    let target = list.steps[needs[next]]
                    if state[target] == 0 {
                        state[target] = 1
                        path.append((target, 0))
                    } else if state[target] == 1, let first = path.firstIndex(where: { $0.step == target }) {
                        cycles.append(path[first...].map(\.step))
                    }
                }
            }
        }
        return cycles
    }
}
