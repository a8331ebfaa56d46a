import JSON
import Testing

@Suite("validate")
struct ValidateTests {
    private static let broken = """
        name: broken
        stages:
          - name: planning
            stepz: []
            steps:
              - name: one
                run: echo
                needs: [nothing]
        """

    @Test("Every problem is told with its place, and the exit status is 65")
    func problems() throws {
        let folder = try TestFolder()
        try folder.write("broken.yaml", Self.broken)
        let result = try Command.run(["validate", "broken.yaml"], in: folder)
        #expect(result.status == 65)
        #expect(result.outputLines.count { $0.contains(": error: ") } == 2, "\(result)")
        #expect(result.outputLines.contains { $0.hasPrefix("broken.yaml:4:5: error: ") && $0.contains("stepz") })
        #expect(result.outputLines.contains { $0.hasPrefix("broken.yaml:8:") && $0.contains("nothing") })
    }

    @Test("As JSON the problems are data")
    func json() throws {
        let folder = try TestFolder()
        try folder.write("broken.yaml", Self.broken)
        let result = try Command.run(["validate", "broken.yaml", "-o", "json"], in: folder)
        #expect(result.status == 65)
        let first = try #require(try result.json()[0])
        #expect(first["file"] == "broken.yaml")
        #expect(first["line"] == 4)
        #expect(first["severity"] == "error")
        #expect(
            Set(first.objectValue?.keys ?? [:].keys) == [
                "file", "line", "column", "severity", "code", "message", "suggestion",
            ])
    }

    @Test("A missing file is 66, and the others are checked all the same")
    func missing() throws {
        let folder = try TestFolder()
        try folder.write("two.yaml", Definitions.two)
        let result = try Command.run(["validate", "missing.yaml", "two.yaml"], in: folder)
        #expect(result.status == 66)
        #expect(result.output == "two.yaml: two is valid: 1 stage, 2 steps\n")
        #expect(result.error == "error: there is no file missing.yaml\n")
    }
}
