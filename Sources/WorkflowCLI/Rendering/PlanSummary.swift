internal import CEL
internal import ExecutorKit
internal import JSON
internal import WorkflowCore
internal import WorkflowExecutors
internal import WorkflowViews

/// A plan for people: what `plan` prints.
struct PlanSummary {
    /// Of a script; `-o json` has all of it.
    private static let scriptLinesMax = 12
    private static let labelWidth = 10

    let plan: RunPlan
    /// Of executors that were asked what they would do, by the name of the step.
    var answers: [String: PlanAnswer] = [:]

    private var definition: Definition { plan.definition }

    func lines() -> [String] {
        let steps = plan.allSteps.count
        let stages = plan.stages.count
        var lines = [
            "\(definition.name): \(Counted.text(stages, "stage")), \(Counted.text(steps, "step")), "
                + "\(definition.maxParallel) at once at most; nothing was started"
        ]
        if let description = definition.description { lines.append(shown(description)) }
        if let group = plan.group, let policy = definition.concurrency?.onConflict {
            lines.append(
                "concurrency group \(shown(group.text)): another run of it "
                    + (policy == .queue ? "is waited for" : "makes this one fail"))
        }
        lines += given()
        for (number, planned) in plan.stages.enumerated() {
            let after = number == 0 ? "" : "  (after \(plan.stages[number - 1].stage.name))"
            lines += ["", planned.stage.name + after]
            if let policy = planned.stage.onFailure {
                lines.append("  on failure back to \(policy.stage), \(Counted.text(policy.limit, "time")) at most")
            }
            for step in planned.steps { lines += told(step, indent: 2) }
        }
        if !plan.onExit.isEmpty {
            lines += ["", "on_exit  (whenever the run ends)"]
            for step in plan.onExit { lines += told(step, indent: 2) }
        }
        return lines
    }

    private func given() -> [String] {
        var lines: [String] = []
        if !plan.parameters.isEmpty {
            var table = Table()
            for parameter in definition.parameters {
                table.add([parameter.name, text(plan.parameters[parameter.name] ?? .null)])
            }
            lines += ["", "params"] + table.lines(indent: 2)
        }
        if !definition.secrets.isEmpty {
            lines += ["", "secrets  (read when the run starts)"]
            lines += definition.secrets.map { "  \($0.name)" }
        }
        return lines
    }

    // MARK: - Steps

    private func told(_ planned: PlannedStep, indent: Int) -> [String] {
        let margin = String(repeating: " ", count: indent)
        let start = planned.after.isEmpty ? "at once" : "after \(planned.after.joined(separator: ", "))"
        var lines = ["\(margin)\(planned.step.name)  (\(start))"]
        for (label, values) in fields(planned) {
            for (index, value) in values.enumerated() {
                lines.append(margin + "  " + Table.padded(index == 0 ? label : "", to: Self.labelWidth) + value)
            }
        }
        for step in planned.steps { lines += told(step, indent: indent + 2) }
        return lines
    }

    private func fields(_ planned: PlannedStep) -> [(String, [String])] {
        let step = planned.step
        var fields: [(String, [String])] = []
        func add(_ label: String, _ values: [String]) {
            if !values.isEmpty { fields.append((label, values)) }
        }
        if let condition = planned.condition { add("if", told(condition)) }
        if let foreach = step.foreach, let items = planned.items { add("foreach", told(foreach, items)) }
        if let loop = step.loop {
            add(
                "repeat",
                [
                    "until \(shown(loop.until.source))",
                    "\(Counted.text(loop.limit, "pass", "passes")) at most"
                        + (loop.delay > .zero ? ", \(loop.delay.text) apart" : ""),
                ])
        }
        if !planned.locks.isEmpty {
            add(
                "locks",
                [
                    shown(planned.locks.map(\.text).joined(separator: ", ")),
                    "waited for \(step.lockTimeout.text) at most, then it fails",
                ])
        }
        add("waits", waits(planned))
        add("run", planned.command.map(script) ?? [])
        if let call = planned.call {
            add("uses", ["\(call.name), \(call.effect.map { "effect \($0.rawValue)" } ?? "effect known in the run")"])
            add("with", [shown(call.with)])
            if let answer = answers[step.name] { add("plan", told(answer)) }
            add("asked", call.supports.isEmpty ? [] : ["its executor knows \(call.supports.joined(separator: ", "))"])
        }
        add("env", planned.environment.map { shown("\($0.name)=\($0.value.text)") })
        if let directory = planned.workingDirectory { add("in", [shown(directory.text)]) }
        if let probe = planned.probe { add("probe", script(probe)) }
        if let verify = planned.verify { add("verify", script(verify)) }
        if let undo = planned.undo { add("undo", ["(nothing runs it in this version)"] + script(undo)) }
        if step.startsProcess {
            add("timeout", ["\(step.timeout.text) an attempt"])
            add("retry", retry(step.retry))
            let doubt = planned.call?.onDoubt ?? step.onDoubt
            if planned.probe == nil, doubt != .ask { add("in doubt", [doubt.text]) }
        }
        if step.continueOnError { add("failed", ["the run goes on"]) }
        return fields
    }

