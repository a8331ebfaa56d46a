internal import WorkflowCore
internal import WorkflowEngine

/// Commands as they are printed for people to type: a store that was named by hand is named in them too.
struct CommandTexts: Sendable {
    private let suffix: String

    /// - Parameter store: `--store`, as given.
    init(store: String?) {
        suffix = store.map { " --store " + CommandTexts.quoted($0) } ?? ""
    }

    func resume(_ view: RunView) -> String? { view.resumeCommand.map { $0 + suffix } }

    func resume(_ run: RunID) -> String { "workflow resume \(run.text)" + suffix }

    func follow(_ run: RunID) -> String { "workflow logs \(run.text) -f" + suffix }

    func logs(_ run: RunID, _ step: String) -> String {
        "workflow logs \(run.text) \(CommandTexts.quoted(step))" + suffix
    }

    /// - Parameter words: a step, or a flag.
    func show(_ run: RunID, _ words: String...) -> String {
        "workflow show \(run.text)" + words.map { " " + CommandTexts.quoted($0) }.joined() + suffix
    }

    func checkpoints(_ run: RunID) -> String { "workflow checkpoint list \(run.text)" + suffix }

    func approve(_ run: RunID, _ step: String) -> String { answer("approve", run, step) }

    func reject(_ run: RunID, _ step: String) -> String { answer("reject", run, step) }

    func signal(_ run: RunID, _ name: String) -> String { answer("signal", run, name) }

    private func answer(_ verb: String, _ run: RunID, _ name: String) -> String {
        "workflow \(verb) \(run.text) \(CommandTexts.quoted(name))" + suffix
    }

    /// The same decisions in one line.
    func decide(_ run: RunID, _ step: String) -> String {
        "workflow resolve \(run.text) \(CommandTexts.quoted(step)) --done|--retry|--fail|--skip" + suffix
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

    /// For a POSIX shell: plain where that is safe, else in single quotes.
    static func quoted(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.utf8.allSatisfy {
                switch $0 {
                case 0x41...0x5A, 0x61...0x7A, 0x30...0x39, UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"),
                    UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: "@"), UInt8(ascii: "%"), UInt8(ascii: "+"),
                    UInt8(ascii: ","):
                    true
                default: false
                }
            }
        return isPlain
            ? text : "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
