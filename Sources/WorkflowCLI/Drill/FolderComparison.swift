internal import WorkflowExecutors

/// How a folder differs from what it should hold.
struct FolderComparison: Sendable {
    /// What differs between two runs without a crash: times, random names. Of it only the shape is compared.
    struct Volatile: Sendable, Equatable {
        var contents: Set<String> = []
        /// Files of which even the size differs.
        var sizes: Set<String> = []
        /// Folders in which names differ.
        var folders: Set<String> = []
        /// What is there in one of the two only.
        var names: Set<String> = []

        static func between(_ first: FolderState, _ second: FolderState) -> Volatile {
            let firsts = Dictionary(first.entries.map { ($0.path, $0) }) { first, _ in first }
            let seconds = Dictionary(second.entries.map { ($0.path, $0) }) { first, _ in first }
            var volatile = Volatile()
            for entry in first.entries {
                if let other = seconds[entry.path] {
                    if entry != other { volatile.contents.insert(entry.path) }
                    if entry.size != other.size { volatile.sizes.insert(entry.path) }
                } else {
                    volatile.names.insert(entry.path)
                    volatile.folders.insert(parent(of: entry.path))
                }
            }
            for entry in second.entries where firsts[entry.path] == nil {
                volatile.names.insert(entry.path)
                volatile.folders.insert(parent(of: entry.path))
            }
            return volatile
        }
    }

    struct Change: Sendable, Equatable {
        let path: String
        /// In words: `has 2 lines instead of 1`.
        let what: String

        var text: String { "`\(DisplayLine.text(Array(path.utf8)))` \(what)" }
    }

    let expected: FolderState
    let volatile: Volatile

    /// Every difference, in the order of paths.
    func changes(in found: FolderState) -> [Change] {
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
        for folder in volatile.folders.sorted() {
            let (before, after) = (count(folder, expected), count(folder, found))
            if before != after {
                changes.append(
                    Change(path: folder.isEmpty ? "." : folder, what: "holds \(after) entries instead of \(before)"))
            }
        }
        return changes.sorted { $0.path < $1.path }
    }

    /// Has a name that differs from run to run, or stands in a folder that has; such are counted. What has the same name in
    /// every run is compared, whatever stands beside it.
    private func isUnnamed(_ path: String, in wanted: [String: FolderState.Entry]) -> Bool {
        let parent = Self.parent(of: path)
        if volatile.names.contains(path) || wanted[path] == nil && volatile.folders.contains(parent) { return true }
        return parent.isEmpty ? false : isUnnamed(parent, in: wanted)
    }

    private func count(_ folder: String, _ state: FolderState) -> Int {
        state.entries.count { Self.parent(of: $0.path) == folder }
    }

    private func difference(_ wanted: FolderState.Entry, _ found: FolderState.Entry) -> String? {
        guard wanted.kind == found.kind else {
            return "is a \(found.kind.rawValue) instead of a \(wanted.kind.rawValue)"
        }
        guard wanted.mode == found.mode else {
            return "has the mode \(String(found.mode, radix: 8)) instead of \(String(wanted.mode, radix: 8))"
        }
        guard wanted.lines == found.lines else {
            return "has \(counted(found.lines)) instead of \(wanted.lines)"
        }
        if wanted.size != found.size, !volatile.sizes.contains(wanted.path) || found.size >= wanted.size * 3 / 2 {
            return "has \(found.size) bytes instead of \(wanted.size)"
        }
        if volatile.contents.contains(wanted.path) { return nil }
        return wanted.digest == found.digest ? nil : "holds something else"
    }

    private func counted(_ lines: Int) -> String { lines == 1 ? "1 line" : "\(lines) lines" }

    private static func parent(of path: String) -> String { Self.Volatile.parent(of: path) }
}

extension FolderComparison.Volatile {
    static func parent(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }
}
