internal import Terminal
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowViews

// One step: a line with its sign, name, time and what is told of it; beneath it what it prints, or what to type.

extension ProgressLayout {
    func rows(_ step: ProgressView.Step, _ nameColumns: Int, _ run: RunID) -> [ProgressRow] {
        let told = tell(step, run)
        let margin = String(repeating: " ", count: 2 + 2 * step.depth)
        var line = StyledLine(margin)
        line.append(told.sign + " ", told.style)
        let name = StyledLine(shown(step.label), told.nameStyle)
        line.append(name.cut(to: max(4, nameColumns - line.width), mark: signs.more))
        if told.detail.width > 0 || told.time != nil {
            line.pad(to: nameColumns)
            let time = told.time ?? ""
            line.append(String(repeating: " ", count: max(1, 9 - time.count)) + time, .quiet)
            if told.detail.width > 0 {
                line.append("  ")
                line.append(told.detail)
            }
        }
        // What stands in others is counted on their line. What has failed is counted wherever it stands.
        let kind: ProgressRow.Kind =
            step.hasFailedItself ? .failed : step.depth > 0 || told.kind == .failed ? .none : told.kind
        var rows = [ProgressRow(line: line, rank: told.rank, kind: kind)]
        for text in told.beneath {
            var line = StyledLine(margin + "    ")
            line.append(shown(text))
            rows.append(ProgressRow(line: line, rank: .asks))
        }
        if let last = step.lastLine, !last.isEmpty {
            rows.append(
                ProgressRow(line: StyledLine("\(margin)  \(signs.output) \(shown(last))", .quiet), rank: .output))
        }
        return rows
    }

    /// What is told of a step in its condition.
    private struct Told {
        var sign: String
        var style: Style
        var nameStyle: Style = .plain
        var time: String?
        var detail = StyledLine()
        /// What is asked, and what to type.
        var beneath: [String] = []
        var rank: ProgressRow.Rank
        var kind: ProgressRow.Kind
    }

    private func tell(_ step: ProgressView.Step, _ run: RunID) -> Told {
        switch step.condition {
        case .pending:
            return Told(sign: signs.pending, style: .quiet, nameStyle: .quiet, rank: .pending, kind: .pending)
        case .success:
            return Told(
                sign: signs.done, style: .good, time: took(step), detail: inside(step), rank: .done, kind: .done)
        case .skipped:
            return Told(
                sign: signs.skipped, style: .quiet, nameStyle: .quiet, detail: StyledLine("skipped", .quiet),
                rank: .done,
                kind: .done)
        case .cancelled:
            return Told(
                sign: signs.cancelled, style: .notable, detail: StyledLine("cancelled", .notable), rank: .done,
                kind: .done)
        case .open:
            return Told(
                sign: signs.running, style: .active, nameStyle: .strong, time: passing(step), detail: inside(step),
                rank: .frame, kind: .other)
        case .running(let attempt, let most):
            return Told(
                sign: signs.running, style: .active, nameStyle: .strong, time: passing(step),
                detail: StyledLine(most > 1 ? "attempt \(attempt) of \(most)" : ""), rank: .running, kind: .running)
        case .retrying(let failure, let next, let most, let due):
            var detail = StyledLine(shown(failure), .notable)
            detail.append("; attempt \(next) of \(most) in \(left(due))")
            return Told(
                sign: signs.retrying, style: .notable, time: passing(step), detail: detail, rank: .running,
                kind: .running)
        case .sleeping(let due): return waiting(step, "sleeps until \(clock(due)), \(left(due)) left", .running)
        case .repeating(let pass, let due): return waiting(step, "pass \(pass) in \(left(due))", .running)
        case .lock(let locks, let holder, let due):
            let whose = holder.map { $0.run == run ? ", held by another step" : ", held by \($0.run.text)" } ?? ""
            let why = holder?.hindrance.map { "; " + shown($0) } ?? ""
            let what = locks.count == 1 ? "the lock" : "the locks"
            let names = shown(locks.joined(separator: ", "))
            return waiting(
                step, "waits for \(what) \(names)\(whose)\(why), \(left(due)) left", .running,
                holder?.commands(suffix: commands.suffix) ?? [])
        case .approval(let prompt, let approvers, let due):
            let who = approvers.isEmpty ? "" : " by \(shown(approvers.joined(separator: ", ")))"
            return waiting(
                step, "waits for approval\(who), \(left(due)) left", .asks,
                [prompt, commands.approve(run, step.name), commands.reject(run, step.name)])
        case .signal(let name, let due):
            return waiting(
                step, "waits for the signal \(shown(name)), \(left(due)) left", .asks, [commands.signal(run, name)])
        case .inDoubt(let reason):
            return Told(
                sign: signs.doubt, style: .bad, nameStyle: .strong,
                detail: StyledLine("in doubt: \(shown(reason))", .bad),
                beneath: [commands.decide(run, step.name)], rank: .trouble, kind: .other)
        case .drifted(let message, let isPast):
            return Told(
                sign: signs.doubt, style: .bad, nameStyle: .strong,
                detail: StyledLine("does not hold any more: \(shown(message))", .bad),
                beneath: [
                    commands.resolutionsOfDrift(run, step.name, isPast: isPast).first?.command
                        ?? commands.decide(run, step.name)
                ], rank: .trouble, kind: .other)
        case .failed(let message, let isTolerated):
            var detail = StyledLine("failed: \(shown(message))", .bad)
            if step.attempts > 1 { detail.append(", after \(step.attempts) attempts") }
            if isTolerated { detail.append(" (the run goes on)", .quiet) }
            return Told(
                sign: signs.failed, style: .bad, nameStyle: .strong, time: took(step), detail: detail,
                rank: isTolerated || step.depth > 0 ? .innerFailure : .trouble, kind: .failed)
        }
    }

    private func waiting(
        _ step: ProgressView.Step, _ text: String, _ rank: ProgressRow.Rank, _ beneath: [String] = []
    ) -> Told {
        Told(
            sign: signs.waiting, style: .notable, time: passing(step), detail: StyledLine(text), beneath: beneath,
            rank: rank, kind: .other)
    }

    /// `412/500, 3 running, 13 failed`: how many are done.
    private func inside(_ step: ProgressView.Step) -> StyledLine {
        guard let inside = step.inside else { return StyledLine() }
        var line = StyledLine("\(inside.done)/\(inside.total)")
        if inside.running > 0 { line.append(", \(inside.running) running") }
        if inside.held > 0 { line.append(", \(inside.held) waiting", .notable) }
        if inside.failed > 0 { line.append(", \(inside.failed) failed", .bad) }
        return line
    }

    private func took(_ step: ProgressView.Step) -> String? {
        guard let began = step.began, let ended = step.ended else { return nil }
        return TimeText.took(ended.since(began))
    }

    private func passing(_ step: ProgressView.Step) -> String? {
        step.began.map { TimeText.passing(now.since($0)) }
    }

    private func left(_ due: Timestamp) -> String { TimeText.left(due.since(now)) }

    /// `10:15:30`, with its day where that is another one. UTC, like every time here.
    private func clock(_ due: Timestamp) -> String {
        let time = due.clock(withDay: false) + "Z"
        return due.day == now.day ? time : "\(due.day) \(time)"
    }
}
