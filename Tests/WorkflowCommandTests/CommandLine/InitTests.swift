import JSON
import Testing

@Suite("init and schema")
struct InitTests {
    @Test("The first definition is valid, runs to completed, and names the schema beside it")
    func first() throws {
        let folder = try TestFolder()
        let result = try Command.run(["init"], in: folder)
        #expect(result.status == 0, "\(result)")
        #expect(result.output == "")
        #expect(result.error.contains("workflow run workflow.yaml"))
        #expect(folder.names() == ["workflow.schema.json", "workflow.yaml"])
        let text = try #require(folder.text("workflow.yaml"))
        #expect(text.hasPrefix("# yaml-language-server: $schema=./workflow.schema.json\n"))
        let checked = try Command.run(["validate", "workflow.yaml"], in: folder)
        #expect(checked.status == 0)
        #expect(checked.output == "workflow.yaml: workflow is valid: 4 stages, 5 steps\n")
        let run = try Command.run(["run", "workflow.yaml", "-p", "environment=production", "-o", "json"], in: folder)
        #expect(run.status == 0, "\(run)")
        #expect(try run.json()["status"] == "completed")
    }

    @Test("The schema beside it is what the schema command prints")
    func schema() throws {
        let folder = try TestFolder()
        #expect(try Command.run(["init", "a.yaml"], in: folder).status == 0)
        let printed = try Command.run(["schema"], in: folder)
        #expect(printed.status == 0)
        #expect(printed.output == folder.text("workflow.schema.json"))
        #expect(try printed.json()["$schema"] == "https://json-schema.org/draft/2020-12/schema")
        #expect(try Command.run(["schema", "--for", "steps"], in: folder).json()["required"] == ["steps"])
        #expect(try Command.run(["schema", "--for", "everything"], in: folder).status == 64)
    }

    @Test("Nothing is overwritten without --force")
    func overwriting() throws {
        let folder = try TestFolder()
        try folder.write("workflow.yaml", "mine")
        let refused = try Command.run(["init"], in: folder)
        #expect(refused.status == 64)
        #expect(refused.error == "error: workflow.yaml is there already; --force overwrites it\n")
        #expect(folder.text("workflow.yaml") == "mine")
        #expect(folder.names() == ["workflow.yaml"])
        #expect(try Command.run(["init", "--force"], in: folder).status == 0)
        #expect(folder.text("workflow.yaml")?.contains("name: workflow\n") == true)

        #expect(try Command.run(["init", "second.yaml"], in: folder).status == 0)
        try folder.write("workflow.schema.json", "{}")
        #expect(try Command.run(["init", "third.yaml"], in: folder).status == 64)
        #expect(!folder.exists("third.yaml"))
        #expect(folder.text("workflow.schema.json") == "{}")
    }

    @Test(
        "The workflow is called as its file",
        arguments: [
            ("My Deploy.v2.yaml", "my-deploy-v2"), ("2026-move.yaml", "move"), (".yaml", "workflow"), ("x", "x"),
        ])
    func names(file: String, name: String) throws {
        let folder = try TestFolder()
        #expect(try Command.run(["init", file], in: folder).status == 0)
        #expect(try Command.run(["validate", file], in: folder).output.contains(": \(name) is valid: "))
    }

    @Test("A folder that is not there is 66, a folder itself is 64")
    func folders() throws {
        let folder = try TestFolder()
        #expect(try Command.run(["init", "none/a.yaml"], in: folder).status == 66)
        try folder.write("sub/x", "")
        #expect(try Command.run(["init", "sub"], in: folder).status == 64)
        #expect(try Command.run(["init", "sub/"], in: folder).status == 64)
        #expect(try Command.run(["init", "sub/a.yaml"], in: folder).status == 0)
        #expect(folder.names("sub") == ["a.yaml", "workflow.schema.json", "x"])
    }

    @Test("Help is data", arguments: ["init", "schema"])
    func help(command: String) throws {
        let result = try Command.run([command, "--help"], in: try TestFolder())
        #expect(result.status == 0)
        #expect(result.output.contains("USAGE: workflow \(command)"))
        #expect(result.output.contains("  workflow \(command)"))
    }
}
