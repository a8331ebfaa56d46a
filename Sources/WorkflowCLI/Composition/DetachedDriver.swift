internal import CSystem
internal import Glibc
internal import Synchronization
internal import Workflow
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowStore
internal import WorkflowViews

/// The process that drives a run after `run --detach` has returned: this program again, in a session of its own.
struct DetachedDriver {
    /// What a new driver has to do before it drives (look at the store, fetch secrets) may take a while.
    private static let patience = Duration.seconds(10)
    private static let lookInterval = Duration.milliseconds(5)
    private static let complaintBytesMax = 4096

    let session: Session
    let process: ProcessEnvironment

    /// What came of a start.
    enum Start {
        case drives
        /// Another process was faster.
        case isDriven
        /// It has not said yet that it drives.
        case isStarting
    }

    /// Starts it, and returns when it drives the run. What it has to say goes to `logs/drivers/<run>.log` in the
    /// store's folder.
    ///
    /// - Throws: with its status and words, where it ends before it drives.
    func start(_ run: RunID) async throws(CommandFailure) -> Start {
        guard session.runtime.opened.isDurable else {
            throw CommandFailure(
                .usage,
                "another process cannot drive a run of \(session.store.place); leave out --detach, or name a folder")
        }
        let folder = session.workspace.logs + "/drivers"
        for path in [session.workspace.logs, folder] where mkdir(path, 0o700) != 0 && errno != EEXIST {
            throw failed(run, "the folder \(path) cannot be made", errno)
        }
        let log = DriverLog.path(in: session.workspace.logs, of: run)
        let said = Self.bytes(of: log)
        var ends: [Int32] = [-1, -1]
        guard csystem_output_pipe(&ends) == 0 else { throw failed(run, "no pipe can be made", errno) }
        defer { close(ends[0]) }
        let result = Result { () throws(CommandFailure) in try spawn(run, log: log, telling: ends[1]) }
        close(ends[1])
        switch await end(of: try result.get(), before: ends[0]) {
        case .ready: return .drives
        case .outOfTime: return .isStarting
        case .ended(let status) where ExitStatus.ofRuns.contains(status): return .drives
        case .ended(let status):
            let view = try await session.view(of: run)
            if status == ExitStatus.busy.rawValue, view.isDriven || !view.state.status.canBeResumed { return .isDriven }
            let complaint = Self.complaint(in: log, after: said)
            throw CommandFailure(
                ExitStatus(rawValue: status) ?? .defect,
                "\(run.text) is there, and no process drives it: the one that was started ended"
                    + (complaint.map { ": " + $0 } ?? " with status \(status)")
            ).then(session.commands.resume(run))
        }
    }

    /// Says how the run goes on with an answer.
    func tell(_ start: Start, _ run: RunID, _ console: Console) {
        switch start {
        case .drives: console.note("\(run.text) goes on, driven by a process of its own. To follow it:")
        case .isDriven: console.note("\(run.text) goes on, driven by another process. To follow it:")
        case .isStarting:
            console.note("A process that is to drive \(run.text) is being started; what it says:")
            return console.note(session.commands.driverLog(run))
        }
        console.note(session.commands.watch(run))
    }

