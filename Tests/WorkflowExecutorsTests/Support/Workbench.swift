import AttemptProtocol
import Glibc
import JSON
import Testing

@testable import WorkflowExecutors

/// A folder for one test, with an executor over it; removed with the value.
final class Workbench: Sendable {
    let path: String
    let executor: ShellExecutor
    static let place = AttemptPlace(hostID: "host-1", bootID: "boot-1", storeID: "store-1")

    init(supervisorPath: String = BuiltSupervisor.path, place: AttemptPlace = Workbench.place) throws {
        var template = Array("/tmp/workflow-executors-XXXXXX".utf8CString)
        let made = try #require(mkdtemp(&template))
        path = String(cString: made)
        executor = try ShellExecutor(attemptsFolder: "\(path)/attempts", supervisorPath: supervisorPath, place: place)
    }

    deinit {
        endEverything()
        _ = runProgram(["/bin/rm", "-rf", path])
    }

    /// Ends the supervisors of this bench, what stands in its folder, and all that these have started.
    private func endEverything() {
        for _ in 0..<100 {
            var children: [Int32: [Int32]] = [:]
            var waiting: [Int32] = []
            for pid in ((try? AttemptFolders.names(in: "/proc")) ?? []).compactMap({ Int32($0) }) {
                guard pid != getpid(), let status = ProcessStatus.of(pid), !status.hasEnded else { continue }
                children[status.parent, default: []].append(pid)
                var folder = [CChar](repeating: 0, count: Int(PATH_MAX))
                let count = readlink("/proc/\(pid)/cwd", &folder, folder.count)
                let stands = String(decoding: folder.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
                let arguments = (bytes("/proc/\(pid)/cmdline") ?? []).split(separator: 0)
                    .map { String(decoding: $0, as: UTF8.self) }
                if stands == path || stands.hasPrefix(path + "/")
                    || arguments.contains(where: { $0.hasPrefix(path + "/") })
                {
                    waiting.append(pid)
                }
            }
            var found: Set<Int32> = []
            while let pid = waiting.popLast() {
                if found.insert(pid).inserted { waiting += children[pid] ?? [] }
            }
            if found.isEmpty { return }
            for pid in found { _ = kill(pid, SIGKILL) }
            _ = usleep(1000)
        }
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    func newIdentity(_ role: AttemptRole = .attempt) throws -> AttemptIdentity {
        let uuid = try #require(contents("/proc/sys/kernel/random/uuid")).prefix(36)
        return AttemptIdentity(attemptID: String(uuid), role: role, place: executor.place)
    }

    func folder(_ id: AttemptIdentity) -> String { executor.folders.path(of: id.attemptID) }

    func log(_ id: AttemptIdentity) -> String { file("logs/\(id.attemptID).log") }

    func spec(_ script: String, _ id: AttemptIdentity) -> CommandSpec {
        CommandSpec(
            shell: ["bash", "-euo", "pipefail"], script: script,
            environment: ["PATH": "/usr/local/bin:/usr/bin:/bin", "BENCH": path], workingDirectory: path,
            logPath: log(id))
    }

    /// The pid in the claim of an attempt.
    func supervisor(of id: AttemptIdentity) throws -> pid_t {
        try Claim(parsing: try #require(bytes("\(folder(id))/\(AttemptFile.claim)"))).pid
    }

    func killSupervisor(of id: AttemptIdentity) throws {
        let claim = try Claim(parsing: try #require(bytes("\(folder(id))/\(AttemptFile.claim)")))
        #expect(kill(claim.pid, SIGKILL) == 0)
        try eventually("the supervisor is gone") { !ProcessStatus.isAlive(claim.pid, startTime: claim.startTime) }
    }

    /// An executor that knows of no child: the engine after a crash.
    func nextEngine(place: AttemptPlace = Workbench.place) throws -> ShellExecutor {
        try ShellExecutor(
            attemptsFolder: "\(path)/attempts", supervisorPath: executor.supervisorPath, place: place)
    }

    /// Prepares and launches a script.
    func launch(_ script: String, _ change: (inout CommandSpec) -> Void = { _ in }) throws -> AttemptIdentity {
        let id = try newIdentity()
        try executor.prepare(id)
        var spec = spec(script, id)
        change(&spec)
        try executor.launch(id, spec)
        return id
    }

    /// Runs a script to its recorded end.
    func run(
        _ script: String, secrets: [String] = [], _ change: (inout CommandSpec) -> Void = { _ in }
    ) async throws -> (id: AttemptIdentity, end: AttemptEnd) {
        let id = try launch(script) {
            $0.secrets = secrets
            change(&$0)
        }
        return (id, try await end(of: id, secrets: secrets))
    }

    func end(of id: AttemptIdentity, secrets: [String] = []) async throws -> AttemptEnd {
        let conclusion = try await executor.conclusion(of: id, secrets: secrets, followingLeftovers: true)
        guard case .ended(let end) = conclusion else {
            throw Unexpected(what: "\(conclusion)")
        }
        return end
    }
}

struct Unexpected: Error { let what: String }

/// That an attempt does not wait: its fastest of some tries is below a bound, as a busy machine may slow any of them.
func expectFastest(under bound: Int64, _ attempt: () async throws -> AttemptEnd) async throws {
    var fastest = Int64.max
    for _ in 0..<10 where fastest >= bound {
        fastest = min(fastest, Int64(try await attempt().durationMilliseconds))
    }
    #expect(fastest < bound)
}

/// The supervisor that was built with these tests.
enum BuiltSupervisor {
    /// Beside the test bundle, which is found among the files mapped into this process.
    static let path: String = {
        for line in (contents("/proc/self/maps") ?? "").split(separator: "\n") {
            guard let slash = line.firstIndex(of: "/"), line.hasSuffix(".xctest") else { continue }
            let bundle = line[slash...]
            return "\(bundle[..<(bundle.lastIndex(of: "/") ?? bundle.endIndex)])/\(SupervisorBinary.name)"
        }
        return SupervisorBinary.name
    }()
}

func contents(_ path: String) -> String? {
    bytes(path).map { String(decoding: $0, as: UTF8.self) }
}

func bytes(_ path: String) -> [UInt8]? {
    guard let file = try? Descriptor.open(path, O_RDONLY) else { return nil }
    return try? file.readWhole(limit: 1 << 30, path)
}

/// Runs a program to its end and returns its exit status, -1 if a signal ended it.
@discardableResult
func runProgram(_ arguments: [String], output: String = "/dev/null") -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    let pointers = arguments.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    var pid: pid_t = 0
    guard posix_spawnp(&pid, arguments[0], &actions, nil, pointers, environ) == 0 else { return -1 }
    var status: Int32 = 0
    guard waitpid(pid, &status, 0) == pid, status & 0x7F == 0 else { return -1 }
    return status >> 8 & 0xFF
}

/// Waits until `condition` holds. For what another process does without telling; fails after ten seconds.
func eventually(_ what: String, _ condition: () throws -> Bool) throws {
    for _ in 0..<2_000 {
        if try condition() { return }
        _ = usleep(5_000)
    }
    throw Unexpected(what: "never: \(what)")
}

func write(_ text: String, to path: String, mode: mode_t = 0o600) throws {
    let file = try Descriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: mode)
    try file.writeAll(Array(text.utf8), path)
}
