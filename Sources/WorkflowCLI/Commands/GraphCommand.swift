internal import ArgumentParser
internal import Glibc
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowStore
internal import WorkflowViews

struct GraphCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Draw a definition, or a run with the status of each step.",
        discussion: """
              workflow graph deploy.yaml
              workflow graph run-2026-02-02-001 --format text
              workflow graph run-2026-02-02-001 --format dot | dot -Tsvg > run.svg

            On a terminal it is drawn as text, else as Mermaid, unless --format says otherwise. Mermaid is drawn by \
            GitHub, GitLab and many editors where it stands in a block ```mermaid. An existing file is a definition; \
            any other name is a run. More than 20 items of a foreach are drawn as one node that counts them.
            """)

    var colour: ColourForm { colours.form }

    enum Format: String, CaseIterable, ExpressibleByArgument, Sendable {
        case text, mermaid, dot
    }

    @Argument(
        help: ArgumentHelp("The definition, a YAML file, or a run, or the end of its id.", valueName: "file-or-run"),
        completion: .file())
    var subject: String

    @Option(help: ArgumentHelp("How to draw it: text, mermaid or dot.", valueName: "format"))
    var format: Format?

    @OptionGroup var include: IncludeOption
    @OptionGroup var colours: ColourOption
    @OptionGroup var store: StoreOption

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let graph: WorkflowGraph
        if isFile {
            graph = WorkflowGraph(
                try await DefinitionFile.load(
                    subject, including: include.folders, console, isQuiet: true, in: process
                ).definition)
        } else {
            let session = try Session.open(store.url, .existing, in: process)
            let view = try await session.view(of: try await RunReference(word: subject).run(in: session, console))
            graph = WorkflowGraph(view.state, run: view.record.id)
        }
        switch format ?? (console.output.isTerminal ? .text : .mermaid) {
        case .text:
            for line in TextGraph(graph: graph, screen: console.outputScreen).lines() { console.data(line) }
        case .mermaid: console.data(MermaidGraph.text(of: graph))
        case .dot: console.data(DOTGraph.text(of: graph))
        }
        return .completed
    }

    /// A path is meant as a file whether it is there or not; a plain word is one only if it is.
    private var isFile: Bool {
        subject.contains("/") || subject.hasSuffix(".yaml") || subject.hasSuffix(".yml") || access(subject, F_OK) == 0
    }
}
