internal import ArgumentParser
internal import WorkflowViews

struct ExecutorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "executor",
        abstract: "Look at the executors that steps can call, and begin a new one.",
        discussion: """
              workflow executor list
              workflow executor show http/request
              workflow executor new greet

            A step calls one with uses: GROUP/OPERATION and with: {…}. An executor of your own is a program \
            workflow-uses-GROUP, looked for in executors/ beside the definition and in the current folder, then on PATH.
            """,
        subcommands: [ExecutorListCommand.self, ExecutorShowCommand.self, ExecutorNewCommand.self])
}

/// The definition beside which executors lie.
struct BesideOption: ParsableArguments {
    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("A definition: executors/ beside it is looked in first.", valueName: "file"),
        completion: .file())
    var file: String?

    func path(in process: ProcessEnvironment) -> String? {
        file.map { RunFile.absolute($0, in: process.workingFolder) }
    }
}
