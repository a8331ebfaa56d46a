import Glibc
import JSON
import Testing

@Suite("run and resume")
struct RunTests {
    @Test("The quickstart completes; its id is the only line on standard output, one line for each event on the other")
    func quickstart() throws {
        let folder = try TestFolder()
        let result = try Command.run(["run", Repository.path("workflows/quickstart.yaml")], in: folder)
        #expect(result.status == 0, "\(result)")
        #expect(result.outputLines.count == 1)
        #expect(result.output.hasPrefix("run-"))
        #expect(result.error.contains("smoke_test"))
        #expect(!result.error.contains("\u{1b}"))
        #expect(result.errorLines.last?.hasSuffix("completed") == true)
        #expect(folder.text(".workflow/.gitignore") == "*\n" || folder.text(".workflow/.gitignore") == "*")
    }

    @Test("As JSON a run is one object with the promised members, and nothing else on standard output")
    func json() throws {
        let folder = try TestFolder()
        try folder.write("two.yaml", Definitions.two)
        let result = try Command.run(["run", "two.yaml", "-o", "json", "--run-id", "a"], in: folder)
        let run = try result.json()
        let keys = ["run", "workflow", "status", "stage", "driven", "checkpoint", "steps", "error"]
        #expect(Set(run.objectValue.map { Array($0.keys) } ?? []).isSuperset(of: keys))
        #expect(run["run"] == "a")
        #expect(run["workflow"] == "two")
        #expect(run["status"] == "completed")
        #expect(run["stage"] == "complete")
        #expect(run["driven"] == false)
        #expect(run["error"] == .null)
        let promised: [String: JSONValue] = [
            "name": "first", "stage": "planning", "status": "success", "attempts": 1, "outputs": ["count": 1],
            "error": .null,
        ]
        for (key, value) in promised { #expect(run["steps"]?[0]?[key] == value, "\(key)") }
        #expect(run["steps"]?[1]?["outputs"] == .object([:]))
        #expect(try Command.run(["show", "a", "-o", "json"], in: folder).json() == run)
    }

    @Test("A failed run tells the end of the log, why, and ends with the resume command by itself")
    func failing() throws {
        let folder = try TestFolder()
        try folder.write("failing.yaml", Definitions.failing)
        let result = try Command.run(["run", "failing.yaml", "--run-id", "f"], in: folder)
        #expect(result.status == 1)
        let lines = result.errorLines
        let shown = lines.filter { $0.hasPrefix("  | ") }
        #expect(shown.count == 20)
        #expect(shown.last == "  | red \\u{1b}[31m")
        #expect(lines.contains("bad failed: exit status 7"))
        let command = try #require(lines.last)
        #expect(command.hasPrefix("workflow resume --checkpoint chk-"))

        let run = try Command.run(["show", "f", "-o", "json"], in: folder).json()
        #expect(run["resume_command"]?.stringValue == command)
        #expect(run["error"]?["code"] == "exit_status")
        #expect(run["steps"]?[1]?["error"]?["message"] == "exit status 7")

        let again = try Command.run(command.split(separator: " ").dropFirst().map(String.init), in: folder)
        #expect(again.status == 1)
        #expect(again.outputLines == ["f"])
        #expect(again.errorLines.last == command)
    }

    @Test("A store that was named by hand is named in the commands that are printed")
    func namedStore() throws {
        let folder = try TestFolder()
        try folder.write("failing.yaml", Definitions.failing)
        let result = try Command.run(["run", "failing.yaml", "--quiet", "--store", "my store"], in: folder)
        #expect(result.status == 1)
        #expect(result.errorLines.last?.hasSuffix(" --store 'my store'") == true)
        #expect(!result.error.contains("running"))
    }

    @Test(
        "A run id that exists starts nothing: 75 while driven, 1 when interrupted, else by status; 65 when it differs")
    func runID() throws {
        let folder = try TestFolder()
        try folder.write("held.yaml", Definitions.held)
        let arguments = ["run", "held.yaml", "--run-id", "one"]
        let driver = try Command.start(arguments, in: folder)
        try driver.waitForError(containing: "hold   running")
        #expect(try Command.run(arguments, in: folder).status == 75)
        driver.signal(SIGKILL)
        #expect(try driver.end().status == 128 + SIGKILL)
        let interrupted = try Command.run(arguments, in: folder)
        #expect(interrupted.status == 1)
        #expect(interrupted.errorLines.last?.hasPrefix("workflow resume --checkpoint chk-") == true)
        try folder.write("go", "")
        #expect(try Command.run(["resume", "one"], in: folder).status == 0)
        #expect(try Command.run(arguments, in: folder).status == 0)
        #expect(try Command.run(["resume", "one"], in: folder).status == 0)
        try folder.write("held.yaml", Definitions.held + "\ndescription: another one\n")
        #expect(try Command.run(arguments, in: folder).status == 65)
    }

    @Test("SIGINT, SIGTERM and SIGHUP save and name the resume command", arguments: [SIGHUP, SIGINT, SIGTERM])
    func signals(signal: Int32) throws {
        let folder = try TestFolder()
        try folder.write("held.yaml", Definitions.held)
        let driver = try Command.start(["run", "held.yaml", "--run-id", "one"], in: folder)
        try driver.waitForError(containing: "hold   running")
        // Twice: the running step is ended at once instead of after ten seconds.
        driver.signal(signal)
        try driver.waitForError(containing: "nothing new starts")
        driver.signal(signal)
        let result = try driver.end()
        #expect(result.status == 128 + signal, "\(result)")
        #expect(result.errorLines.last?.hasPrefix("workflow resume --checkpoint chk-") == true, "\(result)")
        try folder.write("go", "")
    }

    @Test("A detached run goes on by itself, and logs -f stays until its end")
    func detached() throws {
        let folder = try TestFolder()
        try folder.write("held.yaml", Definitions.held)
        let result = try Command.run(["run", "held.yaml", "--run-id", "far", "--detach"], in: folder)
        #expect(result.status == 0)
        #expect(result.output == "far\n")
        let logs = try Command.start(["logs", "far", "hold", "-f"], in: folder)
        try logs.waitForOutput(containing: "holding\n")
        #expect(!logs.hasEnded)
        try folder.write("go", "")
        #expect(try logs.end().output == "holding\nreleased\n")
        try Waiting.until("the end of the run") {
            (try? Command.run(["show", "far", "-o", "json"], in: folder).json())?["status"] == "completed"
        }
    }

    @Test("A closed standard output never stops a run")
    func closedOutput() throws {
        let folder = try TestFolder()
        try folder.write("two.yaml", Definitions.two)
        for format in ["text", "json"] {
            let result = try Command.run(
                ["run", "two.yaml", "--run-id", format, "-o", format], in: folder, output: .closedPipe)
            #expect(result.status == 0, "\(result)")
        }
    }

    @Test("Parameters come from -p, then from the file, then from the defaults; wrong ones are 65")
    func parameters() throws {
        let folder = try TestFolder()
        try folder.write(
            "p.yaml",
            """
            name: p
            params:
              a: {type: integer, required: true}
              b: {type: string, default: x}
            stages:
              - name: planning
                steps:
                  - name: put
                    run: echo "v=${{ params.a }}-${{ params.b }}" >> "$WORKFLOW_OUTPUT"
            """)
        try folder.write("p.json", #"{"a": 1, "b": "file"}"#)
        func value(_ arguments: [String]) throws -> JSONValue? {
            try Command.run(["run", "p.yaml", "-o", "json"] + arguments, in: folder).json()["steps"]?[0]?["outputs"]?[
                "v"]
        }
        #expect(try value(["-p", "a=5"]) == "5-x")
        #expect(try value(["--params", "p.json", "-p", "a=-2"]) == "-2-file")
        for wrong in [[], ["-p", "a=x"], ["-p", "a=1", "-p", "c=1"]] {
            #expect(try Command.run(["run", "p.yaml"] + wrong, in: folder).status == 65)
        }
    }
}