    private func told(_ answer: PlanAnswer) -> [String] {
        switch answer {
        case .planned(let lines, let isWhole):
            guard lines.count > Self.scriptLinesMax else { return lines + (isWhole ? [] : ["… more than is taken"]) }
            return lines.prefix(Self.scriptLinesMax - 1)
                + ["… \(lines.count - Self.scriptLinesMax + 1) more lines" + (isWhole ? "" : " at least")]
        case .failed(let message): return ["not known: \(shown(message))"]
        }
    }

    private func told(_ condition: PlannedCondition) -> [String] {
        let verdict =
            switch condition.holds {
            case true?: "true"
            case false?: "false: it is skipped"
            case nil: condition.problem.map { "no value: " + shown($0) } ?? "told when the run is there"
            }
        return [shown(condition.source), "= \(verdict)"]
    }

    private func told(_ foreach: Foreach, _ items: PlannedItems) -> [String] {
        var lines: [String] = []
        if let count = items.count {
            let more = count > items.first.count ? ", …" : ""
            let list = items.first.isEmpty ? "" : ": " + items.first.map(text).joined(separator: ", ") + more
            lines.append("\(Counted.text(count, "item")) as \(foreach.variable)" + list)
        } else {
            lines.append("each of \(shown(items.source)) as \(foreach.variable)")
        }
        if let most = foreach.maxParallel { lines.append("\(most) at once at most") }
        if foreach.continueOnError { lines.append("a failed one does not stop the others") }
        return lines
    }

    private func waits(_ planned: PlannedStep) -> [String] {
        func until(_ timeout: Milliseconds, _ policy: TimeoutPolicy) -> String {
            "\(timeout.text) at most, then it \(policy == .skip ? "is skipped" : "fails")"
        }
        let what = planned.wait.map { shown($0.text) } ?? ""
        switch planned.step.action {
        case .run, .group, .call: return []
        case .sleep(.until): return ["until \(what)"]
        case .sleep: return ["for \(what)"]
        case .signal(let signal): return ["for the signal \(what)", until(signal.timeout, signal.onTimeout)]
        case .approval(let approval):
            let who =
                planned.approvers.isEmpty
                ? [] : ["approvers: " + shown(planned.approvers.map(\.text).joined(separator: ", "))]
            return ["for approval: \(what)"] + who + [until(approval.timeout, approval.onTimeout)]
        }
    }

    private func retry(_ retry: RetryPolicy) -> [String] {
        guard retry.limit > 0 else { return [] }
        var text = "\(Counted.text(retry.limit, "more attempt")) after \(retry.delay.text)"
        if retry.limit > 1, retry.backoff > 1 {
            text += ", each wait \(number(retry.backoff)) times the last, \(retry.maxDelay.text) at most"
        }
        var conditions: [String] = []
        if !retry.exitCodes.isEmpty {
            conditions.append("exit status " + retry.exitCodes.map(String.init).joined(separator: ", "))
        }
        if !retry.codes.isEmpty { conditions.append("failure " + shown(retry.codes.joined(separator: ", "))) }
        return [text] + (conditions.isEmpty ? [] : ["only after " + conditions.joined(separator: " or ")])
    }

    private func script(_ planned: PlannedText) -> [String] {
        var lines = planned.text.split(separator: "\n", omittingEmptySubsequences: false).map { shown(String($0)) }
        while lines.last?.isEmpty == true { lines.removeLast() }
        guard lines.count > Self.scriptLinesMax else { return lines }
        return lines.prefix(Self.scriptLinesMax - 1) + ["… \(lines.count - Self.scriptLinesMax + 1) more lines"]
    }

    private func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }

    private func text(_ value: JSONValue) -> String {
        shown(value.stringValue ?? (try? value.compactText()) ?? "")
    }

    private func shown(_ text: String) -> String { DisplayLine.text(Array(text.utf8)) }
}

extension DoubtPolicy {
    fileprivate var text: String {
        switch self {
        case .retry: "it is run again"
        case .ask: "a person is asked"
        case .fail: "it fails"
        }
    }
}
