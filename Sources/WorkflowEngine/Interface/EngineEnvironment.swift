package import WorkflowCore
package import WorkflowExecutors

/// What the engine's process brings along: made once by the composition root, never looked up again.
package struct EngineEnvironment: Sendable {
    /// Inherited by every step.
    package var variables: [String: String]
    package var user: String
    package var umask: Int
    /// Where the run was called: absolute.
    package var workingDirectory: String
    package var host: WorkflowExecutors.HostIdentity
    package var processID: Int
    package var engineVersion: String
    /// Where logs of attempts are kept: absolute.
    package var logsFolder: String

    package init(
        variables: [String: String], user: String, umask: Int, workingDirectory: String,
        host: WorkflowExecutors.HostIdentity, processID: Int, engineVersion: String, logsFolder: String
    ) {
        self.variables = variables
        self.user = user
        self.umask = umask
        self.workingDirectory = workingDirectory
        self.host = host
        self.processID = processID
        self.engineVersion = engineVersion
        self.logsFolder = logsFolder
    }

    package var hostIdentity: WorkflowCore.HostIdentity {
        WorkflowCore.HostIdentity(host: host.machineID, boot: host.bootID)
    }

    /// Where an attempt's log is: `logs/<run>/<step>.<attempt>.log`.
    package func logPath(run: UniqueID, step: String, attempt: Int) -> String {
        "\(logsFolder)/\(run.text)/\(step).\(attempt).log"
    }
}

/// Time, as the engine sees it.
package protocol EngineClock: Sendable {
    /// Wall-clock time, UTC.
    func now() -> Timestamp
    /// Waits on a clock that nobody sets; returns early only when the task is cancelled.
    func sleep(for wait: Milliseconds) async
}
