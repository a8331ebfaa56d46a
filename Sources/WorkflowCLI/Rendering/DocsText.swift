internal import WorkflowDefinitions
internal import WorkflowDocs
internal import WorkflowViews

/// What `workflow docs` prints: the articles, which are made from the code or written in a catalog, and a page for each
/// code.
struct DocsText {
    /// One thing to read.
    struct Found {
        let lines: [String]
        let document: Document
    }

    let width: Int

    private let library = Library.builtIn

    /// Articles that are made from the code, with what each is about.
    private static let made = [
        ("language", "The language of definitions: keys, variables, functions, executors."),
        ("words", "What the words of commands mean: checkpoint, in doubt, interrupted and others."),
    ]

    private var articles: [(name: String, about: String)] { Self.made + library.articles.map { ($0.name, $0.about) } }

    /// What can be asked for, to complete a word.
    var names: [Offered] {
        articles.map { Offered(name: $0.name, description: $0.about) }
            + library.codes.map { Offered(name: $0.code, description: $0.family) }
    }

    func list() -> [String] {
        var table = Table()
        for article in articles { table.add([article.name, article.about]) }
        var lines = MarkdownText.lines(of: "Articles, each with `workflow docs ARTICLE`:", width: width) + [""]
        lines += table.lines(indent: 2)
        lines += [""] + MarkdownText.lines(of: "Codes, each with `workflow docs CODE`:", width: width)
        for (title, pages) in library.families {
            lines += ["", "  " + title]
            lines += MarkdownText.lines(of: pages.map(\.code).joined(separator: ", "), width: width - 4)
                .map { "    " + $0 }
        }
        return lines
    }

    func listDocument() -> Document {
        .members([
            "articles": .list(articles.map { .members(["name": .string($0.name), "about": .string($0.about)]) }),
            "codes": .list(
                library.codes.map { .members(["code": .string($0.code), "family": .string($0.family)]) }),
        ])
    }

    func find(_ name: String, _ key: String?) throws(CommandFailure) -> Found {
        switch name {
        case "language": return Self.article(name, try LanguageText(key: key).lines())
        case "words": return Self.article(name, try Glossary(word: key).lines())
        default: break
        }
        if let key {
            throw CommandFailure(
                .notFound, "\(name) has no part \(key); `workflow docs \(CommandTexts.quoted(name))` prints all of it")
        }
        if let page = library.page(of: name) {
            return Found(
                lines: [page.code, ""] + MarkdownText.lines(of: page.text, width: width),
                document: .members([
                    "kind": .string("code"), "name": .string(page.code), "family": .string(page.family),
                    "text": .block(page.text),
                ]))
        }
        if let article = library.article(name) {
            return Found(
                lines: MarkdownText.lines(of: article.text, width: width),
                document: .members([
                    "kind": .string("article"), "name": .string(name), "text": .block(article.text),
                ]))
        }
        throw CommandFailure(.notFound, "there is no article and no code \(name); \(meant(name))")
    }

    private static func article(_ name: String, _ lines: [String]) -> Found {
        Found(
            lines: lines,
            document: .members([
                "kind": .string("article"), "name": .string(name), "text": .block(lines.joined(separator: "\n")),
            ]))
    }

    /// What to type instead.
    private func meant(_ name: String) -> String {
        let quoted = CommandTexts.quoted(name)
        if (try? Glossary(word: name).lines()) != nil { return "as a word it is in `workflow docs words \(quoted)`" }
        if (try? LanguageText(key: name).lines()) != nil {
            return "as a part of the language it is in `workflow docs language \(quoted)`"
        }
        return NameSuggestion.didYouMean(name, among: articles.map(\.name) + library.codes.map(\.code))
            ?? "`workflow docs` lists what there is"
    }
}
