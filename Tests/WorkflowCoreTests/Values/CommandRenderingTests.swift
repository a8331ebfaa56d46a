import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("What a step's process is given")
struct CommandRenderingTests {
    static let yaml = """
        name: w
        params: {cluster: {type: string}, size: {type: integer}}
        env: {LEVEL: workflow, BASE: "${{ params.cluster }}", ONLY: here}
        secrets: {token: {env: TOKEN}}
        stages:
          - name: main
            env: {LEVEL: "stage over ${{ env.LEVEL }}", MIDDLE: "${{ env.BASE }}/m"}
            steps:
              - name: a
                env: {LEVEL: "step over ${{ env.LEVEL }}", AUTH: "Bearer ${{ secrets.token }}"}
                run: echo "${{ params.cluster }}" "${{ attempt }}" "${{ env.LEVEL }}"
                probe: test "${{ params.size }}"
                undo: rm "${{ steps.a.outputs.id }}"
                timeout: 5m
                kill_after: 3s
                working_directory: "sub/${{ params.cluster }}"
              - name: b
                run: echo "${{ steps.a.outputs.list }}" "${{ steps.a.outputs.id }}"
                working_directory: /abs
                shell: sh -e
        """

    static func run(_ cluster: String = "x") throws -> TestRun {
        try TestRun(yaml, parameters: ["cluster": .string(cluster), "size": .int(3)])
    }

    static func command(_ run: TestRun, _ role: CommandRole, _ step: String) throws -> RenderedCommand {
        try run.state.command(
            role, ofStep: step, runID: RunID("run-1"), token: FencingToken(7), idempotencyKey: "KEY",
            secrets: ["token": "s3cret"])
    }

    /// Why there is no such command; nil when there is one.
    static func failure(_ run: TestRun, _ role: CommandRole, _ step: String) throws -> String? {
        do {
            _ = try command(run, role, step)
            return nil
        } catch let failure as ExpressionFailure {
            return failure.message
        }
    }

    /// The last value wins, as in the process.
    static func environment(_ command: RenderedCommand) -> [String: String] {
        Dictionary(command.environment.map { ($0.name, $0.value) }) { $1 }
    }

    @Test("Each level of env stands over the one around it, and sees it")
    func levels() throws {
        let environment = CommandRenderingTests.environment(
            try CommandRenderingTests.command(try CommandRenderingTests.run(), .run, "a"))
        #expect(environment["LEVEL"] == "step over stage over workflow")
        #expect(environment["MIDDLE"] == "x/m")
        #expect(environment["ONLY"] == "here")
        #expect(environment["AUTH"] == "Bearer s3cret")
    }

    @Test("The engine's own variables are set last")
    func own() throws {
        var run = try CommandRenderingTests.run()
        let first = try CommandRenderingTests.command(run, .run, "a")
        #expect(
            first.environment.suffix(9).map { "\($0.name)=\($0.value)" } == [
                "WORKFLOW_RUN_ID=run-1", "WORKFLOW_LOCAL_RUN_ID=run-1", "WORKFLOW_NAME=w", "WORKFLOW_STAGE=main",
                "WORKFLOW_STEP=a",
                "WORKFLOW_ATTEMPT=1", "WORKFLOW_IDEMPOTENCY_KEY=KEY", "WORKFLOW_CHECKPOINT=",
                "WORKFLOW_FENCING_TOKEN=7",
            ])
        try run.succeed("a", ["id": .string("i"), "list": .array([.int(1), .string("b c")])])
        let second = CommandRenderingTests.environment(try CommandRenderingTests.command(run, .run, "b"))
        #expect(second["WORKFLOW_CHECKPOINT"] == run.state.checkpoint?.id.text)
        #expect(second["WORKFLOW_STEP"] == "b")
    }

    @Test("No value is pasted into a script: each is a variable, and lists are compact JSON")
    func bindings() throws {
        let nasty = "\"; rm -rf / #$(x)`y`"
        var run = try CommandRenderingTests.run(nasty)
        let command = try CommandRenderingTests.command(run, .run, "a")
        #expect(!command.script.contains("rm -rf"))
        let environment = CommandRenderingTests.environment(command)
        #expect(environment["WORKFLOW_VALUE_1"] == nasty)
        #expect(environment["WORKFLOW_VALUE_2"] == "1")
        #expect(environment["WORKFLOW_VALUE_3"] == "step over stage over workflow")
        try run.succeed("a", ["id": .string("i"), "list": .array([.int(1), .string("b c")])])
        let second = try CommandRenderingTests.command(run, .run, "b")
        #expect(CommandRenderingTests.environment(second)["WORKFLOW_VALUE_1"] == "[1,\"b c\"]")
        #expect(second.shell == ["sh", "-e"])
    }

    @Test("Directories stand under the run's own, times are the step's for run and undo, and 30 s for a probe")
    func limits() throws {
        var run = try CommandRenderingTests.run()
        let command = try CommandRenderingTests.command(run, .run, "a")
        #expect(command.workingDirectory == "/srv/sub/x")
        #expect(command.timeout == .minutes(5))
        #expect(command.killAfter == .seconds(3))
        #expect(try CommandRenderingTests.command(run, .probe, "a").timeout == .seconds(30))
        try run.succeed("a", ["id": .string("i"), "list": .null])
        #expect(try CommandRenderingTests.command(run, .undo, "a").timeout == .minutes(5))
        #expect(try CommandRenderingTests.command(run, .run, "b").workingDirectory == "/abs")
    }

    @Test("The undo and verify of a step that has succeeded see the attempt that did it")
    func attemptOfFinishedStep() throws {
        var run = try CommandRenderingTests.run()
        try run.succeed("a", ["id": .string("i"), "list": .null])
        let environment = CommandRenderingTests.environment(try CommandRenderingTests.command(run, .undo, "a"))
        #expect(environment["WORKFLOW_ATTEMPT"] == "1")
        #expect(environment["WORKFLOW_VALUE_1"] == "i")
    }

    @Test("A value of 100 KiB is the longest that a script may have")
    func longest() throws {
        let limit = 100 * 1024
        _ = try CommandRenderingTests.command(
            try CommandRenderingTests.run(String(repeating: "x", count: limit)), .run, "a")
        let run = try CommandRenderingTests.run(String(repeating: "x", count: limit + 1))
        #expect(
            try CommandRenderingTests.failure(run, .run, "a")
                == "`params.cluster` in the script of step a has 102401 bytes; a script's values may have 102400: "
                + "write it to a file in an earlier step, and hand over its name")
    }

    @Test("A value with a NUL byte, which no process can be given, is refused by name")
    func nul() throws {
        let run = try CommandRenderingTests.run("a\u{0}b")
        #expect(
            try CommandRenderingTests.failure(run, .run, "a")
                == "the value of BASE in step a has a NUL byte in it")
    }

    @Test("An output that is not there, and a script that is not there, are told by name")
    func missing() throws {
        let run = try CommandRenderingTests.run()
        for (role, step, part) in [
            (.undo, "a", "steps.a.outputs.id"), (.verify, "a", "step a has no verify"), (.run, "z", "no step z"),
        ] as [(CommandRole, String, String)] {
            #expect(try CommandRenderingTests.failure(run, role, step)?.contains(part) == true)
        }
    }
}
