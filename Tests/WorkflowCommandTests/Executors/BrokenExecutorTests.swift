import Glibc
import JSON
import Testing

@Suite("Executors that are of no use, and calls that no executor takes")
struct BrokenExecutorTests {
    @Test(
        "A program that does not describe itself is 65, named, and its standard error is quoted",
        arguments: [
            ("echo 'no license' >&2; exit 4", "exited with status 4; on standard error: no license"),
            ("kill -9 $$", "was ended by signal 9"),
            ("echo 'Usage: me'", "printed no descriptor: it is not one JSON object"),
            ("true", "printed no descriptor"),
            ("echo '{\"protocol\": 9}'", "speaks protocol 9"),
            (
                "echo '{\"protocol\": 1, \"group\": \"other\", \"version\": \"1\", \"operations\": "
                    + "{\"x\": {\"summary\": \"s\", \"with\": {\"type\": \"object\"}, \"effect\": \"none\"}}}'",
                "describes the group other"
            ),
            ("cat /dev/zero", "printed more than 1 MiB"), ("sleep 60", "did not end within 5 s"),
            ("cat; exec sleep 60", "did not end within 5 s"),
        ])
    func broken(_ script: String, _ words: String) throws {
        let folder = try TestFolder()
        let program = try write("#!/bin/sh\n\(script)\n", in: folder)
        let checked = try Command.run(["validate", "call.yaml"], in: folder)
        #expect(checked.status == 65, "\(checked)")
        #expect(checked.output.contains(words), "\(checked)")
        #expect(checked.output.contains("\(program) describe"))
        #expect(checked.output.contains("call.yaml:5:"), "\(checked)")
        let ran = try Command.run(["run", "call.yaml"], in: folder)
        #expect(ran.status == 65)
        #expect(!folder.exists(".workflow"))
    }

    @Test("One that may not be run, or whose interpreter is not there, is named with the next move")
    func notExecutable() throws {
        let folder = try TestFolder()
        let program = try write("#!/bin/sh\n", in: folder, mode: 0o644)
        let checked = try Command.run(["validate", "call.yaml"], in: folder)
        #expect(checked.status == 65)
        #expect(checked.output.contains("\(program) may not be run: make it executable"), "\(checked)")
        _ = try write("#!/no/such/interpreter\n", in: folder)
        let other = try Command.run(["validate", "call.yaml"], in: folder)
        #expect(other.status == 65)
        #expect(other.output.contains("cannot be started: No such file or directory"), "\(other)")
    }

    @Test("validate --no-executors starts nothing, and says what is unchecked; completions start none either")
    func notAsked() throws {
        let folder = try TestFolder()
        _ = try write("#!/bin/sh\ntouch \(folder.path("asked"))\nexit 1\n", in: folder)
        let checked = try Command.run(["validate", "call.yaml", "--no-executors"], in: folder)
        #expect(checked.status == 0, "\(checked)")
        #expect(checked.output.contains("note: with is unchecked where steps call echo"), "\(checked)")
        #expect(!folder.exists("asked"))
        #expect(try Command.run(["validate", "call.yaml"], in: folder).status == 65)
        #expect(folder.exists("asked"))
    }

    @Test(
        "What a call hands over is checked against the schema, with the place",
        arguments: [
            ("uses: ecoh/say", "there is no executor \"ecoh\"", "did you mean \"echo\"?", "5:16"),
            ("uses: echo/sya", "the executor echo has no operation \"sya\"", "did you mean \"say\"?", "5:16"),
            ("uses: Echo/Say", "\"Echo/Say\" is no name of an executor's operation", "GROUP/OPERATION", "5:16"),
            ("uses: ../x/say", "is no name of an executor's operation", "GROUP/OPERATION", "5:16"),
            ("uses: echo/say", "\"with\" of step \"hello\" needs \"text\"", "workflow executor show echo/say", "5:16"),
            (
                "{uses: echo/say, with: {text: hi, tiems: 3}}", "unknown key \"tiems\" in \"with\"",
                "did you mean \"times\"?", "5:"
            ),
            ("{uses: echo/say, with: {text: 3}}", "\"text\" of \"with\" of step \"hello\" must be a text", "3", "5:"),
            (
                "{uses: echo/say, with: {text: hi, times: 0}}",
                "\"times\" of \"with\" of step \"hello\" must be at least 1", "0", "5:"
            ),
            (
                "{uses: echo/say, with: {text: hi, headers: {a: 1}}}",
                "\"headers.a\" of \"with\" of step \"hello\" must be a text", "1", "5:"
            ),
            (
                "{uses: echo/say, with: {text: hi, loud: \"${{ 1 + 1 }}\"}}",
                "\"loud\" of \"with\" of step \"hello\" must be true or false, not an expression", "number", "5:"
            ),
            (
                "{uses: echo/say, with: {text: hi, until: \"statsu == 200\"}}", "there is no variable \"statsu\"",
                "did you mean \"status\"?", "5:"
            ),
            (
                "{uses: echo/say, with: {text: hi, until: \"${{ true }}\"}}", "the executor evaluates", "without ${{",
                "5:"
            ),
            ("{uses: echo/say, with: [text]}", "must be a mapping, not a list", "arguments of echo/say", "5:"),
            (
                "{uses: echo/say, with: {text: hi}, outputs: {a: string}}", "means nothing in step \"hello\"",
                "its executor declares them", "5:"
            ),
        ])
    func wrongWith(_ step: String, _ message: String, _ more: String, _ place: String) throws {
        let folder = try TestFolder()
        let program = try write(
            EchoExecutor.program(effect: #""none""#, supports: "[]", version: "1"), in: folder, step: step)
        _ = program
        let checked = try Command.run(["validate", "call.yaml"], in: folder, environment: ["SCENE": folder.path])
        #expect(checked.status == 65, "\(checked)")
        #expect(checked.output.contains(message), "\(checked)")
        #expect(checked.output.contains(more), "\(checked)")
        #expect(checked.output.contains("call.yaml:\(place)"), "\(checked)")
    }

    @Test(
        "What only the run can tell is checked when the call starts: a wrong value fails the step, and starts nothing")
    func wrongAtLast() throws {
        let echo = try EchoExecutor()
        try echo.define(["with: {text: \"${{ params.who }}\"}"])
        let ran = try echo.scene.workflow("run", "call.yaml", "--run-id", "r", "-p", "who=")
        #expect(ran.status == 1, "\(ran)")
        #expect(ran.errors.contains("the with of hello is not what echo/say takes: text must not be empty"), "\(ran)")
        #expect(echo.calls == [])
    }

    /// The step `hello`, on line 5, and the program of the group `echo`.
    private func write(
        _ program: String, in folder: TestFolder, mode: UInt32 = 0o755,
        step: String = "{uses: echo/say, with: {text: hi}}"
    ) throws -> String {
        let keys = step.hasPrefix("{") ? String(step.dropFirst().dropLast()) : step
        try folder.write(
            "call.yaml", "name: call\nstages:\n  - name: only\n    steps:\n      - {\(keys), name: hello}\n")
        let path = try folder.write("executors/workflow-uses-echo", program)
        #expect(chmod(path, mode) == 0)
        return path
    }
}
