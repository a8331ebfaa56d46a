internal import AttemptProtocol
internal import JSON
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowStore
internal import WorkflowViews

/// One step of a run in detail: what `show RUN STEP` prints.
struct StepDetail {
    private static let scriptLinesMax = 40

    let account: RunAccount
    let number: Int
    let session: Session
    let screen: Screen

    private var view: RunView { account.view }
    private var state: RunState { view.state }
    private var name: String { state.name(ofStep: number) }
    private var step: StepState { state.steps[number] }

    func lines() -> [String] {
        var table = Table()
        table.add(["step", shown(name)])
        if let description = state.step(number).description { table.add(["", shown(description)]) }
        table.add(["run", "\(view.record.id.text), \(state.status.rawValue)"])
        table.add(["stage", state.stageName(ofStep: number)])
        let status = state.status(ofStep: number).rawValue
        table.add(["status", StatusColour.paint(status, status, if: screen.hasColour)])
        if let reason = problem { table.add(["why", shown(reason)]) }
        if let report = view.report(name) {
            if report.isNotEnding { table.add(["", ReportText.notEnding]) }
            if let progress = report.progress { table.add(["progress", shown(ReportText.line(progress))]) }
        }
        let attempt = account.history.newestAttempt(ofStep: name)
        if let key = attempt?.idempotencyKey { table.add(["key", key]) }
        let command = state.commandForPeople(.run, ofStep: number)
        if let command { table.add(["in", shown(command.workingDirectory ?? "a folder that is not known")]) }
        if step.attempts > 0, attempt?.wait == nil, !state.isContainer(number) { table.add(["log", logPath]) }
        // The newest attempt's, in full: the table of attempts is cut to the screen.
        for sentence in attempt?.losses?.sentences ?? [] { table.add(["lost", sentence]) }
        var lines = table.lines()
        if let command { lines += ["", "command"] + script(command.script) }
        lines += outputs()
        let attempts = account.history.attempts(ofStep: name)
        lines += artifacts(of: attempts)
        if !attempts.isEmpty {
            let isAlone = attempts.allSatisfy { $0.step.isSame(as: name) }
            lines += ["", "attempts"]
            lines += AttemptList(attempts, screen: screen, namesStep: !isAlone).lines().map { "  " + $0 }
        }
        let decisions = account.history.decisions.filter { DecisionWords.told($0.fact).subject == name }
        if !decisions.isEmpty {
            lines += ["", "decisions"] + DecisionList(decisions, screen: screen).lines().map { "  " + $0 }
        }
        let tail = OutputTails(environment: session.environment).lines(of: number, in: view)
        if !tail.isEmpty { lines += [""] + tail + ["All of it: \(session.commands.logs(view.record.id, name))"] }
        return lines + moves()
    }

    /// What to type next, where somebody has to.
    private func moves() -> [String] {
        let (run, commands) = (view.record.id, session.commands)
        var choices: [(command: String, meaning: String)] = []
        if step.drift != nil {
            let isPast = state.stage(ofStep: number) != state.currentStage
            choices = commands.resolutionsOfDrift(run, name, isPast: isPast)
        }
        switch step.phase {
        case .failed:
            guard case .ended(.failed, _) = state.lifecycle else { break }
            if let resume = commands.resume(view) { choices.append((resume, "run it again")) }
            if !state.isContainer(number) { choices += commands.waysAround(run, name) }
        case .inDoubt: choices = commands.resolutions(run, name)
        case .asking(_, _, .approval):
            choices = [
                (commands.approve(run, name, view.claim(number)), "let it go on"),
                (commands.reject(run, name, view.claim(number)), "let it fail"),
            ]
        case .asking(_, _, .signal(let signal)): choices = [(commands.signal(run, signal), "or with --data JSON")]
        default: break
        }
        return choices.isEmpty ? [] : ["", "To go on:"] + commands.choices(choices, within: screen)
    }

    private var problem: String? {
        if case .inDoubt(let doubt) = step.phase { return doubt.reason }
        return step.drift.map { "drifted: \($0.message)" } ?? step.failure?.message
    }

    private var logPath: String {
        session.environment.logPath(run: view.record.uuid, step: name, attempt: step.attempts)
    }

    private func script(_ text: String) -> [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { "  " + shown(String($0)) }
        while lines.last == "  " { lines.removeLast() }
        guard lines.count > Self.scriptLinesMax else { return lines }
        return lines.prefix(Self.scriptLinesMax) + ["  … \(lines.count - Self.scriptLinesMax) more lines"]
    }

    private func outputs() -> [String] {
        guard !state.isContainer(number), !step.outputs.isEmpty else { return [] }
        var table = Table()
        for (name, value) in step.outputs.sorted(by: { JSONText.precedes($0.key, $1.key) }) {
            table.add([shown(name), shown(value.stringValue ?? (try? value.compactText()) ?? "")])
        }
        return ["", "outputs"] + table.lines(indent: 2)
    }

    /// Files that attempts have kept, the newest last.
    private func artifacts(of attempts: [AttemptAccount]) -> [String] {
        var table = Table()
        for attempt in attempts {
            let log = session.environment.logPath(run: view.record.uuid, step: attempt.step, attempt: attempt.number)
            for event in attempt.events {
                guard case .artifact(let artifact)? = try? AttemptEvent(kept: event), let kept = artifact.kept else {
                    continue
                }
                table.add([
                    shown(artifact.name), ByteCount.text(kept.bytes), "sha256 \(kept.sha256)",
                ])
                table.add(["", "", "\(ArtifactLayout.folder(ofLog: log))/\(artifact.name)"])
            }
        }
        let lines = table.lines(indent: 2)
        return lines.isEmpty ? [] : ["", "artifacts"] + lines
    }

    private func shown(_ text: String) -> String { DisplayLine.text(Array(text.utf8)) }
}
