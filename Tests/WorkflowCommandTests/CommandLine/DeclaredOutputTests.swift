import JSON
import Testing

@Suite("Declared types of outputs")
struct DeclaredOutputTests {
    private static let written = """
        name: written
        stages:
          - name: main
            steps:
              - name: tell
                outputs: {version: string, share: number, count: integer, on: boolean, hosts: array, map: object}
                run: |
                  echo version=15.5 >> "$WORKFLOW_OUTPUT"
                  echo share=.5 >> "$WORKFLOW_OUTPUT"
                  printf 'count=%03d\\n' 7 >> "$WORKFLOW_OUTPUT"
                  echo on=true >> "$WORKFLOW_OUTPUT"
                  echo 'hosts=["a", 1.10]' >> "$WORKFLOW_OUTPUT"
                  echo 'map={}' >> "$WORKFLOW_OUTPUT"
                  echo other=15.5 >> "$WORKFLOW_OUTPUT"
              - name: same
                if: steps.tell.outputs.version == "15.5" && steps.tell.outputs.count + 1 == 8
                run: 'true'

        """

    private static func step(_ keys: String) -> String {
        "name: one\nstages:\n  - name: main\n    steps:\n      - name: only\n        \(keys)\n"
    }

    @Test("A step's outputs have the types that it declares, and the others the types that they look like")
    func ofSteps() throws {
        let folder = try TestFolder()
        try folder.write("w.yaml", Self.written)
        let result = try Command.run(["run", "w.yaml", "-q", "-o", "json"], in: folder)
        #expect(result.status == 0, "\(result)")
        let steps = try result.json()["steps"]
        #expect(
            steps?[0]?["outputs"] == [
                "version": "15.5", "share": .double(0.5), "count": 7, "on": true,
                "hosts": .array(["a", .double(1.1)]), "map": [:], "other": .double(15.5),
            ])
        #expect(steps?[1]?["status"] == "success")
    }

    @Test("What is not of its type fails the step, and the message shows it")
    func wrong() throws {
        let folder = try TestFolder()
        try folder.write(
            "w.yaml", Self.step("outputs: {n: integer}\n        run: echo n=3.5 >> \"$WORKFLOW_OUTPUT\""))
        let result = try Command.run(["run", "w.yaml"], in: folder)
        #expect(result.status == 1)
        #expect(
            result.error.contains("the output n is \"3.5\", which is not of the declared type integer"), "\(result)")
    }

    @Test("A probe's outputs and those of resolve are typed by the same rule")
    func ofOthers() throws {
        let folder = try TestFolder()
        try folder.write(
            "w.yaml",
            Self.step(
                "outputs: {v: string, n: number}\n        timeout: 1s\n        kill_after: 0s\n        run: sleep 60\n"
                    + "        probe: printf 'v=1.24\\nn=007\\n' >> \"$WORKFLOW_OUTPUT\""))
        let probed = try Command.run(["run", "w.yaml", "-q", "-o", "json"], in: folder)
        #expect(probed.status == 0, "\(probed)")
        #expect(try probed.json()["steps"]?[0]?["outputs"] == ["v": "1.24", "n": 7])

        try folder.write("r.yaml", Self.step("outputs: {v: string, n: number}\n        run: exit 1"))
        #expect(try Command.run(["run", "r.yaml", "-q", "--run-id", "r"], in: folder).status == 1)
        let resolve = ["resolve", "r", "only", "--done", "--reason", "seen", "--output", "v=true"]
        let refused = try Command.run(resolve + ["--output", "n=many"], in: folder)
        #expect(refused.status == 64 || refused.status == 65, "\(refused)")
        #expect(refused.error.contains("n is \"many\", which is not of the declared type number"))
        #expect(try Command.run(resolve + ["--output", "n=1.10"], in: folder).status == 0)
        let run = try Command.run(["show", "r", "-o", "json"], in: folder).json()
        #expect(run["steps"]?[0]?["outputs"] == ["v": "true", "n": .double(1.1)])
    }
}
