internal import ArgumentParser
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowStore
internal import WorkflowStoreSQLite

extension DoubtPolicy: ExpressibleByArgument {}

struct ResumeCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Continue a run where it stopped.",
        discussion: """
            Steps that have succeeded are not run again. Steps that were running when the last driver died are \
            re-attached, settled, started, or in doubt.

              workflow resume --checkpoint chk-2026-02-02-001
              workflow resume run-2026-02-02-001 --on-doubt retry
              workflow resume --all

            An older checkpoint needs --rewind: what came after it runs again. --all takes interrupted runs and due \
            timers, never failed or paused ones. A run that has ended is left as it is.
            """)

    static let takesSignals = true

    @Argument(help: ArgumentHelp("The run.", valueName: "run"))
    var run: String?

    @Option(help: ArgumentHelp("The checkpoint to continue from.", valueName: "id"))
    var checkpoint: String?

    @Flag(help: "Every interrupted run, and every due timer.")
    var all = false

    @Flag(help: "Go back to an older checkpoint; later steps run again.")
    var rewind = false

    @Option(help: ArgumentHelp("Replaces the steps' on_doubt: retry, fail or ask.", valueName: "policy"))
    var onDoubt: DoubtPolicy?

    @OptionGroup var patience: PatienceOptions

    @Flag(name: .shortAndLong, help: "No progress on standard error.")
    var quiet = false

    @OptionGroup var output: FormatOption
    @OptionGroup var store: StoreOption

    // What `run --detach` hands to the process that it starts.
    @Option(help: .hidden) var driverLog: String?
    @Option(help: .hidden) var workingFolder: String?

    func validate() throws {
        guard [run != nil, checkpoint != nil, all].count(where: { $0 }) == 1 else {
            throw ValidationError("Name one thing to resume: a run, --checkpoint ID, or --all.")
        }
        if rewind, checkpoint == nil { throw ValidationError("--rewind goes with --checkpoint ID.") }
    }

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        var process = process
        if let driverLog { process = try DetachedDriver.arrive(log: driverLog, folder: workingFolder, process) }
        let session = try Session.open(store.url, .existing, in: process)
        try session.requireSupervisor()
        let driving = Driving(session: session, console: console, format: output.format)
        let actor = "user:\(process.user)"
        return try await session.closing { () async throws(CommandFailure) in try await resume(driving, actor) }
    }

    private func resume(_ driving: Driving, _ actor: String) async throws(CommandFailure) -> ExitStatus {
        let session = driving.session
        let control = RunControl()
        SignalWatch.deliver(to: control, telling: driving.console)
        if all { return try await resumeAll(driving, control, actor) }
        let target: ResumeRequest.Target =
            if let checkpoint { .checkpoint(CheckpointID(checkpoint)) } else { .run(RunID(run ?? "")) }
        let view = try await session.view(of: try await runID(of: target, session))
        if output.format == .text { driving.console.data(view.record.id.text) }
        let progress = driving.progress(isQuiet: quiet)
        progress.expect(view.state.program.definition)
        let request = ResumeRequest(target: target, allowsRewind: rewind, onDoubt: onDoubt, actor: actor)
        return try await driving.finish(try await drive(request, driving, control, progress))
    }

    private func drive(
        _ request: ResumeRequest, _ driving: Driving, _ control: RunControl, _ progress: Progress
    ) async throws(CommandFailure) -> DriveResult {
        try await CommandFailure.telling { () async throws(EngineError) in
            try await driving.session.engine.resume(
                request, patience: patience.patience, control: control, observer: progress)
        }
    }

    private func runID(of target: ResumeRequest.Target, _ session: Session) async throws(CommandFailure) -> RunID {
        switch target {
        case .run(let run): return run
        case .checkpoint(let id):
            do throws(StoreError) {
                if let record = try await session.store.checkpoint(id) { return record.runID }
            } catch {
                throw CommandFailure(error)
            }
            throw CommandFailure(
                .notFound,
                "there is no checkpoint \(id.text) in \(session.store.folder.path); look with `workflow list`")
        }
    }
}
