import Testing

@testable import WorkflowDefinitions

@Suite("Excerpts of definitions")
struct ExcerptTests {
    /// What is meant of the line of the first problem with a code.
    private func meant(_ yaml: String, _ code: DiagnosticCode) throws -> String {
        let result = DefinitionLoader().load(Array(yaml.utf8), file: "f.yaml")
        let problem = try #require(result.diagnostics.first { $0.code == code }, "\(result.diagnostics.map(\.text))")
        let excerpt = try #require(problem.excerpt)
        return Self.meant(excerpt)
    }

    private static func meant(_ excerpt: SourceExcerpt) -> String {
        String(excerpt.text.unicodeScalars.dropFirst(excerpt.start).prefix(excerpt.length))
    }

    private static func step(_ text: String) -> String {
        "name: f\nparams: {nodes: {type: integer}}\nstages:\n  - name: s\n    steps:\n      - name: one\n\(text)"
    }

    @Test(
        "The whole of what is meant is underlined",
        arguments: [
            (step("        run: echo\n        retires: 3\n"), .unknownKey, "retires"),
            (step("        run: echo\n        \"retires\": 3\n"), .unknownKey, "\"retires\""),
            (step("        run: echo\n        timeout: 10 minutes # long\n"), .invalidDuration, "10 minutes"),
            (step("        run: echo\n        needs: [x-y]\n"), .unknownStep, "x-y"),
            (step("        run: echo \"${{ paramz.nodes }}\"\n"), .unknownVariable, "paramz.nodes"),
            (step("        run: |\n          echo 漢字 \"${{ params.no }}\" x\n"), .unknownParameter, "params.no"),
            (step("        run: echo '${{ params.nodes }}'\n"), .unsafeInterpolation, "${{ params.nodes }}"),
            (step("        run: echo\n        if: paramz.x == 1\n"), .unknownVariable, "paramz.x"),
            (step("        run: echo\n        if: foo(1)\n"), .unknownFunction, "foo"),
            (step("        run: echo\n        if: 1 > && 2\n"), .invalidExpression, "&"),
            (step("        env: {A: b}\n"), .missingKey, "n"),
            (step("        run: echo\n        timeout: \"one\n          two\"\n"), .invalidDuration, "\"one"),
            (step("        run: *nowhere\n"), .unknownAlias, "*nowhere"),
        ] as [(String, DiagnosticCode, String)])
    func extents(yaml: String, code: DiagnosticCode, expected: String) throws {
        #expect(try meant(yaml, code) == expected)
    }

    @Test("The line is told without its end, whichever of YAML's line breaks it has, and without a byte order mark")
    func lineBreaks() throws {
        for lineBreak in ["\n", "\r\n", "\r", "\u{85}", "\u{2028}"] {
            let yaml = "\u{FEFF}" + Self.step("        rum: é\n").replacing("\n", with: lineBreak)
            let result = DefinitionLoader().load(Array(yaml.utf8), file: "f.yaml")
            let problem = try #require(result.diagnostics.first { $0.code == .unknownKey })
            #expect(problem.line == 7)
            #expect(
                problem.excerpt == SourceExcerpt(text: "        rum: é", start: 8, length: 3), "\(lineBreak.utf8)")
        }
    }

    @Test("Of a long line the part around the place is told, whatever its characters are made of")
    func longLine() throws {
        let names = (0..<2000).map { "{name: s\($0), run: \"é漢𐀀 \($0)\"}" }.joined(separator: ",")
        let yaml = "name: f\nstages: [{name: s, steps: [\(names),{name: z, rum: echo},\(names)]}]\n"
        let result = DefinitionLoader().load(Array(yaml.utf8), file: "f.yaml")
        let problem = try #require(result.diagnostics.first { $0.code == .unknownKey })
        let excerpt = try #require(problem.excerpt)
        #expect(Self.meant(excerpt) == "rum")
        #expect(excerpt.text.unicodeScalars.count == SourceExcerpt.scalarsMax)
        #expect(excerpt.start == SourceExcerpt.scalarsBefore)
        #expect(excerpt.isCutBefore && excerpt.isCutAfter)
        #expect(excerpt.text.hasSuffix("…") == false && yaml.contains(excerpt.text))
    }

    @Test("A problem of an included file is told with the line of that file")
    func included() throws {
        let result = DefinitionLoader().load(
            Array("name: f\ninclude: a.yaml\nstages: [{name: s, steps: [{name: x, run: echo}]}]\n".utf8), file: "f.yaml"
        ) { (_: String, _: Int) throws(IncludeFailure) in
            IncludedFile(bytes: Array("# a\nevn: {A: b}\nparams: {}\n".utf8), identity: "a")
        }
        let problem = try #require(result.diagnostics.first)
        #expect(problem.text.hasPrefix("a.yaml:2:1: error: "))
        #expect(problem.excerpt == SourceExcerpt(text: "evn: {A: b}", start: 0, length: 3))
    }

    @Test("What has no line to show has no excerpt, and no place is outside of its line")
    func edges() {
        for yaml in [
            "", "a: [", "a: [\n", "\t", "a: \"", "a: |\n", "\u{FEFF}", "- \n- \n", "a: &x", "? ", "a: \u{1F600}{",
        ] {
            let result = DefinitionLoader().load(Array(yaml.utf8), file: "f.yaml")
            for problem in result.diagnostics {
                guard let excerpt = problem.excerpt else { continue }
                #expect(excerpt.start <= excerpt.text.unicodeScalars.count, "\(problem)")
                #expect(excerpt.length >= 1)
                #expect(!excerpt.text.contains("\n"))
            }
        }
        #expect(DefinitionLoader().load([], file: "f.yaml").diagnostics.first?.excerpt == nil)
        let notUTF8 = DefinitionLoader().load([0x61, 0xFF], file: "f.yaml")
        #expect(notUTF8.diagnostics.first?.code == .invalidUTF8)
        #expect(notUTF8.diagnostics.first?.excerpt == nil)
    }

    @Test("Characters that nobody sees are written out in messages")
    func invisible() throws {
        let result = DefinitionLoader().load(
            Array(Self.step("        run: echo\n        \u{202E}needs: []\n").utf8), file: "f.yaml")
        let problem = try #require(result.diagnostics.first { $0.code == .unknownKey })
        #expect(problem.message.contains("\\u{202e}needs"))
    }

    @Test("An expression is told by its word")
    func expression() {
        #expect(Self.meant(SourceExcerpt(expression: "1 + foo.bar", offset: 4)) == "foo.bar")
        #expect(
            SourceExcerpt(expression: "1 +\n [1][5]", offset: 8) == SourceExcerpt(text: " [1][5]", start: 4, length: 1))
        #expect(SourceExcerpt(expression: "1 +", offset: 3) == SourceExcerpt(text: "1 +", start: 3, length: 1))
        #expect(SourceExcerpt(expression: "", offset: 0) == SourceExcerpt(text: "", start: 0, length: 1))
    }
}
