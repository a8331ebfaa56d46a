// The places of a `foreach`: as many as its `max_parallel`.

extension RunState {
    /// ```
    /// none ─▶ linedUp ─▶ underWay ─▶ none (ended)
    ///            ▲          ▲ ▼
    ///            └───────── resting        a retry's delay, a doubt
    /// ```
    enum Place {
        case none
        case linedUp
        case underWay
        case resting
    }

    /// What the item has of its `foreach`'s places; `none` for a step that is not an item.
    ///
    /// An item takes a place from its beginning to its end. One that waits for its next attempt, or for somebody to
    /// settle its doubt, has no process and gives its place to another meanwhile, with two exceptions: under a limit of
    /// one the items are done one after the other, so the next one begins when this one has ended; and an item of
    /// several steps or passes may be half done, so it counts until it has ended.
    func place(ofItem step: Int) -> Place {
        guard instances[step].item != nil else { return .none }
        switch steps[step].phase {
        case .ready: return .linedUp
        case .running, .sleeping, .asking, .awaitingLocks, .repeating, .open: return .underWay
        case .retrying, .inDoubt:
            let line = program.lines[instances[step].line]
            return line.itemsAtOnce > 1 && !line.isGroup && loop(ofStep: step) == nil ? .resting : .underWay
        case .blocked, .succeeded, .skipped, .failed, .cancelled: return .none
        }
    }

    /// Keeps the counters of the `foreach` in step with an item's phase.
    mutating func movePlace(ofItem step: Int, from old: Place) {
        let new = place(ofItem: step)
        guard new != old, let parent = instances[step].parent else { return }
        count(old, -1, in: parent)
        count(new, 1, in: parent)
        guard old == .underWay else { return }
        // What found no place lines up again, before another item does.
        for item in crowded where instances[item].parent == parent { makeReady(item) }
        crowded.removeAll { instances[$0].parent == parent }
        queueNextItem(of: parent)
    }

    mutating func count(_ place: Place, _ delta: Int, in parent: Int) {
        switch place {
        case .none: break
        case .linedUp: containers[parent]?.linedUp += delta
        case .underWay: containers[parent]?.underWay += delta
        case .resting: containers[parent]?.resting += delta
        }
    }

    /// An item may begin, or go on after it rested. Always so for what is not an item.
    func hasPlace(_ step: Int) -> Bool {
        guard let parent = instances[step].parent, place(ofItem: step) != .underWay, instances[step].item != nil
        else { return true }
        return (containers[parent]?.underWay ?? 0) < program.lines[instances[step].line].itemsAtOnce
    }
}
