internal import ArgumentParser
internal import JSON
internal import Workflow
internal import WorkflowCore
internal import WorkflowDefinitions
internal import WorkflowEngine
internal import WorkflowStore
internal import WorkflowViews

struct RunCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Start a run of a definition and drive it.",
        discussion: """
            Prints the run's id on standard output, progress on standard error.

              workflow run deploy.yaml -p cluster=blue -p nodes=5
              workflow run deploy.yaml --params blue.json --label team=core
              workflow run deploy.yaml --run-id deploy-42 --detach

            A --run-id that exists with the same definition and parameters starts nothing: the exit status tells how \
            that run stands (75 while it is driven, 1 when it was interrupted). With --resume such a run goes on where \
            it can be resumed: the same command is typed again after a failure.
            """)

    var takesSignals: Bool { true }
    var colour: ColourForm { colours.form }

    @Argument(help: ArgumentHelp("The definition, a YAML file.", valueName: "file"), completion: .file())
    var file: String

    @Option(
        name: [.customShort("p"), .customLong("param")],
        help: ArgumentHelp("A parameter; once for each.", valueName: "key=value"), completion: .parameters,
        transform: KeyValue.init(_:))
    var parameters: [KeyValue] = []

    @Option(
        name: .customLong("params"),
        help: ArgumentHelp(
            "A file of parameters: a YAML mapping or a JSON object. A -p wins over it.", valueName: "file"),
        completion: .file())
    var parameterFile: String?

    @Option(help: ArgumentHelp("The run's id, instead of run-<day>-<number>.", valueName: "id"))
    var runID: String?

    @Flag(help: "With --run-id: go on with the run of that id where it exists.")
    var resume = false

    @Option(
        name: .customLong("label"), help: ArgumentHelp("A label; once for each.", valueName: "key=value"),
        transform: KeyValue.init(_:))
    var labels: [KeyValue] = []

    @Flag(help: "Let a process of its own drive the run, and return at once.")
    var detach = false

    @Flag(help: "Called by a step: the run is not a part of that step's run, and is not cancelled with it.")
    var independent = false

    @OptionGroup var include: IncludeOption
    @OptionGroup var patience: PatienceOptions

    @Flag(name: .shortAndLong, help: "No progress on standard error.")
    var quiet = false

    @OptionGroup var progress: ProgressOption
    @OptionGroup var colours: ColourOption
    @OptionGroup var output: FormatOption
    @OptionGroup var store: StoreOption

    func validate() throws {
        if let runID, !RunID.isValid(runID) {
            throw ValidationError(
                "--run-id takes a letter or digit, then letters, digits, '.', '_' and '-', 128 at most.")
        }
        if let key = KeyValue.repeated(parameters) { throw ValidationError("-p \(key)=… is given twice.") }
        if let key = KeyValue.repeated(labels) { throw ValidationError("--label \(key)=… is given twice.") }
        if resume, runID == nil {
            throw ValidationError("--resume goes with --run-id; to go on with another run: `workflow resume RUN`.")
        }
        if detach, patience.wait != nil {
            throw ValidationError("--detach returns at once; leave out --wait and --no-wait.")
        }
    }

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let (definition, warnings) = try await DefinitionFile.loaded(
            file, including: include.folders, console, isQuiet: quiet, in: process)
        let values = try GivenParameters(typed: parameters, file: parameterFile)
            .resolved(for: definition.definition, console)
        let check = ApproverCheck(definition: definition.definition, parameters: values, process: process)
        if let refusal = await check.refusalOfNewStore(store.url) { throw refusal }
        let session = try Session.open(store.url, .create, in: process)
        if session.runtime.opened.isNew, !quiet {
            let end = session.runtime.opened.isDurable ? "" : ", which ends with this process"
            console.note("made a store in \(session.store.place)\(end)")
        }
        try session.requireSupervisor()
        let request = StartRequest(
            definition: definition, file: RunFile.absolute(file, in: process.workingFolder), parameters: values,
            runID: runID.map { RunID($0) },
            labels: Dictionary(labels.map { ($0.key, $0.value) }) { first, _ in first }, actor: process.actor(),
            parent: try await independent ? nil : StepCaller.find(session, in: process).parentRun)
        let driving = Driving(session: session, console: console, format: output.format, warnings: warnings)
        return try await session.closing { () async throws(CommandFailure) in
            detach ? try await self.detach(request, driving, process) : try await drive(request, driving)
        }
    }

    private func drive(_ request: StartRequest, _ driving: Driving) async throws(CommandFailure) -> ExitStatus {
        let progress = driving.progress(self.progress.form, isQuiet: quiet)
        progress.expect(request.definition.definition)
        let control = RunControl()
        SignalWatch.deliver(to: control, telling: driving.console)
        let made = MadeRun(before: progress)
        let result: DriveResult
        do throws(CommandFailure) {
            result = try await progress.accompany { () async throws(CommandFailure) in
                try await CommandFailure.telling { () async throws(EngineError) in
                    let result = try await driving.session.engine.start(
                        request, patience: patience.patience, control: control, observer: made)
                    guard goesOn(result) else { return result }
                    if driving.format == .text { driving.console.data(result.run.text) }
                    return try await driving.session.engine.resume(
                        ResumeRequest(target: .run(result.run), actor: request.actor), patience: patience.patience,
                        control: control, observer: made)
                }
            }
        } catch {
            guard let run = made.run else { throw error }
            throw error.resumable(driving.session.commands.resume(run))
        }
        if case .existed = result.end, driving.format == .text { driving.console.data(result.run.text) }
        return try await driving.finish(result)
    }

    /// The run was there already, can go on, and is asked to.
    private func goesOn(_ result: DriveResult) -> Bool {
        guard resume, case .existed(let status, isDriven: false) = result.end else { return false }
        return status.canBeResumed
    }

    private func detach(
        _ request: StartRequest, _ driving: Driving, _ process: ProcessEnvironment
    ) async throws(CommandFailure) -> ExitStatus {
        let result = try await CommandFailure.telling { () async throws(EngineError) in
            try await driving.session.engine.create(request)
        }
        if driving.format == .text { driving.console.data(result.run.text) }
        if case .existed = result.end, !goesOn(result) { return try await driving.finish(result) }
        _ = try await DetachedDriver(session: driving.session, process: process).start(result.run)
        if !quiet {
            let commands = driving.session.commands
            driving.console.note("To follow it: \(commands.watch(result.run))")
            driving.console.note("What its driver says: \(commands.driverLog(result.run))")
        }
        if driving.format != .text {
            let view = try await driving.session.view(of: result.run)
            driving.console.data(
                RunDocument.of(
                    view, file: RunFile(of: view.state), children: [], warnings: driving.warnings,
                    driving.session.commands
                )
                .text(as: driving.format))
        }
        return .completed
    }
}
