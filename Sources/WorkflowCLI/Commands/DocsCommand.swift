internal import ArgumentParser
internal import WorkflowDefinitions

struct DocsCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "docs",
        abstract: "Print what there is to read, without a network.",
        discussion: """
              workflow docs
              workflow docs language
              workflow docs language retry
              workflow docs words
              workflow docs words "in doubt"

            The article language has every key of definitions, every variable and function of expressions and every \
            built-in executor; with a key, just what is said about that. `workflow help language` is the same. The article \
            words says what checkpoint, in doubt, interrupted and other words of the commands mean, and which command \
            shows it.

            Exit status 66 for what there is not.
            """)

    /// Articles by name, with what each is about.
    private static let articles = [
        ("language", "The language of definitions: keys, variables, functions, executors."),
        ("words", "What the words of commands mean: checkpoint, in doubt, interrupted and others."),
    ]

    @Argument(help: ArgumentHelp("The article.", valueName: "article"))
    var article: String?

    @Argument(help: ArgumentHelp("A key, variable, function or section of the language, or a word.", valueName: "key"))
    var key: String?

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        guard let article else {
            var table = Table()
            for (name, about) in Self.articles { table.add([name, about]) }
            for line in table.lines() { console.data(line) }
            return .completed
        }
        switch article {
        case "language": for line in try LanguageText(key: key).lines() { console.data(line) }
        case "words": for line in try Glossary(word: key).lines() { console.data(line) }
        default:
            let names = Self.articles.map { $0.0 }
            throw CommandFailure(
                .notFound,
                "there is no article \(article); "
                    + (NameSuggestion.didYouMean(article, among: names)
                        ?? "the articles are \(names.joined(separator: ", "))"))
        }
        return .completed
    }
}
