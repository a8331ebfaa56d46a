internal import ArgumentParser
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowStore
internal import WorkflowViews

struct CheckpointShowCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a checkpoint: what was done, what was not, and how to resume from it.",
        discussion: """
              workflow checkpoint show chk-2026-02-02-001
              workflow checkpoint show chk-2026-02-02-001 -o json

            As text it is the YAML document.
            """)

    @Argument(help: ArgumentHelp("The checkpoint.", valueName: "id"), completion: .anyCheckpoint)
    var checkpoint: String

    @OptionGroup var output: FormatOption
    @OptionGroup var store: StoreOption

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let session = try Session.open(store.url, .existing, in: process)
        let view = try await CommandFailure.telling { () async throws(EngineError) in
            try await session.engine.checkpoint(CheckpointID(checkpoint))
        }
        console.data(CheckpointDocument.of(view).text(as: output.format == .text ? .yaml : output.format))
        return .completed
    }
}
