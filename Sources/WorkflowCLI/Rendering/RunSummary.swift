internal import JSON
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowStore

/// A run for people: what `show` prints.
struct RunSummary {
    let view: RunView
    let commands: CommandTexts
    let hasColour: Bool

    private var state: RunState { view.state }

    func lines() -> [String] {
        var lines = heading()
        for (number, range) in state.program.stageRanges.enumerated() {
            lines += ["", state.program.definition.stages[number].name] + steps(range)
        }
        if !state.program.exitRange.isEmpty { lines += ["", "on_exit"] + steps(state.program.exitRange) }
        let waiting = WaitingList(view: view, commands: commands)
        lines += waiting.lines()
        if let failure = state.failure { lines += ["", "error: " + shown(failure.message)] }
        if let command = commands.resume(view), !view.isDriven {
            lines += ["", waiting.needsAnswer ? "Then go on:" : "To go on:", command]
        }
        return lines
    }

    private func heading() -> [String] {
        let status = state.status.rawValue
        let driven = view.isDriven ? " (driven)" : state.status == .running ? " (nobody drives it)" : ""
        var table = Table()
        table.add(["run", view.record.id.text])
        table.add(["workflow", view.record.workflow])
        table.add(["status", StatusColour.paint(status, status, if: hasColour) + driven])
        table.add(["stage", state.stageName])
        table.add(["checkpoint", view.record.checkpoint?.text ?? "none yet"])
        table.add(["created", "\(view.record.createdAt.text) by \(view.record.createdBy) on \(view.record.host)"])
        table.add(["updated", view.record.updatedAt.text])
        for label in view.record.labels.sorted(by: { JSONText.precedes($0.key, $1.key) }) {
            table.add(["label", shown("\(label.key)=\(label.value)")])
        }
        return table.lines()
    }

    private func steps(_ range: Range<Int>) -> [String] {
        var table = Table()
        let numbers = state.stepsInOrder(from: range)
        for number in numbers {
            table.add([
                state.name(ofStep: number), state.status(ofStep: number).rawValue, attempts(state.steps[number]),
                detail(number),
            ])
        }
        return table.lines(indent: 2).enumerated().map { index, line in
            let status = state.status(ofStep: numbers[index]).rawValue
            guard hasColour, let found = line.range(ofPadded: status) else { return line }
            return line[..<found.lowerBound] + StatusColour.paint(status, status, if: true) + line[found.upperBound...]
        }
    }

    private func attempts(_ step: StepState) -> String {
        switch step.attempts {
        case 0: ""
        case 1: "1 attempt"
        default: "\(step.attempts) attempts"
        }
    }

    private func detail(_ number: Int) -> String {
        let step = state.steps[number]
        switch step.phase {
        case .succeeded where step.drift != nil: return shown("drifted: " + (step.drift?.message ?? ""))
        case .succeeded:
            let outputs = step.outputs.sorted { JSONText.precedes($0.key, $1.key) }
            return shown(outputs.map { "\($0.key)=\(text($0.value))" }.joined(separator: "  "))
        // What it takes stands below the steps.
        case .asking(_, _, .signal(let name)): return shown("for the signal \(name)")
        case .asking(_, _, .approval): return "for approval"
        case .awaitingLocks(let locks, _):
            return shown("for the \(locks.count == 1 ? "lock" : "locks") \(locks.joined(separator: ", "))")
        case .repeating(let wait): return "pass \(step.passes + 1) at \(wait.due.text)"
        case .open: return inside(number)
        case .sleeping(_, let wait): return "until \(wait.due.text)"
        case .retrying(let wait): return "again at \(wait.due.text): " + shown(step.failure?.message ?? "")
        case .failed(let isTolerated):
            return shown(step.failure?.message ?? "") + (isTolerated ? " (the run goes on)" : "")
        case .inDoubt(let doubt): return shown(doubt.reason)
        case .blocked, .ready, .running, .skipped, .cancelled: return ""
        }
    }

    private func inside(_ number: Int) -> String {
        guard let container = state.containers[number] else { return "" }
        let ended = container.children.count { state.steps[$0].hasEnded }
        return "\(ended) of \(container.children.count) ended"
    }

    private func text(_ value: JSONValue) -> String {
        value.stringValue ?? (try? value.compactText()) ?? ""
    }

    private func shown(_ text: String) -> String { DisplayLine.text(Array(text.utf8)) }
}

extension String {
    /// The word where it stands between spaces.
    fileprivate func range(ofPadded word: String) -> Range<String.Index>? {
        var start = startIndex
        while let space = self[start...].firstIndex(of: " ") {
            let next = index(after: space)
            let rest = self[next...]
            if rest.hasPrefix(word), let end = index(next, offsetBy: word.count, limitedBy: endIndex),
                end == endIndex || self[end] == " "
            {
                return next..<end
            }
            start = next
        }
        return nil
    }
}
