import JSON
import Testing
import WorkflowEngine

@Suite("Evidence")
struct EvidenceTests {
    private static let definition = """
        name: proved
        params: {n: {type: integer, default: 2}}
        secrets: {token: {env: TOKEN}}
        stages:
          - name: only
            steps:
              - {name: first, env: {T: "${{ secrets.token }}"}, run: 'echo "log text $T"; echo "id=vpc-é" >> \
        "$WORKFLOW_OUTPUT"'}
              - {name: gate, uses: approval, with: {prompt: "go?"}}
              - {name: each, foreach: {items: "${{ range(params.n) }}", as: i}, run: 'echo "item ${{ i }}"'}
        """
    private static let secret = "sesame-open-4711"

    /// A completed run that a person let go on, and its evidence.
    private func proved() throws -> (scene: Scene, evidence: String) {
        let scene = try claimingScene()
        try scene.write(Self.definition, to: "proved.yaml")
        let environment = ["TOKEN": Self.secret]
        #expect(
            try scene.workflow(
                ["run", "proved.yaml", "--run-id", "proved", "--label", "team=net"], environment: environment
            ).status == 3)
        #expect(
            try scene.workflow(
                ["approve", "proved", "gate", "--as", "alice", "--reason", "seen the plan"], environment: environment
            ).status == 0)
        #expect(try scene.workflow(["resume", "proved"], environment: environment).status == 0)
        let written = try scene.workflow("evidence", "proved")
        #expect(written.status == 0, "\(written)")
        #expect(written.errors.hasPrefix("proved: "), "\(written)")
        return (scene, written.output)
    }

    @Test("It is checked without a store, holds all that was decided, and no log and no secret")
    func sound() throws {
        let (scene, evidence) = try proved()
        let elsewhere = try Scene()
        try elsewhere.write(evidence, to: "evidence.json")
        let checked = try elsewhere.workflow("evidence", "--verify", "evidence.json")
        #expect(checked.status == 0, "\(checked)")
        #expect(checked.output.hasPrefix("ok: evidence.json is evidence of proved (proved): "), "\(checked)")
        #expect(!elsewhere.exists(".workflow"))
        let document = try JSONValue(parsing: evidence)
        let journal = try scene.journal("proved")
        #expect(document["entries"]?.arrayValue?.count == journal.count)
        #expect(document["entries"]?[0]?["payload"] == journal[0]["payload"])
        #expect(document["status"] == "completed")
        #expect(document["labels"]?["team"] == "net")
        let decisions = try #require(document["decisions"]?.arrayValue)
        let approved = try #require(decisions.first { $0["type"] == "step_approved" })
        #expect(decisions.first?["type"] == "run_created")
        #expect(approved["payload"]?["by"]?["as"] == "alice")
        #expect(approved["payload"]?["reason"] == "seen the plan")
        #expect(document["definitions"]?[0]?["source"]?.stringValue == Self.definition)
        #expect(document["definitions"]?[0]?["canonical"]?["name"] == "proved")
        #expect(document["checkpoints"]?.arrayValue?.count == (try scene.checkpoints("proved").count))
        #expect(document["logs"]?[0]?["bytes"]?.intValue == Int64("log text ***\n".utf8.count))
        #expect(document["logs"]?.arrayValue?.count == 3)
        #expect(!evidence.contains(Self.secret))
        #expect(!evidence.contains("log text *"))
        // The same run gives the same bytes.
        #expect(try scene.workflow("evidence", "proved").output == evidence)
    }

    @Test("Another layout is the same evidence")
    func layout() throws {
        let (_, evidence) = try proved()
        let indented = try JSONValue(parsing: evidence).prettyText()
        #expect(indented != evidence)
        #expect(throws: Never.self) { try EvidenceCheck.check(Array(indented.utf8)) }
    }

    @Test("Anything in it that is changed, dropped, swapped, doubled or added is found, with its place")
    func tampered() throws {
        let (_, evidence) = try proved()
        let document = try JSONValue(parsing: evidence)
        var tried = 0
        for (path, changed) in Self.mutations(of: document, at: "") {
            tried += 1
            let bytes = try changed.compactBytes()
            #expect(throws: EvidenceProblem.self, "\(path)") { try EvidenceCheck.check(bytes) }
        }
        #expect(tried > 500)
    }

    @Test("The command says what is wrong and where, and exits 65")
    func told() throws {
        let (scene, evidence) = try proved()
        let cases: [(name: String, change: (String) -> String, says: String)] = [
            ("reason", { $0.replacing("seen the plan", with: "not seen at all") }, "entries["),
            ("actor", { $0.replacing("\"as\":\"alice\"", with: "\"as\":\"mallory\"") }, "entries["),
            (
                "status", { $0.replacing("\"status\":\"completed\",\n", with: "\"status\":\"failed\",\n") },
                "status: was changed"
            ),
            ("bytes", { $0.replacing("\"bytes\":13", with: "\"bytes\":14") }, "bundle_hash: does not fit"),
            (
                "canonical",
                { $0.replacing("\"canonical\":{\"name\":\"proved\"", with: "\"canonical\":{\"name\":\"proven\"") },
                "definitions[0]"
            ),
            ("source", { $0.replacing("log text $T", with: "log text") }, "definitions[0]"),
            (
                "added", { $0.replacing("{\"workflow_evidence\":1,", with: "{\"workflow_evidence\":1,\"note\":1,") },
                "note: was added"
            ),
            (
                "newer", { $0.replacing("{\"workflow_evidence\":1,", with: "{\"workflow_evidence\":2,") },
                "use the version that wrote it"
            ),
            ("cut", { String($0.prefix(2000)) }, "was cut"),
            ("empty", { _ in "" }, "it is no JSON document"),
            ("other", { _ in "{}" }, "`workflow evidence` did not write it"),
        ]
        for (name, change, says) in cases {
            try scene.write(change(evidence), to: name)
            let checked = try scene.workflow("evidence", "--verify", name)
            #expect(checked.status == 65, "\(name): \(checked)")
            #expect(checked.errors.hasPrefix("error: \(name) is no sound evidence: "), "\(name): \(checked)")
            #expect(checked.errors.contains(says), "\(name): \(checked)")
            #expect(checked.output == "")
        }
        let data = try scene.workflow("evidence", "--verify", "bytes", "-o", "json")
        #expect(data.status == 65)
        #expect(try data.json["problem"]?["place"] == "bundle_hash")
        #expect(try scene.workflow("evidence", "--verify", "nowhere.json").status == 66)
        #expect(try scene.workflow("evidence", "nobody").status == 66)
        #expect(try scene.workflow("evidence").status == 64)
    }

    @Test("Of a journal that was changed there is no evidence")
    func changedJournal() throws {
        let (scene, _) = try proved()
        try scene.tool(
            "sqlite3", scene.store + "/store.db",
            "UPDATE journal SET actor = 'user:mallory' WHERE run = 'proved' AND seq = 3")
        let refused = try scene.workflow("evidence", "proved")
        #expect(refused.status == 74, "\(refused)")
        #expect(refused.output == "")
        #expect(refused.errors.contains("entry 3 does not fit the chain"), "\(refused)")
    }

    @Test("Evidence that cannot be written whole is no success")
    func fullDisk() throws {
        let (scene, _) = try proved()
        let program = "\(scene.binaries)/workflow"
        let cut = try scene.start(command: ["/bin/bash", "-c", "'\(program)' evidence proved > /dev/full"]).finished()
        #expect(cut.status == 74, "\(cut)")
        #expect(cut.errors.contains("the evidence was cut"), "\(cut)")
    }

    /// Every change of one place: values, and what lists and mappings hold.
    private static func mutations(of value: JSONValue, at path: String) -> [(String, JSONValue)] {
        switch value {
        case .null: return [(path, "x")]
        case .bool(let value): return [(path, .bool(!value))]
        case .int(let value): return [(path, .int(value + 1)), (path, .string("\(value)"))]
        case .double(let value): return [(path, .double(value + 1))]
        case .string(let text): return [(path, .string(text + "x")), (path, .null)]
        case .array(let elements):
            var all: [(String, JSONValue)] = [(path + "+", .array(elements + [.object(["x": 1])]))]
            for index in elements.indices {
                let place = "\(path)[\(index)]"
                var dropped = elements
                dropped.remove(at: index)
                all.append((place + " dropped", .array(dropped)))
                all.append((place + " doubled", .array(Array(elements[...index]) + Array(elements[index...]))))
                if index > 0, elements[index] != elements[index - 1] {
                    var swapped = elements
                    swapped.swapAt(index, index - 1)
                    all.append((place + " swapped", .array(swapped)))
                }
                for (inner, changed) in mutations(of: elements[index], at: place) {
                    var copy = elements
                    copy[index] = changed
                    all.append((inner, .array(copy)))
                }
            }
            return all
        case .object(let members):
            var all: [(String, JSONValue)] = [(path + "+", .object(members.merging(["zzz": 1]) { $1 }))]
            for name in members.keys.sorted() {
                all.append(("\(path).\(name) dropped", .object(members.filter { $0.key != name })))
                for (inner, changed) in mutations(of: members[name] ?? .null, at: "\(path).\(name)") {
                    all.append((inner, .object(members.merging([name: changed]) { $1 })))
                }
            }
            return all
        }
    }
}
