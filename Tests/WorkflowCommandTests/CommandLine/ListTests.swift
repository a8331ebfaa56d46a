import Glibc
import JSON
import Testing
import WorkflowTestKit

@Suite("Lists of runs")
struct ListTests {
    private static let gate = """
        name: gate
        stages:
          - name: planning
            steps:
              - {name: before, run: echo before}
              - {name: go_live, uses: approval, with: {prompt: "Now?"}}
        """
    private static let flaky = """
        name: flaky
        stages:
          - name: planning
            steps:
              - {name: dial, retry: {limit: 1, delay: 5m}, run: exit 1}
        """

    private func folder() throws -> TestFolder {
        let folder = try TestFolder()
        try folder.write("two.yaml", Definitions.two)
        try folder.write("failing.yaml", Definitions.failing)
        try folder.write("gate.yaml", Self.gate)
        try folder.write("flaky.yaml", Self.flaky)
        let runs = [
            (["two.yaml", "--run-id", "a", "--label", "team=core", "--label", "env=prod"], 0),
            (["failing.yaml", "--run-id", "b", "--label", "team=core"], 1),
            (["gate.yaml", "--run-id", "c"], 3), (["flaky.yaml", "--run-id", "d", "--no-wait"], 3),
        ]
        for (arguments, status) in runs {
            let run = try Command.run(["run", "--quiet"] + arguments, in: folder)
            try #require(Int(run.status) == status, "\(run)")
        }
        return folder
    }

    private func ids(_ arguments: [String], _ folder: TestFolder) throws -> [String] {
        let result = try Command.run(["list", "-o", "json"] + arguments, in: folder)
        return try #require(result.json().arrayValue, "\(result)").compactMap { $0["run"]?.stringValue }
    }

    @Test("On a narrow terminal the status stays in sight", arguments: [30, 40, 50, 80])
    func narrow(columns: Int) throws {
        let folder = try TestFolder()
        try folder.write(
            "long.yaml", "name: a-workflow-with-a-long-name\nstages: [{name: s, steps: [{name: a, run: exit 1}]}]\n")
        #expect(try Command.run(["run", "long.yaml", "-q"], in: folder).status == 1)
        let session = try TerminalSession(["list"], in: folder, columns: columns, rows: 20)
        #expect(try session.end() == 0)
        let text = session.screen.text
        #expect(text.contains { $0.contains("STATUS") } && text.contains { $0.contains("failed") }, "\(text)")
    }

    @Test("Filters hold together: status, workflow, labels, since and limit")
    func filters() throws {
        let folder = try folder()
        #expect(try ids([], folder) == ["d", "c", "b", "a"])
        #expect(try ids(["--status", "failed,completed"], folder) == ["b", "a"])
        #expect(try ids(["--status", "failed", "--status", "completed"], folder) == ["b", "a"])
        #expect(try ids(["--status", "waiting", "--workflow", "gate"], folder) == ["c"])
        #expect(try ids(["--label", "team=core"], folder) == ["b", "a"])
        #expect(try ids(["--label", "team=core", "--label", "env=prod"], folder) == ["a"])
        #expect(try ids(["--since", "1h", "--limit", "2"], folder) == ["d", "c"])
        #expect(try ids(["--since", "2099-01-01"], folder) == [])
        #expect(try ids(["--since", "2020-01-01T10:15Z", "--status", "failed"], folder) == ["b"])
        for wrong in [
            ["--status", "failed,odd"], ["--since", "soon"], ["--since", "2026-13-01"],
            ["--label", "a=1", "--label", "a=2"], ["--limit", "100001"],
        ] {
            #expect(try Command.run(["list"] + wrong, in: folder).status == 64, "\(wrong)")
        }
    }

    @Test("The table says what runs are at, in ages, and that there are more")
    func table() throws {
        let folder = try folder()
        let lines = try Command.run(["list"], in: folder).outputLines
        #expect(lines.first?.hasPrefix("RUN  WORKFLOW  STATUS ") == true)
        #expect(
            lines.contains { $0.hasPrefix("c    gate      waiting (approval: go_live)  planning  chk-") }, "\(lines)")
        #expect(lines.contains { $0.hasPrefix("d    flaky     waiting (retrying: dial) ") })
        #expect(lines[0].hasSuffix("UPDATED  LABELS"))
        #expect(lines.dropFirst().allSatisfy { $0.wholeMatch(of: /.*  (now|\d+\w ago)( +\S+)?/) != nil }, "\(lines)")
        #expect(lines.last?.hasSuffix("  env=prod,team=core") == true, "\(lines)")
        let some = try Command.run(["list", "--limit", "3"], in: folder)
        #expect(some.outputLines.count == 4)
        #expect(some.error == "there are more than these 3, the newest; --limit shows more, and filters fewer\n")
        #expect(try Command.run(["list", "--limit", "4"], in: folder).error.isEmpty)
        let none = try Command.run(["list", "--workflow", "nope"], in: folder)
        #expect(none.status == 0)
        #expect(none.error == "no run is like that; `workflow list` shows what there is\n")
    }

    @Test("A run that nobody drives any longer is interrupted")
    func interrupted() throws {
        let folder = try folder()
        try folder.write("held.yaml", Definitions.held)
        let driver = try Command.start(["run", "held.yaml", "--run-id", "e"], in: folder)
        try driver.waitForError(containing: "hold   running")
        #expect(try ids(["--status", "interrupted"], folder) == [])
        #expect(try ids(["--status", "running"], folder) == ["e"])
        driver.signal(SIGKILL)
        try driver.end()
        #expect(try ids(["--status", "interrupted"], folder) == ["e"])
        #expect(try ids(["--status", "interrupted,failed"], folder) == ["e", "b"])
        #expect(try Command.run(["list"], in: folder).output.contains("running (interrupted)"))
        let shown = try Command.run(["show", "e", "--timeline"], in: folder)
        #expect(shown.output.contains("running (interrupted: nobody drives it)"), "\(shown)")
        #expect(shown.output.contains("is gone: it wrote last at 2"))
        #expect(shown.output.contains("▒ begun, and nobody drove"))
        try folder.write("go", "")
    }

    @Test("A graph as text is a tree with needs, details and statuses, in ASCII where the locale is")
    func graph() throws {
        let folder = try folder()
        try folder.write(
            "dag.yaml",
            """
            name: dag
            params: {}
            stages:
              - name: planning
                steps:
                  - {name: a, run: echo a}
                  - {name: b, needs: [], run: echo b}
                  - {name: c, needs: [a, b], run: echo c}
                  - {name: d, run: echo d}
              - name: validating
                on_failure: {return_to: planning, limit: 2}
                steps:
                  - {name: e, foreach: {items: [x, y], as: i, key: i}, run: echo e}
            on_exit:
              - {name: f, run: echo f}
            """)
        let drawn = try Command.run(["graph", "dag.yaml", "--format", "text"], in: folder)
        #expect(
            drawn.output == """
                dag
                ├─ planning
                │  ├─ a
                │  ├─ b        at once
                │  ├─ c        after a, b
                │  ╰─ d
                ├─ validating  on failure back to planning, 2 times at most
                │  ╰─ e        for each item
                ╰─ on_exit     at any end
                   ╰─ f

                """, "\(drawn)")
        let run = try Command.run(["graph", "c", "--format", "text"], in: folder, environment: ["LANG": "C"])
        #expect(
            run.output == """
                gate, c: waiting
                `- planning    running
                   |- before   success
                   `- go_live  waiting  waits for approval

                """, "\(run)")
        #expect(try Command.run(["graph", "c"], in: folder).output.contains("flowchart TD"))
    }
}
