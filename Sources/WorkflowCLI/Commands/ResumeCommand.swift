internal import ArgumentParser
internal import Glibc
internal import WorkflowCore
internal import WorkflowDefinitions
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowStore
internal import WorkflowViews

extension DoubtPolicy: ExpressibleByArgument {}

/// What a run is to be moved to.
private struct EditedDefinition: Sendable {
    let stored: StoredDefinition
    /// Absolute.
    let path: String
}

struct ResumeCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Continue a run where it stopped.",
        discussion: """
            Steps that have succeeded are not run again. Steps that were running when the last driver died are \
            re-attached, settled, started, or in doubt.

              workflow resume --checkpoint chk-2026-02-02-001
              workflow resume --checkpoint ./checkpoint.json
              workflow resume run-2026-02-02-001 --on-doubt retry --reason "nothing was pushed"
              workflow resume --all
              workflow resume run-2026-02-02-001 --definition edited.yaml --plan

            An older checkpoint needs --rewind: what came after it runs again. --all takes interrupted runs and due \
            timers, never failed or paused ones, and none that a person has stopped (SIGINT, or a closed terminal). A \
            run that has ended is left as it is.

            A run that completed although steps or items failed (continue_on_error) is completed with failures: \
            --retry-failed repeats just those, with fresh retry limits. Later steps that are done stay done, also \
            where they read what those write; on_exit runs once more when the run ends again.

            --definition moves the run to an edited definition: steps that are done and written as before stay done, \
            steps that are written otherwise run again. What comes after a repeated step and is done stays done, and \
            is named; --repeat-following repeats it too. --plan shows what would be reused, repeated, new and \
            orphaned, and does nothing.
            """)

    var takesSignals: Bool { true }
    var colour: ColourForm { colours.form }

    @Argument(help: ArgumentHelp("The run.", valueName: "run"), completion: .resumableRun)
    var run: String?

    @Option(
        help: ArgumentHelp("The checkpoint to continue from, or a file of one.", valueName: "id|file"),
        completion: .newestCheckpoint)
    var checkpoint: String?

    @Flag(help: "Every interrupted run, and every due timer.")
    var all = false

    @Flag(help: "Go back to an older checkpoint; later steps run again.")
    var rewind = false

    @Option(help: ArgumentHelp("Replaces the steps' on_doubt: retry, fail or ask.", valueName: "policy"))
    var onDoubt: DoubtPolicy?

    @Option(help: ArgumentHelp("Move the run to this edited definition.", valueName: "file"), completion: .file())
    var definition: String?

    @Flag(help: "With --definition: repeat also what comes after a repeated step.")
    var repeatFollowing = false

    @Flag(help: "Repeat what failed and was tolerated (continue_on_error), and nothing else; also of a completed run.")
    var retryFailed = false
    @OptionGroup var person: PersonOptions

    @Flag(help: "Show what would be reused and what would run, and do nothing.")
    var plan = false

    @OptionGroup var include: IncludeOption
    @OptionGroup var patience: PatienceOptions

    @Flag(name: .shortAndLong, help: "No progress on standard error.")
    var quiet = false

    @OptionGroup var progress: ProgressOption
    @OptionGroup var colours: ColourOption
    @OptionGroup var output: FormatOption
    @OptionGroup var store: StoreOption

    // What `run --detach` hands to the process that it starts.
    @Option(help: .hidden) var driverLog: String?
    @Option(help: .hidden) var workingFolder: String?

    func validate() throws {
        guard [run != nil, checkpoint != nil, all].count(where: { $0 }) == 1 else {
            throw ValidationError("Name one thing to resume: a run, --checkpoint ID, or --all.")
        }
        if all, definition != nil || plan { throw ValidationError("--definition and --plan go with one run.") }
        if retryFailed, all || checkpoint != nil || definition != nil || plan {
            throw ValidationError("--retry-failed goes with one run, and with neither --definition nor --plan.")
        }
        if repeatFollowing, definition == nil {
            throw ValidationError("--repeat-following goes with --definition FILE.")
        }
        if rewind, checkpoint == nil { throw ValidationError("--rewind goes with --checkpoint ID.") }
    }

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        var process = process
        var ready: ReadyDriver?
        if let driverLog {
            (process, ready) = try DetachedDriver.arrive(log: driverLog, folder: workingFolder, process)
        }
        var warnings: [Diagnostic] = []
        var edited: EditedDefinition?
        if let path = definition {
            let (stored, said) = try await DefinitionFile.loaded(
                path, including: include.folders, console, isQuiet: quiet, in: process)
            warnings = said
            edited = EditedDefinition(stored: stored, path: RunFile.absolute(path, in: process.workingFolder))
        }
        let file = try checkpointFile()
        if file != nil, plan || rewind {
            throw CommandFailure(
                .usage, "--plan and --rewind look at runs of this store: resume the file first, then its run")
        }
        let session = try Session.open(store.url, file == nil ? .existing : .create, in: process)
        if !plan { try session.requireSupervisor() }
        let driving = Driving(session: session, console: console, format: output.format, warnings: warnings)
        let actor = person.actor(in: process)
        return try await session.closing { () async throws(CommandFailure) in
            try await refuseToSteps(session, process)
            return try await resume(driving, file, edited, actor, ready)
        }
    }

    private func resume(
        _ driving: Driving, _ file: [UInt8]?, _ edited: EditedDefinition?, _ actor: Actor,
        _ ready: ReadyDriver?
    ) async throws(CommandFailure) -> ExitStatus {
        let session = driving.session
        let control = RunControl()
        SignalWatch.deliver(to: control, telling: driving.console)
        if all { return try await resumeAll(driving, control, actor) }
        let target: ResumeRequest.Target
        if let checkpoint, let file {
            target = .run(
                try await CommandFailure.telling { () async throws(EngineError) in
                    try await session.engine.take(in: file, name: checkpoint, actor: actor)
                })
        } else if let checkpoint {
            target = .checkpoint(CheckpointID(checkpoint))
        } else {
            target = .run(RunID(run ?? ""))
        }
        let request = ResumeRequest(
            target: target, allowsRewind: rewind, onDoubt: onDoubt, definition: edited?.stored,
            definitionFile: edited?.path, repeatsFollowing: repeatFollowing, retriesFailed: retryFailed,
            beginsRun: driverLog != nil, reason: person.reason, actor: actor)
        if plan {
            let plan = try await CommandFailure.telling { () async throws(EngineError) in
                try await session.engine.plan(request)
            }
            driving.console.data(ResumePlanDocument(plan, session.commands).text(as: driving.format))
            return .completed
        }
        let run = try await runID(of: target, session)
        try await person.refuseSecrets(session, run, by: actor)
        let record = try await CommandFailure.telling { () async throws(EngineError) in
            try await session.engine.record(of: run)
        }
        if output.format == .text { driving.console.data(record.id.text) }
        if file != nil, !quiet, let origin = try await session.view(of: run).state.created?.forkedFrom {
            driving.console.note("\(record.id.text) goes on with \(DisplayLine.text(Array(origin.utf8)))")
        }
        let status = record.projection.status
        if !status.canBeResumed, !(retryFailed && status == .completed), !quiet {
            driving.console.note("\(record.id.text) is \(status.rawValue): there is nothing to resume")
        }
        let progress = driving.progress(self.progress.form, isQuiet: quiet)
        if status.canBeResumed, !quiet || progress.drawsRun {
            let view = try await session.view(of: run)
            if progress.drawsRun { progress.expect(view) }
            if edited == nil, !quiet, let note = RunFile(of: view.state).note(on: record.id, session.commands) {
                driving.console.note(note)
            }
        }
        if let edited { progress.expect(edited.stored.definition) }
        return try await driving.finish(try await drive(request, driving, control, progress, ready))
    }

    /// What overrides a run's own rules is no affair of its steps.
    private func refuseToSteps(_ session: Session, _ process: ProcessEnvironment) async throws(CommandFailure) {
        guard !plan, onDoubt != nil || rewind || definition != nil else { return }
        let caller = try await StepCaller.find(session, in: process)
        let act = onDoubt != nil ? "resume --on-doubt" : rewind ? "resume --rewind" : "resume --definition"
        if let run {
            try caller.refuse(act, of: RunID(run))
        } else if let checkpoint, CheckpointID.isName(checkpoint) {
            try caller.refuse(act, of: try await runID(of: .checkpoint(CheckpointID(checkpoint)), session))
        } else if all {
            // It may take up the caller's run.
            try caller.refuse(act)
        }
    }

    private func drive(
        _ request: ResumeRequest, _ driving: Driving, _ control: RunControl, _ progress: any ProgressTeller,
        _ ready: ReadyDriver?
    ) async throws(CommandFailure) -> DriveResult {
        do throws(CommandFailure) {
            return try await progress.accompany { () async throws(CommandFailure) in
                try await CommandFailure.telling { () async throws(EngineError) in
                    try await driving.session.engine.resume(
                        request, patience: patience.patience, control: control,
                        observer: ready?.observer(before: progress) ?? progress)
                }
            }
        } catch {
            guard case .run(let run) = request.target else { throw error }
            throw error.resumable(driving.session.commands.resume(run))
        }
    }

    /// What is not written like the name of a checkpoint is a file that `checkpoint export` wrote.
    private func checkpointFile() throws(CommandFailure) -> [UInt8]? {
        guard let checkpoint, !CheckpointID.isName(checkpoint) else { return nil }
        let isPath = checkpoint.contains("/") || checkpoint.hasSuffix(".json")
        guard isPath || access(checkpoint, F_OK) == 0 else { return nil }
        let bytes = try InputFile.bytes(checkpoint, limit: Engine.checkpointFileBytesMax)
        do throws(EngineError) {
            // Before a store is made for it.
            try Engine.check(checkpointFile: bytes, name: checkpoint)
        } catch {
            throw CommandFailure(error)
        }
        return bytes
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
                "there is no checkpoint \(id.text) in \(session.store.place); look with `workflow list`")
        }
    }
}
