internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowStore
internal import WorkflowViews

/// Why a run failed, for whoever was woken by it: a few failed steps with all that is known and the end of what they
/// printed, of many only the first; further ones with a line each, and the rest counted.
struct FailureReport {
    /// Up to so many are all told with command, output and commands to type.
    private static let stepsInFull = 3
    /// Told with one line.
    private static let stepsNamed = 20

    let account: RunAccount
    let commands: CommandTexts
    let tails: OutputTails
    let screen: Screen

    private var state: RunState { account.view.state }
    private var run: RunID { account.view.record.id }

    func lines() -> [String] {
        let steps = state.failedSteps
        guard !steps.isEmpty else {
            return ["", "\(run.text) failed: " + shown(state.failure?.message ?? "no reason is known")]
        }
        var lines: [String] = []
        if steps.count > 1 { lines += ["", "\(steps.count) steps have failed."] }
        let facts = StepFacts(account: account, screen: screen)
        let inFull = steps.count <= Self.stepsInFull ? steps.count : 1
        for number in steps.prefix(inFull) {
            lines += ["", headline(number)] + facts.lines(number) + tails.lines(of: number, in: account.view)
            lines += furtherMoves(number)
        }
        let others = steps.dropFirst(inFull)
        if !others.isEmpty {
            lines += ["", "Failed as well:"]
            lines += others.prefix(Self.stepsNamed).map { "  " + screen.fitted(headline($0)) }
            if others.count > Self.stepsNamed {
                lines.append("  and \(others.count - Self.stepsNamed) more: \(commands.show(run, "--steps"))")
            }
        }
        return lines
    }

    /// The first failed steps alone, and where to read on.
    func headlines() -> [String] {
        let steps = state.failedSteps
        guard !steps.isEmpty else { return lines() }
        let more = steps.count > Self.stepsInFull ? ["and \(steps.count - Self.stepsInFull) more have failed"] : []
        return [""] + steps.prefix(Self.stepsInFull).map { screen.fitted(headline($0)) } + more
            + ["What is known of it: \(commands.show(run))"]
    }

    private func headline(_ number: Int) -> String {
        shown(state.name(ofStep: number)) + " failed: "
            + shown(state.steps[number].failure?.message ?? "no reason is known")
    }

    private func furtherMoves(_ number: Int) -> [String] {
        let name = state.name(ofStep: number)
        var lines: [String] = []
        if state.steps[number].attempts > 0, state.step(number).startsProcess, !state.isContainer(number) {
            lines.append("All of its output: \(commands.logs(run, name))")
        }
        // What a status means is the command's own matter; of all else there is more to say than fits here.
        if let code = state.steps[number].failure?.code, code != "exit_status", let page = ErrorDocument.command(code) {
            lines.append("What \(code) means: \(page)")
        }
        guard case .ended(.failed, _) = state.lifecycle, !state.isContainer(number) else { return lines }
        if case .approval = state.step(number).action {
            lines += ["What can follow:"] + commands.choices(commands.afterRejection(run), within: screen)
        } else {
            lines += ["If it need not run again:"] + commands.choices(commands.waysAround(run, name), within: screen)
        }
        return lines
    }

    private func shown(_ text: String) -> String { DisplayLine.text(Array(text.utf8)) }
}

/// The ends of what attempts have printed.
struct OutputTails {
    private static let linesMax = 20

    let environment: EngineEnvironment

    /// The last lines of the step's newest attempt; none where it has printed nothing.
    func lines(of number: Int, in view: RunView) -> [String] {
        let state = view.state
        guard state.step(number).startsProcess, !state.isContainer(number) else { return [] }
        let name = state.name(ofStep: number)
        let path = environment.logPath(run: view.record.uuid, step: name, attempt: state.steps[number].attempts)
        guard let tail = try? LogTail.of(path, lines: Self.linesMax), !tail.bytes.isEmpty else { return [] }
        var pieces = tail.bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if pieces.last?.isEmpty == true { pieces.removeLast() }
        let heading =
            "Last output of \(DisplayLine.text(Array(name.utf8)))"
            + (tail.isPartial ? " (the last \(Counted.text(pieces.count, "line"))):" : ":")
        let missing = state.steps[number].losses.map { $0.lostLogBytes } ?? 0
        // What is missing may be the end that is looked for.
        let cut =
            missing > 0
            ? ["  (cut: \(Counted.text(missing, "byte is", "bytes are")) missing, which the disk did not take)"] : []
        return [heading] + cut + pieces.map { "  | " + DisplayLine.text($0) }
    }
}

extension RunState {
    /// The steps whose failure the run has failed of, in the definition's order: of what holds others, only where
    /// nothing inside has failed.
    var failedSteps: [Int] {
        var failed: [Int] = []
        var isExplained: Set<Int> = []
        for number in stepsInOrder().reversed() {
            guard case .failed = steps[number].phase, isFailedForGood(number) else { continue }
            if !isExplained.contains(number) { failed.append(number) }
            var around = instances[number].parent
            while let holder = around {
                isExplained.insert(holder)
                around = instances[holder].parent
            }
        }
        return failed.reversed()
    }

    /// It, or something that holds it, has failed and may not be passed over.
    private func isFailedForGood(_ number: Int) -> Bool {
        var current: Int? = number
        while let step = current {
            if steps[step].hasFailedForGood { return true }
            current = instances[step].parent
        }
        return false
    }
}
