import JSON
import Testing

@Suite("What show tells of a run")
struct ShowTests {
    private static let flaky = """
        name: flaky
        stages:
          - name: planning
            steps:
              - name: fine
                run: echo "region=eu" >> "$WORKFLOW_OUTPUT"
              - name: beside
                needs: [fine]
                run: sleep 0.3
              - name: deploy
                needs: [fine]
                foreach: {items: [a, b], as: target, key: target}
                retry: {limit: 1, delay: 200ms}
                env: {TARGET: "${{ target }}"}
                run: |
                  echo "to ${{ target }} in ${{ steps.fine.outputs.region }}"
                  test "$TARGET" = a
          - name: validating
            steps:
              - {name: check, run: echo ok}
        """

    private func failed() throws -> (folder: TestFolder, run: CommandResult) {
        let folder = try TestFolder()
        try folder.write("flaky.yaml", Self.flaky)
        let run = try Command.run(["run", "flaky.yaml", "--run-id", "f"], in: folder)
        try #require(run.status == 1, "\(run)")
        return (folder, run)
    }

    @Test("A failure is told with stage, attempt, command, folder, effect, log, and commands that work when pasted")
    func report() throws {
        let (folder, run) = try failed()
        let shown = try Command.run(["show", "f"], in: folder)
        for lines in [run.errorLines, shown.outputLines] {
            #expect(lines.contains("deploy[b] failed: exit status 1"), "\(lines)")
            #expect(lines.contains("  stage     planning"))
            #expect(lines.contains("  attempt   2 (1 of 1 retry used)"))
            #expect(lines.contains { $0.hasPrefix("  began     2") && $0.contains("; ran ") })
            #expect(lines.contains("  command   echo \"to b in eu\""))
            #expect(lines.contains("            test \"$TARGET\" = a"))
            #expect(lines.contains("  in        \(folder.path)"))
            #expect(lines.contains("  effect    it said itself that it failed; a part of its effect may be in place"))
            #expect(lines.contains("  | to b in eu"))
            #expect(lines.contains("All of its output: workflow logs f 'deploy[b]'"))
            #expect(lines.contains { $0.contains("workflow resolve f 'deploy[b]' --skip --reason \"…\"") })
            #expect(lines.last?.hasPrefix("workflow resume --checkpoint chk-") == true)
            #expect(!lines.contains { $0.hasPrefix("deploy failed") })
        }
        let progress = "2 of 4 steps and 1 of 2 items are done, 1 has failed; the newest checkpoint is chk-"
        #expect(run.errorLines.contains { $0.hasPrefix(progress) })
        let detail = try Command.run(["show", "f", "deploy[b]"], in: folder)
        #expect(detail.outputLines.contains("To go on:"), "\(detail)")
        #expect(detail.outputLines.contains { $0.contains("workflow resolve f 'deploy[b]' --skip --reason") })
        let pasted = try Command.run(
            ["resolve", "f", "deploy[b]", "--skip", "--reason", "not today", "--as", "ann"], in: folder)
        #expect(pasted.status == 0, "\(pasted)")
        #expect(try Command.run(["resume", "f"], in: folder).status == 0)
    }

    @Test("The timeline has a bar for each step, attempts and waits in it, and parallel steps above each other")
    func timeline() throws {
        let (folder, _) = try failed()
        for columns in [60, 80, 200] {
            let lines = try Command.run(
                ["show", "f", "--timeline"], in: folder, environment: ["COLUMNS": String(columns)]
            ).outputLines
            func bar(_ step: String) -> String { lines.first { $0.hasPrefix("  \(step) ") } ?? "" }
            #expect(bar("deploy[b]").contains("✗"), "\(lines)")
            #expect(bar("deploy[b]").contains("░"))
            #expect(bar("deploy[b]").filter { $0 == "✗" }.count == 2)
            #expect(bar("beside").filter { $0 == "█" }.count > columns / 4)
            #expect(!bar("deploy[a]").contains("✗"))
            #expect(bar("check").isEmpty)
            #expect(lines.contains("1 step has not begun"))
            #expect(lines.contains("█ running   ░ waiting   ✗ failed"))
            #expect(lines.filter { $0.contains("█") }.allSatisfy { $0.count <= columns })
        }
        let plain = try Command.run(["show", "f", "--timeline"], in: folder, environment: ["LANG": "C"])
        #expect(plain.outputBytes.allSatisfy { $0 < 128 }, "\(plain)")
        #expect(plain.output.contains("# running   - waiting   x failed"))
    }

