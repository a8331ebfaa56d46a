import Glibc
import JSON
import Testing

@Suite("An executor of a user, written in the shell")
struct UsersExecutorTests {
    @Test(
        "A step calls it with its request on standard input, defaults filled in, and takes its outputs by their types")
    func called() throws {
        let echo = try EchoExecutor()
        try echo.define(["with: {text: \"hello ${{ params.who }}\"}"])
        let ran = try echo.scene.workflow("run", "call.yaml", "--run-id", "r", "-p", "who=you")
        #expect(ran.status == 0, "\(ran)")
        #expect(echo.calls == ["run say"])
        #expect(echo.describes == 1)
        let hello = try echo.scene.step("hello", of: "r")
        #expect(hello["outputs"] == ["said": "hello you", "count": 2])
        #expect(try echo.scene.step("after", of: "r")["outputs"]?["seen"] == "hello you")
        let request = try echo.request()
        #expect(request["with"] == ["text": "hello you", "times": 2])
        #expect(request["run"] == "r")
        #expect(request["stage"] == "only")
        #expect(request["step"] == "hello")
        #expect(request["attempt"] == 1)
        #expect(request["item"] == .some(.null))
        #expect(request["idempotency_key"]?.stringValue?.isEmpty == false)
        #expect(request["fencing_token"] == 1)
        #expect(request["events"] == [])
        let workspace = try #require(request["workspace"]?.stringValue)
        #expect(access(workspace + "/attempts", F_OK) == 0)
        let created = try #require(try echo.scene.journal("r").first?["payload"]?["executors"]?[0])
        #expect(created["path"]?.stringValue == echo.scene.file("executors/workflow-uses-echo"))
        #expect(created["version"] == "1.0")
        #expect(created["descriptor"]?.stringValue?.count == 64)
        #expect(created["program"]?.stringValue?.count == 64)
        try echo.scene.expectVerified("r")
    }

    @Test("Each item of a foreach is an attempt of its own, with its item and its key")
    func items() throws {
        let echo = try EchoExecutor()
        try echo.define([
            "foreach: {items: [eu, us], as: region, key: region, max_parallel: 1}",
            "with: {text: \"${{ region }}\"}",
        ])
        let definition = try #require(echo.scene.lines("call.yaml").joined(separator: "\n") as String?)
        try echo.scene.write(
            definition.replacing("steps.hello.outputs.said", with: "steps.hello.outputs[1].said"), to: "call.yaml")
        let ran = try echo.scene.workflow("run", "call.yaml", "--run-id", "r")
        #expect(ran.status == 0, "\(ran)")
        #expect(echo.calls == ["run say", "run say"])
        let request = try echo.request()
        #expect(request["item"] == "us")
        #expect(request["step"] == "hello[us]")
    }

    @Test("A failure is retried as that of a script is")
    func retried() throws {
        let echo = try EchoExecutor()
        try echo.scene.write("", to: "fail")
        try echo.define(["retry: {limit: 2, delay: 1ms}", "with: {text: hi}"])
        let ran = try echo.scene.workflow("run", "call.yaml", "--run-id", "r")
        #expect(ran.status == 1, "\(ran)")
        #expect(echo.calls.count == 3)
        #expect(ran.errors.contains("told to fail"))
    }

    // MARK: - In doubt

    @Test("Engine, supervisor and executor are killed: on resume its probe decides", arguments: [0, 3])
    func probed(_ answer: Int) throws {
        let echo = try EchoExecutor()
        try echo.define(["with: {text: hi}"])
        try lose(echo)
        try echo.scene.write("\(answer)", to: "answer")
        let resumed = try echo.scene.workflow("resume", "r")
        if answer == 3 {
            #expect(resumed.status == 0, "\(resumed)")
            #expect(echo.calls == ["run say", "probe say", "run say"])
            #expect(try echo.request()["attempt"] == 2)
        } else {
            // Done, and it wrote no output `said` that the next step needs.
            #expect(resumed.status == 1, "\(resumed)")
            #expect(echo.calls == ["run say", "probe say"])
            #expect(try echo.scene.step("hello", of: "r")["status"] == "success")
        }
        let probe = try JSONValue(parsing: echo.scene.lines("probe-request").joined())
        #expect(probe["with"]?["text"] == "hi")
        #expect(probe["idempotency_key"] == (try echo.request()["idempotency_key"]))
        try echo.scene.expectVerified("r")
    }

