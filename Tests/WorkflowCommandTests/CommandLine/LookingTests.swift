import JSON
import Testing

@Suite("Looking at runs")
struct LookingTests {
    private func folderWithRun() throws -> TestFolder {
        let folder = try TestFolder()
        try folder.write("two.yaml", Definitions.two)
        let result = try Command.run(["run", "two.yaml", "--run-id", "a", "--label", "team=core"], in: folder)
        try #require(result.status == 0, "\(result)")
        return folder
    }

    private func keys(_ value: JSONValue?) -> Set<String> { Set(value?.objectValue.map { Array($0.keys) } ?? []) }

    @Test("list is an array of the promised members")
    func list() throws {
        let folder = try folderWithRun()
        let list = try Command.run(["list", "-o", "json"], in: folder).json()
        #expect(list.arrayValue?.count == 1)
        #expect(
            keys(list[0]).isSuperset(
                of: ["run", "workflow", "status", "stage", "checkpoint", "created_at", "updated_at", "labels"]))
        #expect(list[0]?["labels"] == ["team": "core"])
        #expect(try Command.run(["list", "-o", "json", "--label", "team=other"], in: folder).json() == .array([]))
        let table = try Command.run(["list"], in: folder).outputLines
        #expect(table.first?.hasPrefix("RUN  WORKFLOW  STATUS") == true)
        #expect(table.last?.hasPrefix("a    two       completed  complete  chk-") == true)
    }

    @Test("A checkpoint document has exactly the promised fields, in the promised form")
    func checkpoint() throws {
        let folder = try folderWithRun()
        let list = try Command.run(["checkpoint", "list", "a", "-o", "json"], in: folder).json()
        #expect(list.arrayValue?.count == 2)
        #expect(keys(list[0]) == ["id", "run", "stage", "step", "created_at"])
        let id = try #require(list[0]?["id"]?.stringValue)
        let at = try #require(list[0]?["created_at"]?.stringValue)
        let yaml = try Command.run(["checkpoint", "show", id, "-o", "yaml"], in: folder)
        #expect(
            yaml.output == """
                checkpoint:
                  id: "\(id)"
                  run: "a"
                  workflow: "two"
                  stage: "planning"
                  created_at: "\(at)"
                  completed_steps:
                    - name: "first"
                      status: "success"
                      outputs:
                        count: 1
                  pending_steps:
                    - name: "second"
                  resume_command: |
                    workflow resume --checkpoint \(id)

                """)
        let json = try Command.run(["checkpoint", "show", id, "-o", "json"], in: folder).json()
        #expect(json["checkpoint"]?["resume_command"]?.stringValue == "workflow resume --checkpoint \(id)\n")
        #expect(json["checkpoint"]?["completed_steps"]?[0]?["outputs"] == ["count": 1])
    }

    @Test("journal prints every entry with its columns, and verifies")
    func journal() throws {
        let folder = try folderWithRun()
        let entries = try #require(try Command.run(["journal", "a", "-o", "json"], in: folder).json().arrayValue)
        for (index, entry) in entries.enumerated() {
            #expect(
                keys(entry) == [
                    "run", "seq", "type", "version", "at", "actor", "payload", "encoding", "payload_hash", "hash",
                ])
            #expect(entry["seq"] == .int(Int64(index + 1)))
            #expect(entry["run"] == "a")
            #expect(entry["hash"]?.stringValue?.count == 64)
            #expect(entry["payload"]?.objectValue != nil)
        }
        let text = try Command.run(["journal", "a"], in: folder)
        #expect(text.outputLines.count == entries.count)
        let verified = try Command.run(["journal", "a", "--verify"], in: folder)
        #expect(verified.status == 0)
        let head = try #require(entries.last?["hash"]?.stringValue)
        #expect(verified.output == "ok: a, \(entries.count) entries, head \(head)\n")
    }

    @Test("show as text names stages, steps and outputs")
    func show() throws {
        let lines = try Command.run(["show", "a"], in: try folderWithRun()).outputLines
        #expect(lines.contains("status      completed"))
        #expect(lines.contains("planning"))
        #expect(lines.contains { $0.hasPrefix("  first   success  1 attempt  ") && $0.hasSuffix("s  count=1") })
        #expect(lines.contains { $0.hasPrefix("  second  success  1 attempt  ") && $0.hasSuffix("s") })
        #expect(lines.contains("label       team=core"))
    }

    @Test("doctor finds nothing wrong in a new store")
    func doctor() throws {
        let folder = try folderWithRun()
        let result = try Command.run(["doctor"], in: folder)
        #expect(result.status == 0, "\(result)")
        #expect(result.outputLines.allSatisfy { $0.hasPrefix("ok ") || $0.hasPrefix("warning ") })
        let findings = try Command.run(["doctor", "-o", "json"], in: folder).json()
        #expect(keys(findings[0]) == ["level", "subject", "message", "advice"])
    }

    @Test("logs gives back every byte: binary, and 10 MB of it")
    func logs() throws {
        let folder = try TestFolder()
        try folder.write(
            "loud.yaml",
            """
            name: loud
            stages:
              - name: planning
                steps:
                  - name: bytes
                    run: printf 'a\\000b\\377\\033[31m\\n'
                  - name: many
                    run: head -c 10000000 /dev/zero
            """)
        #expect(try Command.run(["run", "loud.yaml", "--run-id", "l"], in: folder).status == 0)
        let bytes = try Command.run(["logs", "l", "bytes"], in: folder)
        #expect(bytes.outputBytes == [0x61, 0, 0x62, 0xFF, 0x1B, 0x5B, 0x33, 0x31, 0x6D, 0x0A])
        #expect(bytes.error == "==> bytes, attempt 1\n")
        #expect(try Command.run(["logs", "l", "many"], in: folder).outputBytes.count == 10_000_000)
        let all = try Command.run(["logs", "l"], in: folder)
        #expect(all.outputBytes.count == 10_000_010)
        #expect(try Command.run(["logs", "l"], in: folder, output: .closedPipe).status == 0)
    }

    @Test("pause, resume and cancel from outside reach the driver")
    func control() throws {
        let folder = try TestFolder()
        try folder.write("held.yaml", Definitions.held + "\n      - name: after\n        run: echo after\n")
        let driver = try Command.start(["run", "held.yaml", "--run-id", "h"], in: folder)
        try driver.waitForError(containing: "hold   running")
        let pause = try Command.run(["pause", "h", "--reason", "lunch", "--as", "ann"], in: folder)
        #expect(pause.status == 0, "\(pause)")
        try driver.waitForError(containing: "pause asked for by ann, typed by ")
        try folder.write("go", "")
        let paused = try driver.end()
        #expect(paused.status == 4, "\(paused)")
        #expect(paused.errorLines.last?.hasPrefix("workflow resume --checkpoint") == true)
        #expect(try Command.run(["cancel", "h"], in: folder).status == 0)
        let shown = try Command.run(["show", "h", "-o", "json"], in: folder).json()
        #expect(shown["status"] == "cancelled")
        #expect(shown["resume_command"] == nil)
        #expect(try Command.run(["resume", "h"], in: folder).status == 4)
    }
}
