import AttemptProtocol
import CSystem
import Glibc
import Synchronization

/// Runs commands under supervisors that outlive this process.
///
/// For each attempt: `prepare`, then the caller makes its intent durable, then `launch`, then `conclusion`, and once
/// that is durable `discard`. After a crash: `verdict`, then `conclusion` for what still runs.
package final class ShellExecutor: Sendable {
    package let supervisorPath: String
    package let place: AttemptPlace
    let folders: AttemptFolders
    /// How long a state may last that normally passes within milliseconds; after it, it is somebody else's lock.
    let passing: Duration
    /// Waits for processes; may wait for other things too.
    package let thread: ReadinessThread
    private let gate: (any LaunchGate)?
    /// Supervisors that this process started, by attempt.
    let children = Mutex<[String: WatchedProcess]>([:])
    /// Of these, those whose attempt is over and that may have stayed: to be reaped.
    private let staying = Mutex<[WatchedProcess]>([])
    /// What steps had masked, by run.
    package let masks = LearnedMasks()
    /// The namespace in which our pids name processes; nil where that is not known.
    let pidNamespace = ProcessStatus.pidNamespace()

    /// `attemptsFolder` is made when the first attempt needs it, in a folder that has to exist.
    package init(
        attemptsFolder: String, supervisorPath: String, place: AttemptPlace, passing: Duration = .seconds(5),
        gate: (any LaunchGate)? = nil
    ) throws(ExecutorError) {
        self.gate = gate
        folders = AttemptFolders(root: try Self.absolute(attemptsFolder))
        self.supervisorPath = try Self.absolute(supervisorPath)
        self.place = place
        self.passing = passing
        thread = try ReadinessThread()
    }

    deinit {
        thread.stop()
    }

    /// Makes the folder of an attempt with its marker. Comes before the intent, so that afterwards a missing marker
    /// cannot pass for an attempt that never began. Nothing is synced: after a loss of power nothing is concluded from
    /// absence.
    package func prepare(_ id: AttemptIdentity) throws(ExecutorError) {
        guard id.hasValidID else {
            throw ExecutorError(.attemptFolder, "\"\(id.attemptID)\" cannot name the folder of an attempt; use a UUID")
        }
        let path = folders.path(of: id.attemptID)
        do throws(SystemError) {
            try folders.make(path)
            let folder = try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
            let marker = id.marker(folder: AttemptIdentity.folderName(try folder.status(path)))
            try AttemptFolders.replace(AttemptFile.marker, in: folder, with: marker.bytes)
        } catch {
            if error.number == ENOENT, error.subject == folders.store {
                throw ExecutorError(
                    .attemptFolder,
                    "the folder \(folders.store) is gone, so nothing can be started; was the store removed?",
                    cause: error)
            }
            throw ExecutorError(
                .attemptFolder,
                "the folder \(path) cannot be made: \(error); \(error.move("check space and permissions"))",
                cause: error)
        }
    }

    /// Makes a folder with those around it, where it is not there yet.
    package func makeFolder(_ path: String) throws(ExecutorError) {
        do {
            try folders.make(path)
        } catch {
            throw ExecutorError(
                .attemptFolder,
                "the folder \(path) cannot be made: \(error); \(error.move("check space and permissions"))",
                cause: error)
        }
    }

    /// Starts the supervisor of an attempt whose intent is durable, and hands it the command. When this throws, nothing
    /// has begun, and nothing will once `verdict` has said so.
    package func launch(_ id: AttemptIdentity, _ spec: CommandSpec) throws(ExecutorError) {
        let spec = gate?.willLaunch(id, spec) ?? spec
        let bytes = try spec.launchBytes(for: id)
        try thread.start()
        if let slash = spec.logPath.lastIndex(of: "/"), slash != spec.logPath.startIndex {
            do {
                try folders.make(String(spec.logPath[..<slash]))
            } catch {
                throw ExecutorError(.log, "the folder of logs cannot be made: \(error)", cause: error)
            }
        }
        staying.withLock { staying in staying.removeAll { $0.reapIfEnded() } }
        let child = try spawn(id, spec, input: bytes)
        children.withLock { $0[id.attemptID] = child }
        gate?.didLaunch(id, spec, folder: folders.path(of: id.attemptID))
    }

    /// Asks the supervisor to end its command by its stop order: SIGTERM to the process group at once unless it says
    /// otherwise, SIGKILL to all that is left after `grace`. The first request decides that the attempt counts as
    /// cancelled; a further one can shorten the grace.
    ///
    /// - Parameter kills: a person wants SIGKILL after the grace, whatever the stop order says.
    package func requestCancel(_ id: AttemptIdentity, grace: Duration, kills: Bool) throws(ExecutorError) {
        let path = folders.path(of: id.attemptID)
        let request = CancelRequest(graceMilliseconds: grace.clampedNanoseconds / 1_000_000, kills: kills)
        do throws(SystemError) {
            let folder = try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
            try AttemptFolders.replace(AttemptFile.cancel, in: folder, with: request.bytes)
            // Nobody there to hear it: a supervisor that comes later looks for the request itself.
            // Opened for reading too, so that one that leaves just now does not leave us with SIGPIPE.
            if let bell = try? Descriptor.open(AttemptFile.bell, at: folder.number, O_RDWR | O_NONBLOCK | O_NOFOLLOW) {
                // A bell that is full has been rung.
                try? bell.writeAll([0], AttemptFile.bell)
            }
        } catch {
            throw ExecutorError(
                .attemptFolder, "the request to end the command cannot be left in \(path): \(error)", cause: error)
        }
    }

    /// Removes the folder of an attempt whose end is durable elsewhere. The log stays.
    package func discard(_ id: AttemptIdentity) throws(ExecutorError) {
        if let child = children.withLock({ $0.removeValue(forKey: id.attemptID) }), !child.reapIfEnded() {
            staying.withLock { $0.append(child) }
        }
        do {
            try folders.remove(id.attemptID)
        } catch {
            throw ExecutorError(
                .attemptFolder, "the folder of an ended attempt cannot be removed: \(error)", cause: error)
        }
    }

    /// The ids of all attempts whose folders are on disk, sorted.
    package func leftovers() throws(ExecutorError) -> [String] {
        var ids: [String] = []
        do throws(SystemError) {
            for shard in try AttemptFolders.names(in: folders.root) {
                ids += try AttemptFolders.names(in: "\(folders.root)/\(shard)")
            }
        } catch {
            throw ExecutorError(.attemptFolder, "\(folders.root) cannot be listed: \(error)", cause: error)
        }
        return ids.sorted()
    }

    private func spawn(
        _ id: AttemptIdentity, _ spec: CommandSpec, input bytes: [UInt8]
    ) throws(ExecutorError) -> WatchedProcess {
        // In memory, whole before the supervisor starts: neither of the two ever waits for the other.
        let number = csystem_memory_file("workflow-launch")
        guard number >= 0 else { throw failed(.last("memfd_create", "the launch specification")) }
        let input = Descriptor(adopting: number)
        do {
            try input.writeAll(bytes, "the launch specification")
        } catch {
            throw failed(error)
        }
        guard lseek(input.number, 0, SEEK_SET) == 0 else { throw failed(.last("lseek", "the launch specification")) }
        let folder = folders.path(of: id.attemptID)
        let arguments = [supervisorPath, folder, id.attemptID, place.storeID, spec.run]
        var ends: [Int32] = [-1, -1]
        guard csystem_output_pipe(&ends) == 0 else {
            // Without a descriptor it is asked for, again and again.
            let pid = try spawn(arguments, input: input, output: -1)
            return WatchedProcess.childWithoutDescriptor(pid, exit: "\(folder)/\(AttemptFile.exit)")
        }
        let report = Descriptor(adopting: ends[0])
        let output = Descriptor(adopting: ends[1])
        let pid = try spawn(arguments, input: input, output: output.number)
        // Open until now; from here on it is the supervisor's alone.
        _ = output
        let (masks, run) = (masks, spec.run)
        return WatchedProcess.child(pid, report: report, on: thread) { masks.learn($0, ofRun: run) }
    }

    private func spawn(
        _ arguments: [String], input: borrowing Descriptor, output: Int32
    ) throws(ExecutorError) -> pid_t {
        // The command gets its environment through the specification; the supervisor needs what its loader may need.
        let environment = getenv("LD_LIBRARY_PATH").map { ["LD_LIBRARY_PATH=" + String(cString: $0)] } ?? []
        let argumentPointers = arguments.map { strdup($0) } + [nil]
        let environmentPointers = environment.map { strdup($0) } + [nil]
        defer { for pointer in argumentPointers + environmentPointers { free(pointer) } }
        var pid: pid_t = 0
        let error = csystem_spawn_session(
            &pid, supervisorPath, argumentPointers, environmentPointers, input.number, output)
        switch error {
        case 0: return pid
        case ENOENT, EACCES, ENOTDIR: throw SupervisorBinary.missing(supervisorPath)
        default: throw failed(SystemError("posix_spawn", error, supervisorPath))
        }
    }

    private func failed(_ error: SystemError) -> ExecutorError {
        ExecutorError(
            .supervisorFailed,
            "no supervisor can be started: \(error); \(error.move("check the limits of processes and open files"))",
            cause: error)
    }

    private static func absolute(_ path: String) throws(ExecutorError) -> String {
        if path.hasPrefix("/") { return path }
        guard let current = getcwd(nil, 0) else {
            throw ExecutorError(.attemptFolder, "the current folder cannot be found; enter another one")
        }
        defer { free(current) }
        return String(cString: current) + "/" + path
    }
}
