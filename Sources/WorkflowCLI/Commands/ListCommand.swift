internal import ArgumentParser
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowStore
internal import WorkflowStoreSQLite

extension RunStatus: ExpressibleByArgument {}

struct ListCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List runs, the newest first.",
        discussion: """
              workflow list
              workflow list --status failed --status waiting
              workflow list --workflow deploy --label team=core -o json
            """)

    @Option(help: ArgumentHelp("Only runs of this status; may be repeated.", valueName: "status"))
    var status: [RunStatus] = []

    @Option(help: ArgumentHelp("Only runs of this workflow.", valueName: "name"))
    var workflow: String?

    @Option(name: .customLong("label"), help: ArgumentHelp("Only runs with this label.", valueName: "key=value"))
    var labels: [KeyValue] = []

    @Option(help: ArgumentHelp("So many at most, 1 to 100000.", valueName: "count"))
    var limit = 1000

    @OptionGroup var output: FormatOption
    @OptionGroup var store: StoreOption

    func validate() throws {
        guard (1...100_000).contains(limit) else { throw ValidationError("--limit takes 1 to 100000.") }
    }

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let session = try Session.open(store.url, .existing, in: process)
        let filter = RunFilter(
            statuses: status, workflow: workflow,
            labels: Dictionary(labels.map { ($0.key, $0.value) }) { first, _ in first }, limit: limit)
        let records = try await CommandFailure.telling { () async throws(EngineError) in
            try await session.engine.runs(filter)
        }
        guard output.format == .text else {
            console.data(Document.list(records.map(RunDocument.listed)).text(as: output.format))
            return .completed
        }
        if records.isEmpty {
            console.note("no runs; start one with `workflow run FILE`")
            return .completed
        }
        var table = Table(["RUN", "WORKFLOW", "STATUS", "STAGE", "CHECKPOINT", "UPDATED"])
        for record in records {
            table.add([
                record.id.text, record.workflow, record.projection.status.rawValue, record.projection.stage,
                record.checkpoint?.text ?? "-", record.updatedAt.text,
            ])
        }
        for line in table.lines() { console.data(line) }
        return .completed
    }
}