    @Test(
        "Without a probe the effect decides, and what the step says wins",
        arguments: [
            (#""none""#, [], true), (#""idempotent""#, [], true), (#""keyed""#, [], true), (#""unsafe""#, [], false),
            (#""unsafe""#, ["idempotent: true"], true), (#""none""#, ["idempotent: false"], false),
            (#""unsafe""#, ["on_doubt: retry"], true), (#""keyed""#, ["on_doubt: ask"], false),
            (#"{"cel": "with.text == 'hi' ? 'none' : 'unsafe'"}"#, [], true),
            (#"{"cel": "with.times > 1 ? 'unsafe' : 'none'"}"#, [], false),
            (#"{"cel": "with.nothing"}"#, [], false),
        ] as [(String, [String], Bool)])
    func byEffect(_ effect: String, _ keys: [String], _ isRepeated: Bool) throws {
        let echo = try EchoExecutor(effect: effect, supports: "[]")
        try echo.define(["with: {text: hi}"] + keys)
        try lose(echo)
        let resumed = try echo.scene.workflow("resume", "r")
        #expect(resumed.status == (isRepeated ? 0 : 3), "\(resumed)")
        #expect(echo.calls == (isRepeated ? ["run say", "run say"] : ["run say"]))
    }

    private func lose(_ echo: EchoExecutor) throws {
        try echo.scene.write("", to: "hold")
        let engine = try echo.scene.start("run", "call.yaml", "--run-id", "r")
        try eventually("the call begins; \(engine.errors)") {
            try #require(engine.isRunning, "\(engine.errors)")
            return !echo.scene.lines("began").isEmpty
        }
        try echo.scene.killEverything()
        try echo.scene.tool("rm", echo.scene.file("hold"))
    }

    // MARK: - Secrets

    @Test("A secret reaches it in clear, and nothing else: neither the log nor the store, nor any file of the attempt")
    func secrets() throws {
        let echo = try EchoExecutor()
        try echo.define(["with: {text: \"${{ secrets.token }}\"}"], top: ["secrets: {token: {env: TOKEN}}"])
        let ran = try echo.scene.workflow(
            ["run", "call.yaml", "--run-id", "r"], environment: ["TOKEN": "hush-hush-1"])
        #expect(ran.status == 0, "\(ran)")
        #expect(try echo.request()["with"]?["text"] == "hush-hush-1")
        #expect(try echo.scene.workflow("logs", "r").output.contains("saying ***"))
        #expect(!ran.errors.contains("hush-hush-1"))
        let found = try echo.scene.tool("grep", "-rl", "hush-hush-1", echo.scene.store)
        #expect(found.output == "", "\(found.output)")
    }

    // MARK: - Another program than before

    @Test("A program that describes itself otherwise on resume is named, and the run goes on")
    func changed() throws {
        let echo = try EchoExecutor()
        try echo.define(["with: {text: hi}"])
        try lose(echo)
        try echo.scene.write("3", to: "answer")
        try echo.write(version: "2.0")
        let resumed = try echo.scene.workflow("resume", "r")
        #expect(resumed.status == 0, "\(resumed)")
        #expect(resumed.errors.contains("the executor echo was of version 1.0, is of version 2.0"), "\(resumed)")
    }

    @Test(
        "A program that has vanished is 65 on resume and names where it was looked for; nothing of the run is changed")
    func vanished() throws {
        let echo = try EchoExecutor()
        try echo.define(["with: {text: hi}"])
        try lose(echo)
        try echo.scene.write("3", to: "answer")
        try echo.scene.tool("rm", echo.scene.file("executors/workflow-uses-echo"))
        let resumed = try echo.scene.workflow("resume", "r")
        #expect(resumed.status == 65, "\(resumed)")
        #expect(resumed.errors.contains("workflow-uses-echo was looked for in \(echo.scene.file("executors"))"))
        // Who only looks needs no executor.
        #expect(try echo.scene.workflow("show", "r").status == 0)
        try echo.write()
        #expect(try echo.scene.workflow("resume", "r").status == 0)
    }

    @Test("It is found beside the definition first, then in the current folder, then on PATH; what is hidden is said")
    func places() throws {
        let echo = try EchoExecutor(folder: "a/executors")
        try echo.scene.tool("mkdir", "-p", echo.scene.file("executors"), echo.scene.file("bin"))
        try echo.write(version: "2.0")
        try echo.write(version: "3.0", folder: "bin")
        try echo.define(["with: {text: hi}"], file: "a/call.yaml")
        let path = ["PATH": "\(echo.scene.file("bin")):/usr/bin:/bin"]
        func version(_ run: String) throws -> JSONValue? {
            let ran = try echo.scene.workflow(["run", "a/call.yaml", "--run-id", run], environment: path)
            #expect(ran.status == 0, "\(ran)")
            return try echo.scene.journal(run).first?["payload"]?["executors"]?[0]?["version"]
        }
        #expect(try version("first") == "1.0")
        let listed = try echo.scene.workflow(
            ["executor", "list", "--for", "a/call.yaml", "-o", "json"], environment: path)
        let entry = try #require(try JSONValue(parsing: listed.output).arrayValue?.first { $0["group"] == "echo" })
        #expect(entry["path"]?.stringValue == echo.scene.file("a/executors/workflow-uses-echo"))
        #expect(
            entry["hidden"] == [
                .string(echo.scene.file("executors/workflow-uses-echo")),
                .string(echo.scene.file("bin/workflow-uses-echo")),
            ])
        try echo.scene.tool("rm", echo.scene.file("a/executors/workflow-uses-echo"))
        #expect(try version("second") == "2.0")
        try echo.scene.tool("rm", echo.scene.file("executors/workflow-uses-echo"))
        #expect(try version("third") == "3.0")
    }
}
