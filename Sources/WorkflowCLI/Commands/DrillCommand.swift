internal import ArgumentParser
internal import Glibc
internal import JSON
internal import WorkflowCore
internal import WorkflowDefinitions
internal import WorkflowDrill
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowViews

struct DrillCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill",
        abstract: "Crash a workflow at and inside every step, and tell which steps are unsafe to repeat.",
        discussion: """
              workflow drill deploy.yaml -p cluster=test
              workflow drill deploy.yaml --signal shipped='{"version": 3}' -o json
              workflow drill deploy.yaml --from testdata --keep

            Runs the workflow in a sandbox folder that starts as a copy of the current one, kills engine, supervisors \
            and commands at every boundary and inside every step, resumes, and compares what is left in the folder \
            with what the step leaves without a crash. A step is unsafe when a second attempt leaves something else \
            than the first or fails, or when its probe lies: says done when it is not, or not done when it is. A step \
            that changes nothing in the sandbox is unseen: what it does elsewhere is not looked at, so nothing is \
            known of it.

            What a step leaves in the background ends with it, unless it has a session of its own (`setsid`): that is \
            waited for before anything is compared. What runs on after 2 s is taken for a daemon: it is named, lives \
            on for later steps, and what it keeps writing is not compared.

            The sandbox confines nothing: steps run with your rights, and what they do outside of the folder is done \
            for real and many times. Point them at a test system by parameters; scripts can ask whether \
            $WORKFLOW_DRILL is set. Approvals are given, signals are sent (--signal), sleeps and delays are left out.

            Exit status 0 where nothing is unsafe, else 1.
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

    @Option(
        name: .customLong("signal"), help: ArgumentHelp("What a signal brings; once for each.", valueName: "name=json"),
        transform: KeyValue.init(_:))
    var signals: [KeyValue] = []

    @Option(
        help: ArgumentHelp(
            "The folder that is copied into the sandbox, instead of the current one.", valueName: "folder"),
        completion: .directory)
    var from: String?

    @Option(help: ArgumentHelp("Crashes spread over the time that a step takes, 0 to 20.", valueName: "n"))
    var moments = 3

    @Option(help: ArgumentHelp("Instances of a step that are crashed, 1 to 100.", valueName: "n"))
    var instances = 2

    @Flag(help: "Leave the sandbox in place.")
    var keep = false

    @Flag(name: .shortAndLong, help: "No progress on standard error.")
    var quiet = false

    @OptionGroup var include: IncludeOption
    @OptionGroup var colours: ColourOption
    @OptionGroup var output: FormatOption

    func validate() throws {
        if let key = KeyValue.repeated(parameters) { throw ValidationError("-p \(key)=… is given twice.") }
        if let key = KeyValue.repeated(signals) { throw ValidationError("--signal \(key)=… is given twice.") }
        guard (0...20).contains(moments) else { throw ValidationError("--moments takes 0 to 20.") }
        guard (1...100).contains(instances) else { throw ValidationError("--instances takes 1 to 100.") }
    }

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let given = try await DefinitionFile.load(
            file, including: include.folders, console, isQuiet: quiet, in: process)
        let values = try GivenParameters(typed: parameters, file: parameterFile).resolved(
            for: given.definition, console)
        let path = RunFile.absolute(file, in: process.workingFolder)
        let input = JSONValue.object([
            "params": .object(values), "signals": .object(try signalData()), "file": .string(path),
        ])
        let executors = await process.executors.called(by: given.definition, beside: path)
        let stored = try CommandFailure.drilling { () throws(DrillFailure) in try DrillDefinition.of(given) }
        do {
            try SupervisorBinary.check(try SupervisorBinary.besideThisExecutable())
        } catch {
            throw CommandFailure(error)
        }
        let temporary = process.variables["TMPDIR"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
        let sandbox = try CommandFailure.drilling { () throws(DrillFailure) in try Sandbox(in: temporary) }
        let isKept = keep
        let control = RunControl()
        SignalWatch.deliver(to: control, telling: nil)
        control.listen { name, _ in
            sandbox.sweep()
            if !isKept { sandbox.remove() }
            console.note("\(name): the drill was ended, and so was all that it had started")
            Leaving.leave(ExitStatus(DriveEnd.stopped(signal: name)))
        }
        defer {
            sandbox.sweep()
            if isKept { console.note("the sandbox is kept: \(sandbox.root)") } else { sandbox.remove() }
        }
        try NewFile.write(stored.canonicalJSON, to: sandbox.definition, replacing: false)
        // Parameters were JSON or YAML: they can be written.
        try NewFile.write((try? input.compactBytes()) ?? [], to: sandbox.input, replacing: false)
        let source = from ?? process.workingFolder
        let isFilled = try CommandFailure.drilling { () throws(DrillFailure) in try sandbox.fill(from: source) }
        if !isFilled {
            console.note(
                "\(source) is larger than \(Sandbox.copyEntriesMax) entries or \(Sandbox.copyBytesMax >> 20) MiB and "
                    + "was not copied: the sandbox starts empty; --from FOLDER names what the steps need")
        }
        let links = try CommandFailure.drilling { () throws(DrillFailure) in try sandbox.linksOut() }
        if !links.isEmpty {
            console.note(
                "\(Counted.text(links.count, "link leads", "links lead")) out of the sandbox, or to nothing; what "
                    + "steps write through them is written for real: "
                    + "\(links.prefix(5).map { DisplayLine.text(Array($0.utf8)) }.joined(separator: ", "))"
            )
        }
        let isQuiet = quiet
        let drill = Drill(
            stored.definition, calling: executors, in: sandbox, Drill.Options(moments: moments, instances: instances),
            variables: process.variables, telling: { if !isQuiet { console.note($0) } })
        do throws(DrillFailure) {
            try drill.run()
        } catch {
            // Its drivers were ended by whoever was told to; that one also ends this process.
            while control.isStopped { pause() }
            throw CommandFailure(error)
        }
        switch output.format {
        case .text: for line in drill.report.lines(hasColour: console.hasOutputColour) { console.data(line) }
        case .json, .yaml: console.data(drill.report.document.text(as: output.format))
        }
        return drill.report.isPassed ? .completed : .failed
    }

    private func signalData() throws(CommandFailure) -> [String: JSONValue] {
        var data: [String: JSONValue] = [:]
        for signal in signals {
            do {
                data[signal.key] = try JSONValue(parsing: signal.value, limits: .exact)
            } catch {
                throw CommandFailure(.invalid, "--signal \(signal.key): \(signal.value) is not JSON: \(error)")
            }
        }
        return data
    }
}

extension CommandFailure {
    init(_ failure: DrillFailure) {
        let status: ExitStatus =
            switch failure.kind {
            case .invalid: .invalid
            case .notFound: .notFound
            case .notPermitted: .notPermitted
            case .inputOutput: .inputOutput
            case .defect: .defect
            case .driver(let status): ExitStatus(rawValue: status) ?? .defect
            }
        self.init(status, failure.message)
    }

    /// Runs a part of a drill and says its error in this program's terms.
    fileprivate static func drilling<Value>(
        _ body: () throws(DrillFailure) -> Value
    ) throws(CommandFailure) -> Value {
        do throws(DrillFailure) { return try body() } catch { throw CommandFailure(error) }
    }
}
