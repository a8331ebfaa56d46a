internal import ArgumentParser
internal import WorkflowDefinitions

struct SchemaCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of definitions, for editors.",
        discussion: """
              workflow schema > workflow.schema.json
              workflow schema --for steps > steps.schema.json

            Editors with a YAML language server check and complete a file whose first line is

              # yaml-language-server: $schema=./workflow.schema.json
            """)

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp(
            "The kind of file: definition, part (included at the top of one) or steps (included in a list of steps).",
            valueName: "kind"))
    var file = DefinitionSchema.File.definition

    @OptionGroup var output: FormatOption

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        console.data(Document(DefinitionSchema.json(for: file)).text(as: output.format))
        return .completed
    }
}

extension DefinitionSchema.File: ExpressibleByArgument {}
