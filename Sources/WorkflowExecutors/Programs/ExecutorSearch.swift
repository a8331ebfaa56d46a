import AttemptProtocol
import ExecutorKit
import Glibc

/// Where the programs of users are looked for: `executors/` beside the run's own file, then in the current folder, then
/// PATH. Nothing is started.
package struct ExecutorSearch: Sendable {
    package let folders: [(path: String, origin: ExecutorProgram.Origin)]

    /// - Parameters:
    ///   - file: the definition's, absolute; nil where it is not known.
    ///   - path: the variable of that name.
    package init(file: String?, workingFolder: String, path: String?) {
        var folders: [(path: String, origin: ExecutorProgram.Origin)] = []
        if let file, let slash = file.lastIndex(of: "/") {
            folders.append(("\(file[..<slash])/executors", .besideDefinition))
        }
        if !folders.contains(where: { $0.path == "\(workingFolder)/executors" }) {
            folders.append(("\(workingFolder)/executors", .currentFolder))
        }
        for part in (path ?? "").split(separator: ":") where part.hasPrefix("/") {
            folders.append((String(part), .path))
        }
        self.folders = folders
    }

    /// The programs of a group, the one that is used first.
    package func programs(of group: String) -> [ExecutorProgram] {
        guard ExecutorName.isGroup(group) else { return [] }
        var seen: Set<String> = []
        return folders.compactMap { folder, origin in
            let path = "\(folder)/\(ExecutorInvocation.programPrefix)\(group)"
            guard let known = ExecutorSearch.look(path), seen.insert(path).inserted else { return nil }
            return ExecutorProgram(group: group, path: path, origin: origin, isExecutable: known)
        }
    }

    /// All that there are, sorted by group; of a group the one that is used first.
    package func all() -> [ExecutorProgram] {
        var groups: Set<String> = []
        for (folder, _) in folders {
            for name in (try? AttemptFolders.names(in: folder)) ?? []
            where name.hasPrefix(ExecutorInvocation.programPrefix) {
                groups.insert(String(name.dropFirst(ExecutorInvocation.programPrefix.count)))
            }
        }
        return groups.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.flatMap(programs)
    }

    /// Whether a file may be run; nil where there is none.
    private static func look(_ path: String) -> Bool? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return access(path, X_OK) == 0
    }
}
