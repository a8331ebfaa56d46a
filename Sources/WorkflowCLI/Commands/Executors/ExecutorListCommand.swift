internal import ArgumentParser
internal import ExecutorKit
internal import WorkflowExecutors
internal import WorkflowViews

struct ExecutorListCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List what steps can call, and from where.",
        discussion: """
              workflow executor list
              workflow executor list --for deploy.yaml -o json

            Each program is asked `describe`, for 5 s at most. Of two programs of one group the first is used, and the \
            other one is listed as hidden. Exit status 65 when one that would be used cannot be.
            """)

    @OptionGroup var beside: BesideOption
    @OptionGroup var output: FormatOption

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let file = beside.path(in: process)
        var lines: [[String]] = []
        var documents: [Document] = []
        var worst = ExitStatus.completed
        for group in await process.executors.groups(beside: file) {
            let programs = await process.executors.programs(of: group, beside: file)
            guard let program = programs.first else { continue }
            let hidden = programs.dropFirst().map(\.path)
            var operations: [Document] = []
            var problem: String?
            switch await process.executors.describe(program) {
            case .described(let found):
                for operation in found.descriptor.operations {
                    let name = ExecutorName(group: group, operation: operation.name).text
                    lines.append([name, operation.summary, program.path])
                    operations.append(
                        .members([
                            "name": .string(name), "summary": .string(operation.summary),
                            "effect": Document(operation.effect.json),
                            "supports": .list(operation.supports.map { .string($0.rawValue) }),
                        ]))
                }
            case .broken(let message), .missing(let message):
                problem = message
                worst = .invalid
                console.note("error: \(message)")
            }
            for path in hidden { console.note("note: \(path) is hidden by \(program.path)") }
            documents.append(
                .members([
                    "group": .string(group), "path": .string(program.path),
                    "from": .string(program.origin.text), "operations": .list(operations),
                    "hidden": .list(hidden.map { .string($0) }), "problem": .text(problem),
                ]))
        }
        if output.format != .text {
            console.data(Document.list(documents).text(as: output.format))
        } else if lines.isEmpty {
            console.note("there is no executor; `workflow executor new NAME` begins one")
        } else {
            let width = lines.map(\.[0].count).max() ?? 0
            for line in lines {
                console.data(Table.padded(SafeText.name(line[0]), to: width + 2) + SafeText.name(line[1]))
                console.data(Table.padded("", to: width + 2) + SafeText.name(line[2]))
            }
        }
        return worst
    }
}
