import AttemptProtocol
import Glibc
import JSON
import Testing

/// The real program `workflow-executor`, as the engine calls it.
struct CalledProgram {
    let status: Int32
    /// Standard output and standard error.
    let log: String
    let events: [JSONValue]
    /// What it wrote to `$WORKFLOW_OUTPUT`.
    let outputFile: String
    /// The folder that was its workspace; it is gone.
    let kept: [String: [UInt8]]

    /// The values of the events `output`.
    var outputs: [String: JSONValue] {
        var outputs: [String: JSONValue] = [:]
        for event in events where event["type"] == "output" {
            outputs[event["name"]?.stringValue ?? "?"] = event["value"] ?? .null
        }
        return outputs
    }

    var failure: JSONValue? { events.last { $0["type"] == "failure" } }
    var failureCode: String? { failure?["code"]?.stringValue }
    var progress: [String] { events.filter { $0["type"] == "progress" }.compactMap { $0["message"]?.stringValue } }

    /// `CODE RETRY EFFECT`, which most tests are about.
    var verdict: String {
        guard let failure else { return "\(status)" }
        let after = failure["after"]?.stringValue.map { " \($0)" } ?? ""
        return [failure["code"], failure["retry"], failure["effect"]].map { $0?.stringValue ?? "?" }
            .joined(separator: " ") + after
    }

    static let path: String = {
        for line in (text("/proc/self/maps") ?? "").split(separator: "\n") {
            guard let slash = line.firstIndex(of: "/"), line.hasSuffix(".xctest") else { continue }
            let bundle = line[slash...]
            return "\(bundle[..<(bundle.lastIndex(of: "/") ?? bundle.endIndex)])/workflow-executor"
        }
        return "workflow-executor"
    }()

    static func run(
        _ arguments: [String], request: JSONValue = [:], environment: [String: String] = [:],
        interrupting: (@Sendable (pid_t) -> Void)? = nil
    ) throws -> CalledProgram {
        var template = Array("/tmp/workflow-builtin-XXXXXX".utf8CString)
        _ = try #require(mkdtemp(&template))
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let workspace = folder + "/workspace"
        mkdir(workspace, 0o700)
        let names = ["request", "events", "outputs", "log"]
        var request = request
        if var members = request.objectValue, members["with"] != nil {
            members["workspace"] = .string(workspace)
            request = .object(members)
        }
        defer {
            for name in names { unlink("\(folder)/\(name)") }
            unlink("\(workspace)/body")
            rmdir(workspace)
            rmdir(folder)
        }
        for name in names {
            let file = try Descriptor.open("\(folder)/\(name)", O_WRONLY | O_CREAT)
            if name == "request" { try file.writeAll(try request.compactBytes(), name) }
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "\(folder)/request", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "\(folder)/log", O_WRONLY | O_APPEND, 0)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var variables = [
            "WORKFLOW_EVENTS": "\(folder)/events", "WORKFLOW_OUTPUT": "\(folder)/outputs", "LANG": "C.UTF-8",
        ]
        variables.merge(environment) { $1 }
        let argv = ([path] + arguments).map { strdup($0) } + [nil]
        let envp = variables.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var pid: pid_t = 0
        let error = posix_spawn(&pid, path, &actions, nil, argv, envp)
        try #require(error == 0, "\(path): errno \(error)")
        interrupting?(pid)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let events = try (text("\(folder)/events") ?? "").split(separator: "\n").map {
            try JSONValue(parsing: String($0))
        }
        return CalledProgram(
            status: status & 0x7F == 0 ? status >> 8 & 0xFF : 1000 + status & 0x7F, log: text("\(folder)/log") ?? "",
            events: events, outputFile: text("\(folder)/outputs") ?? "",
            kept: bytes("\(workspace)/body").map { ["body": $0] } ?? [:])
    }
}

private func bytes(_ path: String) -> [UInt8]? {
    guard let file = try? Descriptor.open(path, O_RDONLY) else { return nil }
    return try? file.readWhole(limit: 1 << 28, path)
}

private func text(_ path: String) -> String? { bytes(path).map { String(decoding: $0, as: UTF8.self) } }
