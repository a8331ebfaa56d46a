internal import Workflow
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowStore
internal import WorkflowViews

/// What stands on standard error when a driver leaves: why, what is known, and what to type next. Where the run can be
/// resumed, the last line is the command, by itself.
struct RunEnding {
    let account: RunAccount
    let end: DriveEnd
    let session: Session
    let screen: Screen

    private var view: RunView { account.view }
    private var run: RunID { view.record.id }
    private var state: RunState { view.state }
    private var commands: CommandTexts { session.commands }

    func lines() -> [String] {
        guard session.runtime.opened.isDurable else { return forgotten() }
        var lines = body()
        if case .existed(_, isDriven: true) = end { return lines }
        if let command = commands.resume(view) { lines.append(command) }
        return lines
    }

    /// A store in memory ends with this process: there is nothing to type next.
    private func forgotten() -> [String] {
        var lines: [String] = []
        if case .ended(.failed) = end {
            let report = FailureReport(account: account, commands: commands, tails: tails, screen: screen)
            lines = report.lines() + [""]
        }
        guard view.state.status.canBeResumed else { return lines }
        let runs = state.runningAttempts.isEmpty ? "" : " What still runs is asked to end."
        return lines + [
            "\(run.text) was kept in memory alone: it cannot be looked at or resumed.\(runs) Run it in a folder to "
                + "keep it."
        ]
    }

    private func body() -> [String] {
        switch end {
        case .stopped(let signal):
            let running = state.runningAttempts.map { state.name(ofStep: $0.step) }
            return ["", "Stopped by \(signal); everything is saved. \(RunProgress(view).text)"]
                + (running.isEmpty
                    ? []
                    : [
                        "Running on under supervision: \(running.joined(separator: ", "))",
                        "To end that too: \(commands.cancel(run, takesReason: !state.stepsInDoubt.isEmpty))",
                    ])
                + ["To go on:"]
        case .existed(_, isDriven: true):
            return [
                "\(run.text) exists with this definition and these parameters, and another process drives it; nothing "
                    + "was started.",
                "To see how it goes: \(commands.follow(run))",
            ]
        case .existed(let status, isDriven: false):
            let now = view.isInterrupted ? "was interrupted" : "is \(status.rawValue)"
            let lines = [
                "\(run.text) exists with this definition and these parameters and \(now); nothing was started."
            ]
            if status == .waiting { return lines + waiting() }
            return lines + (commands.resume(view) == nil ? [] : ["To go on:"])
        case .waiting: return waiting()
        case .ended(.failed): return failed()
        case .ended(.paused): return ["", "\(run.text) is paused. \(RunProgress(view).text)", "To go on:"]
        case .ended(.waiting): return waiting()
        case .ended(.completed), .ended(.cancelled), .ended(.rolledBack), .ended(.moved): return []
        case .ended(.pending), .ended(.running), .ended(.rollingBack):
            return ["", "\(run.text) \(view.isInterrupted ? "was interrupted" : "is not driven"). To go on:"]
        }
    }

    private func failed() -> [String] {
        let report = FailureReport(account: account, commands: commands, tails: tails, screen: screen)
        return report.lines() + ["", RunProgress(view).text, "To run it again from where it stopped:"]
    }

    private func waiting() -> [String] {
        let list = WaitingList(account: account, commands: commands, tails: tails, screen: screen)
        var lines = list.lines()
        if let due = state.earliestDue, !list.needsAnswer {
            lines += [
                "", "The first of this is over at \(due.text); `workflow resume --all` takes the run from then on.",
            ]
        }
        if lines.isEmpty { lines = ["", "\(run.text) waits."] }
        return lines + ["", RunProgress(view).text, list.needsAnswer ? "Then go on:" : "To go on:"]
    }

    private var tails: OutputTails { OutputTails(environment: session.environment) }
}
