import Testing

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
