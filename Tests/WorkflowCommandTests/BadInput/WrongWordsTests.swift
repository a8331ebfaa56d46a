import JSON
import Testing

@Suite("Words that mean nothing here")
struct WrongWordsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let arguments: [String]
        let status: Int32
        /// What standard error has to name: the thing, and the next move.
        let names: [String]

        init(_ line: String, _ status: Int32, _ names: String...) {
            arguments = line.split(separator: " ").map(String.init)
            self.status = status
            self.names = names
        }

        var testDescription: String { arguments.joined(separator: " ") }
    }

    /// In a folder with a store, a completed run `done` and the definition `good.yaml`.
    static let cases = [
        Case("run nowhere.yaml", 66, "nowhere.yaml"),
        Case("run .", 66, "."),
        Case("validate nowhere.yaml", 66, "nowhere.yaml"),
        Case("run broken.yaml", 65, "broken.yaml:3:11"),
        Case("validate broken.yaml", 65, "broken.yaml:3:11"),
        Case("run typo.yaml", 65, "typo.yaml:4:", "retires", "on_failure"),
        Case("run empty.yaml", 65, "empty.yaml"),
        Case("run binary.yaml", 65, "binary.yaml"),
        Case("run good.yaml -p sise=3", 65, "sise", "size"),
        Case("run good.yaml -p size=big", 65, "size"),
        Case("run good.yaml -p size=99", 65, "size", "9"),
        Case("run needy.yaml", 65, "name"),
        Case("run good.yaml -p size", 64, "size"),
        Case("run good.yaml --params nowhere.json", 66, "nowhere.json"),
        Case("run good.yaml --params broken.json", 65, "broken.json"),
        Case("run good.yaml --run-id ../escape", 64, "--run-id"),
        Case("run good.yaml --run-id done -p size=4", 65, "done", "--run-id"),
        Case("run good.yaml --colour", 64, "--colour"),
        Case("resume", 64, "--checkpoint"),
        Case("resume nobody", 66, "there is no run nobody in /", "/.workflow; `workflow list`"),
        Case("resume --checkpoint chk-1999-01-01-001", 66, "chk-1999-01-01-001"),
        Case("resume done --rewind", 64, "--checkpoint"),
        Case("resume done --on-doubt guess", 64, "guess"),
        Case("show nobody", 66, "nobody", "workflow list"),
        Case("show one extra word", 64, "word"),
        Case("logs nobody", 66, "nobody"),
        Case("logs done nothing", 66, "nothing"),
        Case("journal nobody", 66, "nobody"),
        Case("checkpoint list nobody", 66, "nobody"),
        Case(
            "checkpoint show chk-1999-01-01-001", 66, "chk-1999-01-01-001", "/.workflow; `workflow checkpoint list RUN`"
        ),
        Case("pause nobody", 66, "nobody"),
        Case("cancel nobody", 66, "nobody"),
        Case("resolve nobody only --done --reason x", 66, "nobody"),
        Case("resolve done nothing --done --reason x", 66, "nothing"),
        Case("resolve done only --done", 64, "--reason"),
        Case("resolve done only --reason x", 64, "--done"),
        Case("pause done", 64, "completed"),
        Case("cancel done", 64, "completed"),
        Case("frobnicate", 64, "error: There is no command `workflow frobnicate`", "init, run, resume"),
        Case("lits", 64, "error: There is no command `workflow lits`", "did you mean \"list\"?"),
        Case("checkpoint exprot chk-1", 64, "`workflow checkpoint exprot`", "did you mean \"export\"?"),
        Case("run god.yaml", 66, "there is no file god.yaml", "did you mean \"good.yaml\"?"),
        Case("run ./god.yaml", 66, "did you mean \"./good.yaml\"?"),
        Case("run typo.yaml -p x=1 --colour", 64, "error: Unknown option '--colour'"),
        Case("list --json", 64, "error: Unknown option '--json': it is `-o json`."),
        Case("show r --yaml", 64, "error: Unknown option '--yaml': it is `-o yaml`."),
        Case("run typo.yaml --dry-run", 64, "error: Unknown option '--dry-run': `workflow plan FILE`"),
        Case("cancel r --force", 64, "error: Unknown option '--force': nothing is forced here"),
        Case("run typo.yml", 66, "did you mean \"typo.yaml\"?"),
        Case("run plain.yaml -p x=1", 65, "plain has no parameter \"x\"", "it takes none"),
        Case("resume --checkpoint broken.json", 65, "broken.json", "it is no JSON document", "export it anew"),
        Case("resume --checkpoint empty.json", 65, "empty.json", "it is empty"),
        Case("resume --checkpoint other.json", 65, "`workflow checkpoint export` did not write it"),
        Case("resume --checkpoint newer.json", 65, "it is of the format 9", "use the version that wrote it"),
        Case("list --store postgres://localhost/none", 69, "PostgreSQL"),
        Case("list --store good.yaml", 74, "good.yaml"),
        Case("list -o xml", 64, "xml"),
    ]

    @Test("Each is named with its exit status, and nothing changes", arguments: cases)
    func refused(_ refused: Case) throws {
        let scene = try Scene()
        try scene.write(
            """
            name: good
            params: {size: {type: integer, default: 3, min: 1, max: 9}}
            stages:
              - name: only
                steps:
                  - name: only
                    run: echo x >> "$SCENE/ran"
            """, to: "good.yaml")
        try scene.write("name: broken\nstages:\n  - name: [only\n", to: "broken.yaml")
        try scene.write(
            "name: typo\nstages:\n  - name: only\n    retires: 3\n    steps: [{name: a, run: 'true'}]\n",
            to: "typo.yaml")
        try scene.write("", to: "empty.yaml")
        try scene.write("\u{0}\u{1}\u{2}name: x", to: "binary.yaml")
        try scene.write("{\"size\": ", to: "broken.json")
        try scene.write("", to: "empty.json")
        try scene.write("{}", to: "other.json")
        try scene.write("{\"workflow_checkpoint\": 9}", to: "newer.json")
        try scene.write(
            "name: plain\nstages: [{name: only, steps: [{name: a, run: 'true'}]}]\n", to: "plain.yaml")
        try scene.write(
            "name: needy\nparams: {name: {type: string, required: true}}\nstages: [{name: only, steps: [{name: a, "
                + "run: 'true'}]}]\n",
            to: "needy.yaml")
        #expect(try scene.workflow("run", "good.yaml", "--run-id", "done").status == 0)
        let before = try scene.journal("done")
        let ended = try scene.workflow(refused.arguments)
        #expect(ended.status == refused.status, "\(ended)")
        // What is wrong with a definition is the data that `validate` was asked for.
        let said = ended.errors + ended.output
        for name in refused.names { #expect(said.contains(name), "\(name) is not named: \(ended)") }
        #expect(ended.output.isEmpty || refused.arguments[0] == "validate", "\(ended)")
        #expect(!ended.errors.contains("Fatal error"))
        #expect(try scene.journal("done") == before)
        #expect(scene.lines("ran").count == 1)
        #expect(try scene.workflow("list", "-o", "json").json.arrayValue?.count == 1)
    }

    @Test(
        "Where there is no store, looking and resuming say where they searched and create nothing",
        arguments: [
            ["list"], ["show", "run-1"], ["resume", "run-1"], ["resume", "--all"], ["resume", "--checkpoint", "chk-1"],
            ["journal", "run-1"], ["logs", "run-1"], ["pause", "run-1"], ["cancel", "run-1"],
            ["checkpoint", "list", "run-1"], ["resolve", "run-1", "a", "--done", "--reason", "x"],
        ])
    func noStore(_ arguments: [String]) throws {
        let scene = try Scene()
        let ended = try scene.workflow(arguments)
        #expect(ended.status == 66, "\(ended)")
        #expect(ended.errors.contains(scene.path), "\(ended)")
        #expect(!scene.exists(".workflow"))
        let named = try scene.workflow(arguments + ["--store", "elsewhere"])
        #expect(named.status == 66, "\(named)")
        #expect(named.errors.contains("elsewhere"))
        #expect(!scene.exists("elsewhere"))
    }
}
