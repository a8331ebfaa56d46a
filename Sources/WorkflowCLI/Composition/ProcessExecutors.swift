internal import Synchronization
internal import WorkflowExecutors

extension ProcessEnvironment {
    /// The executors that steps may call: one directory for a working folder, so each program is asked once a process.
    var executors: ExecutorPrograms {
        ProcessExecutors.known.withLock { known in
            if let found = known[workingFolder] { return found }
            let made = ExecutorPrograms(
                workingFolder: workingFolder, variables: variables, rawVariables: rawVariables)
            known[workingFolder] = made
            return made
        }
    }
}

private enum ProcessExecutors {
    static let known = Mutex<[String: ExecutorPrograms]>([:])
}
