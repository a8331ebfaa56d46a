import Glibc
import JSON
import Synchronization
import Testing

/// A folder of its own in which the real `workflow` is started, killed and asked.
///
/// Everything that it starts inherits `WORKFLOW_SCENE`, so that what a step left running is found and ended with the
/// scene, and nothing else ever is.
final class Scene: Sendable {
    let path: String
    /// The folder in which `workflow` and `workflow-supervisor` lie.
    let binaries: String

    init(binaries: String = BuildFolder.path) throws {
        var template = Array("/tmp/workflow-scene-XXXXXX".utf8CString)
        path = String(cString: try #require(mkdtemp(&template)))
        self.binaries = binaries
    }

    deinit {
        try? killEverything()
        _ = try? tool("rm", "-rf", path)
    }

    // MARK: - Files

    func file(_ name: String) -> String { "\(path)/\(name)" }

    var store: String { file(".workflow") }

    func write(_ text: String, to name: String, mode: mode_t = 0o600) throws {
        let descriptor = open(file(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        try #require(descriptor >= 0, "\(name): errno \(errno)")
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: sent), bytes.count - sent)
            }
            try #require(count > 0)
            sent += count
        }
    }

    /// The file's lines; none when it is not there.
    func lines(_ name: String) -> [String] {
        (fileText(file(name)) ?? "").split(separator: "\n").map(String.init)
    }

    func exists(_ name: String) -> Bool { access(file(name), F_OK) == 0 }

    // MARK: - Commands

    /// Starts `workflow` and lets it run.
    func start(
        _ arguments: [String], in folder: String? = nil, environment: [String: String] = [:]
    ) throws -> Started {
        try Started(
            ["\(binaries)/workflow"] + arguments, in: folder ?? path, environment: inherited(environment),
            capture: Started.nextCapture(in: path))
    }

    func start(_ arguments: String...) throws -> Started { try start(arguments) }

    /// Starts any other program, by its path, in the scene's folder.
    func start(command: [String]) throws -> Started {
        try Started(command, in: path, environment: inherited([:]), capture: Started.nextCapture(in: path))
    }

    /// Runs `workflow` to its end, which must come within `seconds`.
    func workflow(
        _ arguments: [String], in folder: String? = nil, environment: [String: String] = [:], seconds: Int = 60
    ) throws -> Finished {
        try start(arguments, in: folder, environment: environment).finished(within: seconds)
    }

    func workflow(_ arguments: String...) throws -> Finished { try workflow(arguments) }

    /// Runs any other program to its end.
    @discardableResult
    func tool(_ arguments: String...) throws -> Finished { try tool(arguments) }

    @discardableResult
    func tool(_ arguments: [String]) throws -> Finished {
        try Started(arguments, in: "/", environment: inherited([:]), capture: Started.nextCapture(in: "/tmp"))
            .finished(within: 60)
    }

    private func inherited(_ changes: [String: String]) -> [String: String] {
        var variables = ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": path, "WORKFLOW_SCENE": path, "SCENE": path]
        if let libraries = getenv("LD_LIBRARY_PATH") { variables["LD_LIBRARY_PATH"] = String(cString: libraries) }
        return variables.merging(changes) { $1 }
    }

    // MARK: - Looking

    func show(_ run: String) throws -> JSONValue {
        let shown = try workflow("show", run, "-o", "json")
        #expect(shown.status == 0, "\(shown)")
        return try JSONValue(parsing: shown.output)
    }

    func step(_ name: String, of run: String) throws -> JSONValue {
        let steps = try show(run)["steps"]?.arrayValue ?? []
        return try #require(steps.first { $0["name"]?.stringValue == name }, "no step \(name)")
    }

    func status(_ run: String) throws -> String { try show(run)["status"]?.stringValue ?? "none" }

    /// What the journal holds, as types in order.
    func journal(_ run: String) throws -> [JSONValue] {
        try JSONValue(parsing: workflow("journal", run, "-o", "json").output).arrayValue ?? []
    }

    func checkpoints(_ run: String) throws -> [(id: String, step: String)] {
        let listed = try JSONValue(parsing: workflow("checkpoint", "list", run, "-o", "json").output).arrayValue ?? []
        return try listed.map {
            (try #require($0["id"]?.stringValue), try #require($0["step"]?.stringValue))
        }
    }

    func expectVerified(_ run: String) throws {
        let verified = try workflow("journal", run, "--verify")
        #expect(verified.status == 0, "\(verified)")
    }

    // MARK: - Processes

    /// The supervisors of this scene's attempts.
    var supervisors: [pid_t] {
        processes { pid in
            let arguments = fileText("/proc/\(pid)/cmdline") ?? ""
            return arguments.contains("workflow-supervisor\0") && arguments.contains("\0\(self.path)/")
        }
    }

    /// Everything else that this scene started: engines and the processes of steps.
    var members: [pid_t] {
        processes { pid in
            (fileText("/proc/\(pid)/environ") ?? "").split(separator: "\0").contains("WORKFLOW_SCENE=\(self.path)")
        }
    }

    private func processes(_ belongs: (pid_t) -> Bool) -> [pid_t] {
        var found: [pid_t] = []
        guard let folder = opendir("/proc") else { return [] }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let pid = pid_t(name), pid != getpid(), belongs(pid), !isZombie(pid) else { continue }
            found.append(pid)
        }
        return found
    }

    /// `kill -9` of engines, supervisors and commands, until none is left.
    func killEverything() throws {
        try eventually("nothing of the scene lives") {
            let all = supervisors + members
            for pid in all { _ = kill(pid, SIGKILL) }
            return all.isEmpty
        }
    }

    /// Waits until a step has written this file.
    func await(_ name: String) throws {
        try eventually("there is \(name)") { fileBytes(file(name))?.isEmpty == false }
    }
}

