extension Program {
    /// The lines that come after any of these: what needs them at first or second hand, what needs a group that they
    /// stand in, later stages, and whatever all of those hold. Owed work comes after everything, and is not told.
    package func lines(following starts: [Int]) -> Set<Int> {
        var found: Set<Int> = []
        var waiting: [Int] = []
        func follow(_ line: Int) {
            for dependent in lines[line].dependents where found.insert(dependent).inserted { waiting.append(dependent) }
        }
        for start in starts where lines[start].stage != nil {
            var current: Int? = start
            while let line = current {
                follow(line)
                current = lines[line].parent
            }
        }
        while let line = waiting.popLast() { follow(line) }
        if let first = starts.compactMap({ lines[$0].stage }).min() {
            for range in stageRanges.dropFirst(first + 1) { found.formUnion(range) }
        }
        waiting = Array(found)
        while let line = waiting.popLast() {
            for child in lines[line].children where found.insert(child).inserted { waiting.append(child) }
        }
        return found
    }
}
