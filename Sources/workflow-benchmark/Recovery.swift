import ArgumentParser
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// From `kill -9` of the engine to the next step's first act, with the real binaries and a journal of a given length.
///
/// A run finishes its steps, and comes to pairs of shell steps: the first of a pair says that it has begun and waits, the
/// second says that it has begun. While the first waits the engine is killed; then the step is let go, and `workflow resume`
/// started. What is measured ends when the second one speaks.
struct Recovery: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recovery",
        abstract: "Measure the time from kill -9 of the engine to the next step's first act.",
        discussion: """
            The programs measured are those beside this one. The folder given gets a new one, which is removed.

            Example: workflow-benchmark recovery --finished 10 --finished 10000 --samples 100
            """)

    @Option(help: "Steps that the run has finished, 1 to 100000; may be repeated.") var finished = [10, 10_000]
    @Option(help: "Kills for each of them, 1 to 1000.") var samples = 100
    @Option(help: "The folder to measure on.") var folder = "."

    func validate() throws {
        guard finished.allSatisfy((1...100_000).contains), (1...1000).contains(samples) else {
            throw ValidationError("--finished takes 1 to 100000, --samples 1 to 1000")
        }
    }

    func run() async throws {
        print("ms from kill -9 to the next step's first act: minimum, p50, p99, maximum")
        for count in finished {
            var lengths: [Double] = []
            // A run grows by two steps with each kill: by a tenth at most, so that it is of the length that is told.
            let killsOfRun = max(1, count / 20)
            while lengths.count < samples {
                let run = try RecoveredRun(
                    finished: count, kills: min(killsOfRun, samples - lengths.count), in: folder)
                defer { run.remove() }
                lengths += try run.measure()
            }
            lengths.sort()
            // Nearest rank: the smallest value that so many percent do not exceed.
            let ranks = [0, 50, 99, 100].map { max(0, ($0 * lengths.count + 99) / 100 - 1) }
            let figures = ranks.map { String(format: "%8.1f", lengths[$0]) }.joined(separator: " ")
            print(
                "  "
                    + "\(count) finished steps, \(lengths.count) kills".padding(
                        toLength: 46, withPad: " ", startingAt: 0) + figures)
        }
    }
}

/// One run of the measurement, in a folder of its own.
private final class RecoveredRun {
    private let kills: Int
    private let path: String
    private let programs: String
    /// What the steps say: `held`, `next`.
    private let acts: Int32
    /// What lets the held step go.
    private let letGo: Int32

    /// Longer than the steps that come first take on a slow disk.
    private static let secondsMax = 600

    init(finished: Int, kills: Int, in folder: String) throws {
        self.kills = kills
        let base = URL(fileURLWithPath: folder).path
        path = "\(base)/.workflow-recovery-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        programs = Bundle.main.executableURL?.deletingLastPathComponent().path ?? "."
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for name in ["acts", "go"] {
            guard mkfifo("\(path)/\(name)", 0o600) == 0 else { throw MeasurementFailure("no named pipe in \(path)") }
        }
        // Open at both ends, so that neither side ever waits for the other to open its own.
        acts = open("\(path)/acts", O_RDWR | O_CLOEXEC)
        letGo = open("\(path)/go", O_RDWR | O_CLOEXEC)
        guard acts >= 0, letGo >= 0 else { throw MeasurementFailure("no descriptor is left") }
        var yaml = "name: recovery\nstages:\n  - name: measuring\n    steps:\n"
        for number in 1...finished { yaml += "      - {name: step_\(number), uses: sleep, with: {for: 0s}}\n" }
        for number in 1...kills {
            yaml += "      - {name: held_\(number), shell: [sh, -eu], run: 'echo held > acts; read -r _ < go'}\n"
            yaml += "      - {name: next_\(number), shell: [sh, -eu], run: 'echo next > acts'}\n"
        }
        yaml += "      - {name: last, shell: [sh, -eu], run: 'echo held > acts'}\n"
        try Data(yaml.utf8).write(to: URL(fileURLWithPath: path + "/recovery.yaml"))
    }

    deinit {
        _ = close(acts)
        _ = close(letGo)
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Milliseconds, one for each kill.
    func measure() throws -> [Double] {
        var engine = try start(["run", "recovery.yaml", "--run-id", "recovery"])
        try hear("held", from: engine)
        var lengths: [Double] = []
        for _ in 0..<kills {
            let watch = ContinuousClock()
            let began = watch.now
            try end(engine, with: SIGKILL)
            guard write(letGo, "go\n", 3) == 3 else { throw MeasurementFailure("the held step cannot be let go") }
            engine = try start(["resume", "recovery"])
            try hear("next", from: engine)
            let length = began.duration(to: watch.now)
            lengths.append(length.inSeconds * 1000)
            try hear("held", from: engine)
        }
        let status = try end(engine, with: nil)
        guard status == 0 else { throw MeasurementFailure("workflow resume ended with \(status), see \(path)") }
        return lengths
    }

    private func hear(_ word: String, from engine: pid_t) throws {
        var descriptors = [pollfd(fd: acts, events: Int16(POLLIN), revents: 0)]
        var bytes = [UInt8](repeating: 0, count: word.utf8.count + 1)
        for _ in 0..<Self.secondsMax {
            if poll(&descriptors, 1, 1000) == 1 {
                let count = read(acts, &bytes, bytes.count)
                let heard = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
                guard heard == word + "\n" else { throw MeasurementFailure("\(word) was due, and \(heard) came") }
                return
            }
            var status: Int32 = 0
            guard waitpid(engine, &status, WNOHANG) == 0 else {
                throw MeasurementFailure("the engine has ended before its time")
            }
        }
        throw MeasurementFailure("no step has said \(word) within \(Self.secondsMax) s")
    }

    private func start(_ arguments: [String]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor: Int32 in 0...1 {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        let words =
            ["/usr/bin/env", "-C", path, "\(programs)/workflow"] + arguments + ["--quiet"]
        let variables = ProcessInfo.processInfo.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let argumentPointers = words.map { strdup($0) } + [nil]
        let variablePointers = variables.map { strdup($0) } + [nil]
        defer { for pointer in argumentPointers + variablePointers { free(pointer) } }
        var pid: pid_t = 0
        let error = posix_spawn(&pid, words[0], &actions, nil, argumentPointers, variablePointers)
        guard error == 0 else { throw MeasurementFailure("\(words[3]) cannot be started: error \(error)") }
        return pid
    }

    /// The exit status, or 128 and the signal.
    @discardableResult
    private func end(_ process: pid_t, with signal: Int32?) throws -> Int32 {
        if let signal { _ = kill(process, signal) }
        var status: Int32 = 0
        guard waitpid(process, &status, 0) == process else { throw MeasurementFailure("the engine is gone") }
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F)
    }
}
