import AttemptProtocol
import Glibc
import Testing
import WorkflowCore
import WorkflowDefinitions
import WorkflowEngine
import WorkflowExecutors
import WorkflowStore
import WorkflowTestKit

/// An engine over a store in memory and the real supervisor, in a folder of its own; everything that it started is
/// ended and removed with the value.
final class EngineBench: Sendable {
    let path: String
    /// What survives the drivers.
    let memory: InMemoryStore
    let clock = WokenClock()
    let recorder = Recorder()
    private let executor: ShellExecutor
    private let environment: EngineEnvironment

    static let run = RunID("run-under-test")

    init() throws {
        var template = Array("/tmp/workflow-engine-XXXXXX".utf8CString)
        path = String(cString: try #require(mkdtemp(&template)))
        let host = MachineIdentity(machineID: "host-1", bootID: "boot-1", name: "db-1")
        var ids = SequentialIDs()
        memory = InMemoryStore(id: ids.next())
        executor = try ShellExecutor(
            attemptsFolder: "\(path)/attempts", supervisorPath: BuiltSupervisor.path,
            place: AttemptPlace(host: host, storeID: memory.id.text))
        environment = EngineEnvironment(
            variables: ["PATH": "/usr/local/bin:/usr/bin:/bin", "BENCH": path], user: "alice", umask: 0o22,
            workingDirectory: path, host: host, processID: 1, engineVersion: "1.0.0", logsFolder: "\(path)/logs")
    }

    deinit {
        killEverything()
        removeTree(path)
    }

    /// A new engine, as after a restart, over the store in memory or what stands before it.
    func engine(over store: (any WorkflowStore)? = nil) -> Engine {
        Engine(store: store ?? memory, executor: executor, environment: environment, clock: clock)
    }

    /// Steps of the only stage, each line indented as in `steps:` at the margin.
    func request(_ steps: String) throws -> StartRequest {
        let text = "name: proof\nstages:\n  - name: only\n    steps:\n\(steps)\n"
        let result = DefinitionLoader().load(Array(text.utf8), file: "proof.yaml")
        let definition = try #require(result.definition, "\(result.diagnostics)")
        return StartRequest(
            definition: definition, parameters: [:], runID: EngineBench.run, labels: [:], actor: "user:alice")
    }

    /// What the steps wrote, one word for each act.
    var ledger: [String] {
        guard let file = try? Descriptor.open("\(path)/ledger", O_RDONLY),
            let bytes = try? file.readWhole(limit: 1 << 20, "ledger")
        else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// The attempts, probes too, for which a supervisor was started: it lives, or has left more than the marker that
    /// comes before the intent.
    ///
    /// Started means that the process exists, so that nothing can be missed between its start and its first act.
    func begun() throws -> Set<String> {
        var begun: Set<String> = []
        for attempt in try executor.leftovers() {
            let folder = "\(path)/attempts/\(attempt.prefix(2).lowercased())/\(attempt)"
            let isAlive = !processes(naming: folder, in: "cmdline").isEmpty
            if isAlive || names(in: folder) != [AttemptFile.marker] { begun.insert(attempt) }
        }
        return begun
    }

    /// `kill -9` of supervisors and commands, until none is left. False: some outlived a second of it.
    @discardableResult
    func killEverything() -> Bool {
        for _ in 0..<1_000 {
            let left = processes(naming: path, in: "cmdline") + processes(naming: "BENCH=\(path)", in: "environ")
            if left.isEmpty { return true }
            for pid in left { _ = kill(pid, SIGKILL) }
            _ = usleep(1_000)
        }
        return false
    }

    /// Puts a file in the place of the folders of all attempts, so that none can be opened.
    func hideAttempts() throws {
        removeTree("\(path)/attempts")
        _ = try Descriptor.open("\(path)/attempts", O_WRONLY | O_CREAT)
    }

    /// SIGSTOP to the supervisors of all attempts.
    func stopSupervisors() throws {
        let ours = Set(processes(naming: path, in: "cmdline"))
        let supervisors = processes(naming: BuiltSupervisor.path, in: "cmdline").filter(ours.contains)
        try #require(!supervisors.isEmpty)
        for pid in supervisors { _ = kill(pid, SIGSTOP) }
    }

    /// Whether something runs that was started here.
    var isAnythingLeft: Bool {
        !processes(naming: path, in: "cmdline").isEmpty || !processes(naming: "BENCH=\(path)", in: "environ").isEmpty
    }

    /// Waits until the steps have written this; for what another process does without telling.
    func awaitLedger(_ words: [String]) async throws {
        for _ in 0..<5_000 {
            if ledger == words { return }
            try await Task.sleep(for: .milliseconds(2))
        }
        throw Unexpected(what: "the ledger never held \(words), but \(ledger)")
    }

    /// The attempts that were asked to end.
    func askedToEnd() throws -> [String] {
        try executor.leftovers().filter {
            names(in: "\(path)/attempts/\($0.prefix(2).lowercased())/\($0)").contains(AttemptFile.cancel)
        }
    }

    /// The attempts whose intent is durable.
    func intended() async throws -> Set<String> {
        guard let run = try await memory.run(named: EngineBench.run) else { return [] }
        let entries = try await memory.entries(of: run.uuid, after: 0, through: nil, limit: 10_000)
        return Set(
            entries.compactMap { entry in
                if case .attemptStarted(let fact) = entry.fact { fact.id.text } else { nil }
            })
    }

    func head() async throws -> Int64 { try await memory.run(named: EngineBench.run)?.head ?? 0 }
}

struct Unexpected: Error { let what: String }

/// The supervisor that was built with these tests.
enum BuiltSupervisor {
    /// Beside the test bundle, which is found among the files mapped into this process.
    static let path: String = {
        guard let file = try? Descriptor.open("/proc/self/maps", O_RDONLY),
            let bytes = try? file.readWhole(limit: 1 << 30, "maps")
        else { return SupervisorBinary.name }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            guard let slash = line.firstIndex(of: "/"), line.hasSuffix(".xctest") else { continue }
            let bundle = line[slash...]
            return "\(bundle[..<(bundle.lastIndex(of: "/") ?? bundle.endIndex)])/\(SupervisorBinary.name)"
        }
        return SupervisorBinary.name
    }()
}

/// The living processes whose arguments or variables hold `text`.
private func processes(naming text: String, in file: String) -> [pid_t] {
    names(in: "/proc").compactMap { name in
        guard let pid = pid_t(name), pid != getpid(),
            let file = try? Descriptor.open("/proc/\(pid)/\(file)", O_RDONLY),
            let bytes = try? file.readWhole(limit: 1 << 20, name),
            String(decoding: bytes, as: UTF8.self).contains(text)
        else { return nil }
        return pid
    }
}

/// The names in a folder, sorted; none where there is no such folder.
private func names(in path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
}

private func removeTree(_ path: String) {
    for name in names(in: path) {
        let entry = "\(path)/\(name)"
        if unlink(entry) != 0 && errno != ENOENT { removeTree(entry) }
    }
    rmdir(path)
}
