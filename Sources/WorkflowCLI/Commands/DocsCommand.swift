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

            The article language has every key of definitions, every variable and function of expressions and every \
            built-in executor; with a key, just what is said about that. `workflow help language` is the same.

            Exit status 66 for what there is not.
            """)

    /// Articles by name, with what each is about.
    private static let articles = [("language", "The language of definitions: keys, variables, functions, executors.")]

    @Argument(help: ArgumentHelp("The article.", valueName: "article"))
    var article: String?

    @Argument(help: ArgumentHelp("A key, variable, function or section of the language.", valueName: "key"))
    var key: String?

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        guard let article else {
            for (name, about) in Self.articles { console.data("\(name)  \(about)") }
            return .completed
        }
        guard article == "language" else {
            let names = Self.articles.map { $0.0 }
            throw CommandFailure(
                .notFound,
                "there is no article \(article); "
                    + (NameSuggestion.didYouMean(article, among: names)
                        ?? "the articles are \(names.joined(separator: ", "))"))
        }
        for line in try LanguageText(key: key).lines() { console.data(line) }
        return .completed
    }
}
