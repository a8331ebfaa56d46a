import Glibc
import JSON
import Testing

/// What a journal and all that is made of it say about the variables that a run inherited.
@Suite("Hashes of inherited variables")
struct EnvironmentHashTests {
    private static let pinned = """
        name: pinned
        stages:
          - name: only
            steps:
              - {name: first, run: 'true'}
              - {name: gate, uses: approval, with: {prompt: "go?"}}
              - {name: last, needs: [gate], pin_env: [PIN], run: 'echo "$PIN" > "$SCENE/used"'}
        """

    private func waiting() throws -> Scene {
        let scene = try Scene()
        try scene.write(Self.pinned, to: "pinned.yaml")
        let run = try scene.workflow(
            ["run", "pinned.yaml", "--run-id", "p", "--no-wait"], environment: ["PIN": "4711"])
        #expect(run.status == 3, "\(run)")
        return scene
    }

    private func key(_ scene: Scene) throws -> String {
        let key = try scene.tool("sqlite3", scene.store + "/store.db", "SELECT lower(hex(key)) FROM environment_key")
        return String(key.output.prefix { $0 != "\n" })
    }

    /// SHA-256, or HMAC-SHA-256 with a key in hexadecimal digits, by another program: the first 8 bytes of it.
    private func digest(_ scene: Scene, _ message: String, key: String? = nil) throws -> String {
        try scene.write(message, to: "message")
        let keyed = key.map { ["-mac", "HMAC", "-macopt", "hexkey:\($0)"] } ?? []
        let result = try scene.tool(["openssl", "dgst", "-sha256", "-r"] + keyed + [scene.file("message")])
        #expect(result.status == 0, "\(result)")
        return String(result.output.prefix(16))
    }

    @Test("Values cannot be tried against a journal, its evidence or an export without the store's key")
    func needsTheKey() throws {
        let scene = try waiting()
        let evidence = try scene.workflow("evidence", "p").output
        let journal = try scene.workflow("journal", "p", "-o", "json").output
        let checkpoint = try #require(try scene.checkpoints("p").last).id
        let exported = try scene.workflow("checkpoint", "export", checkpoint).output
        #expect(exported.contains("first"))
        let context = try JSONValue(parsing: journal).arrayValue?.first?["payload"]?["environment"]
        let salt = try #require(context?["salt"]?.stringValue, "\(journal.prefix(2000))")
        let hash = try #require(context?["hashes"]?["PIN"]?.stringValue)
        let message = "\(salt)\nPIN\n4711"
        #expect(try digest(scene, message) != hash)
        let key = try key(scene)
        #expect(key.utf8.count == 64)
        #expect(try digest(scene, message, key: key) == hash)
        for text in [evidence, journal, exported] {
            #expect(text.contains(hash) || text == exported, "\(text.prefix(200))")
            #expect(!text.lowercased().contains(key.prefix(16)))
        }
        // Two stores have two keys.
        #expect(try self.key(try waiting()) != key)
    }

    @Test("A restored backup has the key: what was pinned is compared there")
    func backup() throws {
        let scene = try waiting()
        #expect(try scene.workflow("backup", "copy.db").status == 0)
        let folder = scene.file("restored")
        #expect(mkdir(folder, 0o700) == 0 && mkdir(folder + "/.workflow", 0o700) == 0)
        #expect(try scene.tool("cp", scene.file("copy.db"), folder + "/.workflow/store.db").status == 0)
        let approved = try scene.workflow(["approve", "p", "gate"], in: folder, environment: ["PIN": "4711"])
        #expect(approved.status == 0, "\(approved)")
        let other = try scene.workflow(["resume", "p"], in: folder, environment: ["PIN": "4712"])
        #expect(other.status == 65 && other.errors.contains("pins variables"), "\(other)")
        #expect(!scene.exists("used"))
        let same = try scene.workflow(["resume", "p"], in: folder, environment: ["PIN": "4711"])
        #expect(same.status == 0, "\(same)")
        #expect(scene.lines("used") == ["4711"])
    }
}