    private func spawn(_ run: RunID, log: String, telling output: Int32) throws(CommandFailure) -> pid_t {
        let program = "/proc/self/exe"
        let arguments = [
            "workflow", "resume", run.text, "--quiet", "--store", session.store.place, "--driver-log", log,
            "--working-folder", process.workingFolder,
        ]
        let input = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw failed(run, "/dev/null cannot be opened", errno) }
        defer { close(input) }
        let argumentPointers = arguments.map { strdup($0) } + [nil]
        let variables = process.variables.sorted { $0.key < $1.key }.map { Array("\($0.key)=\($0.value)".utf8) }
        let variablePointers = (variables + process.rawVariables).map(EscapedBytes.copy) + [nil]
        defer { for pointer in argumentPointers + variablePointers { free(pointer) } }
        var pid: pid_t = 0
        let own = umask(mode_t(process.umask))
        defer { _ = umask(own) }
        let error = csystem_spawn_session(&pid, program, argumentPointers, variablePointers, input, output)
        guard error == 0 else { throw failed(run, "no process can be started", error) }
        return pid
    }

    private enum Beginning {
        case ready
        case ended(Int32)
        case outOfTime
    }

    /// Waits until it says that it drives, or ends.
    private func end(of pid: pid_t, before ready: Int32) async -> Beginning {
        let clock = ContinuousClock()
        let deadline = clock.now + Self.patience
        while clock.now < deadline {
            var byte: UInt8 = 0
            let count = read(ready, &byte, 1)
            if count > 0 { return .ready }
            if count == 0 { break }
            try? await Task.sleep(for: Self.lookInterval)
        }
        // Its end of the pipe is closed: it is ending, if it has not ended.
        while clock.now < deadline {
            var status: Int32 = 0
            if waitpid(pid, &status, WNOHANG) == pid {
                return .ended(status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F)
            }
            try? await Task.sleep(for: Self.lookInterval)
        }
        return .outOfTime
    }

    private static func bytes(of log: String) -> Int {
        var status = stat()
        return stat(log, &status) == 0 ? Int(status.st_size) : 0
    }

    /// The last thing that a driver complained of.
    private static func complaint(in log: String, after said: Int) -> String? {
        guard let bytes = try? InputFile.bytes(log, limit: 16 << 20).dropFirst(said).suffix(complaintBytesMax) else {
            return nil
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        let last = lines.last { $0.hasPrefix("error: ") }.map { $0.dropFirst("error: ".count) } ?? lines.last
        return last.map { DisplayLine.text(Array($0.utf8)) }
    }

    private func failed(_ run: RunID, _ what: String, _ error: Int32) -> CommandFailure {
        CommandFailure(
            .inputOutput,
            "\(run.text) is there, but \(what): \(String(cString: strerror(error))); start it with "
                + "`\(session.commands.resume(run))`")
    }

    /// In the new process: takes the log for standard error and enters the folder that `run` was called in.
    ///
    /// - Returns: with it, what says that the run is driven.
    static func arrive(
        log: String, folder: String?, _ process: ProcessEnvironment
    ) throws(CommandFailure) -> (ProcessEnvironment, ready: ReadyDriver) {
        let descriptor = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0, dup2(descriptor, STDERR_FILENO) >= 0 else {
            throw CommandFailure(.inputOutput, "\(log) cannot be written: \(String(cString: strerror(errno)))")
        }
        close(descriptor)
        let ready = ReadyDriver()
        guard let folder else { return (process, ready) }
        guard chdir(folder) == 0 else {
            throw CommandFailure(.notFound, "the folder \(folder) is gone; resume the run from another one")
        }
        var arrived = process
        arrived.workingFolder = folder
        return (arrived, ready)
    }
}

/// Says once, to the process that started this one, that the run is driven.
final class ReadyDriver: Sendable {
    private let descriptor: Mutex<Int32>

    /// Takes standard output for it, which nothing else of a detached driver goes to.
    init() {
        let own = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
        let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
        if null >= 0 {
            dup2(null, STDOUT_FILENO)
            close(null)
        }
        descriptor = Mutex(own)
    }

    func tell() {
        descriptor.withLock { descriptor in
            guard descriptor >= 0 else { return }
            var byte = UInt8(ascii: "1")
            // A process that listens no longer need not know.
            _ = write(descriptor, &byte, 1)
            close(descriptor)
            descriptor = -1
        }
    }

    func observer(before next: any RunObserver) -> any RunObserver { Observer(ready: self, next: next) }

    private struct Observer: RunObserver {
        let ready: ReadyDriver
        let next: any RunObserver

        func observe(_ event: RunEvent) {
            // The run is claimed and its secrets are there.
            if case .follows = event {} else { ready.tell() }
            next.observe(event)
        }
    }
}

extension ExitStatus {
    /// Those of a process that has driven a run to where it is.
    fileprivate static let ofRuns = [completed, failed, waiting, cancelled].map(\.rawValue)
}
