internal import ArgumentParser
internal import WorkflowDefinitions
internal import WorkflowViews

struct InitCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a first definition to start from, with a schema for editors beside it.",
        discussion: """
              workflow init
              workflow init deploy.yaml

            Nothing is overwritten without --force.
            """)

    @Argument(help: ArgumentHelp("The definition to write.", valueName: "file"), completion: .file())
    var file = "workflow.yaml"

    @Flag(help: "Overwrite what is there.")
    var force = false

    func validate() throws {
        if file.isEmpty || file.hasSuffix("/") { throw ValidationError("Name a file, such as workflow.yaml.") }
    }

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let schema = Self.folder(of: file) + StartingDefinition.schemaName
        guard schema != file else { throw CommandFailure(.usage, "\(schema) is the name of the schema; name another") }
        let text = Document(DefinitionSchema.json(for: .definition)).text(as: .json) + "\n"
        // An equal schema of an earlier `init` stays as it is.
        let isSchemaThere = NewFile.holds(Array(text.utf8), schema)
        if !force {
            for path in [file] + (isSchemaThere ? [] : [schema]) where NewFile.exists(path) {
                throw CommandFailure(.usage, "\(path) is there already; --force overwrites it")
            }
        }
        if !isSchemaThere { try NewFile.write(Array(text.utf8), to: schema, replacing: force) }
        try NewFile.write(Array(StartingDefinition.text(for: file).utf8), to: file, replacing: force)
        let name = CommandTexts.quoted(file)
        console.note(
            """
            wrote \(file)\(isSchemaThere ? "" : ", and \(schema) for your editor")
            next:
              workflow validate \(name)
              workflow run \(name)
            """)
        return .completed
    }

    private static func folder(of path: String) -> String {
        path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[...$0]) } ?? ""
    }
}
