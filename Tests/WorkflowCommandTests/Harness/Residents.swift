import Glibc

/// The processes that still work in a test's folder: supervisors of its attempts, what stands in it, and all that these
/// have started. Ended before the folder goes, so that nothing of a test outlives it.
enum Residents {
    static func end(in path: String) {
        // One that starts others may slip past a look.
        for _ in 0..<100 {
            let found = residents(of: path)
            if found.isEmpty { return }
            for pid in found { kill(pid, SIGKILL) }
            usleep(1000)
        }
    }

    private static func residents(of path: String) -> [pid_t] {
        var children: [pid_t: [pid_t]] = [:]
        var waiting: [pid_t] = []
        for pid in TestFolder.names("/proc").compactMap({ pid_t($0) }) where pid != getpid() {
            guard let words = statWords(pid), words.count > 1, words[0] != "Z", words[0] != "X" else { continue }
            if let parent = pid_t(words[1]) { children[parent, default: []].append(pid) }
            if belongs(pid, to: path) { waiting.append(pid) }
        }
        var found: Set<pid_t> = []
        while let pid = waiting.popLast() {
            if found.insert(pid).inserted { waiting += children[pid] ?? [] }
        }
        return found.sorted()
    }

    /// What stands behind the program's name in `/proc/PID/stat`: state, parent, …
    private static func statWords(_ pid: pid_t) -> [Substring]? {
        guard let bytes = TestFolder.bytes("/proc/\(pid)/stat") else { return nil }
        return String(decoding: bytes, as: UTF8.self).split(separator: ")").last?.split(separator: " ")
    }

    private static func belongs(_ pid: pid_t, to path: String) -> Bool {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/\(pid)/cwd", &buffer, buffer.count)
        let folder = String(decoding: buffer.prefix(max(count, 0)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        if folder == path || folder.hasPrefix(path + "/") { return true }
        let arguments = (TestFolder.bytes("/proc/\(pid)/cmdline") ?? []).split(separator: 0)
            .map { String(decoding: $0, as: UTF8.self) }
        return arguments.first?.hasSuffix("workflow-supervisor") == true
            && arguments.dropFirst().first?.hasPrefix(path + "/") == true
    }
}
