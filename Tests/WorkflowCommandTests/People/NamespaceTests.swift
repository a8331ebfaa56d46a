import Glibc
import JSON
import Testing

/// In a user namespace anybody is whom they like, and in one of pids no step is to be seen.
@Suite("Decisions in namespaces")
struct NamespaceTests {
    /// Namespaces can be made here, and this process is in none.
    static let canUnshare: Bool = {
        let map = (fileText("/proc/self/uid_map") ?? "").split(separator: " ").map { $0.filter(\.isNumber) }
        guard map == ["0", "0", "4294967295"],
            let child = try? Started(
                ["/usr/bin/env", "unshare", "-Urpf", "--mount-proc", "true"], in: "/",
                environment: ["PATH": "/usr/bin:/bin"], capture: Started.nextCapture(in: "/tmp"))
        else { return false }
        return (try? child.finished().status) == 0
    }()

    private static let gate = """
        name: gate
        stages:
          - name: only
            steps:
              - {name: go_live, uses: approval, with: {prompt: "Go?"}}
              - {name: after, run: "true"}
        """

    private func unshared(_ scene: Scene, _ flags: [String], _ words: [String]) throws -> Finished {
        try scene.start(command: ["/usr/bin/env", "unshare"] + flags + ["\(scene.binaries)/workflow"] + words)
            .finished()
    }

    @Test(
        "A login that a user namespace gives is nobody's, unless the store takes names; then it is marked",
        .enabled(if: canUnshare))
    func users() throws {
        let scene = try Scene()
        try scene.write(Self.gate, to: "gate.yaml")
        #expect(try scene.workflow("run", "gate.yaml", "--run-id", "g").status == 3)
        for flags in [["-U", "--map-user=1"], ["-Ur"], ["-U"]] {
            for words in [
                ["approve", "g", "go_live"], ["reject", "g", "go_live"],
                ["resolve", "g", "go_live", "--skip", "--reason", "x"],
            ] {
                let refused = try unshared(scene, flags, words)
                #expect(refused.status == 77, "\(flags) \(words): \(refused)")
                // Who maps itself to another user is not the store's owner there.
                if flags.count == 1 {
                    #expect(refused.errors.contains("this process runs in a user namespace"), "\(refused)")
                    #expect(refused.errors.contains("workflow store set identity=claimed"), "\(refused)")
                }
            }
        }
        #expect(try unshared(scene, ["-Ur"], ["store", "set", "identity=claimed"]).status == 0)
        let approved = try unshared(scene, ["-Ur"], ["approve", "g", "go_live", "--as", "ada"])
        #expect(approved.status == 0, "\(approved)")
        let decisions = try scene.workflow("show", "g", "--decisions", "-o", "json").json["decisions"]?.arrayValue ?? []
        let decision = try #require(decisions.first { $0["what"] == "approved" })
        #expect(decision["by"]?["user_namespace"] == true, "\(decision)")
        #expect(decision["who"]?.stringValue?.hasSuffix("(user namespace; identity: claimed)") == true, "\(decision)")
    }

    @Test(
        "A step in namespaces of its own does not answer for a person, whatever the store takes",
        .enabled(if: canUnshare))
    func steps() throws {
        for flags in ["-Urpf --mount-proc", "-Urpf", "-pf --mount-proc", "-Ur"] {
            let scene = try claimingScene()
            try scene.write(
                """
                name: own
                stages:
                  - name: only
                    steps:
                      - {name: go_live, needs: [], uses: approval, with: {prompt: "Go?", timeout: 30s}}
                      - name: sly
                        needs: []
                        run: |
                          until '\(scene.binaries)/workflow' show own -o json | grep -q waiting; do sleep 0.1; done
                          env -i PATH="$PATH" unshare \(flags) '\(scene.binaries)/workflow' approve own go_live \
                --store "$SCENE/.workflow" 2> "$SCENE/said" || echo $? > "$SCENE/status"
                """, to: "own.yaml")
            let run = try scene.workflow("run", "own.yaml", "--run-id", "own", "--no-wait")
            #expect(scene.lines("status") == ["77"], "\(flags): \(scene.lines("said")) \(run)")
            #expect(try scene.step("go_live", of: "own")["status"] == "waiting")
            #expect(try scene.workflow("approve", "own", "go_live").status == 0)
        }
    }
}
