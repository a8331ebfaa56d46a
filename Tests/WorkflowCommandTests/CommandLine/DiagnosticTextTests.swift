import Testing

@Suite("Problems of definitions as people see them")
struct DiagnosticTextTests {
    private static let broken = """
        name: broken
        params: {nodes: {type: integer}}
        stages:
          - name: planning
            steps:
              - name: one

              - {name: two,\truin: echo}
              - name: three
                run: |
                  echo 漢字 "\u{1b}" "${{ parans.nodes }}"
        """

    @Test("The line stands below the problem, with a caret under what is meant")
    func excerpt() throws {
        let folder = try TestFolder()
        try folder.write("f.yaml", Self.broken)
        let result = try Command.run(["validate", "f.yaml"], in: folder)
        #expect(result.status == 65)
        // An escape in the file would end the reading of YAML, so the file is read up to there.
        #expect(!result.outputBytes.contains(0x1B))
        try folder.write("f.yaml", Self.broken.replacing("\u{1b}", with: "\u{200B}"))
        let whole = try Command.run(["validate", "f.yaml"], in: folder)
        #expect(
            whole.output == """
                f.yaml:6:9: error: step "one" does nothing; give it one of run, uses and steps [missing_key]
                  |
                6 |       - name: one
                  |         ^
                f.yaml:8:9: error: step "two" does nothing; give it one of run, uses and steps [missing_key]
                  |
                8 |       - {name: two,    ruin: echo}
                  |         ^
                f.yaml:8:21: error: unknown key "ruin" in step "two"; did you mean "run"? [unknown_key]
                  |
                8 |       - {name: two,    ruin: echo}
                  |                        ^^^^ "run"?
                f.yaml:11:28: error: there is no variable "parans"; did you mean "params"? [unknown_variable]
                   |
                11 |           echo 漢字 "\\u{200b}" "${{ parans.nodes }}"
                   |                                     ^^^^^^^^^^^^ "params"?
                f.yaml: not valid: 4 errors

                """, "\(whole)")
    }

    @Test("Whoever loads a definition says the same, on standard error", arguments: ["run", "plan", "graph"])
    func everywhere(command: String) throws {
        let folder = try TestFolder()
        try folder.write("f.yaml", Self.broken.replacing("\u{1b}", with: ""))
        let result = try Command.run([command, "f.yaml"], in: folder)
        #expect(result.status == 65)
        #expect(result.output == "")
        #expect(result.error.contains("\n8 |       - {name: two,    ruin: echo}\n"), "\(result)")
        #expect(
            result.errorLines.last == "error: f.yaml cannot be run; correct it and look with `workflow validate f.yaml`"
        )
    }

    @Test("A run moves to no definition with problems, and they are shown")
    func moving() throws {
        let folder = try TestFolder()
        try folder.write("f.yaml", Definitions.two)
        #expect(try Command.run(["run", "f.yaml", "--run-id", "r"], in: folder).status == 0)
        try folder.write("f.yaml", Self.broken.replacing("\u{1b}", with: ""))
        let result = try Command.run(["resume", "r", "--definition", "f.yaml"], in: folder)
        #expect(result.status == 65)
        #expect(result.error.contains("  |                        ^^^^ \"run\"?\n"), "\(result)")
    }

    @Test("Of thousands of problems a hundred are shown, with the number of the others")
    func bounded() throws {
        let folder = try TestFolder()
        let steps = (0..<3000).map { "      - {name: s\($0), rum: echo}\n" }.joined()
        try folder.write("f.yaml", "name: f\nstages:\n  - name: s\n    steps:\n" + steps)
        let result = try Command.run(["validate", "f.yaml", "f.yaml"], in: folder)
        #expect(result.outputLines.count { $0.contains("] ") || $0.hasSuffix("]") } > 0)
        #expect(result.outputLines.count { $0.contains(" ^") } == 200)
        #expect(result.outputLines.count { $0.contains("and 5900 more") } == 2, "\(result.outputLines.suffix(3))")
    }

    @Test("A parameter that does not fit is shown as it was typed, or in its file")
    func parameters() throws {
        let folder = try TestFolder()
        try folder.write(
            "f.yaml",
            """
            name: f
            params: {nodes: {type: integer}, env: {type: string, enum: [a, b]}}
            stages: [{name: s, steps: [{name: x, run: echo}]}]
            """)
        try folder.write("p.yaml", "env: a\nnodes: many # too many\n")
        let typed = try Command.run(["plan", "f.yaml", "-p", "nodes=x", "-p", "envy=c"], in: folder)
        #expect(typed.status == 65)
        #expect(
            typed.error == """
                error: f has no parameter "envy"; did you mean "env"?
                 |
                 | -p envy=c
                 |    ^^^^ "env"?
                error: parameter "nodes" must be an integer, not "x"
                 |
                 | -p nodes=x
                 |          ^

                """, "\(typed)")
        let file = try Command.run(["run", "f.yaml", "--params", "p.yaml"], in: folder)
        #expect(file.status == 65)
        #expect(
            file.error == """
                error: p.yaml:2:8: parameter "nodes" must be an integer, not "many"
                  |
                2 | nodes: many # too many
                  |        ^^^^

                """, "\(file)")
    }

    @Test("An expression that cannot be evaluated is shown with what is wrong in it")
    func expressions() throws {
        let folder = try TestFolder()
        let result = try Command.run(["eval", "1 + foo.bar"], in: folder)
        #expect(result.status == 65)
        #expect(
            result.error == """
                error: 1:5: undeclared reference to 'foo' (undeclared_reference)
                  |
                1 | 1 + foo.bar
                  |     ^^^^^^^

                """)
    }
}
