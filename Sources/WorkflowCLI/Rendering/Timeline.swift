internal import JSON
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowViews

/// A run over time: a bar for each step under its stage, scaled to the width of the screen.
///
/// ```
/// timeline    2026-02-02T10:15:30.123Z, 1m 24s
/// planning
///   checks        ██▏                                                    2.1s
/// configuring
///   apply[eu]       ████████✗░░░████████                                   31s
///   apply[us]       ██████████████████                                     28s
///   go_live                              ░░░░░░░░░╌╌ 8h ╌░░░░░░░█         8h 3m
/// ```
struct Timeline {
    /// Bars; more are counted.
    private static let rowsMax = 60
    /// More items of one `foreach` are drawn as one bar whose height is how many ran at once.
    private static let itemsMax = 8
    private static let labelMax = 32
    private static let lengthWidth = 8
    private static let indent = 2

    let account: RunAccount
    let screen: Screen

    private var state: RunState { account.view.state }
    private var marks: TimelineMarks { TimelineMarks(isUnicode: screen.hasUnicode) }

    private struct Row {
        let label: String
        let bar: [Character]
        let length: Milliseconds?
        let urgency: Int
    }

    func lines() -> [String] {
        let spans = TimelineSpans(account, now: screen.now)
        let stages = groups()
        let widest = stages.flatMap(\.steps).map { Table.width(label($0)) }.max() ?? 0
        let labelWidth = min(max(widest, 8), min(Self.labelMax, screen.columns / 3))
        let width = max(10, screen.columns - Self.indent - labelWidth - 2 - Self.lengthWidth - 1)
        let scale = TimeScale(from: spans.from, until: spans.until, busy: spans.busy, columns: width)
        var used: Set<Character> = []
        var lines = ["timeline  from \(spans.from.text), \(spans.until.since(spans.from).spoken)"]
        var left = Self.rowsMax
        var undrawn = 0
        var skipped = 0
        for stage in stages {
            let begun = stage.steps.filter { isBegun($0, spans) }
            let passed = stage.steps.count { state.steps[$0].phase == .skipped && !isBegun($0, spans) }
            skipped += passed
            undrawn += stage.steps.count - begun.count - passed
            guard !begun.isEmpty else { continue }
            lines += ["", stage.name]
            let chosen = begun.count <= left ? Set(begun) : Set(mostUrgent(begun, left, spans))
            left -= chosen.count
            for number in begun where chosen.contains(number) {
                let row = row(number, spans, scale)
                used.formUnion(row.bar)
                lines.append(line(row, labelWidth, width))
            }
            if chosen.count < begun.count {
                lines.append("  … \(begun.count - chosen.count) more: --attempts, or -o json")
            }
        }
        lines += [""] + legend(used, scale)
        if skipped > 0 { lines.append("\(skipped) \(skipped == 1 ? "step was" : "steps were") skipped") }
        if undrawn > 0 { lines.append("\(undrawn) \(undrawn == 1 ? "step has" : "steps have") not begun") }
        return lines + interruptions()
    }

    // MARK: - Which rows

    private func groups() -> [(name: String, steps: [Int])] {
        var groups: [(name: String, steps: [Int])] = []
        for (number, range) in state.program.stageRanges.enumerated() {
            groups.append((state.program.definition.stages[number].name, drawn(range)))
        }
        if !state.program.exitRange.isEmpty { groups.append(("on_exit", drawn(state.program.exitRange))) }
        return groups
    }

    /// Steps that do something themselves, and a `foreach` with many items in place of those; of these still what is
    /// wrong.
    private func drawn(_ range: Range<Int>) -> [Int] {
        var steps: [Int] = []
        var waiting = Array(range.reversed())
        while let number = waiting.popLast() {
            guard let container = state.containers[number] else {
                steps.append(number)
                continue
            }
            guard state.isForeach(number), container.children.count > Self.itemsMax else {
                waiting += container.children.reversed()
                continue
            }
            steps.append(number)
            let wrong = container.children.filter { state.status(ofStep: $0).urgency > 0 }
            waiting += mostUrgent(Array(wrong), Self.itemsMax, nil).reversed()
        }
        return steps
    }