/// A process that was started; ended with the value.
final class Started: Sendable {
    let pid: pid_t
    private let capture: String
    private nonisolated(unsafe) var waited: Int32?  // Touched by the one test that owns the value.

    init(_ arguments: [String], in folder: String, environment: [String: String], capture: String) throws {
        self.capture = capture
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, capture + ".out", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, capture + ".err", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        // `env` enters the folder and becomes the program: Swift cannot see the spawn action for it.
        let arguments = ["/usr/bin/env", "-C", folder] + arguments
        let argumentPointers = arguments.map { strdup($0) } + [nil]
        let environmentPointers =
            environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argumentPointers + environmentPointers { free(pointer) } }
        var spawned: pid_t = 0
        let error = posix_spawn(&spawned, arguments[0], &actions, &attributes, argumentPointers, environmentPointers)
        try #require(error == 0, "\(arguments[0]) cannot be started: errno \(error)")
        pid = spawned
    }

    deinit {
        if waited == nil {
            _ = kill(pid, SIGKILL)
            var status: Int32 = 0
            _ = waitpid(pid, &status, 0)
        }
        unlink(capture + ".out")
        unlink(capture + ".err")
    }

    private static let names = Counter()
    static func nextCapture(in folder: String) -> String { "\(folder)/.captured-\(getpid())-\(names.next())" }

    var output: String { fileText(capture + ".out") ?? "" }
    var errors: String { fileText(capture + ".err") ?? "" }
    var outputBytes: [UInt8] { fileBytes(capture + ".out") ?? [] }

    func signal(_ number: Int32) { _ = kill(pid, number) }

    /// `kill -9`, and the wait for its end. False when it had ended by itself.
    @discardableResult
    func killed() throws -> Bool {
        if try poll() != nil { return false }
        signal(SIGKILL)
        return try finished(within: 10).status == 128 + SIGKILL
    }

    var isRunning: Bool { (try? poll()) == .some(nil) }

    private func poll() throws -> Int32? {
        if let waited { return waited }
        var status: Int32 = 0
        let ended = waitpid(pid, &status, WNOHANG)
        if ended == pid { waited = status }
        return waited
    }

    /// Waits for its end; one that does not come in time is a failure.
    func finished(within seconds: Int = 60) throws -> Finished {
        let givenUpAt = monotonicMilliseconds() + Int64(seconds) * 1000
        while try poll() == nil {
            if monotonicMilliseconds() > givenUpAt {
                signal(SIGKILL)
                throw Unexpected(what: "pid \(pid) did not end within \(seconds) s; \(errors)")
            }
            _ = usleep(1_000)
        }
        let status = waited ?? 0
        let ended = status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F)
        return Finished(status: ended, output: output, errors: errors)
    }
}

/// How a process ended: its exit status, or 128 and the signal, as shells count.
struct Finished: CustomStringConvertible {
    let status: Int32
    let output: String
    let errors: String

    /// The last line that is not empty on standard error.
    var lastLine: String { errors.split(separator: "\n").last.map(String.init) ?? "" }

    var json: JSONValue { get throws { try JSONValue(parsing: output) } }

    var description: String { "status \(status)\n\(output.prefix(4000))\n\(errors.suffix(4000))" }
}

struct Unexpected: Error { let what: String }

/// The folder of the executables that were built with these tests: that of the test bundle, which is found among the
/// files mapped into this process.
enum BuildFolder {
    static let path: String = {
        for line in (fileText("/proc/self/maps") ?? "").split(separator: "\n") {
            guard let slash = line.firstIndex(of: "/"), line.hasSuffix(".xctest") else { continue }
            let bundle = line[slash...]
            return String(bundle[..<(bundle.lastIndex(of: "/") ?? bundle.endIndex)])
        }
        return "."
    }()
}

func fileText(_ path: String) -> String? {
    fileBytes(path).map { String(decoding: $0, as: UTF8.self) }
}

func fileBytes(_ path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count <= 0 { return count == 0 ? bytes : nil }
        bytes += buffer[..<count]
    }
}

/// Waits until `condition` holds: for what another process does without telling. Fails after twenty seconds, or so
/// many.
func eventually(_ what: String, within seconds: Int64 = 20, _ condition: () throws -> Bool) throws {
    let givenUpAt = monotonicMilliseconds() + seconds * 1000
    while monotonicMilliseconds() < givenUpAt {
        if try condition() { return }
        _ = usleep(2_000)
    }
    throw Unexpected(what: "never: \(what)")
}

func monotonicMilliseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
}

func isZombie(_ pid: pid_t) -> Bool {
    guard let status = fileText("/proc/\(pid)/stat"), let close = status.lastIndex(of: ")") else { return true }
    return status[close...].dropFirst(2).first == "Z"
}

/// A number of its own for each call.
final class Counter: Sendable {
    private let value = Atomic(0)

    func next() -> Int { value.add(1, ordering: .relaxed).newValue }
}
