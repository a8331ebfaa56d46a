internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowViews

/// What is known of the newest attempt of a step, line by line.
///
/// ```
///   stage     configuring
///   attempt   3 (2 of 2 retries used)
///   began     2026-02-02T10:15:30.123Z, 3m 20s ago; ran 0.8s
///   command   kubectl apply -f cluster.yaml
///             … 4 more lines
///   in        /srv/deploy
///   effect    it said itself that it failed; a part of its effect may be in place
/// ```
struct StepFacts {
    private static let commandLinesMax = 5
    private static let labelWidth = 10
    private static let indent = 2

    let account: RunAccount
    let screen: Screen

    private var state: RunState { account.view.state }

    func lines(_ number: Int) -> [String] {
        var lines: [String] = []
        func add(_ label: String, _ values: [String]) {
            for (index, value) in values.enumerated() {
                let margin = String(repeating: " ", count: Self.indent)
                lines.append(margin + Table.padded(index == 0 ? label : "", to: Self.labelWidth) + value)
            }
        }
        let attempt = account.history.newestAttempt(ofStep: state.name(ofStep: number))
        add("stage", [state.stageName(ofStep: number)])
        if let attempt {
            add("attempt", [told(attempt, number)])
            add("began", [began(attempt)])
        }
        if let command = state.commandForPeople(.run, ofStep: number) {
            add("command", self.lines(of: command.script))
            if attempt != nil { add("in", [command.workingDirectory.map(shown) ?? "a folder that is not known"]) }
        }
        if let losses = attempt?.losses { add("lost", losses.sentences) }
        if let probe = attempt?.probes.last {
            add("probe", [shown("\(probe.verdict.text): \(probe.message)")])
        }
        if let effect = effect(number) { add("effect", effect) }
        return lines
    }

    private func told(_ attempt: AttemptAccount, _ number: Int) -> String {
        let limit = state.step(number).retry.limit
        guard limit > 0 else { return String(attempt.number) }
        return "\(attempt.number) (\(state.steps[number].retriesUsed) of \(limit) "
            + "\(limit == 1 ? "retry" : "retries") used)"
    }

    private func began(_ attempt: AttemptAccount) -> String {
        let began = "\(attempt.startedAt.text), \(attempt.startedAt.spoken(at: screen.now))"
        // In doubt: when it ended is not known, only when that was found out.
        if attempt.doubtSince != nil { return began }
        guard let end = attempt.endedAt else { return began }
        return "\(began); \(attempt.wait == nil ? "ran" : "waited") \(end.since(attempt.startedAt).spoken)"
    }

    private func lines(of script: String) -> [String] {
        var lines = script.split(separator: "\n", omittingEmptySubsequences: false).map { shown(String($0)) }
        while lines.last?.isEmpty == true { lines.removeLast() }
        let width = screen.columns - Self.indent - Self.labelWidth
        let first = lines.prefix(lines.count > Self.commandLinesMax ? Self.commandLinesMax - 1 : lines.count)
        let cut = first.map { screen.cut($0, to: width) }
        return lines.count > first.count ? cut + ["… \(lines.count - first.count) more lines"] : cut
    }

    /// Whether what it was to do may have been done; nil where the step has no effect of its own.
    private func effect(_ number: Int) -> [String]? {
        guard state.step(number).startsProcess, !state.isContainer(number) else { return nil }
        let step = state.steps[number]
        if case .inDoubt(let doubt) = step.phase {
            switch doubt.verdict {
            case .done?: return ["in place, says its probe"]
            case .notDone?: return ["not in place, says its probe"]
            case .cannotTell?, nil: return ["not known: all of it, a part or nothing may be in place"]
            }
        }
        guard let failure = step.failure else { return nil }
        if failure.leavesOutcomeUnknown || failure.code == "in_doubt" {
            return ["not known: all of it, a part or nothing may be in place"]
        }
        switch failure.code {
        case "exit_status": return ["it said itself that it failed; a part of its effect may be in place"]
        case "could_not_start", "command_invalid", "executor_missing", "supervisor_failed", "expression_failed",
            "lock_invalid",
            "lock_timeout":
            return ["none: it never began"]
        case "output_missing", "output_type":
            return ["its command ended with exit status 0: in place, but for its outputs"]
        default: return nil
        }
    }

    private func shown(_ text: String) -> String { DisplayLine.text(Array(text.utf8)) }
}