    @Test("Attempts and decisions stand in tables, and in JSON as further members")
    func history() throws {
        let (folder, _) = try failed()
        _ = try Command.run(["resolve", "f", "deploy[b]", "--done", "--reason", "by hand", "--as", "ann"], in: folder)
        let text = try Command.run(["show", "f", "--attempts", "--decisions"], in: folder).outputLines
        func words(_ line: String) -> [String] { line.split(separator: " ").map(String.init) }
        #expect(text.contains { words($0).starts(with: ["deploy[b]", "1"]) && $0.contains("retried") })
        #expect(text.contains { $0.hasPrefix("deploy[b]") && $0.contains("exit status 1; again after 200ms") })
        #expect(text.contains { $0.contains("ann, typed by ") && $0.contains("resolved as done deploy[b]  by hand") })

        let plain = try Command.run(["show", "f", "-o", "json"], in: folder).json()
        #expect(plain["attempts"] == nil)
        let json = try Command.run(
            ["show", "f", "--timeline", "--attempts", "--decisions", "-o", "json"], in: folder
        ).json()
        let attempts = try #require(json["attempts"]?.arrayValue)
        #expect(attempts.count == 5)
        let first = attempts.first { $0["step"] == "deploy[b]" }
        #expect(first?["outcome"] == "retried")
        #expect(first?["exit_status"] == 1)
        #expect(first?["error"]?["code"] == "exit_status")
        #expect(first?["retry_at"]?.stringValue != nil)
        let decisions = try #require(json["decisions"]?.arrayValue)
        #expect(decisions.map { $0["what"]?.stringValue } == ["started", "resolved as done"])
        #expect(decisions.last?["who"]?.stringValue?.hasPrefix("ann, typed by ") == true)
        #expect(decisions.last?["by"]?["as"] == "ann")
        #expect(decisions.last?["reason"] == "by hand")
        #expect(json["drives"]?.arrayValue?.count == 1)
        #expect(json["drives"]?[0]?["end"] == "failed")
    }

    @Test("One step is told with its command, key, attempts and log; one that is not there is 66")
    func step() throws {
        let (folder, _) = try failed()
        let lines = try Command.run(["show", "f", "deploy[b]"], in: folder).outputLines
        #expect(lines.contains("status  failed"), "\(lines)")
        #expect(lines.contains("why     exit status 1"))
        #expect(lines.contains("  echo \"to b in eu\""))
        let log = try #require(lines.first { $0.hasPrefix("log     ") }?.dropFirst(8))
        #expect(TestFolder.bytes(String(log)) == Array("to b in eu\n".utf8))
        let json = try Command.run(["show", "f", "deploy[b]", "-o", "json"], in: folder).json()
        #expect(json["status"] == "failed")
        #expect(json["attempts"] == 2)
        #expect(json["attempt_list"]?.arrayValue?.count == 2)
        let missing = try Command.run(["show", "f", "deploy[c]"], in: folder)
        #expect(missing.status == 66)
        #expect(missing.error.contains("f has no step deploy[c]; did you mean \"deploy[a]\"?"))
        #expect(try Command.run(["show", "f", "fine", "--attempts"], in: folder).status == 64)
    }

    @Test("Of many steps those that want attention are named, the others counted; --steps names all")
    func manySteps() throws {
        let folder = try TestFolder()
        try folder.write(
            "many.yaml",
            """
            name: many
            max_parallel: 8
            stages:
              - name: planning
                steps:
                  - name: apply
                    foreach: {items: "${{ params.list }}", as: n, max_parallel: 8, continue_on_error: true}
                    env: {N: "${{ n }}"}
                    run: test "$N" -ge 30
            params:
              list: {type: array, required: true}
            """)
        let list = "[" + (0..<60).map(String.init).joined(separator: ",") + "]"
        let run = try Command.run(["run", "many.yaml", "--run-id", "m", "-p", "list=\(list)", "--quiet"], in: folder)
        #expect(run.status == 1)
        #expect(run.errorLines.contains("30 steps have failed."), "\(run)")
        #expect(run.errorLines.filter { $0.hasSuffix("failed: exit status 1") }.count == 21)
        #expect(run.errorLines.contains("  and 9 more: workflow show m --steps"))
        #expect(run.errorLines.count < 60)
        let folded = try Command.run(["show", "m"], in: folder).outputLines
        #expect(folded.contains("  … 50 more: 30 success, 20 failed"), "\(folded)")
        let whole = try Command.run(["show", "m", "--steps"], in: folder).outputLines
        #expect(whole.filter { $0.hasPrefix("  apply[") }.count == 60)
        let bars = try Command.run(["show", "m", "--timeline"], in: folder).outputLines
        #expect(bars.filter { $0.hasPrefix("  apply") }.count == 9, "\(bars)")
        #expect(bars.contains { $0.hasPrefix("  apply (60)") })
    }
}
