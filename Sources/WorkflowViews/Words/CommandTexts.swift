package import WorkflowCore
package import WorkflowEngine

/// Commands as they are printed for people to type: a store that was named by hand is named in them too.
package struct CommandTexts: Sendable {
    /// What every command ends with: the store, where that was named.
    package let suffix: String

    /// - Parameter store: `--store`, as given.
    package init(store: String?) {
        suffix = store.map { " --store " + CommandTexts.quoted($0) } ?? ""
    }

    package func resume(_ view: RunView) -> String? { view.resumeCommand.map { $0 + suffix } }

    package func resume(_ run: RunID) -> String { "workflow resume \(run.text)" + suffix }

    package func list(_ words: [String]) -> String { (["workflow list"] + words).joined(separator: " ") + suffix }

    package var attention: String { "workflow attention" + suffix }

    /// - Parameter takesReason: whoever cancels it has to say why.
    package func cancel(_ run: RunID, takesReason: Bool, kills: Bool = false) -> String {
        "workflow cancel \(run.text)" + (kills ? " --kill" : "") + (takesReason ? " --reason \"…\"" : "") + suffix
    }

    package func watch(_ run: RunID) -> String { "workflow show \(run.text) --watch" + suffix }

    package func follow(_ run: RunID) -> String { "workflow logs \(run.text) -f" + suffix }

    package func driverLog(_ run: RunID) -> String { "workflow logs \(run.text) --driver" + suffix }

    package func logs(_ run: RunID, _ step: String) -> String {
        "workflow logs \(run.text) \(CommandTexts.quoted(step))" + suffix
    }

    /// - Parameter words: a step, or a flag.
    package func show(_ run: RunID, _ words: String...) -> String {
        "workflow show \(run.text)" + words.map { " " + CommandTexts.quoted($0) }.joined() + suffix
    }

    package func move(_ run: RunID, to file: String) -> String {
        "workflow resume \(run.text) --definition \(CommandTexts.quoted(file)) --plan" + suffix
    }

    package func checkpoints(_ run: RunID) -> String { "workflow checkpoint list \(run.text)" + suffix }

    /// - Parameter flags: such as ` --resume`, with a space in front.
    package func approve(_ run: RunID, _ step: String, _ flags: String = "") -> String {
        answer("approve", run, step, flags)
    }

    package func reject(_ run: RunID, _ step: String, _ flags: String = "") -> String {
        answer("reject", run, step, flags)
    }

    package func signal(_ run: RunID, _ name: String, _ flags: String = "") -> String {
        answer("signal", run, name, flags)
    }

    private func answer(_ verb: String, _ run: RunID, _ name: String, _ flags: String) -> String {
        "workflow \(verb) \(run.text) \(CommandTexts.quoted(name))" + flags + suffix
    }

    /// The same decisions in one line.
    package func decide(_ run: RunID, _ step: String) -> String {
        "workflow resolve \(run.text) \(CommandTexts.quoted(step)) --done|--retry|--fail|--skip" + suffix
    }

    /// What decides steps that are in doubt, the items of one `foreach` together, with what runs all of them again.
    package func decisions(_ run: RunID, _ steps: [String]) -> [String] {
        let patterns = ItemPattern.grouped(steps).map(\.text)
        var lines = patterns.prefix(8).map {
            "workflow resolve \(run.text) \(CommandTexts.quoted($0)) --done|--retry|--fail|--skip --reason \"…\""
                + suffix
        }
        if patterns.count > 8 { lines.append("… and \(patterns.count - 8) more: \(show(run))") }
        if steps.count > 1 { lines.append("\(repeatDoubts(run))  # runs all that is in doubt again") }
        return lines
    }

    package func repeatDoubts(_ run: RunID) -> String {
        "workflow resume \(run.text) --on-doubt retry" + suffix
    }

    /// One line for each decision a person can take about a step that is in doubt.
    package func resolutions(_ run: RunID, _ step: String) -> [(command: String, meaning: String)] {
        resolutions(
            run, step,
            [
                ("--done", "its effect is in place"), ("--retry", "run it again"), ("--fail", "count it as failed"),
                ("--skip", "go on without it"),
            ])
    }

    /// How a run goes on without running a failed step again.
    package func waysAround(_ run: RunID, _ step: String) -> [(command: String, meaning: String)] {
        resolutions(run, step, [("--done", "its effect is in place"), ("--skip", "go on without it")])
    }

    /// How a run goes on, or ends, after an approval was refused.
    package func afterRejection(_ run: RunID) -> [(command: String, meaning: String)] {
        [
            (resume(run), "ask again"),
            (cancel(run, takesReason: true), "end it"),
        ]
    }

    /// The same for a step whose effect does not hold any more.
    /// - Parameter isPast: its stage is complete: nothing of it runs beside a later one.
    package func resolutionsOfDrift(
        _ run: RunID, _ step: String, isPast: Bool
    ) -> [(command: String, meaning: String)] {
        let accept = ("--done", "leave it as it is and go on")
        return resolutions(
            run, step, isPast ? [accept] : [("--retry", "run it again"), accept, ("--fail", "count it as failed")])
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

    package static func quoted(_ text: String) -> String { ShellText.quoted(text) }
}
