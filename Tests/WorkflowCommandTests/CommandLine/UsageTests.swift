import Testing

@Suite("Usage")
struct UsageTests {
    @Test(
        "Wrong usage exits 64 and names the help",
        arguments: [
            ["run"], ["frobnicate"], ["run", "a.yaml", "--frobnicate"], ["run", "a.yaml", "-p", "novalue"],
            ["run", "a.yaml", "--run-id", ".hidden"], ["run", "a.yaml", "--run-id", "a/b"],
            ["run", "a.yaml", "--run-id", String(repeating: "a", count: 129)],
            ["run", "a.yaml", "-p", "a=1", "-p", "a=2"],
            ["resume"], ["resume", "r", "--all"], ["resume", "r", "--rewind"], ["resume", "r", "--on-doubt", "maybe"],
            ["resolve", "r", "s", "--reason", "x"], ["resolve", "r", "s", "--done"],
            ["resolve", "r", "s", "--done", "--retry", "--reason", "x"],
            ["resolve", "r", "s", "--retry", "--output", "a=1", "--reason", "x"], ["list", "-o", "xml"],
            ["list", "--status", "odd"], ["list", "--limit", "0"], ["checkpoint"], [],
        ])
    func wrongUsage(arguments: [String]) throws {
        let result = try Command.run(arguments, in: try TestFolder())
        #expect(result.status == 64, "\(result)")
        #expect(result.output == "", "\(result)")
        #expect(result.error.lowercased().contains("usage"), "\(result)")
    }

    @Test(
        "Help is data, and every command has examples",
        arguments: [
            ["run"], ["resume"], ["validate"], ["list"], ["show"], ["logs"], ["journal"], ["checkpoint"],
            ["checkpoint", "list"], ["checkpoint", "show"], ["resolve"], ["pause"], ["cancel"], ["eval"], ["doctor"],
        ])
    func help(command: [String]) throws {
        let result = try Command.run(command + ["--help"], in: try TestFolder())
        #expect(result.status == 0)
        #expect(result.error == "")
        #expect(
            result.output.contains("  workflow \(command.joined(separator: " "))")
                || result.output.contains("| workflow"))
        #expect(result.output.contains("USAGE: workflow \(command.joined(separator: " "))"))
        #expect(!result.output.contains("driver-log"))
    }

    @Test("The version is told")
    func version() throws {
        let result = try Command.run(["--version"], in: try TestFolder())
        #expect(result.status == 0)
        #expect(result.output == "workflow 0.1.0\n")
    }

    @Test(
        "Looking where there is no store is 66, names the folders searched and makes nothing",
        arguments: [
            ["list"], ["show", "r"], ["logs", "r"], ["journal", "r"], ["checkpoint", "list", "r"],
            ["checkpoint", "show", "c"],
            ["resume", "r"], ["resume", "--checkpoint", "c"], ["resume", "--all"], ["pause", "r"], ["cancel", "r"],
            ["resolve", "r", "s", "--retry", "--reason", "x"], ["doctor"],
        ])
    func noStore(arguments: [String]) throws {
        let folder = try TestFolder()
        let result = try Command.run(arguments, in: folder)
        #expect(result.status == 66, "\(result)")
        #expect(result.error.contains(folder.path))
        #expect(result.output == "")
        #expect(folder.names() == [])
    }

    @Test(
        "A run, step or checkpoint that is not there is 66",
        arguments: [
            ["show", "nope"], ["logs", "nope"], ["journal", "nope"], ["checkpoint", "list", "nope"],
            ["checkpoint", "show", "chk-nope"], ["resume", "nope"], ["resume", "--checkpoint", "chk-nope"],
            ["pause", "nope"],
            ["cancel", "nope"], ["resolve", "nope", "s", "--retry", "--reason", "x"], ["logs", "known", "nope"],
            ["resolve", "known", "nope", "--retry", "--reason", "x"],
        ])
    func notFound(arguments: [String]) throws {
        let folder = try TestFolder()
        try folder.write("two.yaml", Definitions.two)
        #expect(try Command.run(["run", "two.yaml", "--run-id", "known"], in: folder).status == 0)
        let result = try Command.run(arguments, in: folder)
        #expect(result.status == 66, "\(result)")
        #expect(result.error.contains("nope"), "\(result)")
    }

    @Test("A definition that is missing is 66, one that is broken 65, and neither makes a store")
    func definitions() throws {
        let folder = try TestFolder()
        try folder.write("broken.yaml", "name: broken\nstages: 3\n")
        #expect(try Command.run(["run", "missing.yaml"], in: folder).status == 66)
        #expect(try Command.run(["run", "broken.yaml"], in: folder).status == 65)
        #expect(!folder.exists(".workflow"))
    }
}
