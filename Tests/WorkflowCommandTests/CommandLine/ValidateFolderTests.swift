import Glibc
import JSON
import Testing

@Suite("validate of folders and of what is not there")
struct ValidateFolderTests {
    private static func definition(_ name: String, _ keys: String = "run: x") -> String {
        "name: \(name)\nstages:\n  - name: s\n    steps:\n      - name: a\n        \(keys)\n"
    }

    @Test("Of a folder the definitions below it are checked, in order, and nothing else")
    func folder() throws {
        let folder = try TestFolder()
        try folder.write("flows/b.yaml", Self.definition("b"))
        try folder.write("flows/a/c.yml", Self.definition("c", "run: x\n        rnu: x"))
        try folder.write("flows/part.yaml", "params: {p: {}}\n")
        try folder.write("flows/deploy/service.yaml", "apiVersion: v1\nmetadata:\n  name: web\n")
        try folder.write("flows/.hidden/d.yaml", Self.definition("d", "run: x\n        rnu: x"))
        try folder.write("flows/notes.txt", Self.definition("e"))
        symlink("..", folder.path("flows/loop"))
        let result = try Command.run(["validate", "flows"], in: folder)
        #expect(result.status == 65)
        #expect(result.outputLines.first?.hasPrefix("flows/a/c.yml:7:9: error: unknown key") == true, "\(result)")
        #expect(result.outputLines.last == "flows/b.yaml: b is valid: 1 stage, 1 step")
        #expect(!result.output.contains("hidden") && !result.output.contains("part.yaml"))
        let empty = try Command.run(["validate", "flows/deploy/"], in: folder)
        #expect(empty.status == 66)
        #expect(empty.error.contains("flows/deploy/ is a folder without a definition in it"))
    }

    @Test("A file that is not there is a problem in JSON, and an annotation for GitHub")
    func missing() throws {
        let folder = try TestFolder()
        let json = try Command.run(["validate", "none.yaml", "-o", "json"], in: folder)
        #expect(json.status == 66)
        let problem = try json.json()[0]
        #expect(problem?["file"] == "none.yaml")
        #expect(problem?["severity"] == "error")
        #expect(problem?["code"] == "not_found")
        #expect(problem?["message"]?.stringValue?.contains("there is no file none.yaml") == true)
        let github = try Command.run(["validate", "none.yaml", "--format", "github"], in: folder)
        #expect(github.status == 66)
        #expect(github.outputLines.first?.hasPrefix("::error file=none.yaml,title=not_found::there is no file") == true)
    }

    @Test("Paths of annotations begin at the top of the repository")
    func repository() throws {
        let folder = try TestFolder()
        try folder.write("top/.git/HEAD", "")
        try folder.write("top/ci/flows/w.yaml", Self.definition("w", "run: x\n        rnu: x"))
        for path in ["top/ci/flows/w.yaml", folder.path("top/ci/flows/w.yaml"), "top/ci/../ci/flows/w.yaml"] {
            let result = try Command.run(["validate", "--format", "github", path], in: folder)
            #expect(result.outputLines.first?.hasPrefix("::error file=ci/flows/w.yaml,line=7") == true, "\(result)")
        }
        try folder.write("w.yaml", Self.definition("w", "run: x\n        rnu: x"))
        let outside = try Command.run(["validate", "--format", "github", "w.yaml"], in: folder)
        #expect(outside.outputLines.first?.hasPrefix("::error file=w.yaml,line=7") == true, "\(outside)")
    }
}
