import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// One run of the measurement of recovery, in a folder of its own.
///
/// The first step of a pair says that it has begun and waits to be let go; the second one says that it has begun.
final class RecoveredRun {
    private let kills: Int
    private let path: String
    private let programs: String
    /// What the steps say: `held`, `next`.
    private let acts: Int32
    /// What lets the held step go.
    private let letGo: Int32

    /// Longer than the steps that come first take on a slow disk.
    private static let secondsMax = 600
    /// What every process of a run has in its environment, with the run's folder.
    private static let variable = "WORKFLOW_RECOVERY"
    /// The folder of the run that is measured.
    private static let current = Mutex<String?>(nil)

    /// Milliseconds, one for each kill. However it ends, nothing is left that runs, and no folder.
    ///
    /// - Parameter areWritten: the finished steps stand in the definition one by one, and are not items.
    static func measured(finished: Int, areWritten: Bool, kills: Int, in folder: String) throws -> [Double] {
        let base = URL(fileURLWithPath: folder).path
        let path = "\(base)/.workflow-recovery-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        current.withLock { $0 = path }
        defer {
            current.withLock { current in
                cleanUp(path)
                current = nil
            }
        }
        let steps =
            areWritten
            ? (1...finished).map { "      - {name: step_\($0), uses: sleep, with: {for: 0s}}\n" }.joined()
            : "      - {name: step, foreach: {items: \"${{ range(\(finished)) }}\"}, uses: sleep, with: {for: 0s}}\n"
        return try RecoveredRun(steps: steps, kills: kills, at: path).measure()
    }

    /// From now on SIGINT, SIGTERM and SIGHUP end this process with all that was started.
    static func cleansUpWhenInterrupted() {
        for number in [SIGINT, SIGTERM, SIGHUP] {
            // For this process alone: what it starts has the default again.
            _ = signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                withExtendedLifetime(source) {
                    current.withLock { path in
                        if let path { cleanUp(path) }
                        _exit(128 + number)
                    }
                }
            }
            source.resume()
        }
    }

    private init(steps: String, kills: Int, at path: String) throws {
        self.kills = kills
        self.path = path
        programs = Bundle.main.executableURL?.deletingLastPathComponent().path ?? "."
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for name in ["acts", "go"] {
            guard mkfifo("\(path)/\(name)", 0o600) == 0 else { throw MeasurementFailure("no named pipe in \(path)") }
        }
        // Open at both ends, so that neither side ever waits for the other to open its own.
        acts = open("\(path)/acts", O_RDWR | O_CLOEXEC)
        letGo = open("\(path)/go", O_RDWR | O_CLOEXEC)
        guard acts >= 0, letGo >= 0 else { throw MeasurementFailure("no descriptor is left") }
        var yaml = "name: recovery\nstages:\n  - name: measuring\n    steps:\n" + steps
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

    private func measure() throws -> [Double] {
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
        guard status == 0 else { throw failed("workflow resume ended with \(status)") }
        return lengths
    }

    private func hear(_ word: String, from engine: pid_t) throws {
        var descriptors = [pollfd(fd: acts, events: Int16(POLLIN), revents: 0)]
        var bytes = [UInt8](repeating: 0, count: word.utf8.count + 1)
        for _ in 0..<Self.secondsMax {
            if poll(&descriptors, 1, 1000) == 1 {
                let count = read(acts, &bytes, bytes.count)
                let heard = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
                guard heard == word + "\n" else { throw failed("\(word) was due, and \(heard) came") }
                return
            }
            var status: Int32 = 0
            guard waitpid(engine, &status, WNOHANG) == 0 else {
                throw failed("the engine has ended before its time")
            }
        }
        throw failed("no step has said \(word) within \(Self.secondsMax) s")
    }

    private func start(_ arguments: [String]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor: Int32 in 0...1 {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        // A group of its own: an interrupt is for this process, which ends what it has started.
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        let words =
            ["/usr/bin/env", "-C", path, "\(programs)/workflow"] + arguments + ["--quiet"]
        var environment = ProcessInfo.processInfo.environment
        environment["WORKFLOW_STORE"] = nil
        environment[Self.variable] = path
        let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let argumentPointers = words.map { strdup($0) } + [nil]
        let variablePointers = variables.map { strdup($0) } + [nil]
        defer { for pointer in argumentPointers + variablePointers { free(pointer) } }
        var pid: pid_t = 0
        let error = posix_spawn(&pid, words[0], &actions, &attributes, argumentPointers, variablePointers)
        guard error == 0 else { throw MeasurementFailure("\(words[3]) cannot be started: error \(error)") }
        return pid
    }

    /// The exit status, or 128 and the signal.
    @discardableResult
    private func end(_ process: pid_t, with signal: Int32?) throws -> Int32 {
        if let signal { _ = kill(process, signal) }
        var status: Int32 = 0
        guard waitpid(process, &status, 0) == process else { throw failed("the engine is gone") }
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F)
    }

    /// What the engines said on standard error.
    private var errors: String { path + "/errors" }

    /// With the last words of the engines, since their folder goes away.
    private func failed(_ message: String) -> MeasurementFailure {
        let text = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
        return MeasurementFailure(
            ([message] + text.split(separator: "\n").suffix(5).map(String.init)).joined(separator: "\n"))
    }

    // MARK: - The end

    /// Ends all that a run has started, supervisors and steps too, and removes its folder.
    private static func cleanUp(_ path: String) {
        // Again until nobody is left: who is about to start another is ended before or with it.
        for _ in 0..<1000 {
            let all = processes(of: path)
            if all.isEmpty { break }
            for process in all { _ = kill(process, SIGKILL) }
            usleep(1000)
        }
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Those that have ended, and whose end nobody has taken note of, have no environment.
    private static func processes(of path: String) -> [pid_t] {
        let mark = Data("\(variable)=\(path)\0".utf8)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter { process in
            let environment = FileManager.default.contents(atPath: "/proc/\(process)/environ")
            return environment?.range(of: mark) != nil
        }
    }
}
