import Glibc
import JSON
import Testing

/// The real program, as people start it: a child process in a test's own folder, with a clean environment.
///
/// ```swift
/// let folder = try TestFolder()
/// let result = try Command.run(["run", "deploy.yaml"], in: folder)
/// #expect(result.status == 0)
/// ```
enum Command {
    /// Where a child's standard output goes.
    enum Sink {
        case file
        /// A pipe that nobody reads: every write gives EPIPE.
        case closedPipe
    }

    /// The program under test, beside the test bundle.
    static let program = buildFolder + "/workflow"

    static let buildFolder: String = {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &path, path.count)
        let text = String(decoding: path.prefix(max(count, 0)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return text.lastIndex(of: "/").map { String(text[..<$0]) } ?? "."
    }()

    /// Runs the program to its end.
    ///
    /// - Parameters:
    ///   - input: standard input; empty by default.
    ///   - environment: on top of `PATH` and `HOME`, which is the folder.
    ///   - workingFolder: the test's folder by default.
    static func run(
        _ arguments: [String], in folder: TestFolder, input: [UInt8] = [], environment: [String: String] = [:],
        workingFolder: String? = nil, output: Sink = .file, seconds: Double = 60
    ) throws -> CommandResult {
        try start(
            arguments, in: folder, input: input, environment: environment, workingFolder: workingFolder, output: output
        ).end(within: seconds)
    }

    /// Starts the program and returns at once. A test that does not wait for the end leaves it to `RunningCommand`,
    /// which kills it.
    static func start(
        _ arguments: [String], in folder: TestFolder, input: [UInt8] = [], environment: [String: String] = [:],
        workingFolder: String? = nil, output: Sink = .file
    ) throws -> RunningCommand {
        let captures = try TestFolder()
        let inputPath = try captures.write("input", bytes: input)
        var outputDescriptor: Int32 = -1
        if output == .closedPipe {
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { throw HarnessError("no pipe: errno \(errno)") }
            _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
            close(ends[0])
            outputDescriptor = ends[1]
        }
        defer { if outputDescriptor >= 0 { close(outputDescriptor) } }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, inputPath, O_RDONLY, 0)
        if outputDescriptor >= 0 {
            posix_spawn_file_actions_adddup2(&actions, outputDescriptor, 1)
        } else {
            posix_spawn_file_actions_addopen(&actions, 1, captures.path("output"), O_WRONLY | O_CREAT | O_APPEND, 0o600)
        }
        posix_spawn_file_actions_addopen(&actions, 2, captures.path("error"), O_WRONLY | O_CREAT | O_APPEND, 0o600)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))

        var variables = ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": folder.path, "LANG": "C.UTF-8"]
        variables.merge(environment) { _, new in new }
        let argumentPointers =
            (["env", "-C", workingFolder ?? folder.path, program] + arguments).map { strdup($0) } + [nil]
        let variablePointers = variables.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argumentPointers + variablePointers { free(pointer) } }
        var pid: pid_t = 0
        // env enters the folder, which Swift cannot ask of posix_spawn here, and becomes the program.
        let error = posix_spawn(&pid, "/usr/bin/env", &actions, &attributes, argumentPointers, variablePointers)
        guard error == 0 else { throw HarnessError("\(program) cannot be started: errno \(error)") }
        return RunningCommand(pid: pid, arguments: arguments, captures: captures, folder: folder)
    }
}

/// How a child ended and what it said.
struct CommandResult: CustomStringConvertible {
    let arguments: [String]
    /// The exit status; 128 and the signal where a signal ended it.
    let status: Int32
    let outputBytes: [UInt8]
    let errorBytes: [UInt8]

    var output: String { String(decoding: outputBytes, as: UTF8.self) }
    var error: String { String(decoding: errorBytes, as: UTF8.self) }
    var outputLines: [String] { Self.lines(output) }
    var errorLines: [String] { Self.lines(error) }

    /// Standard output as one JSON document.
    func json() throws -> JSONValue {
        do {
            return try JSONValue(parsing: outputBytes)
        } catch {
            throw HarnessError("no JSON on standard output (\(error)): \(self)")
        }
    }

    var description: String {
        "workflow \(arguments.joined(separator: " ")) → \(status)\n--- output\n\(output.prefix(4000))--- "
            + "error\n\(error.prefix(4000))"
    }

    private static func lines(_ text: String) -> [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }
}
