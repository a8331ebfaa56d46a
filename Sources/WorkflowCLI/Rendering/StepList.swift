internal import JSON
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowViews

/// The steps of a run by stage, each with its status, attempts, time and result. Where there are many, those that want
/// attention are named and the others counted.
struct StepList {
    /// Longer lists of siblings are folded.
    private static let siblingsMax = 12
    /// As long as all steps are no more than this, none is folded.
    private static let unfoldedMax = 40
    /// Named of a folded list.
    private static let namedMax = 10
    /// In all, whatever nests.
    private static let rowsMax = 200
    private static let nameWidthMax = 40

    let account: RunAccount
    let screen: Screen
    /// Nothing is folded.
    let isWhole: Bool

    private enum Row {
        case step(Int)
        case folded([Int])
    }

    private var state: RunState { account.view.state }

    func lines() -> [String] {
        var lines: [String] = []
        var room = Self.rowsMax
        for (number, range) in state.program.stageRanges.enumerated() {
            lines += ["", state.program.definition.stages[number].name] + table(rows(Array(range), &room))
        }
        if !state.program.exitRange.isEmpty {
            lines += ["", "on_exit"] + table(rows(Array(state.program.exitRange), &room))
        }
        return lines
    }

    private func rows(_ siblings: [Int], _ room: inout Int) -> [Row] {
        let folds = !isWhole && state.stepsInOrderCount > Self.unfoldedMax && siblings.count > Self.siblingsMax
        var named = Set(siblings)
        if folds {
            let notable = siblings.filter { state.status(ofStep: $0).urgency > 0 }
                .sorted { (state.status(ofStep: $1).urgency, $0) < (state.status(ofStep: $0).urgency, $1) }
            named = Set(notable.prefix(Self.namedMax))
        }
        var rows: [Row] = []
        var others: [Int] = []
        for sibling in siblings {
            guard named.contains(sibling), isWhole || room > 0 else {
                others.append(sibling)
                continue
            }
            room -= 1
            rows.append(.step(sibling))
            if let container = state.containers[sibling] { rows += self.rows(Array(container.children), &room) }
        }
        if !others.isEmpty { rows.append(.folded(others)) }
        return rows
    }

    private func table(_ rows: [Row]) -> [String] {
        var table = Table()
        for row in rows {
            guard case .step(let number) = row else { continue }
            table.add([
                screen.cut(shown(state.name(ofStep: number)), to: Self.nameWidthMax),
                state.status(ofStep: number).rawValue, attempts(state.steps[number]), length(number), detail(number),
            ])
        }
        var told = table.lines(indent: 2).makeIterator()
        return rows.compactMap { row in
            switch row {
            case .step(let number):
                let status = state.status(ofStep: number).rawValue
                return told.next().map { StatusColour.paint(screen.fitted($0), word: status, if: screen.hasColour) }
            case .folded(let numbers): return "  … \(numbers.count) more: \(counted(numbers))"
            }
        }
    }

    private func counted(_ numbers: [Int]) -> String {
        var counts: [StepStatus: Int] = [:]
        for number in numbers { counts[state.status(ofStep: number), default: 0] += 1 }
        return StepStatus.allCases.compactMap { status in counts[status].map { "\($0) \(status.rawValue)" } }
            .joined(separator: ", ")
    }

    private func attempts(_ step: StepState) -> String {
        switch step.attempts {
        case 0: ""
        case 1: "1 attempt"
        default: "\(step.attempts) attempts"
        }
    }

    /// From its first attempt to its end, or to now.
    private func length(_ number: Int) -> String {
        let step = state.steps[number]
        guard let from = step.startedAt else { return "" }
        if let end = step.endedAt, step.hasEnded { return end.since(from).spoken }
        return account.view.isDriven ? screen.now.since(from).spoken : ""
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
        case .repeating(let wait): return "pass \(step.passes + 1) \(wait.due.spoken(at: screen.now))"
        case .open: return inside(number)
        case .sleeping(_, let wait): return "until \(wait.due.text)"
        case .retrying(let wait):
            return "again \(wait.due.spoken(at: screen.now)): " + shown(step.failure?.message ?? "")
        case .failed(let isTolerated):
            return shown(step.failure?.message ?? "") + (isTolerated ? " (the run goes on)" : "")
        case .inDoubt(let doubt): return shown(doubt.reason)
        case .running(let attempt):
            let found = account.view.open(state.name(ofStep: number))?.spoken(in: state) ?? "no process drives the run"
            return "since \(attempt.startedAt.text)" + (account.view.isDriven ? "" : "; " + found)
        case .cancelled: return step.openDoubt.map { "its outcome is not known: " + shown($0) } ?? ""
        case .blocked, .ready, .skipped: return ""
        }
    }

    private func inside(_ number: Int) -> String {
        guard let container = state.containers[number] else { return "" }
        let done = container.children.count { [.success, .skipped].contains(state.steps[$0].status) }
        let failed = container.children.count { state.steps[$0].status == .failed }
        return "\(done) of \(container.children.count) done" + (failed > 0 ? ", \(failed) failed" : "")
    }

    private func text(_ value: JSONValue) -> String {
        value.stringValue ?? (try? value.compactText()) ?? ""
    }

    private func shown(_ text: String) -> String { DisplayLine.text(Array(text.utf8)) }
}

extension StepStatus {
    /// How much it wants to be seen: what is wrong first, then what is waited for, then what goes on; 0 for the rest.
    var urgency: Int {
        switch self {
        case .inDoubt: 5
        case .failed: 4
        case .waiting: 3
        case .retrying: 2
        case .running: 1
        case .pending, .success, .skipped, .cancelled, .compensated: 0
        }
    }
}

extension RunState {
    /// How many rows all steps would take; instances that others have replaced are counted too.
    fileprivate var stepsInOrderCount: Int { steps.count }
}
