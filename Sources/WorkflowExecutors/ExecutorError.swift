package import AttemptProtocol

/// Why an executor could not do what it was asked. Nothing about the step is decided by it: the attempt is where it
/// was.
package struct ExecutorError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Stable names, shared by command line and journal.
    package enum Code: String, Sendable, CaseIterable {
        /// `workflow-supervisor` is not where it should be, or may not be run.
        case supervisorMissing = "supervisor_missing"
        /// The supervisor is there, but no process could be made of it.
        case supervisorFailed = "supervisor_failed"
        /// The command holds something that no process can be given.
        case commandInvalid = "command_invalid"
        /// The executor that a step calls is not there, or cannot be used.
        case executorMissing = "executor_missing"
        /// The folder of an attempt cannot be made, read or written.
        case attemptFolder = "attempt_folder"
        /// A file of the attempt was written by a newer version of workflow.
        case attemptVersion = "attempt_version"
        /// A log cannot be read.
        case log = "log"
    }

    package let code: Code
    /// Names the thing and the next move.
    package let message: String
    package let cause: SystemError?

    package init(_ code: Code, _ message: String, cause: SystemError? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// Trying again would fail in the same way.
    package var isPermanent: Bool { code == .commandInvalid || code == .executorMissing }

    package var description: String { "\(code.rawValue): \(message)" }
}
