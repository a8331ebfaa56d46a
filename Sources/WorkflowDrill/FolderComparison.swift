internal import WorkflowExecutors
internal import WorkflowViews

/// How a folder differs from what it should hold.
package struct FolderComparison: Sendable {
    package let expected: FolderState
    /// Grows with each further run that no crash has touched.
    package private(set) var volatile = VolatileState()

    package init(expected: FolderState) {
        self.expected = expected
    }

    /// Learns from what another run left that no crash has touched: what it changes, no crash has to answer for.
    package mutating func learn(_ sample: FolderState) {
        volatile.learn(sample, beside: expected)
    }

    package struct Change: Sendable, Equatable {
        package let path: String
        /// In words: `has 2 lines instead of 1`.
        package let what: String

        package init(path: String, what: String) {
            self.path = path
            self.what = what
        }

        package var text: String { "`\(DisplayLine.text(Array(path.utf8)))` \(what)" }
    }

    /// Every difference, in the order of paths.
    package func changes(in found: FolderState) -> [Change] {
        let wanted = Dictionary(expected.entries.map { ($0.path, $0) }) { first, _ in first }
        let present = Dictionary(found.entries.map { ($0.path, $0) }) { first, _ in first }
        var changes: [Change] = []
        for entry in expected.entries where !isUnnamed(entry.path, in: wanted) {
            if let other = present[entry.path] {
                if let what = difference(entry, other) { changes.append(Change(path: entry.path, what: what)) }
            } else {
                changes.append(Change(path: entry.path, what: "is missing"))
            }
        }
        for entry in found.entries where wanted[entry.path] == nil && !isUnnamed(entry.path, in: wanted) {
            changes.append(Change(path: entry.path, what: "is new"))
        }
        for folder in volatile.folders.sorted() where folder.isEmpty || !isUnnamed(folder, in: wanted) {
            let name = folder.isEmpty ? "." : folder
            let (before, after) = (count(folder, expected), count(folder, found))
            if before.others != after.others {
                changes.append(
                    Change(
                        path: name,
                        what: "holds \(Counted.text(after.others, "entry", "entries")) instead of \(before.others)"))
            } else if after.numbered < before.numbered {
                changes.append(
                    Change(path: name, what: "holds \(after.numbered) numbered entries instead of \(before.numbered)"))
            }
        }
        return changes.sorted { $0.path < $1.path }
    }

    /// Has a name that differs from run to run, or stands in a folder that has; such are counted. What has the same
    /// name in every run is compared, whatever stands beside it.
    private func isUnnamed(_ path: String, in wanted: [String: FolderState.Entry]) -> Bool {
        let parent = VolatileState.parent(of: path)
        if volatile.names.contains(path) || wanted[path] == nil && volatile.folders.contains(parent) { return true }
        return parent.isEmpty ? false : isUnnamed(parent, in: wanted)
    }

    /// Entries of a folder in which names differ. Those that a run numbers anew, by the clock or its process, are
    /// apart: one that is run again leaves another one of them.
    private func count(_ folder: String, _ state: FolderState) -> (numbered: Int, others: Int) {
        var count = (numbered: 0, others: 0)
        for entry in state.entries where VolatileState.parent(of: entry.path) == folder {
            if volatile.isNumbered(entry.path) { count.numbered += 1 } else { count.others += 1 }
        }
        return count
    }

    private func difference(_ wanted: FolderState.Entry, _ found: FolderState.Entry) -> String? {
        guard wanted.kind == found.kind else {
            return "is a \(found.kind.rawValue) instead of a \(wanted.kind.rawValue)"
        }
        guard wanted.mode == found.mode else {
            return "has the mode \(String(found.mode, radix: 8)) instead of \(String(wanted.mode, radix: 8))"
        }
        guard wanted.lines == found.lines || volatile.lines.contains(wanted.path) else {
            return "has \(Counted.text(found.lines, "line")) instead of \(wanted.lines)"
        }
        if let largest = volatile.contents[wanted.path] {
            // A few bytes more or less are no second time the same.
            return found.size < max(largest * 3 / 2, largest + 2)
                ? nil : "has \(Counted.text(found.size, "byte")) instead of \(wanted.size)"
        }
        guard wanted.size == found.size else {
            return "has \(Counted.text(found.size, "byte")) instead of \(wanted.size)"
        }
        return wanted.digest == found.digest ? nil : "holds something else"
    }

}
