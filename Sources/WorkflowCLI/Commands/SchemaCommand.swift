internal import ArgumentParser
internal import ExecutorKit
internal import WorkflowDefinitions
internal import WorkflowExecutors
internal import WorkflowViews

struct SchemaCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of definitions, for editors.",
        discussion: """
              workflow schema > workflow.schema.json
              workflow schema --for steps > steps.schema.json
              workflow schema --executors > workflow.schema.json

            With --executors it knows what the executors take that lie in executors/ or on PATH, or are built in.

            Editors with a YAML language server check and complete a file whose first line is

              # yaml-language-server: $schema=./workflow.schema.json
            """)

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp(
            "The kind of file: definition, part (included at the top of one) or steps (included in a list of steps).",
            valueName: "kind"))
    var file = DefinitionSchema.File.definition

    @Flag(help: "With what the executors take that are found here: each program is asked once.")
    var executors = false

    @OptionGroup var output: FormatOption

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        var catalogue = ExecutorCatalogue.notAsked
        if executors {
            let groups = await process.executors.groups(beside: nil)
            catalogue = await process.executors.catalogue(of: groups, beside: nil)
        }
        console.data(Document(DefinitionSchema.json(for: file, executors: catalogue)).text(as: output.format))
        return .completed
    }
}

extension DefinitionSchema.File: ExpressibleByArgument {}
