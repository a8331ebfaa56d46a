internal import ArgumentParser

/// What is said where a command was to be named and was not: what is typed first, and where the rest is.
struct BriefHelp: Error {
    let text: String

    private static let first: [(command: String, meaning: String)] = [
        ("workflow init", "write a first definition"), ("workflow run FILE", "start a run and drive it"),
        ("workflow list", "the runs, the newest first"),
        ("workflow show", "how the newest run stands, and what to type next"),
        ("workflow attention", "what waits for somebody"),
        ("workflow resume RUN", "go on with a run where it stopped"),
        ("workflow docs", "the language of definitions, the words, and what each code means"),
    ]

    /// - Parameter command: one that others stand below.
    init(of command: any ParsableCommand.Type) {
        let path = command == RootCommand.self ? "workflow" : "workflow " + (command.configuration.commandName ?? "")
        var table = Table()
        if command == RootCommand.self {
            for (command, meaning) in Self.first { table.add([command, meaning]) }
        } else {
            for inner in command.configuration.subcommands where inner.configuration.shouldDisplay {
                table.add(["\(path) \(inner.configuration.commandName ?? "")", inner.configuration.abstract])
            }
        }
        let usage = ["", "Usage: \(path) COMMAND …", "  See `\(path) --help` for all of it."]
        text = ([command.configuration.abstract, ""] + table.lines(indent: 2) + usage).joined(separator: "\n")
    }
}
