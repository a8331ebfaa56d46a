import Terminal
import Testing
import WorkflowTestKit

@testable import WorkflowCLI

@Suite("Sentences on a terminal")
struct ProseTests {
    private static let sentence =
        "32 of 38 steps are done, 2 have failed; the newest checkpoint is chk-2026-11-21-032. Nothing is lost."

    @Test("No line is wider than the terminal, no word is cut, and no word is lost", arguments: [40, 60, 80, 99, 200])
    func words(_ columns: Int) {
        let wrapped = Prose.wrapped(Self.sentence, to: columns)
        let lines = wrapped.split(separator: "\n")
        #expect(lines.allSatisfy { DisplayWidth.of(String($0)) <= columns })
        #expect(lines.joined(separator: " ") == Self.sentence)
        #expect(lines.contains { $0.contains("chk-2026-11-21-032.") })
        #expect(lines.count == 1 || columns < 101)
    }

    @Test(
        "What people copy, columns, excerpts and output stay as they are",
        arguments: [
            "workflow resume --checkpoint chk-2026-11-21-032 --store /a/folder/with/a/long/name",
            "    workflow resolve run-2026-11-21-001 database --done --reason \"its effect is in place\"",
            "  command   echo applying 0042.sql; sleep 0.3; echo lock timeout on table orders",
            "  | a line of output that a step has printed and that is wider than the terminal",
            "12 |         run: cloud vpc create '${{ params.cluster }}' --and --more --flags --here",
            "\u{1b}[31mred\u{1b}[0m and a good deal of further text that is wider than the terminal is",
        ])
    func kept(_ line: String) {
        #expect(Prose.wrapped(line, to: 40) == line)
    }

    @Test("A command behind a colon and one in backticks are whole in one line, indented as what they stand in")
    func commands() {
        let command = "workflow cancel run-2026-11-21-001 --reason \"a long one\""
        #expect(
            Prose.wrapped("  To end that too, and all that it has begun: " + command, to: 40)
                == "  To end that too, and all that it has\n  begun:\n  " + command)
        #expect(
            Prose.wrapped("there is no run x; `workflow list --status failed` shows what there is", to: 40)
                == "there is no run x;\n`workflow list --status failed` shows\nwhat there is")
    }

    @Test("Usage is broken between options, and lines of a text by themselves")
    func usage() {
        let usage = "Usage: workflow list [--status <status> ...] [--workflow <name>]"
        #expect(
            Prose.wrapped("error: no\n" + usage, to: 45)
                == "error: no\nUsage: workflow list [--status <status> ...]\n  [--workflow <name>]")
        #expect(
            Prose.wrapped("Help:  --since <when>  Only runs that were made since then.", to: 40)
                == "Help: --since <when> Only runs that were\n  made since then.")
    }

    @Test("On a terminal of 80 columns the end of a failed run is broken between words; in a pipe it is not")
    func ending() throws {
        let folder = try TestFolder()
        try folder.write("failing.yaml", Definitions.failing)
        let long = String(repeating: "long", count: 20)
        try folder.write(
            "long.yaml", "name: l\nstages: [{name: s, steps: [{name: a, run: 'true'}, {name: b, run: exit 1}]}]\n")
        let session = try TerminalSession(
            ["run", "long.yaml", "--run-id", long], in: folder, columns: 60, rows: 60)
        #expect(try session.end() == 1)
        let text = session.screen.text
        #expect(
            text.contains("1 of 2 steps is done, 1 has failed; the newest checkpoint is")
                || text.contains("1 of 2 steps are done, 1 has failed; the newest checkpoint"), "\(text)")
        #expect(text.contains { $0.hasPrefix("chk-") || $0.hasPrefix("is chk-") }, "\(text)")
        let piped = try Command.run(["run", "failing.yaml"], in: folder, environment: ["COLUMNS": "40"])
        #expect(
            piped.errorLines.contains { $0.contains("steps are done, 1 has failed; the newest checkpoint is chk-") })
    }
}
