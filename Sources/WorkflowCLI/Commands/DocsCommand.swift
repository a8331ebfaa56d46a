internal import ArgumentParser
internal import WorkflowDefinitions
internal import WorkflowDocs

struct DocsCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "docs",
        abstract: "Print what there is to read, without a network.",
        discussion: """
              workflow docs
              workflow docs run_is_driven
              workflow docs 75
              workflow docs language retry
              workflow docs words "in doubt"
              workflow docs operating

            An error ends with its code in brackets, and a step that has failed has one in -o json: with a code, or an \
            exit status, what happened and what to do is printed. The article language has every key of definitions, \
            every variable and function of expressions and every built-in executor; with a key, just what is said \
            about that. `workflow help language` is the same. The article words says what checkpoint, in doubt, \
            interrupted and other words of the commands mean, and which command shows it. Without an argument all \
            articles and codes are listed.

            Exit status 66 for what there is not.
            """)

    @Argument(help: ArgumentHelp("The article, or a code.", valueName: "article"), completion: .article)
    var article: String?

    @Argument(
        help: ArgumentHelp("A key, variable, function or section of the language, or a word.", valueName: "key"))
    var key: String?

    @OptionGroup var output: FormatOption

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let text = DocsText(width: console.output.isTerminal ? min(80, console.outputScreen.columns) : 80)
        guard let article else {
            switch output.format {
            case .text: for line in text.list() { console.data(line) }
            case .json, .yaml: console.data(text.listDocument().text(as: output.format))
            }
            return .completed
        }
        let found = try text.find(article, key)
        switch output.format {
        case .text: for line in found.lines { console.data(line) }
        case .json, .yaml: console.data(found.document.text(as: output.format))
        }
        return .completed
    }
}

extension CompletionKind {
    /// Articles and codes.
    static let article = CompletionKind.custom { _, _, prefix in
        DocsText(width: 80).names.filter { $0.name.hasPrefix(prefix) }.map(\.text)
    }
}
