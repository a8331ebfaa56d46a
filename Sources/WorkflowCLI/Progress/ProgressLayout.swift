internal import Terminal
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowViews

/// Draws a view of a run for a screen of some size at some moment: a pure function.
///
/// ```
/// ● run-2026-11-21-001  running 1m 12s  k8s-cluster
///   [█████████░░░░░░░░░░░░░░░░░░░░░] 12/40 steps, about 3m left
/// ✓ provisioning  5 steps   12.3s
/// ● configuring   7/33        59s
///   ✓ install         4.1s
///   ● upgrade          41s  412/500, 3 running, 13 failed
///     ● [web-412]       3s  attempt 2 of 4
///       │ Unpacking libc6 (2.36-9+deb12u9) over (2.36-9+deb12u8) ...
///     ✗ [web-17]      2.1s  exit status 100 (the run goes on)
///   ○ drain
///   … 31 more pending
/// ○ validating    2 steps
/// ```
///
/// Where the rows do not suffice, these are kept first: the heading, what failed or is in doubt, what waits for a
/// person, what runs, then the rest.
struct ProgressLayout {
    let size: ScreenSize
    let traits: TerminalTraits
    let now: Timestamp
    let commands: CommandTexts

    var signs: ProgressSigns { .of(traits) }
    private var columns: Int { size.columnsUsed }

    private static let barColumns = 8...30
    /// Of a step's name, beside its time and what is told of it.
    private var nameColumnsMax: Int { max(12, columns * 2 / 5) }

    func frame(_ view: ProgressView) -> Frame {
        Frame(lines(view), size: size, mark: signs.more)
    }

    func lines(_ view: ProgressView) -> [StyledLine] {
        var rows = heading(view).map { ProgressRow(line: $0, rank: .heading) }
        if let turn = view.turn, !view.status.hasEnded {
            var line = StyledLine(signs.waiting + " ", .notable)
            line.append(
                "waits for its turn in the concurrency group \(shown(turn.group)): "
                    + shown(turn.holder.inTurn(suffix: commands.suffix)))
            rows.append(ProgressRow(line: line, rank: .trouble))
        }
        let stageColumns = min(24, view.stages.map { DisplayWidth.of($0.name) }.max() ?? 0)
        let nameColumns = min(
            nameColumnsMax,
            view.stages.flatMap(\.steps).map { 4 + 2 * $0.depth + DisplayWidth.of(shown($0.label)) }.max() ?? 0)
        for stage in view.stages {
            rows.append(heading(stage, stageColumns))
            for step in stage.steps { rows += self.rows(step, nameColumns, view.run) }
            if stage.unlisted.total > 0 {
                var line = StyledLine("  \(signs.more) ", .quiet)
                line.append(parts(of: stage.unlisted), .quiet)
                rows.append(ProgressRow(line: line, rank: .frame))
            }
        }
        return ProgressRow.fitting(
            rows, into: size.rowsUsed, more: signs.more, unlistedFailures: view.unlistedFailures
        ).map {
            $0.cut(to: columns, mark: signs.more)
        }
    }

    // MARK: - Headings

    private func heading(_ view: ProgressView) -> [StyledLine] {
        let status: RunStatus = view.departure == nil ? view.status : .paused
        var line = StyledLine(sign(status) + " ", style(status))
        line.append(view.run.text, .strong)
        line.append("  ")
        line.append(view.departure.map(shown) ?? view.status.rawValue, style(status))
        if let began = view.began {
            let text = view.ended.map { TimeText.took($0.since(began)) } ?? TimeText.passing(now.since(began))
            line.append(" \(text)")
        }
        if view.isAbandoned { line.append("  nobody drives it", .notable) }
        line.append("  \(shown(view.workflow))", .quiet)
        if view.ended != nil {
            line.append("  \(counts(view.count))", .quiet)
            return [line]
        }
        var text = counts(view.count)
        if let left = view.left {
            text += left.count > 0 ? ", \(TimeText.about(left)) left" : ", longer than usual"
        }
        var bar = StyledLine("  ")
        let room = columns - 5 - DisplayWidth.of(text)
        if room >= Self.barColumns.lowerBound {
            bar.append(self.bar(view.tally, min(room, Self.barColumns.upperBound)))
            bar.append(" ")
        }
        bar.append(text)
        return [line, bar]
    }

