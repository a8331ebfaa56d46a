import Glibc
import JSON
import Testing

@Suite("Drift: what was done is looked at before a resumed run goes on")
struct DriftTests {
    /// `made` has a `verify`; the run then waits for approval, and `after` follows.
    private func scene(verify: String = #"test -e "$SCENE/vpc" || exit 3"#) throws -> Scene {
        let scene = try Scene()
        try scene.write(
            """
            name: drifting
            stages:
              - name: making
                steps:
                  - name: made
                    run: echo made >> "$SCENE/done"; touch "$SCENE/vpc"
                    verify: \(verify)
                  - name: ask
                    uses: approval
                    with: {prompt: "Go?"}
                  - name: after
                    needs: [made, ask]
                    run: echo after >> "$SCENE/done"
            """, to: "drifting.yaml")
        let run = try scene.workflow("run", "drifting.yaml", "--run-id", "g")
        #expect(run.status == 3, "\(run)")
        #expect(try scene.workflow("approve", "g", "ask").status == 0)
        return scene
    }

    @Test("What still holds is not told to anybody: the run goes on")
    func holds() throws {
        let scene = try scene()
        #expect(try scene.workflow("resume", "g").status == 0)
        #expect(scene.lines("done") == ["made", "after"])
        #expect(try entry("verify_finished", of: "g", in: scene)["payload"]?["verdict"] == "done")
    }

    @Test("Drift found: exit 3, nothing is started, and the ways out are printed, the resume command last")
    func drifted() throws {
        let scene = try scene()
        try scene.tool("rm", scene.file("vpc"))
        for _ in 0..<2 {
            let resumed = try scene.workflow("resume", "g")
            #expect(resumed.status == 3, "\(resumed)")
            #expect(resumed.errors.contains("made has drifted"), "\(resumed)")
            #expect(resumed.errors.contains("workflow resolve g made --retry --reason"), "\(resumed)")
            #expect(resumed.lastLine.hasPrefix("workflow resume --checkpoint chk-"), "\(resumed)")
            #expect(scene.lines("done") == ["made"])
        }
        #expect(try scene.status("g") == "waiting")
        let shown = try scene.workflow("show", "g")
        #expect(shown.output.contains("made has drifted"), "\(shown)")
        #expect(shown.output.contains("workflow resolve g made --retry --reason"), "\(shown)")
        #expect(try scene.step("made", of: "g")["error"]?["code"] == "drifted")
    }

    @Test(
        "A verify that cannot tell is a drift too, and says so", arguments: ["exit 1", "no-such-command", "kill -9 $$"])
    func cannotTell(verify: String) throws {
        let scene = try scene(verify: verify)
        let resumed = try scene.workflow("resume", "g")
        #expect(resumed.status == 3, "\(resumed)")
        #expect(resumed.errors.contains("made was done, and its verify cannot tell whether that still holds"))
        #expect(scene.lines("done") == ["made"])
    }

    @Test(
        "Resolved: --retry makes it again, --done and --skip leave it, --fail fails the run",
        arguments: [
            ("--retry", Int32(0), ["made", "made", "after"]), ("--done", 0, ["made", "after"]),
            ("--skip", 0, ["made", "after"]), ("--fail", 1, ["made"]),
        ])
    func resolved(decision: String, status: Int32, done: [String]) throws {
        let scene = try scene()
        try scene.tool("rm", scene.file("vpc"))
        #expect(try scene.workflow("resume", "g").status == 3)
        let resolved = try scene.workflow("resolve", "g", "made", decision, "--reason", "looked")
        #expect(resolved.status == 0, "\(resolved)")
        let resumed = try scene.workflow("resume", "g")
        #expect(resumed.status == status, "\(resumed)")
        #expect(scene.lines("done") == done)
        try scene.expectVerified("g")
    }

    @Test("A drift that is accepted while a driver waits is not asked about again by that driver")
    func accepted() throws {
        let scene = try scene()
        try scene.tool("rm", scene.file("vpc"))
        let engine = try scene.start("resume", "g", "--wait")
        try eventually("it has drifted") { engine.errors.contains("drifted   not done") }
        #expect(scene.lines("done") == ["made"])
        #expect(try scene.workflow("resolve", "g", "made", "--done", "--reason", "as planned").status == 0)
        #expect(try engine.finished().status == 0)
        #expect(scene.lines("done") == ["made", "after"])
    }
}
