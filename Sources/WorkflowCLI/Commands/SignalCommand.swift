internal import ArgumentParser
internal import JSON
internal import WorkflowCore
internal import WorkflowDefinitions
internal import WorkflowEngine
internal import WorkflowStore

struct SignalCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "signal",
        abstract: "Tell a run something that one of its steps waits for.",
        discussion: """
              workflow signal run-2026-02-02-001 dns_switched
              workflow signal run-2026-02-02-001 build_done --data '{"image": "registry/app:1.2"}'

            The members of an object become the step's outputs; any other value becomes its output `data`. A signal that
            no step asks for yet is kept until one does.
            """)

    var takesSignals: Bool { true }
    /// As the outputs of a step.
    private static let dataBytesMax = 1024 * 1024

    @Argument(help: ArgumentHelp("The run.", valueName: "run"), completion: .runToSignal)
    var run: String

    @Argument(help: ArgumentHelp("The signal.", valueName: "name"))
    var name: String

    @Option(help: ArgumentHelp("What it says, as JSON.", valueName: "json"))
    var data: String?

    @OptionGroup var follow: FollowOption
    @OptionGroup var person: PersonOptions
    @OptionGroup var store: StoreOption

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let value = try parsedData()
        let session = try Session.open(store.url, .existing, in: process)
        try await person.refuseSecrets(
            session, RunID(run), [("the name of the signal", name)], by: person.actor(in: process))
        let asking = Asking(
            session: session, console: console, run: RunID(run), actor: person.actor(in: process),
            next: follow.goesOn ? DetachedDriver(session: session, process: process) : nil)
        let view = try await session.view(of: RunID(run))
        let status = try await asking.ask(
            .signal(name: name, data: value, reason: person.reason), what: "signal \(name)")
        if let warning = Self.warning(name, view.state.program) { console.note("warning: " + warning) }
        return status
    }

    /// A wrong name is kept for ever, and nobody hears it.
    private static func warning(_ name: String, _ program: Program) -> String? {
        var names: [String] = []
        for line in program.lines {
            guard case .signal(let wait) = line.step.action else { continue }
            // What an expression will say is not known yet.
            guard case .text(let text)? = wait.name.parts.first, wait.name.parts.count == 1 else { return nil }
            if !names.contains(text) { names.append(text) }
        }
        guard !names.contains(name) else { return nil }
        return "no step of \(program.definition.name) waits for the signal \(name); "
            + (names.isEmpty
                ? "none waits for any"
                : NameSuggestion.didYouMean(name, among: names) ?? "its signals are \(names.joined(separator: ", "))")
    }

    private func parsedData() throws(CommandFailure) -> JSONValue {
        guard let data else { return .null }
        guard data.utf8.count <= Self.dataBytesMax else {
            throw CommandFailure(.invalid, "--data has \(data.utf8.count) bytes; the limit is \(Self.dataBytesMax)")
        }
        do {
            return try JSONValue(parsing: data, limits: .exact)
        } catch {
            throw CommandFailure(.invalid, "--data is not JSON: \(error); a text stands in quotes: '\"done\"'")
        }
    }
}
