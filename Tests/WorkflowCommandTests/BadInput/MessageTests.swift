import Testing

@Suite("What is said about runs that are not as somebody thinks")
struct MessageTests {
    private static let gated = """
        name: gated
        params: {n: {type: integer, default: 1}}
        stages:
          - name: only
            steps:
              - {name: one, run: 'true'}
              - {name: gate, uses: approval, with: {prompt: "go?"}}
              - {name: told, uses: signal, needs: [one], with: {name: dns_switched}}
              - {name: last, run: 'true', needs: [gate, told], pin_env: [PINNED]}
              - {name: held, needs: [last], steps: [{name: inner, run: 'true', pin_env: [INNER_PIN]}]}
        """

    struct Case: Sendable, CustomTestStringConvertible {
        let arguments: [String]
        let status: Int32
        let names: [String]
        var environment: [String: String] = [:]

        init(_ line: String, _ status: Int32, _ names: String..., environment: [String: String] = [:]) {
            arguments = line.split(separator: " ").map(String.init)
            self.status = status
            self.names = names
            self.environment = environment
        }

        var testDescription: String { arguments.joined(separator: " ") }
    }

    /// In a folder with the waiting run `gated` and the completed run `done`.
    static let cases = [
        Case("resume done", 0, "done is completed: there is nothing to resume"),
        Case("resume done --definition gated.yaml", 0, "done is completed: there is nothing to resume"),
        Case("approve gated one", 64, "(it is success)", "these do: gate"),
        Case(
            "resolve gated gate --done --reason x", 64, "step gate is waiting",
            "`workflow approve` or `workflow reject`"),
        Case("resolve gated told --done --reason x", 64, "`workflow signal RUN dns_switched`"),
        Case("signal gated dns_swiched", 0, "warning: no step of gated waits", "did you mean \"dns_switched\"?"),
        Case("logs gated last", 0, "last has run nothing that could write; its status is pending"),
        Case("resume gated --no-wait", 65, "PINNED; set them, or unset them", environment: ["PINNED": "1"]),
        Case("resume gated --no-wait", 65, "INNER_PIN; set them, or unset them", environment: ["INNER_PIN": "1"]),
        Case(
            "resume gated --definition needy.yaml", 65,
            "parameter \"m\" is required; a run keeps its parameters: give a "
                + "new one a default there"),
    ]

    @Test("It says how it is, and what to type instead", arguments: cases)
    func told(_ told: Case) throws {
        let folder = try TestFolder()
        try folder.write("gated.yaml", Self.gated)
        try folder.write(
            "needy.yaml", Self.gated.replacing("n: {type: integer, default: 1}", with: "m: {required: true}"))
        try folder.write("done.yaml", Definitions.two)
        #expect(try Command.run(["run", "done.yaml", "--run-id", "done"], in: folder).status == 0)
        #expect(try Command.run(["run", "gated.yaml", "--run-id", "gated"], in: folder).status == 3)
        let result = try Command.run(told.arguments, in: folder, environment: told.environment)
        #expect(result.status == told.status, "\(result)")
        for name in told.names { #expect(result.error.contains(name), "\(name): \(result)") }
    }

    @Test("A journal that has lost its end is damage, whoever looks", arguments: ["show", "resume", "logs", "graph"])
    func cutJournal(command: String) throws {
        let scene = try Scene()
        try scene.write(Definitions.two, to: "two.yaml")
        #expect(try scene.workflow("run", "two.yaml", "--run-id", "cut").status == 0)
        let changed = try scene.tool(
            "sqlite3", scene.store + "/store.db",
            "DELETE FROM journal WHERE run = 'cut' AND seq = (SELECT max(seq) FROM journal);"
                + "UPDATE runs SET status = 'running'")
        try #require(changed.status == 0, "\(changed)")
        let ended = try scene.workflow(command, "cut")
        #expect(ended.status == 74, "\(ended)")
        #expect(ended.errors.contains("were written; look with `workflow journal cut --verify`"), "\(ended)")
    }

    @Test("A checkpoint behind the end that a journal has lost is not shown as what is left")
    func cutCheckpoint() throws {
        let scene = try Scene()
        try scene.write(Definitions.two, to: "two.yaml")
        #expect(try scene.workflow("run", "two.yaml", "--run-id", "cut").status == 0)
        let database = scene.store + "/store.db"
        let found = try scene.tool("sqlite3", database, "SELECT max(id) FROM checkpoints").output
        let newest = String(found.prefix { !$0.isNewline })
        #expect(try scene.workflow("checkpoint", "show", newest).status == 0)
        let changed = try scene.tool(
            "sqlite3", database, "DELETE FROM journal WHERE seq >= (SELECT max(seq) FROM checkpoints)")
        try #require(changed.status == 0, "\(changed)")
        let ended = try scene.workflow("checkpoint", "show", newest)
        #expect(ended.status == 74, "\(ended)")
        #expect(ended.errors.contains("were written; look with `workflow journal cut --verify`"), "\(ended)")
    }

    @Test("A definition that is gone or changed names the store and the way out")
    func lostDefinition() throws {
        let scene = try Scene()
        try scene.write(Definitions.two, to: "two.yaml")
        #expect(try scene.workflow("run", "two.yaml", "--run-id", "lost").status == 0)
        let changed = try scene.tool(
            "sqlite3", scene.store + "/store.db", "PRAGMA foreign_keys = OFF; DELETE FROM definitions")
        try #require(changed.status == 0, "\(changed)")
        let ended = try scene.workflow("show", "lost")
        #expect(ended.status == 74, "\(ended)")
        #expect(ended.errors.contains("is missing from the store \(scene.store); restore it from a backup"), "\(ended)")
    }
}
