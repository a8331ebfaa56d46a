import JSON
import Testing
import WorkflowCore
import WorkflowViews

@testable import WorkflowCLI

@Suite("Values that people type")
struct WordsOfOptionsTests {
    @Test(
        "A value that is refused is refused with the forms that are taken",
        arguments: [
            (["list", "--since", "3:0"], "14:30"), (["list", "--since", "last week"], "yesterday"),
            (["list", "--since", "24:00"], "2026-02-02"), (["list", "--since", "12:60"], "3d"),
            (["prune", "--older-than", "30"], "30d"), (["prune", "--older-than", "0x1d"], "8w"),
            (["prune", "--older-than", "999999d"], "36500d"), (["run", "f.yaml", "-p", "cluster"], "cluster=value"),
            (["run", "f.yaml", "--label", "=x"], "a name, = and a value"), (["list", "--label", "team"], "team=value"),
            (["list", "--sort", "age"], "'created', 'updated', 'status' or 'workflow'"),
            (["list", "--color", "sometimes"], "'auto', 'always' or 'never'"),
        ])
    func forms(_ arguments: [String], _ form: String) throws {
        let result = try Command.run(arguments, in: try TestFolder())
        #expect(result.status == 64)
        #expect(result.error.hasPrefix("error: "))
        #expect(result.error.contains(form), "\(result)")
    }

    @Test(
        "--since means the same at every moment",
        arguments: [
            ("today", "2026-02-02T00:00:00.000Z"), ("yesterday", "2026-02-01T00:00:00.000Z"),
            ("3:00", "2026-02-02T03:00:00.000Z"), ("10:14", "2026-02-02T10:14:00.000Z"),
            ("10:16", "2026-02-01T10:16:00.000Z"), ("23:59Z", "2026-02-01T23:59:00.000Z"),
            ("00:00", "2026-02-02T00:00:00.000Z"), ("90m", "2026-02-02T08:45:30.000Z"),
            ("2026-01-31", "2026-01-31T00:00:00.000Z"), ("2026-01-31T10:15Z", "2026-01-31T10:15:00.000Z"),
        ])
    func instants(_ text: String, _ instant: String) throws {
        let now = try #require(Timestamp(text: "2026-02-02T10:15:30.000Z"))
        #expect(try Since(text).instant(at: now).text == instant)
    }

    @Test("--since takes days and times as people say them", arguments: ["today", "yesterday", "0:00", "00:00Z", "1m"])
    func since(_ word: String) throws {
        let folder = try TestFolder()
        try folder.write("two.yaml", Definitions.two)
        #expect(try Command.run(["run", "two.yaml", "--quiet", "--run-id", "a"], in: folder).status == 0)
        let list = try Command.run(["list", "--since", word, "-o", "json"], in: folder)
        // At midnight the run may be of the day before.
        #expect(try list.json().arrayValue?.count == 1, "\(list)")
    }

    @Test("list is sorted, cut with -n and shows labels")
    func list() throws {
        let folder = try TestFolder()
        try folder.write("two.yaml", Definitions.two)
        try folder.write("failing.yaml", Definitions.failing)
        for (file, id, label) in [
            ("two.yaml", "t1", "team=core"), ("failing.yaml", "f1", "env=prod"), ("two.yaml", "t2", "a=b"),
            ("failing.yaml", "f2", "team=core"),
        ] {
            _ = try Command.run(["run", file, "--quiet", "--run-id", id, "--label", label], in: folder)
        }
        // f1 was touched last.
        #expect(try Command.run(["resume", "f1", "--quiet"], in: folder).status == 1)
        func ids(_ arguments: String...) throws -> [String] {
            let result = try Command.run(["list", "-o", "json"] + arguments, in: folder)
            return try #require(result.json().arrayValue, "\(result)").compactMap { $0["run"]?.stringValue }
        }
        #expect(try ids() == ["f2", "t2", "f1", "t1"])
        #expect(try ids("--sort", "created") == ids())
        #expect(try ids("--sort", "updated") == ["f1", "f2", "t2", "t1"])
        #expect(try ids("--sort", "workflow") == ["f2", "f1", "t2", "t1"])
        #expect(try ids("--sort", "status", "-n", "3") == ["t2", "t1", "f2"])
        #expect(try ids("-n", "1", "--sort", "updated") == ["f1"])
        let table = try Command.run(["list", "-n", "2"], in: folder)
        #expect(table.outputLines[0].hasSuffix("UPDATED  LABELS"), "\(table)")
        #expect(table.outputLines[1].hasSuffix("team=core") && table.outputLines[2].hasSuffix("a=b"), "\(table)")
        #expect(table.error.contains("more than these 2, the newest"))
        let sorted = try Command.run(["list", "-n", "2", "--sort", "updated"], in: folder)
        #expect(sorted.error == "there are more than these 2; --limit shows more, and filters fewer\n")
    }

