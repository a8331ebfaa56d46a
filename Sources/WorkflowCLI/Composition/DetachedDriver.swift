internal import CSystem
internal import Glibc
internal import WorkflowCore
internal import WorkflowStoreSQLite

/// The process that drives a run after `run --detach` has returned: this program again, in a session of its own.
struct DetachedDriver {
    let session: Session
    let process: ProcessEnvironment

    /// Starts it. What it has to say goes to `logs/drivers/<run>.log` in the store's folder.
    func start(_ run: RunID) throws(CommandFailure) {
        let folder = session.store.folder.logs + "/drivers"
        for path in [session.store.folder.logs, folder] where mkdir(path, 0o700) != 0 && errno != EEXIST {
            throw failed(run, "the folder \(path) cannot be made", errno)
        }
        let program = "/proc/self/exe"
        let arguments = [
            "workflow", "resume", run.text, "--quiet", "--store", session.store.folder.path, "--driver-log",
            "\(folder)/\(run.text).log", "--working-folder", process.workingFolder,
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
        let error = csystem_spawn_session(&pid, program, argumentPointers, variablePointers, input, -1)
        guard error == 0 else { throw failed(run, "no process can be started", error) }
    }

    private func failed(_ run: RunID, _ what: String, _ error: Int32) -> CommandFailure {
        CommandFailure(
            .inputOutput,
            "\(run.text) is there, but \(what): \(String(cString: strerror(error))); start it with "
                + "`\(session.commands.resume(run))`")
    }

    /// In the new process: takes the log for standard error and enters the folder that `run` was called in.
    static func arrive(
        log: String, folder: String?, _ process: ProcessEnvironment
    ) throws(CommandFailure) -> ProcessEnvironment {
        let descriptor = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0, dup2(descriptor, STDERR_FILENO) >= 0 else {
            throw CommandFailure(.inputOutput, "\(log) cannot be written: \(String(cString: strerror(errno)))")
        }
        close(descriptor)
        guard let folder else { return process }
        guard chdir(folder) == 0 else {
            throw CommandFailure(.notFound, "the folder \(folder) is gone; resume the run from another one")
        }
        var arrived = process
        arrived.workingFolder = folder
        return arrived
    }
}
