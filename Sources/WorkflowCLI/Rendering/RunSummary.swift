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
        lines += doubts()
        if let failure = state.failure { lines += ["", "error: " + shown(failure.message)] }
        if let command = commands.resume(view), !view.isDriven { lines += ["", "To go on:", command] }
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
        for number in range {
            let step = state.steps[number]
            table.add([state.program.lines[number].step.name, step.status.rawValue, attempts(step), detail(step)])
        }
        return table.lines(indent: 2).enumerated().map { index, line in
            let status = state.steps[range.lowerBound + index].status.rawValue
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

    private func detail(_ step: StepState) -> String {
        switch step.phase {
        case .succeeded:
            let outputs = step.outputs.sorted { JSONText.precedes($0.key, $1.key) }
            return shown(outputs.map { "\($0.key)=\(text($0.value))" }.joined(separator: "  "))
        case .sleeping(_, let wait): return "until \(wait.due.text)"
        case .retrying(let wait): return "again at \(wait.due.text): " + shown(step.failure?.message ?? "")
        case .failed(let isTolerated):
            return shown(step.failure?.message ?? "") + (isTolerated ? " (the run goes on)" : "")
        case .inDoubt(let doubt): return shown(doubt.reason)
        case .blocked, .ready, .running, .skipped, .cancelled: return ""
        }
    }

    private func doubts() -> [String] {
        state.stepsInDoubt.flatMap { number -> [String] in
            let name = state.program.lines[number].step.name
            var table = Table()
            for choice in commands.resolutions(view.record.id, name) {
                table.add([choice.command, "# " + choice.meaning])
            }
            return ["", "\(name) is in doubt; look at what it was to do, then decide:"] + table.lines(indent: 2)
        }
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
