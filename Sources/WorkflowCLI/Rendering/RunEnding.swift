internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowStore

/// What stands on standard error when a driver leaves: why, what is known, and what to type next. Where the run can be
/// resumed, the last line is the command, by itself.
struct RunEnding {
    private static let tailLines = 20

    let view: RunView
    let end: DriveEnd
    let session: Session

    private var run: RunID { view.record.id }
    private var state: RunState { view.state }
    private var commands: CommandTexts { session.commands }

    func lines() -> [String] {
        var lines = body()
        if case .existed(_, isDriven: true) = end { return lines }
        if let command = commands.resume(view) { lines.append(command) }
        return lines
    }

    private func body() -> [String] {
        switch end {
        case .stopped(let signal):
            let running = state.runningAttempts.map { state.name(ofStep: $0.step) }
            return ["", "Stopped by \(signal); everything is saved."]
                + (running.isEmpty ? [] : ["Running on under supervision: \(running.joined(separator: ", "))"])
                + ["To go on:"]
        case .existed(_, isDriven: true):
            return [
                "\(run.text) exists with this definition and these parameters, and another process drives it; nothing was "
                    + "started.",
                "To see how it goes: \(commands.follow(run))",
            ]
        case .existed(let status, isDriven: false):
            let now = status.isInterrupted ? "was interrupted" : "is \(status.rawValue)"
            let lines = [
                "\(run.text) exists with this definition and these parameters and \(now); nothing was started."
            ]
            if status == .waiting { return lines + waiting() }
            return lines + (commands.resume(view) == nil ? [] : ["To go on:"])
        case .waiting: return waiting()
        case .ended(.failed): return failed()
        case .ended(.paused): return ["", "\(run.text) is paused. To go on:"]
        case .ended(.waiting): return waiting()
        case .ended(.completed), .ended(.cancelled), .ended(.rolledBack), .ended(.moved): return []
        case .ended(.pending), .ended(.running), .ended(.rollingBack):
            return ["", "\(run.text) was interrupted. To go on:"]
        }
    }

    private func failed() -> [String] {
        var lines: [String] = []
        for number in state.stepsInOrder() where !state.isContainer(number) {
            guard state.steps[number].hasFailedForGood else { continue }
            let name = state.name(ofStep: number)
            lines.append("")
            lines += tail(number)
            let failure = state.steps[number].failure
            lines.append("\(name) failed: " + shown(failure?.message ?? "no reason is known"))
            if let failure, failure.leavesOutcomeUnknown {
                lines.append("Whether its effect is in place is not known: look before it runs again.")
            }
            if state.steps[number].attempts > 0, case .run = state.step(number).action {
                lines.append("Its output: \(commands.logs(run, name))")
            }
        }
        if lines.isEmpty {
            lines = ["", "\(run.text) failed: " + shown(state.failure?.message ?? "no reason is known")]
        }
        return lines + ["", "To run it again from where it stopped:"]
    }

    private func waiting() -> [String] {
        let list = WaitingList(view: view, commands: commands)
        // The attempt of a step that asks has no output.
        var lines = list.lines { state.stepsInDoubt.contains($0) ? tail($0) : [] }
        if let due = state.earliestDue, !list.needsAnswer {
            lines += [
                "", "The first of this is over at \(due.text); `workflow resume --all` takes the run from then on.",
            ]
        }
        if lines.isEmpty { lines = ["", "\(run.text) waits."] }
        return lines + ["", list.needsAnswer ? "Then go on:" : "To go on:"]
    }

    /// The end of what the step's newest attempt printed.
    private func tail(_ number: Int) -> [String] {
        let name = state.name(ofStep: number)
        let path = session.environment.logPath(
            run: view.record.uuid, step: name, attempt: state.steps[number].attempts)
        guard let tail = try? LogTail.of(path, lines: Self.tailLines), !tail.bytes.isEmpty else { return [] }
        var pieces = tail.bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if pieces.last?.isEmpty == true { pieces.removeLast() }
        let heading = "Last output of \(name)" + (tail.isPartial ? " (the last \(pieces.count) lines):" : ":")
        return [heading] + pieces.map { "  | " + DisplayLine.text($0) }
    }

    private func shown(_ text: String) -> String { DisplayLine.text(Array(text.utf8)) }
}

extension RunStatus {
    /// Of a run that nobody drives.
    fileprivate var isInterrupted: Bool {
        switch self {
        case .running, .rollingBack: true
        case .pending, .waiting, .paused, .completed, .failed, .cancelled, .rolledBack, .moved: false
        }
    }
}
