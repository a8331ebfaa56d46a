internal import ArgumentParser
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowStore
internal import WorkflowViews

struct CheckpointListCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the checkpoints of a run, the oldest first.",
        discussion: "  workflow checkpoint list run-2026-02-02-001")

    @Argument(
        help: ArgumentHelp("The run, or the end of its id; the newest one where none is named.", valueName: "run"),
        completion: .anyRun)
    var run: String?

    @OptionGroup var output: FormatOption
    @OptionGroup var store: StoreOption

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let session = try Session.open(store.url, .existing, in: process)
        let run = try await RunReference(word: run).run(in: session, console)
        let records = try await CommandFailure.telling { () async throws(EngineError) in
            try await session.engine.checkpoints(of: run)
        }
        guard output.format == .text else {
            console.data(Document.list(records.map(CheckpointDocument.listed)).text(as: output.format))
            return .completed
        }
        if records.isEmpty {
            console.note("\(run.text) has no checkpoint yet")
            return .completed
        }
        var table = Table(["CHECKPOINT", "STAGE", "STEP", "CREATED"])
        for record in records {
            // The key of an item may hold what turns the direction of text around.
            let step = DisplayLine.text(Array(record.step.utf8))
            table.add([record.id.text, record.stage, step, record.createdAt.text])
        }
        for line in table.lines() { console.data(line) }
        return .completed
    }
}
