internal import ArgumentParser
internal import Terminal
internal import WorkflowCore
internal import WorkflowEngine

/// How a run is told while it goes.
protocol ProgressTeller: RunObserver {
    /// A new run of this definition is about to start.
    func expect(_ definition: Definition)
    /// It shows the run as it is, and has to be told before it goes on. Reading a long run for that takes time.
    var drawsRun: Bool { get }
    /// This run is about to go on.
    func expect(_ view: RunView)
    /// Tells while `body` drives the run. When this returns everything has been said, and the screen is nobody's.
    func accompany<Value: Sendable>(
        _ body: () async throws(CommandFailure) -> Value
    ) async throws(CommandFailure) -> Value
}

/// `--progress`
enum ProgressForm: String, CaseIterable, ExpressibleByArgument, Sendable {
    /// A tree where a terminal can show it, else plain lines.
    case auto
    case tree, plain

    /// A tree needs a terminal whose cursor can be moved, and that no shell uses at the same time.
    func isTree(on stream: ByteStream, _ console: Console) -> Bool {
        switch self {
        case .plain: false
        case .tree: stream.isTerminal
        case .auto:
            stream.isTerminal && console.hasMoves && TerminalDevice(descriptor: stream.descriptor).isInForeground
        }
    }
}

struct ProgressOption: ParsableArguments {
    @Option(
        name: .customLong("progress"),
        help: ArgumentHelp(
            "How to show progress: auto, tree or plain.",
            discussion: "auto: a tree on a terminal, else one plain line for each thing that happens.",
            valueName: "form"))
    var form: ProgressForm = .auto
}
