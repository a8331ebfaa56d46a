/// All that a supervisor needs to run one command. It travels through memory alone, as it holds secrets.
package struct LaunchSpecification: Sendable, Equatable {
    package var attemptID: String
    package var role: AttemptRole
    /// Interpreter and its options; the script's path is appended.
    package var shell: [String]
    package var script: String
    /// What the command reads on standard input, in memory alone; empty for a script. With it there is no script, and
    /// nothing is appended to `shell`.
    package var input: [UInt8] = []
    /// The complete environment but for `ownVariables`, as `NAME=value`, in a fixed order. Bytes, as the system knows
    /// no text.
    package var environment: [[UInt8]]
    package var workingDirectory: String
    package var umask: UInt32
    package var timeoutNanoseconds: Int64
    package var killAfterNanoseconds: Int64
    package var secrets: [String]
    package var logPath: String
    package var logLimitBytes: Int64
    package var outputsLimitBytes: Int64
    package var stop: StopOrder
    /// The records of earlier attempts with the same key, as lines of JSON; empty where there are none.
    package var earlierEvents: [UInt8]

    package init(
        attemptID: String, role: AttemptRole, shell: [String], script: String, environment: [[UInt8]],
        workingDirectory: String, umask: UInt32, timeoutNanoseconds: Int64, killAfterNanoseconds: Int64,
        secrets: [String], logPath: String, logLimitBytes: Int64, outputsLimitBytes: Int64,
        stop: StopOrder = .standard, earlierEvents: [UInt8] = []
    ) {
        self.stop = stop
        self.earlierEvents = earlierEvents
        self.attemptID = attemptID
        self.role = role
        self.shell = shell
        self.script = script
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.umask = umask
        self.timeoutNanoseconds = timeoutNanoseconds
        self.killAfterNanoseconds = killAfterNanoseconds
        self.secrets = secrets
        self.logPath = logPath
        self.logLimitBytes = logLimitBytes
        self.outputsLimitBytes = outputsLimitBytes
    }

    /// The names of the variables that the supervisor itself sets.
    package static let outputVariable = "WORKFLOW_OUTPUT"
    package static let eventsVariable = "WORKFLOW_EVENTS"
    package static let earlierEventsVariable = "WORKFLOW_EARLIER_EVENTS"
    package static let ownVariables = [outputVariable, eventsVariable, earlierEventsVariable]
}
