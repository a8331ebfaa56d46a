internal import ArgumentParser
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowStore
internal import WorkflowStoreSQLite

struct LogsCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Print what the steps of a run have written, byte for byte.",
        discussion: """
              workflow logs run-2026-02-02-001
              workflow logs run-2026-02-02-001 vpc_creation
              workflow logs run-2026-02-02-001 -f

            All attempts in order; standard error names step and attempt before each. -f stays until the run ends or \
            nobody drives it any longer.
            """)

    @Argument(help: ArgumentHelp("The run.", valueName: "run"), completion: .anyRun)
    var run: String

    @Argument(help: ArgumentHelp("Only this step.", valueName: "step"), completion: .anyStep)
    var step: String?

    @Flag(name: .shortAndLong, help: "Go on printing while the run goes on.")
    var follow = false

    @OptionGroup var store: StoreOption

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let session = try Session.open(store.url, .existing, in: process)
        let view = try await session.view(of: RunID(run))
        if let step, view.state.number(ofStep: step) == nil {
            let names = view.state.stepsInOrder().prefix(50).map { view.state.name(ofStep: $0) }.joined(separator: ", ")
            throw CommandFailure(.notFound, "\(run) has no step \(step); its steps are \(names)")
        }
        let printer = LogPrinter(session: session, console: console, run: RunID(run), step: step)
        try await printer.print(follow: follow)
        if let step, let number = view.state.number(ofStep: step), !follow,
            try await CommandFailure.telling({ () async throws(EngineError) in
                try await session.engine.attempts(of: RunID(run), step: step)
            }).isEmpty
        {
            console.note(
                "\(step) has run nothing that could write; its status is \(view.state.status(ofStep: number).rawValue)")
        }
        return .completed
    }
}
