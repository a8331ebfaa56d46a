internal import ArgumentParser
internal import JSON
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowStore
internal import WorkflowViews

struct DiffCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show what differs between a run's definition and a file, by step.",
        discussion: """
              workflow diff run-2026-02-02-001
              workflow diff run-2026-02-02-001 edited.yaml -o json

            Without a file it is the one that the run was started from. + is only in the file, - only in the run, ~ in \
            both, with the keys that are written otherwise; layout and comments are no difference. What a move would \
            mean for what is done: `workflow resume RUN --definition FILE --plan`. As of diff(1), exit status 0 where \
            both are equal, and 1 where they differ.
            """)

    @Argument(help: ArgumentHelp("The run, or the end of its id.", valueName: "run"), completion: .anyRun)
    var run: String

    @Argument(help: ArgumentHelp("The definition, a YAML file.", valueName: "file"), completion: .file())
    var file: String?

    @OptionGroup var include: IncludeOption
    @OptionGroup var output: FormatOption
    @OptionGroup var store: StoreOption

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let session = try Session.open(store.url, .existing, in: process)
        let meant = try await RunReference(word: self.run).run(in: session, console)
        let view = try await session.view(of: meant)
        let run = meant.text
        guard let path = file ?? view.state.definitionFile else {
            throw CommandFailure(
                .usage, "\(run) does not know which file it was started from; name one: workflow diff \(run) FILE")
        }
        let other = try await DefinitionFile.load(
            path, including: include.folders, console, isQuiet: true, in: process)
        let own = try await CommandFailure.telling { () async throws(EngineError) in
            try await session.engine.canonicalDefinition(of: view.state)
        }
        let difference: DefinitionDifference
        do {
            difference = DefinitionDifference(
                from: try JSONValue(parsing: own), to: try JSONValue(parsing: other.canonicalJSON))
        } catch {
            throw CommandFailure(.inputOutput, "the definition that \(run) keeps cannot be read: \(error)")
        }
        if output.format == .text {
            for line in difference.lines() { console.data(line) }
        } else {
            let members = [
                Document.Member(key: "run", value: .string(run)), Document.Member(key: "file", value: .string(path)),
            ]
            console.data(Document.map(members + difference.members()).text(as: output.format))
        }
        return difference.isEmpty ? .completed : .failed
    }
}
