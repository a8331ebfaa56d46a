internal import WorkflowCore
internal import WorkflowDefinitions
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowViews

/// What `run` and `resume` share: progress while they drive, the result when they leave.
struct Driving: Sendable {
    let session: Session
    let console: Console
    let format: OutputFormat
    /// Of the definition that was read, as they were said on standard error.
    var warnings: [Diagnostic] = []

    /// - Parameter prefix: where several runs are driven side by side: these are told in plain lines.
    func progress(_ form: ProgressForm = .plain, isQuiet: Bool, prefix: String = "") -> any ProgressTeller {
        if !isQuiet, form.isTree(on: console.error, console) {
            return LiveProgress(session: session, console: console, printsID: format == .text)
        }
        let executor = session.executor
        return PlainProgress(
            console: console, isQuiet: isQuiet, printsID: format == .text, prefix: prefix, commands: session.commands,
            report: { attempt in
                executor.isNotEnding(attempt: attempt)
                    ? ReportText.notEnding : executor.progress(ofAttempt: attempt).map(ReportText.line)
            })
    }

    /// Prints what came of it.
    func finish(_ result: DriveResult) async throws(CommandFailure) -> ExitStatus {
        // Of what went well there is nothing to tell, and its journal may be long.
        if format == .text, result.end.tellsItself { return ExitStatus(result.end) }
        let account = try await session.account(of: result.run)
        // Lines for people are told whatever happens to standard output.
        if format != .text {
            let children = try await session.children(of: result.run)
            console.data(
                RunDocument.of(
                    account.view, file: RunFile(of: account.view.state), children: children, warnings: warnings,
                    session.commands
                ).text(as: format))
        }
        let ending = RunEnding(account: account, end: result.end, session: session, screen: console.errorScreen)
        for line in ending.lines() { console.note(line) }
        return ExitStatus(result.end)
    }
}

extension DriveEnd {
    /// `RunEnding` has no lines for it.
    fileprivate var tellsItself: Bool {
        switch self {
        case .ended(.completed), .ended(.cancelled), .ended(.rolledBack), .ended(.moved): true
        case .ended, .waiting, .stopped, .existed: false
        }
    }
}