    /// In the order given, those that want attention most, then those that took longest.
    private func mostUrgent(_ steps: [Int], _ count: Int, _ spans: TimelineSpans?) -> [Int] {
        guard steps.count > count else { return steps }
        let weighed = steps.map { number -> (number: Int, urgency: Int, length: Int64) in
            let length = spans?.spans[state.name(ofStep: number)]?
                .reduce(into: Int64(0)) { $0 += $1.until.since($1.from).count }
            return (number, state.status(ofStep: number).urgency, length ?? 0)
        }
        let first = weighed.sorted { ($1.urgency, $1.length, $0.number) < ($0.urgency, $0.length, $1.number) }
        return first.prefix(max(count, 0)).map(\.number).sorted { RunOrder(state).precedes($0, $1) }
    }

    private func isBegun(_ number: Int, _ spans: TimelineSpans) -> Bool {
        state.containers[number] != nil || spans.spans[state.name(ofStep: number)] != nil
    }

    private func label(_ number: Int) -> String {
        let name = DisplayLine.text(Array(state.name(ofStep: number).utf8))
        return state.containers[number].map { "\(name) (\($0.children.count))" } ?? name
    }

    // MARK: - Bars

    private func row(_ number: Int, _ spans: TimelineSpans, _ scale: TimeScale) -> Row {
        if let container = state.containers[number] { return folded(number, container.children, spans, scale) }
        let own = spans.spans[state.name(ofStep: number)] ?? []
        var cells = [TimelineSpans.Kind?](repeating: nil, count: scale.columns)
        for span in own {
            var columns = scale.columns(from: span.from, until: span.until)
            // The mark of a failure stands on the last column of its attempt.
            if span.kind == .failed {
                let last = scale.lastColumn(until: span.until)
                columns = last..<last + 1
            }
            for column in columns { cells[column] = cells[column].map { max($0, span.kind) } ?? span.kind }
        }
        var bar = background(spans, scale)
        for (column, kind) in cells.enumerated() { if let kind { bar[column] = marks.mark(kind) } }
        overlayCuts(&bar, scale)
        return Row(
            label: label(number), bar: bar, length: length(own), urgency: state.status(ofStep: number).urgency)
    }

    /// How many of the items, or of what they hold, ran at once.
    private func folded(
        _ number: Int, _ children: Range<Int>, _ spans: TimelineSpans, _ scale: TimeScale
    ) -> Row {
        // Where each column's count changes: a span adds one where it begins and takes it back behind its end.
        var changes = [Int](repeating: 0, count: scale.columns + 1)
        var busiest = 0
        var all: [TimelineSpans.Span] = []
        var waiting = Array(children)
        while let child = waiting.popLast() {
            if let inner = state.containers[child] { waiting += inner.children }
            for span in spans.spans[state.name(ofStep: child)] ?? [] {
                all.append(span)
                guard span.kind == .running || span.kind == .unwatched else { continue }
                let columns = scale.columns(from: span.from, until: span.until)
                changes[columns.lowerBound] += 1
                changes[columns.upperBound] -= 1
            }
        }
        var counts: [Int] = []
        var running = 0
        for column in 0..<scale.columns {
            running += changes[column]
            counts.append(running)
            busiest = max(busiest, running)
        }
        var bar = background(spans, scale)
        for (column, count) in counts.enumerated() where count > 0 { bar[column] = marks.level(count, of: busiest) }
        overlayCuts(&bar, scale)
        return Row(label: label(number), bar: bar, length: length(all), urgency: 0)
    }

    private func background(_ spans: TimelineSpans, _ scale: TimeScale) -> [Character] {
        var bar = [Character](repeating: " ", count: scale.columns)
        for gap in spans.gaps {
            for column in scale.columns(from: gap.from, until: gap.until) { bar[column] = marks.gap }
        }
        return bar
    }

    private func overlayCuts(_ bar: inout [Character], _ scale: TimeScale) {
        for cut in scale.cuts {
            for column in cut.columns { bar[column] = marks.cut }
            let text = " " + cut.length.spokenBriefly + " "
            let first = cut.columns.lowerBound + max(0, (cut.columns.count - text.count) / 2)
            for (offset, character) in text.enumerated() where cut.columns.contains(first + offset) {
                bar[first + offset] = character
            }
        }
    }