    @Test("--color always colours a pipe, and nothing else does", arguments: ["list", "show", "graph"])
    func colour(_ command: String) throws {
        let folder = try TestFolder()
        try folder.write("two.yaml", Definitions.two)
        let told = try Command.run(
            ["run", "two.yaml", "--run-id", "a", "--color", "always", "--progress", "plain"], in: folder)
        #expect(told.error.contains("\u{1b}[32msuccess"), "\(told)")
        let arguments =
            command == "graph" ? ["graph", "a", "--format", "text"] : command == "show" ? ["show", "a"] : ["list"]
        func output(_ more: [String], _ environment: [String: String] = [:]) throws -> String {
            try Command.run(arguments + more, in: folder, environment: environment).output
        }
        #expect(try output(["--color", "always"]).contains("\u{1b}["))
        #expect(try output(["--color", "always"], ["NO_COLOR": "1"]).contains("\u{1b}["))
        for plain in [[], ["--color", "auto"], ["--color", "never"]] {
            #expect(try !output(plain).contains("\u{1b}["), "\(plain)")
        }
    }

    @Test("A terminal has no colour with --color never")
    func colourlessTerminal() throws {
        let folder = try TestFolder()
        try folder.write("two.yaml", Definitions.two)
        for (arguments, hasColour) in [([], true), (["--color", "never"], false)] {
            let session = try TerminalSession(["run", "two.yaml"] + arguments, in: folder)
            #expect(try session.end() == 0)
            let text = String(decoding: session.bytes, as: UTF8.self)
            #expect(text.contains("\u{1b}[38;5;") == hasColour, "\(text)")
        }
    }

    @Test("One of a thing is not many of it")
    func ones() throws {
        #expect(Counted.text(1, "run") == "1 run" && Counted.text(0, "run") == "0 runs")
        #expect(Counted.text(1, "entry", "entries") == "1 entry" && Counted.text(2, "entry", "entries") == "2 entries")
        let folder = try TestFolder()
        try folder.write(
            "one.yaml", "name: one\nstages: [{name: s, steps: [{name: a, run: echo, foreach: {items: [1], as: i}}]}]\n")
        let run = try Command.run(["run", "one.yaml", "--run-id", "r"], in: folder)
        #expect(run.errorLines.contains { $0.hasSuffix("  running   1 item") }, "\(run)")
        #expect(try Command.run(["show", "r"], in: folder).output.contains("1 of 1 done, 1 of 1 item\n"))
        #expect(try Command.run(["doctor"], in: folder).output.contains("; 1 run, "))
        #expect(try Command.run(["backup", "b.db"], in: folder).output.contains(", 1 run, "))
    }

    @Test("Without a command a short help is said, and no error", arguments: [[], ["checkpoint"], ["store"]])
    func briefHelp(arguments: [String]) throws {
        let result = try Command.run(arguments, in: try TestFolder())
        #expect(result.status == 64)
        #expect(result.output.isEmpty)
        #expect(!result.error.contains("error"))
        #expect(result.errorLines.count <= 12, "\(result)")
        #expect(result.error.contains((["workflow"] + arguments).joined(separator: " ") + " --help"))
    }

    @Test(
        "The help of a command that is not there says so",
        arguments: [
            (["rollback", "--help"], "nothing rolls a run back"), (["help", "rollback"], "nothing rolls a run back"),
            (["help", "chekpoint"], "did you mean \"checkpoint\"?"),
            (["help", "checkpoint", "lst"], "did you mean \"list\"?"),
            (["checkpoint", "lst", "--help"], "did you mean \"list\"?"), (["ps"], "`workflow list`"),
        ])
    func noSuchCommand(_ arguments: [String], _ text: String) throws {
        let result = try Command.run(arguments, in: try TestFolder())
        #expect(result.status == 64)
        #expect(result.output.isEmpty)
        #expect(result.error.hasPrefix("error: There is no command `workflow "), "\(result)")
        #expect(result.error.contains(text), "\(result)")
        #expect(try Command.run(["help", "checkpoint", "list"], in: try TestFolder()).status == 0)
    }
}