    private func bar(_ tally: ProgressTally, _ columns: Int) -> StyledLine {
        let part = tally.total > 0 ? Double(tally.ended) / Double(tally.total) : 0
        let full = min(columns, Int(part * Double(columns)))
        var line = StyledLine("[", .quiet)
        line.append(String(repeating: signs.full, count: full), tally.failed > 0 ? .notable : .active)
        line.append(String(repeating: signs.empty, count: columns - full), .quiet)
        line.append("]", .quiet)
        return line
    }

    private func heading(_ stage: ProgressView.Stage, _ nameColumns: Int) -> ProgressRow {
        let (sign, style): (String, Style) =
            switch stage.phase {
            case .pending: (signs.pending, .quiet)
            case .open: (signs.running, .active)
            case .done: stage.tally.failed > 0 ? (signs.done, .notable) : (signs.done, .good)
            case .failed: (signs.failed, .bad)
            }
        var line = StyledLine(sign + " ", style)
        line.append(stage.name, stage.phase == .open || stage.phase == .failed ? .strong : .plain)
        line.pad(to: 2 + nameColumns)
        let isFolded = stage.phase == .pending || stage.phase == .done
        line.append(
            "  " + (isFolded ? totals(stage.count) : counts(stage.count)), stage.phase == .pending ? .quiet : .plain)
        if let began = stage.span.began, stage.phase != .pending {
            let isOver = stage.phase != .open
            let end = isOver ? stage.span.ended ?? now : now
            line.append("  " + (isOver ? TimeText.took(end.since(began)) : TimeText.passing(end.since(began))), .quiet)
        }
        let rank: ProgressRow.Rank = isFolded ? .otherStage : .frame
        return ProgressRow(line: line, rank: rank, kind: .stage)
    }

    /// `12/40 steps, 7/9 items, 2 failed`: of those that were written, how many are done.
    private func counts(_ count: StepCount) -> String {
        var parts = ["\(count.done)/\(Counted.text(count.all, "step"))"]
        if count.items > 0 {
            parts.append("\(count.itemsDone)/\(Counted.text(count.items, "item"))")
        }
        if count.failed > 0 { parts.append("\(count.failed) failed") }
        return parts.joined(separator: ", ")
    }

    /// `40 steps, 9 items, 2 failed`: how many there are.
    private func totals(_ count: StepCount) -> String {
        var parts = [Counted.text(count.all, "step")]
        if count.items > 0 { parts.append(Counted.text(count.items, "item")) }
        if count.failed > 0 { parts.append("\(count.failed) failed") }
        return parts.joined(separator: ", ")
    }

    /// `12 done, 2 failed, 3 running, 7 pending`.
    private func parts(of tally: ProgressTally) -> String {
        let parts = [
            (tally.done, "done"), (tally.failed, "failed"), (tally.cancelled, "cancelled"), (tally.running, "running"),
            (tally.held, "waiting"), (tally.pending, "pending"),
        ]
        return parts.filter { $0.0 > 0 }.map { "\($0) \($1)" }.joined(separator: ", ")
    }

    private func sign(_ status: RunStatus) -> String {
        switch status {
        case .pending: signs.pending
        case .running, .rollingBack: signs.running
        case .waiting, .paused: signs.waiting
        case .completed: signs.done
        case .failed: signs.failed
        case .cancelled, .rolledBack, .moved: signs.cancelled
        }
    }

    private func style(_ status: RunStatus) -> Style {
        switch status {
        case .pending: .quiet
        case .running, .rollingBack: .active
        case .completed: .good
        case .failed: .bad
        case .waiting, .paused, .cancelled, .rolledBack, .moved: .notable
        }
    }

    /// Safe for a terminal, and for one that knows ASCII only.
    func shown(_ text: String) -> String {
        let safe = DisplayLine.text(Array(text.utf8))
        guard !traits.isUTF8, !safe.utf8.allSatisfy({ $0 < 0x80 }) else { return safe }
        return String(safe.map { $0.isASCII ? $0 : "?" })
    }
}