    private func length(_ spans: [TimelineSpans.Span]) -> Milliseconds? {
        guard let from = spans.map(\.from).min(), let until = spans.map(\.until).max() else { return nil }
        return until.since(from)
    }

    private func line(_ row: Row, _ labelWidth: Int, _ width: Int) -> String {
        let length = row.length?.spoken ?? ""
        let space = String(repeating: " ", count: max(0, Self.lengthWidth - Table.width(length)))
        return String(repeating: " ", count: Self.indent)
            + Table.padded(screen.cut(row.label, to: labelWidth), to: labelWidth) + "  " + String(row.bar) + " " + space
            + length
    }

    // MARK: - What it means

    private func legend(_ used: Set<Character>, _ scale: TimeScale) -> [String] {
        var parts = TimelineMarks.kinds.compactMap { kind, meaning in
            used.contains(marks.mark(kind)) ? "\(marks.mark(kind)) \(meaning)" : nil
        }
        if used.contains(marks.gap) { parts.append("\(marks.gap) nobody drove") }
        if state.containers.contains(where: { state.isForeach($0) && $1.children.count > Self.itemsMax }) {
            parts.append(marks.levelsMeaning)
        }
        var lines = [parts.joined(separator: "   ")].filter { !$0.isEmpty }
        if !scale.cuts.isEmpty {
            lines.append("\(marks.cut) 9h \(marks.cut) nothing ran for so long: the scale is cut there")
        }
        return lines
    }

    private func interruptions() -> [String] {
        let drives = account.history.drives
        var lines: [String] = []
        for (place, drive) in drives.enumerated() {
            let next = place + 1 < drives.count ? drives[place + 1].from : nil
            let what: String
            switch drive.end {
            case .lost: what = "was lost"
            case .open where !account.view.isDriven && !state.status.hasEnded: what = "is gone"
            case .left, .open: continue
            }
            let driver = "the driver with pid \(drive.processID)"
            let back = next.map { "; the next one came \($0.since(drive.until).spoken) later" } ?? ""
            lines.append("\(driver) \(what): it wrote last at \(drive.until.text)\(back)")
        }
        guard lines.count > 5 else { return lines }
        return ["\(lines.count) drivers were lost; the newest:"] + lines.suffix(5)
    }
}

/// The characters of a timeline. None of them means anything by its colour.
struct TimelineMarks {
    static let kinds: [(TimelineSpans.Kind, String)] = [
        (.running, "running"), (.waiting, "waiting"), (.failed, "failed"), (.inDoubt, "in doubt"),
        (.unwatched, "begun, and nobody drove"),
    ]

    let isUnicode: Bool

    func mark(_ kind: TimelineSpans.Kind) -> Character {
        switch kind {
        case .running: isUnicode ? "█" : "#"
        case .waiting: isUnicode ? "░" : "-"
        case .unwatched: isUnicode ? "▒" : "="
        case .inDoubt: "?"
        case .failed: isUnicode ? "✗" : "x"
        }
    }

    var gap: Character { isUnicode ? "·" : "." }

    /// Time that is left out of the scale.
    var cut: Character { isUnicode ? "╌" : "~" }

    /// One of eight heights, the highest for the most of its row; in ASCII the number itself, as far as it has one
    /// digit.
    func level(_ count: Int, of most: Int) -> Character {
        guard isUnicode else { return count <= 9 ? Character(String(max(count, 0))) : "+" }
        let levels = Array("▁▂▃▄▅▆▇█")
        return levels[min(max((count * levels.count + most - 1) / max(most, 1) - 1, 0), levels.count - 1)]
    }
}

extension TimelineMarks {
    var levelsMeaning: String {
        isUnicode ? "▁..█ items at once, █ the most of the row" : "1..9 items at once, + more than 9"
    }
}

/// Steps in the definition's order.
private struct RunOrder {
    private let places: [Int: Int]

    init(_ state: RunState) {
        var places: [Int: Int] = [:]
        for (place, number) in state.stepsInOrder().enumerated() { places[number] = place }
        self.places = places
    }

    func precedes(_ a: Int, _ b: Int) -> Bool { places[a, default: 0] < places[b, default: 0] }
}
