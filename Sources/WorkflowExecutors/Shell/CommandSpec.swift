package import AttemptProtocol

/// A command that a supervisor is to run.
package struct CommandSpec: Sendable, Equatable {
    /// Interpreter and options, for example `["bash", "-euo", "pipefail"]`; the script's path is appended. A name
    /// without a slash is looked for in the command's own PATH.
    package var shell: [String]
    package var script: String
    /// In place of a script: what the program of `shell` reads on standard input. It is written to no disk.
    package var input: [UInt8] = []
    /// The complete environment. `LaunchSpecification.ownVariables` are the supervisor's to set and are left out.
    package var environment: [String: String]
    /// More of it, as `NAME=value`, where one is not UTF-8. What `environment` names counts before it.
    package var rawVariables: [[UInt8]] = []
    /// Absolute.
    package var workingDirectory: String
    package var umask: UInt32
    /// `stop` follows.
    package var timeout: Duration
    /// The grace between its signal and SIGKILL.
    package var killAfter: Duration
    /// How it is ended, at its timeout or on request.
    package var stop: StopOrder = .standard
    /// The records of earlier attempts with its key, as lines of JSON.
    package var earlierEvents: [UInt8] = []
    /// Masked in the log; each at least 4 bytes.
    package var secrets: [String]
    /// Absolute; outside the attempt's folder, as it stays.
    package var logPath: String
    package var logLimitBytes: Int
    /// UUID of the run that the command works for, for whoever looks at the processes; empty where there is none.
    package var run: String

    /// Secrets together may not be longer.
    package static let secretBytesMax = 1 << 20

    package init(
        shell: [String], script: String, environment: [String: String], workingDirectory: String, umask: UInt32 = 0o022,
        timeout: Duration = .seconds(3600), killAfter: Duration = .seconds(10), secrets: [String] = [], logPath: String,
        logLimitBytes: Int = LogLayout.limitBytesDefault, run: String = ""
    ) {
        self.run = run
        self.shell = shell
        self.script = script
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.umask = umask
        self.timeout = timeout
        self.killAfter = killAfter
        self.secrets = secrets
        self.logPath = logPath
        self.logLimitBytes = logLimitBytes
    }
}

extension CommandSpec {
    /// What the supervisor is told, as bytes.
    func launchBytes(for id: AttemptIdentity) throws(ExecutorError) -> [UInt8] {
        try check()
        var specification = LaunchSpecification(
            attemptID: id.attemptID, role: id.role, shell: shell, script: script,
            environment: environment.filter { !LaunchSpecification.ownVariables.contains($0.key) }
                .map { "\($0.key)=\($0.value)" }.sorted().map { Array($0.utf8) } + keptRawVariables,
            workingDirectory: workingDirectory, umask: umask & 0o777, timeoutNanoseconds: timeout.clampedNanoseconds,
            killAfterNanoseconds: killAfter.clampedNanoseconds, secrets: secrets, logPath: logPath,
            logLimitBytes: Int64(logLimitBytes), outputsLimitBytes: Int64(OutputFile.bytesMax), stop: stop,
            earlierEvents: earlierEvents)
        specification.input = input
        let bytes = specification.bytes
        guard bytes.count <= LaunchSpecification.bytesMax else {
            throw ExecutorError(
                .commandInvalid,
                "script, environment and secrets take \(bytes.count) bytes together; the limit is "
                    + "\(LaunchSpecification.bytesMax): pass large values through files")
        }
        return bytes
    }

    private var keptRawVariables: [[UInt8]] {
        let names = Set((Array(environment.keys) + LaunchSpecification.ownVariables).map { Array($0.utf8) })
        return rawVariables.filter { !names.contains(Array($0.prefix { $0 != UInt8(ascii: "=") })) }
    }

    private func check() throws(ExecutorError) {
        guard !shell.isEmpty else { throw invalid("the shell is empty; name one, for example bash -euo pipefail") }
        guard workingDirectory.hasPrefix("/") else {
            throw invalid("the working directory \(workingDirectory) is not an absolute path")
        }
        guard logPath.hasPrefix("/") else { throw invalid("the log's path \(logPath) is not absolute") }
        for text in shell + [script, workingDirectory, logPath] where text.utf8.contains(0) {
            throw invalid("a NUL character in the shell, the script or a path; no process can be given one")
        }
        for name in environment.keys.sorted() {
            guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "=")), !name.utf8.contains(0) else {
                throw invalid("the environment variable name \"\(name)\" is empty or holds = or NUL")
            }
            guard !(environment[name]?.utf8.contains(0) ?? false) else {
                throw invalid("the environment variable \(name) holds a NUL character; no process can be given one")
            }
        }
        if let problem = CommandSize(arguments: shell, environment: environment).problem() { throw invalid(problem) }
        guard secrets.allSatisfy({ $0.utf8.count >= SecretForms.bytesMin }) else {
            throw invalid(
                "a secret is shorter than \(SecretForms.bytesMin) bytes; masking it would blank out ordinary text")
        }
        guard secrets.reduce(0, { $0 + $1.utf8.count }) <= Self.secretBytesMax else {
            throw invalid("the secrets are longer than \(Self.secretBytesMax) bytes together")
        }
    }

    private func invalid(_ message: String) -> ExecutorError {
        ExecutorError(.commandInvalid, message)
    }
}

extension Duration {
    /// Whole nanoseconds; what is negative is 0, what does not fit is the most that does.
    var clampedNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        guard self > .zero else { return 0 }
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return .max }
        let (sum, overflowed) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflowed ? .max : sum
    }
}
