internal import ArgumentParser
internal import WorkflowCore
internal import WorkflowStoreSQLite

struct ShowCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a run: its stages, steps, outputs, and what to type next.",
        discussion: """
              workflow show run-2026-02-02-001
              workflow show run-2026-02-02-001 -o json
            """)

    @Argument(help: ArgumentHelp("The run.", valueName: "run"))
    var run: String

    @OptionGroup var output: FormatOption
    @OptionGroup var store: StoreOption

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let session = try Session.open(store.url, .existing, in: process)
        let view = try await session.view(of: RunID(run))
        switch output.format {
        case .text:
            let summary = RunSummary(view: view, commands: session.commands, hasColour: console.hasOutputColour)
            for line in summary.lines() { console.data(line) }
        case .json, .yaml: console.data(RunDocument.of(view, session.commands).text(as: output.format))
        }
        return .completed
    }
}
