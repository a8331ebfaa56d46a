internal import JSON
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowStore
internal import WorkflowViews

/// A run for people: what `show` prints. How it stands, its steps, what is wrong or waited for, and what to type.
struct RunSummary {
    private static let childrenMax = 20

    let account: RunAccount
    /// The runs that steps of it started.
    var children: [RunRecord] = []
    /// Empty: the steps, folded where there are many.
    let sections: RunSections
    let commands: CommandTexts
    let tails: OutputTails
    let screen: Screen

    private var view: RunView { account.view }
    private var state: RunState { view.state }

    func lines() -> [String] {
        var lines = heading()
        if sections.isEmpty || sections.contains(.steps) {
            lines += StepList(account: account, screen: screen, isWhole: sections.contains(.steps)).lines()
        }
        if sections.contains(.timeline) { lines += [""] + Timeline(account: account, screen: screen).lines() }
        if sections.contains(.attempts) {
            lines += [""] + AttemptList(account.history.attempts, screen: screen).lines()
        }
        if sections.contains(.decisions) {
            lines += [""] + DecisionList(account.history.decisions, screen: screen).lines()
        }
        let waiting = WaitingList(account: account, commands: commands, tails: tails, screen: screen)
        let failure = FailureReport(account: account, commands: commands, tails: tails, screen: screen)
        // Who asks for a section wants to see that: the rest is named.
        let isBrief = !sections.isEmpty
        lines += isBrief ? waiting.headlines() : waiting.lines()
        if state.failure != nil { lines += isBrief ? failure.headlines() : failure.lines() }
        if let command = commands.resume(view), !view.isDriven {
            lines += ["", waiting.needsAnswer ? "Then go on:" : "To go on:", command]
        }
        return lines
    }

    private func heading() -> [String] {
        let record = view.record
        var table = Table()
        table.add(["run", record.id.text])
        table.add(["workflow", record.workflow])
        table.add(["status", status])
        for (step, readers) in readersOfFailures {
            table.add([
                "", "\(shown(step)) has failed, and \(shown(readers.joined(separator: ", "))) read what it wrote",
            ])
        }
        table.add(["stage", state.stageName])
        let count = StepCount(state)
        table.add([
            "steps",
            "\(count.done) of \(count.all) done"
                + (count.items > 0 ? ", \(count.itemsDone) of \(Counted.text(count.items, "item"))" : "")
                + (count.failed > 0 ? ", \(count.failed) failed" : ""),
        ])
        table.add(["checkpoint", record.checkpoint?.text ?? "none yet"])
        table.add([
            "created",
            "\(record.createdAt.text), \(record.createdAt.spoken(at: screen.now)), by \(shown(record.createdBy)) on "
                + shown(record.host),
        ])
        if view.isDriven, let driver = state.driver {
            table.add(["driven by", "pid \(driver.processID), since \(driver.since.text)"])
        }
        table.add(["updated", "\(record.updatedAt.text), \(record.updatedAt.spoken(at: screen.now))"])
        table.add(["lasted", lasted])
        for label in record.labels.sorted(by: { JSONText.precedes($0.key, $1.key) }) {
            table.add(["label", shown("\(label.key)=\(label.value)")])
        }
        let file = RunFile(of: state)
        if let path = file.path {
            table.add(["file", shown(path) + (state.status.canBeResumed ? file.change.map { " (\($0))" } ?? "" : "")])
        }
        if let origin = state.created?.forkedFrom { table.add(["forked_from", shown(origin)]) }
        if let own = state.created?.origin?.run, own != record.id.text {
            table.add(["run.id", "\(shown(own)), as where it began"])
        }
        if let parent = record.parent { table.add(["parent", "\(parent.text), of which a step started it"]) }
        for child in children.suffix(Self.childrenMax) {
            table.add(["child", "\(child.id.text), \(child.projection.status.rawValue)"])
        }
        if children.count > Self.childrenMax { table.add(["", "and \(children.count - Self.childrenMax) older ones"]) }
        let attempts = account.history.attempts.count
        let decisions = account.history.decisions.count
        table.add(["more", "--steps --timeline --attempts (\(attempts)) --decisions (\(decisions))"])
        return table.lines()
    }

    /// Of a completed run the steps that have failed and were tolerated, with the steps that name them in expressions.
    private var readersOfFailures: [(step: String, readers: [String])] {
        guard state.status == .completed else { return [] }
        let lines = Set(state.toleratedFailures.map { state.instances[$0].line }).sorted()
        return lines.compactMap { line in
            let readers = state.program.lines(reading: line).map { state.program.lines[$0].step.name }
            return readers.isEmpty ? nil : (state.program.lines[line].step.name, readers)
        }
    }

    private var status: String {
        let status = state.status.rawValue
        let word = StatusColour.paint(status, status, if: screen.hasColour)
        if view.isDriven { return word + " (driven)" }
        if let stop = state.stop, state.status.canBeResumed {
            return word + " (stopped by \(shown(stop.told)) at \(stop.at.text))"
        }
        switch state.status {
        case .running, .rollingBack:
            return word + (view.isInterrupted ? " (interrupted: nobody drives it)" : " (nobody drives it)")
        case .completed:
            let failures = state.failureCount
            guard failures > 0 else { return word }
            return word + " (\(failures) failed: `workflow resume \(view.record.id.text) --retry-failed` repeats them)"
        case .pending, .waiting, .paused, .failed, .cancelled, .rolledBack, .moved: return word
        }
    }

    /// From its start to its end, or to now, and how much of that nobody drove it.
    private var lasted: String {
        let from = view.record.createdAt
        let isOver = state.status.hasEnded
        let until = isOver ? view.record.updatedAt : max(screen.now, from)
        let gaps = account.history.undriven(now: isOver || view.isDriven ? nil : until)
        // A run that was carried here was driven elsewhere before.
        let idle = Milliseconds(
            gaps.reduce(0) { $0 + max(0, min($1.until, until).since(max($1.from, from)).count) })
        let text = until.since(from).spoken + (isOver ? "" : " so far")
        return idle.count < 1000 ? text : text + ", of which nobody drove it for \(idle.spoken)"
    }

    private func shown(_ text: String) -> String { DisplayLine.text(Array(text.utf8)) }
}
