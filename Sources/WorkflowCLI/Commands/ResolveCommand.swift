internal import ArgumentParser
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowStore

struct ResolveCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve",
        abstract: "Decide a step that is in doubt or has failed.",
        usage: """
            workflow resolve <run> <step> (--done [--output <key=value>]... | --retry | --fail | --skip) --reason \
            <text> [--as <name>] [--store <store>]
            """,
        discussion: """
              workflow resolve run-2026-02-02-001 vpc_creation --done --output vpc_id=vpc-1 --reason "seen in console"
              workflow resolve run-2026-02-02-001 vpc_creation --retry --reason "nothing was made"

              workflow resolve run-2026-02-02-001 'host[*]' --retry --reason "power was off" --resume

            'host[*]' names all items that can be decided so; the others are left as they are, and told. Exit 66 where \
            there is none. --done: its effect is in place. --retry: run it again. --fail: count it as failed. --skip: \
            go on without it. Outputs get their types as those that steps write: the declared one, else 3 is a number \
            and 007 is text.
            """)

    var takesSignals: Bool { true }

    enum Decision: String, EnumerableFlag {
        case done, retry, fail, skip

        static func help(for value: Decision) -> ArgumentHelp? {
            switch value {
            case .done: "Its effect is in place."
            case .retry: "Run it again."
            case .fail: "Count it as failed."
            case .skip: "Go on without it."
            }
        }
    }

    @Argument(help: ArgumentHelp("The run.", valueName: "run"), completion: .runToResolve)
    var run: String

    @Argument(help: ArgumentHelp("The step.", valueName: "step"), completion: .undecidedStep)
    var step: String

    @Flag(exclusivity: .exclusive)
    var decision: Decision

    @Option(
        name: .customLong("output"), help: ArgumentHelp("With --done: an output of the step.", valueName: "key=value"),
        transform: KeyValue.init(_:))
    var outputs: [KeyValue] = []

    @OptionGroup var follow: FollowOption
    @OptionGroup var person: PersonOptions
    @OptionGroup var store: StoreOption

    func validate() throws {
        if person.reason == nil { throw ValidationError("Say why with --reason TEXT; it is kept in the journal.") }
        if !outputs.isEmpty, decision != .done { throw ValidationError("--output goes with --done.") }
        if let key = KeyValue.repeated(outputs) { throw ValidationError("--output \(key)=… is given twice.") }
    }

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let values = try givenOutputs()
        let session = try Session.open(store.url, .existing, in: process)
        try await StepCaller.find(session, in: process).refuse("resolve")
        try await person.refuseSecrets(session, RunID(run), by: person.actor(in: process))
        let asking = Asking(
            session: session, console: console, run: RunID(run), actor: person.actor(in: process),
            next: follow.goesOn ? DetachedDriver(session: session, process: process) : nil)
        return try await asking.ask(
            .resolve(step: step, decision.fact, outputs: values, reason: person.reason), what: "resolve \(step)")
    }

    private func givenOutputs() throws(CommandFailure) -> GivenOutputs {
        var texts: [String: String] = [:]
        do throws(OutputError) {
            for output in outputs {
                // A value of many lines needs an end that no line of it is.
                var end = "END"
                while output.value.contains(end) { end += "_" }
                let text = "\(output.key)<<\(end)\n\(output.value)\n\(end)\n"
                texts.merge(try OutputFile.parse(Array(text.utf8), secrets: [])) { first, _ in first }
            }
        } catch {
            throw CommandFailure(.invalid, "--output: \(error.message)")
        }
        return GivenOutputs(texts: texts)
    }
}

extension ResolveCommand.Decision {
    fileprivate var fact: StepResolved.Decision {
        switch self {
        case .done: .done
        case .retry: .retry
        case .fail: .fail
        case .skip: .skip
        }
    }
}
