internal import AttemptProtocol
package import CSystem
internal import Glibc
internal import WorkflowExecutors

/// A private folder in which a workflow can be crashed: the steps' working folder, a store, and saved copies of both.
///
/// It confines nothing: steps run with the user's rights, and what they do outside of it is done for real. Whatever a
/// driver or a step starts stays a descendant of this process, so that it can be found and ended.
package final class Sandbox: Sendable {
    /// What is copied from the user's folder at the start; a larger one is left out, and said.
    package static let copyEntriesMax = 10_000
    package static let copyBytesMax: Int64 = 64 << 20
    package static let variable = "WORKFLOW_DRILL"

    private static let nameMax = 60

    package let root: String

    package var live: String { root + "/live" }
    /// Where steps run.
    package var work: String { live + "/work" }
    package var store: String { live + "/store" }
    /// For the steps' own temporary files: not compared.
    package var temporary: String { root + "/tmp" }
    package var definition: String { root + "/definition.json" }
    package var input: String { root + "/input.json" }
    package var errors: String { root + "/driver.log" }

    package init(in folder: String) throws(DrillFailure) {
        guard csystem_inherit_orphans() == 0 else { throw Self.failed("PR_SET_CHILD_SUBREAPER", errno) }
        var template = Array("\(folder)/workflow-drill-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Self.failed("a folder in \(folder) cannot be made", errno) }
        root = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        for path in [live, work, temporary] where mkdir(path, 0o700) != 0 { throw Self.failed(path, errno) }
    }

    /// Copies the user's folder, without stores.
    ///
    /// - Returns: false where it is too large; nothing is copied then.
    package func fill(from folder: String) throws(DrillFailure) -> Bool {
        let names = try Self.names(in: folder).filter {
            $0 != ".workflow" && !(root + "/").hasPrefix("\(folder)/\($0)/")
        }
        var entries = 0
        var bytes: Int64 = 0
        for name in names {
            var status = stat()
            guard lstat("\(folder)/\(name)", &status) == 0 else { continue }
            do {
                try count(status, &entries, &bytes)
                guard status.st_mode & S_IFMT == S_IFDIR else { continue }
                try FolderState.walk("\(folder)/\(name)", "") { (_, status) throws(DrillFailure) in
                    try count(status, &entries, &bytes)
                }
            } catch {
                return false
            }
        }
        for name in names {
            try Self.run(["cp", "-a", "--", "\(folder)/\(name)", work + "/"])
        }
        return true
    }

    /// Links in the steps' folder that lead out of it: what is written through them is written for real.
    package func linksOut() throws(DrillFailure) -> [String] {
        var links: [String] = []
        try FolderState.walk(work, "") { (path, status) throws(DrillFailure) in
            guard status.st_mode & S_IFMT == S_IFLNK, links.count < Self.copyEntriesMax else { return }
            guard let target = realpath("\(work)/\(path)", nil) else { return links.append(path) }
            defer { free(target) }
            if !String(cString: target).hasPrefix(work + "/") { links.append(path) }
        }
        return links
    }

    private func count(_ status: stat, _ entries: inout Int, _ bytes: inout Int64) throws(DrillFailure) {
        entries += 1
        if status.st_mode & S_IFMT == S_IFREG { bytes += Int64(status.st_size) }
        guard entries <= Self.copyEntriesMax, bytes <= Self.copyBytesMax else {
            throw DrillFailure(.invalid, "the folder is too large to be copied")
        }
    }

    // MARK: - Copies

    /// Keeps what is live now, in place of what was kept under that name.
    package func save(_ name: String) throws(DrillFailure) {
        try Self.run(["rm", "-rf", "--", "\(root)/\(name)"])
        try Self.run(["cp", "-a", "--", live, "\(root)/\(name)"])
    }

    /// Makes what was kept live again, at the same paths. Two folders stay themselves: that of the steps, which may be
    /// the current one of what an earlier step has left running, and that of the store, which knows a copy of its
    /// folder.
    package func restore(_ name: String) throws(DrillFailure) {
        // Before the run there is no store yet.
        let hasStore = FileBytes.exists("\(root)/\(name)/store/.workflow")
        for folder in [store, work] where FileBytes.exists(folder) {
            let kept = hasStore ? ["!", "-path", "\(store)/.workflow"] : []
            try Self.run(["find", folder, "-mindepth", "1"] + kept + ["-delete"])
        }
        try Self.run(["cp", "-a", "--", "\(root)/\(name)/.", live])
    }

    package func rename(_ name: String, to other: String) throws(DrillFailure) {
        try Self.run(["rm", "-rf", "--", "\(root)/\(other)"])
        guard Glibc.rename("\(root)/\(name)", "\(root)/\(other)") == 0 else { throw Self.failed(name, errno) }
    }

    package func remove() { try? Self.run(["rm", "-rf", "--", root]) }

    // MARK: - Processes

    /// A process, never to be mistaken for a later one of its number.
    package struct Resident: Hashable, Sendable {
        package let pid: pid_t
        package let startTime: String

        package init(pid: pid_t, startTime: String) {
            self.pid = pid
            self.startTime = startTime
        }
    }

    /// What lives in here: drivers, supervisors, commands, and what they left behind; without the survivors of earlier
    /// steps and what those have started.
    ///
    /// Found by descent. Environments and command lines cannot be read of a process that is just becoming another
    /// program, and one that is overlooked once lives on.
    package func residents(beside survivors: Set<Resident> = []) -> [Resident] {
        guard let names = try? Self.names(in: "/proc") else { return [] }
        var children: [pid_t: [(resident: Resident, hasEnded: Bool)]] = [:]
        for pid in names.compactMap({ pid_t($0) }) {
            guard let status = FileBytes.read("/proc/\(pid)/stat", limit: 4096) else { continue }
            // The name of the program stands in brackets and may hold anything; behind it stand the state, the parent
            // and, as the 20th word, the start.
            let words = String(decoding: status, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
            guard words.count > 19, let parent = pid_t(words[1]) else { continue }
            children[parent, default: []].append(
                (Resident(pid: pid, startTime: String(words[19])), words[0] == "Z" || words[0] == "X"))
        }
        var found: [Resident] = []
        var parents = [getpid()]
        while let parent = parents.popLast() {
            for child in children[parent] ?? [] where !survivors.contains(child.resident) {
                if !child.hasEnded {
                    found.append(child.resident)
                } else if parent == getpid() {
                    // An orphan whose end nobody else takes note of.
                    _ = waitpid(child.resident.pid, nil, WNOHANG)
                }
                parents.append(child.resident.pid)
            }
        }
        return found.sorted { $0.pid < $1.pid }
    }

    package static func isStayingSupervisor(_ resident: Resident) -> Bool {
        let words = strings("/proc/\(resident.pid)/cmdline").map { String(decoding: $0, as: UTF8.self) }
        return words.last == AttemptProtocolVersion.stayArgument
            && words.first?.hasSuffix(SupervisorBinary.name) == true
    }

    /// What a process is, for people: its command line, or the name of its program.
    package static func name(of resident: Resident) -> String {
        let words = strings("/proc/\(resident.pid)/cmdline").map { String(decoding: $0, as: UTF8.self) }
        let program =
            words.isEmpty
            ? String(decoding: (FileBytes.read("/proc/\(resident.pid)/comm", limit: 64)) ?? [], as: UTF8.self)
            : words.joined(separator: " ")
        let line = DisplayLine.text(Array(program.utf8.prefix { $0 != UInt8(ascii: "\n") }))
        guard !line.isEmpty else { return "process \(resident.pid)" }
        return line.count > nameMax ? line.prefix(nameMax - 1) + "…" : line
    }

    /// Kills all that live in here but `survivors`; the ones that start others first.
    package func sweep(sparing survivors: Set<Resident> = []) {
        for _ in 0..<1000 {
            let left = residents(beside: survivors)
            if left.isEmpty { return }
            for resident in left { _ = kill(resident.pid, SIGKILL) }
            usleep(500)
        }
    }

    // MARK: - Parts

    private static func strings(_ path: String) -> [ArraySlice<UInt8>] {
        ((FileBytes.read(path, limit: 1 << 22)) ?? []).split(separator: 0)
    }

    package static func names(in folder: String) throws(DrillFailure) -> [String] {
        guard let stream = opendir(folder) else { throw failed(folder, errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private static func run(_ arguments: [String]) throws(DrillFailure) {
        var pid: pid_t = 0
        let pointers = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        let error = posix_spawnp(&pid, arguments[0], &actions, nil, pointers, environ)
        guard error == 0 else { throw failed(arguments[0], error) }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        guard status == 0 else {
            throw DrillFailure(
                .inputOutput, "`\(arguments.joined(separator: " "))` failed; is there room in the sandbox's folder?")
        }
    }

    private static func failed(_ what: String, _ error: Int32) -> DrillFailure {
        let isMissing = error == ENOENT || error == ENOTDIR
        return DrillFailure(
            isMissing ? .notFound : error == EACCES ? .notPermitted : .inputOutput,
            "\(what): \(String(cString: strerror(error)))")
    }
}
