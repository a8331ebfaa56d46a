internal import ArgumentParser
internal import JSON

struct ManCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "man",
        abstract: "Print the manual page, in the format of man(7).",
        discussion: """
              workflow man | man -l -
              workflow man > /usr/local/share/man/man1/workflow.1

            It is made from the same descriptions as --help.
            """)

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        do {
            let described = try JSONValue(parsing: RootCommand._dumpHelp())
            guard let page = ManualPage(described) else {
                throw CommandFailure(.defect, "the commands do not describe themselves; see `workflow --help`")
            }
            console.data(page.text())
            return .completed
        } catch let error as CommandFailure {
            throw error
        } catch {
            throw CommandFailure(.defect, "the commands do not describe themselves (\(error)); see `workflow --help`")
        }
    }
}
