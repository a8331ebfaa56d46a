import Glibc
import JSON
import Testing

@Suite("Stores that earlier versions wrote")
struct FixtureTests {
    static let names: [String] = {
        guard let folder = opendir(Fixtures.folder) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix("."), access("\(Fixtures.folder)/\(name)/store.db", F_OK) == 0 { names.append(name) }
        }
        return names.sorted()
    }()

    /// A scene with a copy of the store.
    private func opened(_ fixture: String) throws -> (scene: Scene, expected: [JSONValue]) {
        let scene = try Scene()
        try #require(mkdir(scene.store, 0o700) == 0)
        try #require(try scene.tool("cp", "\(Fixtures.folder)/\(fixture)/store.db", scene.store).status == 0)
        chmod(scene.store + "/store.db", 0o600)
        let expected = try JSONValue(parsing: try #require(fileBytes("\(Fixtures.folder)/\(fixture)/expected.json")))
        return (scene, try #require(expected["runs"]?.arrayValue))
    }

    @Test("There is one, and none is large")
    func present() throws {
        #expect(Self.names.first == "v1")
        for name in Self.names {
            #expect(try #require(fileBytes("\(Fixtures.folder)/\(name)/store.db")).count < 300 * 1024)
        }
    }

    @Test("Every run is verified and shown as it was", arguments: names)
    func shown(fixture: String) throws {
        let (scene, expected) = try opened(fixture)
        let listed = try JSONValue(parsing: try scene.workflow("list", "-o", "json").output).arrayValue ?? []
        #expect(Set(listed.map { $0["run"] }) == Set(expected.map { $0["run"] }))
        for run in expected {
            let name = try #require(run["run"]?.stringValue)
            let verified = try scene.workflow("journal", name, "--verify", "-o", "json")
            #expect(verified.status == 0, "\(name): \(verified)")
            expectHolds(try verified.json, try #require(run["verified"]), name)
            expectHolds(try scene.show(name), try #require(run["show"]), name)
            expectHolds(.array(try scene.journal(name)), try #require(run["journal"]), name)
            let checkpoints = try scene.workflow("checkpoint", "list", name, "-o", "json")
            expectHolds(try checkpoints.json, try #require(run["checkpoints"]), name)
            for checkpoint in run["checkpoints"]?.arrayValue ?? [] {
                let id = try #require(checkpoint["id"]?.stringValue)
                #expect(try scene.workflow("checkpoint", "show", id).status == 0)
            }
            let evidence = try scene.workflow("evidence", name)
            #expect(evidence.status == 0, "\(name): \(evidence)")
            try scene.write(evidence.output, to: "evidence.json")
            let checked = try scene.workflow("evidence", "--verify", "evidence.json")
            #expect(checked.status == 0, "\(name): \(checked)")
            let logs = try scene.workflow("logs", name)
            #expect(logs.status == 0, "\(name): \(logs)")
        }
    }

    @Test("Every run goes on from where it stood, and nothing that was done is done again", arguments: names)
    func continued(fixture: String) throws {
        let (scene, expected) = try opened(fixture)
        try scene.write("", to: "fixed")
        for run in FixtureRun.all where expected.contains(where: { $0["run"]?.stringValue == run.name }) {
            let before = try #require(expected.first { $0["run"]?.stringValue == run.name })
            for (arguments, status) in run.goesOn {
                let ended = try scene.workflow(arguments)
                // The wait of an approval is over one day: the step is then skipped, and cannot be answered any more.
                let isTooLate = arguments.first == "approve" && ended.errors.contains("was over at")
                #expect(ended.status == status || isTooLate, "\(arguments): \(ended)")
            }
            #expect(try scene.status(run.name) == run.ends, "\(run.name)")
            try scene.expectVerified(run.name)
            // What a run owes is done once for each ending.
            for step in before["show"]?["steps"]?.arrayValue ?? []
            where step["status"] == "success" && step["stage"] != "on_exit" {
                let name = try #require(step["name"]?.stringValue)
                let attempts = try scene.step(name, of: run.name)["attempts"]
                #expect(attempts == step["attempts"], "\(run.name), \(name)")
            }
        }
    }

    @Test("A checkpoint that was exported is resumed, and evidence is checked", arguments: names)
    func carried(fixture: String) throws {
        let scene = try Scene()
        try scene.write("", to: "fixed")
        for name in ["checkpoint.json", "evidence.json"] {
            try #require(try scene.tool("cp", "\(Fixtures.folder)/\(fixture)/\(name)", scene.path).status == 0)
        }
        let checked = try scene.workflow("evidence", "--verify", "evidence.json")
        #expect(checked.status == 0, "\(checked)")
        let resumed = try scene.workflow("resume", "--checkpoint", "checkpoint.json")
        #expect(resumed.status == 0, "\(resumed)")
        let run = try #require(resumed.output.split(separator: "\n").first.map(String.init))
        #expect(try scene.status(run) == "completed")
        try scene.expectVerified(run)
    }

    /// Later versions may say more, never something else.
    private func expectHolds(_ now: JSONValue, _ then: JSONValue, _ place: String) {
        switch (now, then) {
        case (.object(let now), .object(let then)):
            for (name, value) in then.sorted(by: { $0.key < $1.key }) {
                guard let now = now[name] else {
                    Issue.record("\(place).\(name) is missing")
                    continue
                }
                expectHolds(now, value, "\(place).\(name)")
            }
        case (.array(let now), .array(let then)):
            #expect(now.count == then.count, "\(place)")
            for (index, pair) in zip(now, then).enumerated() { expectHolds(pair.0, pair.1, "\(place)[\(index)]") }
        default: #expect(now == then, "\(place)")
        }
    }
}
