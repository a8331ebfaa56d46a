internal import ArgumentParser
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowStore
internal import WorkflowViews

struct LogsCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Print what the steps of a run have written, byte for byte.",
        discussion: """
              workflow logs run-2026-02-02-001
              workflow logs run-2026-02-02-001 vpc_creation --attempt 2
              workflow logs 001 provisioning --tail 20
              workflow logs -f
              workflow logs run-2026-02-02-001 --driver

            Without a run it is the newest one that no step has started; the end of an id is enough where one run \
            alone ends so. A step is printed with all that it holds, a stage with all of its steps.

            All attempts in order; standard error names step and attempt before each. -f stays until the run ends or \
            nobody drives it any longer. --driver prints what the process has said that drives the run since \
            `run --detach`, or since an answer with --resume.
            """)

    @Argument(
        help: ArgumentHelp("The run, or the end of its id; the newest one where none is named.", valueName: "run"),
        completion: .anyRun)
    var run: String?

    @Argument(
        help: ArgumentHelp("Only this step, or the steps of this stage.", valueName: "step"), completion: .anyStep)
    var step: String?

    @Flag(name: .shortAndLong, help: "Go on printing while the run goes on.")
    var follow = false

    @Option(help: ArgumentHelp("Only the attempt with this number.", valueName: "number"))
    var attempt: Int?

    @Option(help: ArgumentHelp("Only so many of the last lines of each attempt; then -f goes on.", valueName: "lines"))
    var tail: Int?

    @Flag(help: "What a detached driver of the run has said, in place of the steps' logs.")
    var driver = false

    @OptionGroup var store: StoreOption

    func validate() throws {
        if let attempt, attempt < 1 { throw ValidationError("--attempt takes a number from 1 on.") }
        if let tail, !Self.tailLines.contains(tail) { throw ValidationError("--tail takes 0 to 1000000 lines.") }
        if driver, step != nil || follow || attempt != nil || tail != nil {
            throw ValidationError("--driver prints what the driver has said so far, and goes with a run alone.")
        }
    }

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let session = try Session.open(store.url, .existing, in: process)
        let run = try await RunReference(word: run).run(in: session, console)
        let view = try await session.view(of: run)
        if driver { return try DriverLog(session: session, run: view.record.id).print(console) }
        guard let selection = LogSelection(step, attempt: attempt, of: view.state) else {
            throw CommandFailure(.notFound, "\(run.text) " + view.state.lacks(step ?? "", orStage: true))
        }
        let printer = LogPrinter(
            session: session, console: console, run: run, selection: selection, tail: tail)
        let printed = try await printer.print(follow: follow)
        if printed == 0, !follow { try await tellNothing(of: view, session, console) }
        return .completed
    }

    /// Why nothing was printed.
    private func tellNothing(
        of view: RunView, _ session: Session, _ console: Console
    ) async throws(CommandFailure) {
        let run = view.record.id
        if let attempt {
            let all = try await CommandFailure.telling { () async throws(EngineError) in
                try await session.engine.attempts(of: run, step: nil)
            }
            let most = all.filter { LogSelection(step, attempt: nil, of: view.state)?.contains($0) ?? false }
                .map(\.attempt).max()
            let what = step.map { "\($0) of \(run.text)" } ?? run.text
            throw CommandFailure(
                .notFound,
                "\(what) has no attempt \(attempt)" + (most.map { "; its attempts are 1 to \($0)" } ?? " and no other"))
        }
        guard let step else { return }
        let status = view.state.number(ofStep: step).map { "; its status is \(view.state.status(ofStep: $0).rawValue)" }
        console.note("\(step) has run nothing that could write" + (status ?? ""))
    }

    private static let tailLines = 0...1_000_000
}
