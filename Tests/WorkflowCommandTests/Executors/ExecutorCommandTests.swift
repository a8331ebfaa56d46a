import Glibc
import JSON
import Testing

@Suite("What commands know of executors")
struct ExecutorCommandTests {
    @Test("executor new writes one that works, and overwrites nothing")
    func new() throws {
        let folder = try TestFolder()
        let made = try Command.run(["executor", "new", "greet"], in: folder)
        #expect(made.status == 0, "\(made)")
        try folder.write(
            "w.yaml",
            """
            name: w
            stages:
              - name: only
                steps:
                  - name: hello
                    uses: greet/say
                    with: {text: "${{ run.name }}"}
            """)
        let ran = try Command.run(["run", "w.yaml", "--run-id", "r"], in: folder)
        #expect(ran.status == 0, "\(ran)")
        let hello = try Command.run(["show", "r", "-o", "json"], in: folder).json()["steps"]?[0]
        #expect(hello?["outputs"] == ["said": "w"])
        let shown = try Command.run(["executor", "show", "greet/say"], in: folder)
        #expect(shown.output.contains("text  (a text, required): What is said."), "\(shown)")
        #expect(shown.output.contains("uses: greet/say"))
        let again = try Command.run(["executor", "new", "greet"], in: folder)
        #expect(again.status == 64)
        #expect(again.error.contains("is there already"), "\(again)")
    }

    @Test(
        "A name that is no group is refused, and one that is built in",
        arguments: [
            ("Greet", "A name matches"), ("../x", "A name matches"), ("a b", "A name matches"), ("http", "is built in"),
        ])
    func newName(_ name: String, _ words: String) throws {
        let made = try Command.run(["executor", "new", name], in: try TestFolder())
        #expect(made.status == 64, "\(made)")
        #expect(made.error.contains(words), "\(made)")
    }

    @Test("executor show of what is not there is 66, with what may have been meant")
    func shownWrong() throws {
        let echo = try EchoExecutor()
        let group = try echo.scene.workflow("executor", "show", "ehco")
        #expect(group.status == 66)
        #expect(group.errors.contains("did you mean \"echo\"?"), "\(group)")
        let operation = try echo.scene.workflow("executor", "show", "echo/sya")
        #expect(operation.status == 66)
        #expect(operation.errors.contains("did you mean \"say\"?"), "\(operation)")
        let json = try JSONValue(parsing: echo.scene.workflow("executor", "show", "echo", "-o", "json").output)
        #expect(json["operations"]?["say"]?["needs"] == ["sh": "*"])
        #expect(json["program_sha256"]?.stringValue?.count == 64)
    }

    @Test("A broken one is named by executor list, which exits with 65, beside those that can be used")
    func brokenInList() throws {
        let echo = try EchoExecutor()
        try echo.scene.write("#!/bin/sh\nexit 9\n", to: "executors/workflow-uses-bad", mode: 0o755)
        let listed = try echo.scene.workflow("executor", "list")
        #expect(listed.status == 65, "\(listed)")
        #expect(listed.output.contains("echo/say"))
        #expect(listed.errors.contains("workflow-uses-bad describe` exited with status 9"), "\(listed)")
    }

