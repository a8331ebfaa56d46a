import Glibc
import JSON
import Testing

@Suite("A person ends a run")
struct EndingTests {
    private static let failing = """
        name: f
        stages: [{name: s, steps: [{name: one, run: 'false'}]}]
        on_exit: [{name: tell, run: 'echo told >> "$SCENE/told"'}]
        """

    @Test("A failed run is cancelled by a reason, without its owed work a second time, and stays so")
    func failed() throws {
        let scene = try Scene()
        try scene.write(Self.failing, to: "f.yaml")
        #expect(try scene.workflow("run", "f.yaml", "--run-id", "f").status == 1)
        let again = try scene.workflow("resolve", "f", "one", "--fail", "--reason", "x")
        #expect(again.status == 64, "\(again)")
        #expect(again.errors.contains("step one has failed already"), "\(again)")
        let bare = try scene.workflow("cancel", "f")
        #expect(bare.status == 64, "\(bare)")
        #expect(bare.errors.contains("--reason"), "\(bare)")
        let ended = try scene.workflow("cancel", "f", "--reason", "won't fix")
        #expect(ended.status == 0, "\(ended)")
        #expect(try scene.status("f") == "cancelled")
        #expect(scene.lines("told") == ["told"])
        #expect(try scene.workflow("resume", "f").status == 4)
        #expect(try scene.workflow("cancel", "f", "--reason", "twice").status == 64)
        try scene.expectVerified("f")
    }

    @Test("A cancel of what is in doubt takes a reason, and the doubt stays in sight")
    func inDoubt() throws {
        let held = try HeldStep()
        try held.beginAndLoseAll()
        #expect(try held.resume().status == 3)
        let bare = try held.scene.workflow("cancel", held.run)
        #expect(bare.status == 64, "\(bare)")
        #expect(bare.errors.contains("held is in doubt"), "\(bare)")
        #expect(try held.scene.workflow("cancel", held.run, "--reason", "seen by hand").status == 0)
        #expect(try held.scene.status(held.run) == "cancelled")
        let step = try held.scene.step("held", of: held.run)
        #expect(step["status"] == "cancelled")
        #expect(step["error"]?["code"] == "in_doubt")
        #expect(try held.scene.workflow("show", held.run).output.contains("its outcome is not known"))
    }
}
