internal import WorkflowCore
internal import WorkflowEngine

/// Commands as they are printed for people to type: a store that was named by hand is named in them too.
struct CommandTexts: Sendable {
    /// What every command ends with: the store, where that was named.
    let suffix: String

    /// - Parameter store: `--store`, as given.
    init(store: String?) {
        suffix = store.map { " --store " + CommandTexts.quoted($0) } ?? ""
    }

    func resume(_ view: RunView) -> String? { view.resumeCommand.map { $0 + suffix } }

    func resume(_ run: RunID) -> String { "workflow resume \(run.text)" + suffix }

    func list(_ words: [String]) -> String { (["workflow list"] + words).joined(separator: " ") + suffix }

    var attention: String { "workflow attention" + suffix }

    /// - Parameter takesReason: whoever cancels it has to say why.
    func cancel(_ run: RunID, takesReason: Bool, kills: Bool = false) -> String {
        "workflow cancel \(run.text)" + (kills ? " --kill" : "") + (takesReason ? " --reason \"…\"" : "") + suffix
    }

    func watch(_ run: RunID) -> String { "workflow show \(run.text) --watch" + suffix }

    func follow(_ run: RunID) -> String { "workflow logs \(run.text) -f" + suffix }

    func driverLog(_ run: RunID) -> String { "workflow logs \(run.text) --driver" + suffix }

    func logs(_ run: RunID, _ step: String) -> String {
        "workflow logs \(run.text) \(CommandTexts.quoted(step))" + suffix
    }

    /// - Parameter words: a step, or a flag.
    func show(_ run: RunID, _ words: String...) -> String {
        "workflow show \(run.text)" + words.map { " " + CommandTexts.quoted($0) }.joined() + suffix
    }

    func move(_ run: RunID, to file: String) -> String {
        "workflow resume \(run.text) --definition \(CommandTexts.quoted(file)) --plan" + suffix
    }

    func checkpoints(_ run: RunID) -> String { "workflow checkpoint list \(run.text)" + suffix }

    /// - Parameter flags: such as ` --resume`, with a space in front.
    func approve(_ run: RunID, _ step: String, _ flags: String = "") -> String { answer("approve", run, step, flags) }

    func reject(_ run: RunID, _ step: String, _ flags: String = "") -> String { answer("reject", run, step, flags) }

    func signal(_ run: RunID, _ name: String, _ flags: String = "") -> String { answer("signal", run, name, flags) }

    private func answer(_ verb: String, _ run: RunID, _ name: String, _ flags: String) -> String {
        "workflow \(verb) \(run.text) \(CommandTexts.quoted(name))" + flags + suffix
    }

    /// The same decisions in one line.
    func decide(_ run: RunID, _ step: String) -> String {
        "workflow resolve \(run.text) \(CommandTexts.quoted(step)) --done|--retry|--fail|--skip" + suffix
    }

    /// What decides steps that are in doubt, the items of one `foreach` together, with what runs all of them again.
    func decisions(_ run: RunID, _ steps: [String]) -> [String] {
        let patterns = ItemPattern.grouped(steps).map(\.text)
        var lines = patterns.prefix(8).map {
            "workflow resolve \(run.text) \(CommandTexts.quoted($0)) --done|--retry|--fail|--skip --reason \"…\""
                + suffix
        }
        if patterns.count > 8 { lines.append("… and \(patterns.count - 8) more: \(show(run))") }
        if steps.count > 1 { lines.append("\(repeatDoubts(run))  # runs all that is in doubt again") }
        return lines
    }

    func repeatDoubts(_ run: RunID) -> String {
        "workflow resume \(run.text) --on-doubt retry" + suffix
    }

    /// One line for each decision a person can take about a step that is in doubt.
    func resolutions(_ run: RunID, _ step: String) -> [(command: String, meaning: String)] {
        resolutions(
            run, step,
            [
                ("--done", "its effect is in place"), ("--retry", "run it again"), ("--fail", "count it as failed"),
                ("--skip", "go on without it"),
            ])
    }

    /// How a run goes on without running a failed step again.
    func waysAround(_ run: RunID, _ step: String) -> [(command: String, meaning: String)] {
        resolutions(run, step, [("--done", "its effect is in place"), ("--skip", "go on without it")])
    }

    /// How a run goes on, or ends, after an approval was refused.
    func afterRejection(_ run: RunID) -> [(command: String, meaning: String)] {
        [
            (resume(run), "ask again"),
            (cancel(run, takesReason: true), "end it"),
        ]
    }

    /// The same for a step whose effect does not hold any more.
    /// - Parameter isPast: its stage is complete: nothing of it runs beside a later one.
    func resolutionsOfDrift(
        _ run: RunID, _ step: String, isPast: Bool
    ) -> [(command: String, meaning: String)] {
        let accept = ("--done", "leave it as it is and go on")
        return resolutions(
            run, step, isPast ? [accept] : [("--retry", "run it again"), accept, ("--fail", "count it as failed")])
    }

    /// Commands to copy, each with what it means: beside it where there is room, else above it.
    func choices(_ choices: [(command: String, meaning: String)], within screen: Screen) -> [String] {
        var table = Table()
        for choice in choices { table.add([choice.command, "# " + choice.meaning]) }
        let beside = table.lines(indent: 4)
        guard beside.contains(where: { Table.width($0) > screen.columns }) else { return beside }
        return choices.flatMap { ["  \($0.meaning):", "    " + $0.command] }
    }

    private func resolutions(
        _ run: RunID, _ step: String, _ decisions: [(flag: String, meaning: String)]
    ) -> [(command: String, meaning: String)] {
        decisions.map {
            (
                "workflow resolve \(run.text) \(CommandTexts.quoted(step)) \($0.flag) --reason \"…\"" + suffix,
                $0.meaning
            )
        }
    }

    static func quoted(_ text: String) -> String { ShellText.quoted(text) }
}
