internal import WorkflowCore

// A move to another definition, by names: what has ended and is written as before stays so.

extension RunLedger {
    mutating func carryOver(to new: Program, from old: RunLedger) throws {
        for line in new.topLevel {
            let name = new.lines[line].step.name
            insert(Instance(name: try InstanceName(name, new)))
        }
        firstOpenStage = nil
        for line in new.topLevel where new.lines[line].stage != nil {
            let name = new.lines[line].step.name
            if old.instances[name] != nil { try carry(name, from: old) }
            if firstOpenStage == nil, try self[name].ended == nil { firstOpenStage = new.lines[line].stage }
        }
        for name in instances.keys {
            change(name) { $0.countedAtMove = ($0.passes, $0.passesCharged) }
        }
        try lineUpOpen()
        let stages = new.stageRanges
        if stage != nil {
            stage =
                try stages.firstIndex { range in
                    try range.contains { try self[new.lines[$0].step.name].ended == nil }
                } ?? stages.count - 1
        }
    }

    private mutating func carry(_ name: String, from old: RunLedger) throws {
        let former = try old[name]
        let (before, after) = (old.line(former).step, line(try self[name]).step)
        let isSame = before.asWritten == after.asWritten
        change(name) { $0.edition = former.edition }
        let step = try self[name]
        let isOver = former.ended != nil && !former.hasFailed && !former.wasCancelled
        let holds = isForeach(step) || isGroup(step)
        guard holds, old.isForeach(former) || old.isGroup(former) else {
            if isSame { change(name) { $0.passes = former.passes } } else { renew(name) }
            let waits = former.ended == nil && former.isBegun && !former.isOpen
            if isSame, try isOver || waits && mayWaitOn(name, old) {
                take(former, locksKept: before.locks == after.locks)
            }
            return
        }
        let isWholeSame = isForeach(step) == old.isForeach(former) && before.wholeAsWritten == after.wholeAsWritten
        guard former.hasOpened, !former.wasSkipped || isWholeSame, isForeach(step) == old.isForeach(former),
            before.foreach == after.foreach, before.loop == after.loop
        else {
            if former.hasOpened { renew(name) }
            if former.wasSkipped && isSame || isOver && isWholeSame { take(former, locksKept: false) }
            // What it held is gone.
            return change(name) { $0.children = [] }
        }
        try lay(name, former)
        for child in try self[name].children where old.instances[child] != nil { try carry(child, from: old) }
        let isDone = try self[name].children.allSatisfy { try self[$0].ended != nil }
        let children = try self[name].children
        take(former, locksKept: before.locks == after.locks)
        change(name) { $0.children = children }
        if isOver, isWholeSame || isSame && isDone && former.isDone { return }
        change(name) {
            ($0.ended, $0.hasFailed, $0.isDone, $0.isBetweenPasses) = (nil, false, false, false)
            // An item that was not under way lines up for its place.
            let linesUp = $0.name.isItem && !former.isOpen
            ($0.isOpen, $0.isBegun) = (!linesUp, !linesUp)
            $0.linesUp = false
            if linesUp { $0.hasPlace = false }
            if former.ended != nil { $0.passesCharged = 0 }
        }
    }

    /// It waits, and what it comes after stays done; the locks around it are held still.
    private func mayWaitOn(_ name: String, _ old: RunLedger) throws -> Bool {
        if let firstOpenStage, line(try self[name]).stage != firstOpenStage { return false }
        for current in try [name] + ancestors(name) {
            let step = try self[current]
            guard try needsHaveEnded(current) else { return false }
            guard current != name, !isForeach(step), !line(step).step.locks.isEmpty else { continue }
            let former = try old[current]
            guard former.hasLocks, old.line(former).step.locks == line(step).step.locks else { return false }
        }
        return true
    }

    /// A group has the steps that the new definition gives it, a foreach the items that it had.
    private mutating func lay(_ name: String, _ former: Instance) throws {
        let step = try self[name]
        var names = former.children
        if !isForeach(step) {
            let prefix = try step.name.items.isEmpty ? "" : itemAround(name) + "."
            names = line(step).children.map { prefix + program.lines[$0].step.name }
        }
        change(name) { $0.children = names }
        for child in names { insert(Instance(name: try InstanceName(child, program))) }
    }

    private mutating func renew(_ name: String) {
        let moves = moves
        change(name) { $0.edition = moves }
    }

    private mutating func take(_ former: Instance, locksKept: Bool) {
        var instance = former
        // Its line is another one.
        instance.name = instances[former.name.text]?.name ?? former.name
        if !locksKept { instance.hasLocks = false }
        insert(instance)
    }

    /// What people were told stays done is what stays done.
    func checkReused(_ reused: [String], _ sequence: Int64) throws {
        let kept = try instances.keys.sorted().filter { name in
            try self[name].ended != nil && line(try self[name]).stage != nil
        }
        guard kept == reused.sorted() else {
            throw SimulationFault("entry \(sequence): \(reused.sorted()) are said to stay done, and \(kept) do")
        }
    }
}

extension Step {
    /// The same for its author, with all that stands in it.
    fileprivate var wholeAsWritten: Step {
        var step = asWritten
        if case .group(let inside) = action { step.action = .group(inside.map(\.wholeAsWritten)) }
        return step
    }

    /// The same for its author: without its place, and without what stands in it.
    fileprivate var asWritten: Step {
        var step = self
        (step.description, step.needs) = (nil, [])
        if case .group = step.action { step.action = .group([]) }
        return step
    }
}
