/// What a program of the protocol is asked to do, by its arguments.
///
/// An executor of a user is a program of its own, `workflow-uses-GROUP`, and is called `PROGRAM describe` and
/// `PROGRAM CALL OPERATION`. The built-in ones share `workflow-executor`, which lies beside `workflow`. There the group
/// comes first: `workflow-executor GROUP describe`, `workflow-executor GROUP run OPERATION`. `workflow-executor list`
/// prints its groups, one a line. For a group that it does not have it exits with 66 and prints nothing there.
package enum ExecutorInvocation: Sendable, Equatable {
    /// Of the shared program only.
    case list
    case describe(group: String)
    case perform(ExecutorCall, group: String, operation: String)

    /// Reads the arguments of the shared program, without its own name.
    ///
    /// nil for what is no invocation: exit status 64.
    package init?(builtInArguments arguments: [String]) {
        switch arguments.count {
        case 1 where arguments[0] == "list": self = .list
        case 2 where arguments[1] == "describe": self = .describe(group: arguments[0])
        case 3:
            guard let call = ExecutorCall(rawValue: arguments[1]) else { return nil }
            self = .perform(call, group: arguments[0], operation: arguments[2])
        default: return nil
        }
    }

    /// The name of the program of the built-in executors.
    package static let builtInProgram = "workflow-executor"
    /// What a user's program is called, before its group.
    package static let programPrefix = "workflow-uses-"
    /// Exit status of the shared program for a group that it does not have.
    package static let noSuchGroupStatus: Int32 = 66
}

/// The calls that act or look, beside `describe`.
package enum ExecutorCall: String, Sendable, CaseIterable { case run, plan, probe, verify, undo }

/// An executor that is built in: a folder of `workflow-executor`, and one line in its list.
package protocol BuiltInExecutor: Sendable {
    var descriptor: ExecutorDescriptor { get }

    /// Does what the request says, and returns the exit status: that of a step (`run`, `plan`, `undo`), or that of a
    /// check (`probe`, `verify`: 0 yes, 3 no, else cannot tell). Standard output and error are the log; outputs and
    /// events go to the files that `WORKFLOW_OUTPUT` and `WORKFLOW_EVENTS` name.
    func perform(_ call: ExecutorCall, _ operation: String, _ request: ExecutorRequest) async -> Int32
}
