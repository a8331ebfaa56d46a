import Testing

@testable import WorkflowCLI

@Suite("docs")
struct DocsTests {
    @Test("The language is printed whole, in 80 columns, and by help too")
    func language() throws {
        let folder = try TestFolder()
        let docs = try Command.run(["docs", "language"], in: folder)
        #expect(docs.status == 0, "\(docs)")
        #expect(docs.error == "")
        #expect(docs.outputLines.allSatisfy { $0.unicodeScalars.count <= 80 })
        for word in [
            "on_doubt: retry | ask | fail", "steps.NAME.outputs.KEY", "text.matches(pattern)", "USES: APPROVAL",
        ] {
            #expect(docs.output.contains(word), "\(word)")
        }
        #expect(try Command.run(["help", "language"], in: folder).output == docs.output)
        #expect(try Command.run(["docs"], in: folder).output.hasPrefix("language  "))
    }

    @Test("One key, function, variable or section is printed alone")
    func parts() throws {
        let folder = try TestFolder()
        let retry = try Command.run(["docs", "language", "retry"], in: folder)
        #expect(retry.output.contains("How a failed attempt is followed by another."))
        #expect(retry.output.contains("RETRY"))
        #expect(retry.output.contains("max_delay: duration"))
        #expect(try Command.run(["help", "language", "orValue"], in: folder).output.contains("optional.orValue(x)"))
        #expect(
            try Command.run(["docs", "language", "approval"], in: folder).output.contains("approvers: list of text"))
        #expect(try Command.run(["docs", "language", "run"], in: folder).output.contains("run.started_at"))
    }

    @Test("Every word has a meaning in 80 columns and a command that can be typed, in order")
    func words() throws {
        let folder = try TestFolder()
        let docs = try Command.run(["docs", "words"], in: folder)
        #expect(docs.status == 0 && docs.error.isEmpty)
        #expect(docs.outputLines.allSatisfy { $0.unicodeScalars.count <= 80 }, "\(docs)")
        let words = Glossary.entries.map(\.word)
        #expect(words == words.sorted())
        #expect(docs.outputLines.filter { !$0.isEmpty && !$0.hasPrefix(" ") } == words)
        for word in [
            "checkpoint", "journal", "in doubt", "drifted", "orphaned", "moved", "rewind", "claim", "fencing token",
            "interrupted", "unseen",
        ] { #expect(words.contains(word), "\(word)") }
        for entry in Glossary.entries {
            #expect(entry.command.hasPrefix("workflow "))
            #expect(throws: Never.self, "\(entry.command)") {
                _ = try WorkflowProgram.parsed(entry.command.split(separator: " ").dropFirst().map(String.init))
            }
            #expect(entry.meaning.hasSuffix("."))
        }
        #expect(
            try Command.run(["docs"], in: folder).outputLines.map { $0.prefix(10) } == ["language  ", "words     "])
        let man = try Command.run(["man"], in: folder).output
        #expect(man.contains(".SH \"WORDS\"") && man.contains("fencing token"))
        #expect(try Command.run(["--help"], in: folder).output.contains("workflow docs words"))
    }

    @Test("One word is told alone, as statuses write it too", arguments: ["in doubt", "in_doubt", "In Doubt", "claim"])
    func word(_ word: String) throws {
        let docs = try Command.run(["docs", "words", word], in: try TestFolder())
        #expect(docs.status == 0)
        #expect(docs.outputLines.count(where: { !$0.hasPrefix(" ") }) == 1, "\(docs)")
    }

    @Test("A word that there is not is 66", arguments: [("chekpoint", "checkpoint"), ("in dout", "in doubt")])
    func noSuchWord(_ typed: String, _ meant: String) throws {
        let docs = try Command.run(["docs", "words", typed], in: try TestFolder())
        #expect(docs.status == 66)
        #expect(docs.error.contains("did you mean \"\(meant)\"?"), "\(docs)")
    }

    @Test("What there is not is 66, with what was meant")
    func unknown() throws {
        let folder = try TestFolder()
        let article = try Command.run(["docs", "langauge"], in: folder)
        #expect(article.status == 66)
        #expect(article.error.contains("did you mean \"language\"?"))
        let key = try Command.run(["docs", "language", "retyr"], in: folder)
        #expect(key.status == 66)
        #expect(key.error.contains("did you mean"), "\(key)")
        #expect(try Command.run(["help", "language", "now"], in: folder).status == 66)
    }
}