    @Test("plan, graph and schema know it from its descriptor")
    func planned() throws {
        let echo = try EchoExecutor(effect: #"{"cel": "with.text == 'hi' ? 'none' : 'unsafe'"}"#)
        try echo.define(["with: {text: \"${{ params.who }}\", until: \"status > 3\"}"])
        func call(_ who: String) throws -> JSONValue? {
            let plan = try echo.scene.workflow("plan", "call.yaml", "-p", "who=\(who)", "-o", "json")
            let step = try JSONValue(parsing: plan.output)["stages"]?[0]?["steps"]?[0]
            #expect(step?["kind"] == "call")
            return step?["call"]
        }
        #expect(try call("hi")?["effect"] == "none")
        #expect(try call("you")?["effect"] == "unsafe")
        #expect(try call("you")?["supports"] == ["probe"])
        #expect(try call("you")?["with"] == #"{"text":"you","until":"status > 3"}"#)
        #expect(try echo.scene.workflow("graph", "call.yaml").output.contains("echo/say"))
        #expect(try echo.scene.workflow("schema", "--executors").output.contains(#""const": "echo/say""#))
        #expect(!(try echo.scene.workflow("schema").output.contains("echo/say")))
        #expect(echo.calls == [])
    }

    @Test("plan asks an executor that can plan what it would do, where all of its with is known")
    func asked() throws {
        let echo = try EchoExecutor(supports: #"["plan", "probe"]"#)
        try echo.define(["with: {text: \"${{ params.who }}\"}"])
        // As from within a step: what it reports is not that step's.
        let step = ["WORKFLOW_EVENTS": echo.scene.file("events"), "WORKFLOW_OUTPUT": echo.scene.file("outputs")]
        let plan = try echo.scene.workflow(["plan", "call.yaml", "-p", "who=you"], environment: step)
        #expect(plan.status == 0 && plan.output.contains("plan      would say you"), "\(plan)")
        #expect(!echo.scene.exists("events") && !echo.scene.exists("outputs"))
        let request = try JSONValue(parsing: echo.scene.lines("plan-request").joined(separator: "\n"))
        #expect(request["with"] == ["text": "you", "times": 2])
        #expect(request["run"] == "" && request["step"] == "hello" && request["stage"] == "only")
        #expect(fileText(try #require(request["workspace"]?.stringValue)) == nil)
        #expect(echo.calls == ["plan say"])
        #expect(try call(echo)?["plan"] == ["lines": ["would say world"], "whole": true, "problem": nil])

        try echo.scene.write("", to: "plan-long")
        let long = try echo.scene.workflow("plan", "call.yaml")
        #expect(long.output.contains("more lines at least"), "\(long)")
        #expect(try call(echo)?["plan"]?["whole"] == false)
        try echo.scene.write("", to: "plan-fails")
        let failed = try echo.scene.workflow("plan", "call.yaml")
        #expect(failed.status == 0, "\(failed)")
        #expect(failed.output.contains("exited with status 5; on standard error: no plan today"), "\(failed)")
    }

    @Test("plan shows what http/request would send, and sends nothing")
    func plannedRequest() throws {
        let folder = try TestFolder()
        try folder.write(
            "w.yaml",
            """
            name: w
            stages:
              - name: only
                steps:
                  - name: hello
                    uses: http/request
                    with: {url: "http://127.0.0.1:9/x", method: PUT, headers: {X-Team: core}, body: {a: 1}}
            """)
        let plan = try Command.run(["plan", "w.yaml"], in: folder)
        #expect(plan.status == 0 && plan.output.contains("plan      PUT http://127.0.0.1:9/x\n"), "\(plan)")
        #expect(plan.output.contains("nothing was sent"))
    }

    @Test("plan asks no executor about what only the run knows, what is skipped, and where it is to start none")
    func notAsked() throws {
        let echo = try EchoExecutor(supports: #"["plan"]"#)
        let secret = ["secrets:", "  token: {env: TOKEN}"]
        for (step, top) in [
            (["with: {text: \"${{ run.id }}\"}"], []), (["with: {text: \"${{ secrets.token }}\"}"], secret),
            (["if: false", "with: {text: hi}"], []),
        ] {
            try echo.define(step, top: top)
            let plan = try echo.scene.workflow("plan", "call.yaml")
            #expect(plan.status == 0, "\(plan)")
            #expect(try call(echo)?["plan"] == .null)
        }
        try echo.define(["with: {text: hi}"])
        let before = echo.describes
        let plan = try echo.scene.workflow("plan", "call.yaml", "--no-executors")
        #expect(plan.status == 0 && plan.output.contains("effect known in the run"), "\(plan)")
        #expect(echo.calls == [] && echo.describes == before)
    }

    private func call(_ echo: EchoExecutor) throws -> JSONValue? {
        let plan = try echo.scene.workflow("plan", "call.yaml", "-o", "json")
        return try JSONValue(parsing: plan.output)["stages"]?[0]?["steps"]?[0]?["call"]
    }

    @Test("doctor looks whether the executors of resumable runs are there, and what they need")
    func doctor() throws {
        let echo = try EchoExecutor()
        try echo.scene.write("", to: "fail")
        try echo.define(["with: {text: hi}"])
        #expect(try echo.scene.workflow("run", "call.yaml").status == 1)
        let well = try echo.scene.workflow("doctor")
        #expect(well.output.contains("executor echo/say"), "\(well)")
        #expect(well.output.contains("program sh"), "\(well)")
        let program = echo.scene.file("executors/workflow-uses-echo")
        try echo.scene.tool("sed", "-i", #"s/"sh": "\*"/"no-such-tool": ">=2"/"#, program)
        let lacking = try echo.scene.workflow("doctor")
        #expect(lacking.output.contains("echo/say needs it, and it is not in PATH"), "\(lacking)")
        try echo.scene.tool("sed", "-i", #"s/"no-such-tool": ">=2"/"git": ">=99"/"#, program)
        let old = try echo.scene.workflow("doctor")
        #expect(old.output.contains("echo/say needs >=99"), "\(old)")
        try echo.scene.tool("rm", program)
        let gone = try echo.scene.workflow("doctor")
        #expect(gone.output.contains("was looked for in"), "\(gone)")
    }

    @Test("drill crashes a call everywhere, and asks its probe")
    func drilled() throws {
        let folder = try TestFolder()
        #expect(try Command.run(["executor", "new", "greet"], in: folder).status == 0)
        try folder.write(
            "w.yaml",
            """
            name: w
            stages:
              - name: only
                steps:
                  - name: hello
                    uses: greet/say
                    with: {text: hi}
            """)
        let drilled = try Command.run(["drill", "w.yaml", "-o", "json"], in: folder, seconds: 240)
        let step = try drilled.json()["steps"]?[0]
        #expect(step?["name"] == "hello", "\(drilled)")
        #expect(step?["verdict"]?.stringValue != "not_drilled", "\(drilled)")
        #expect(drilled.status == 0 || drilled.status == 1, "\(drilled)")
    }
}
