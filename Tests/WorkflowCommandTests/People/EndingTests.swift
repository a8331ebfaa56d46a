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

    private static func owing(_ step: String) -> String {
        """
        name: o
        stages: [{name: s, steps: [{name: a, run: '\(step)'}]}]
        on_exit:
          - name: unlock
            run: |
              echo begin >> "$SCENE/led"
              while [ ! -e "$SCENE/go" ]; do sleep 0.02; done
              echo UNLOCKED >> "$SCENE/led"
        """
    }

    @Test("A second cancel, or one of a run that has done its work, does not end what the run owes")
    func owedWork() throws {
        for (step, ends) in [
            ("touch \"$SCENE/began\"; sleep 60", "cancelled"), ("true", "completed"), ("false", "failed"),
        ] {
            let scene = try Scene()
            try scene.write(Self.owing(step), to: "o.yaml")
            let engine = try scene.start("run", "o.yaml", "--run-id", "o")
            if ends == "cancelled" {
                try eventually("it begins") { scene.exists("began") }
                #expect(try scene.workflow("cancel", "o").status == 0)
            }
            try eventually("the owed work begins") { scene.lines("led") == ["begin"] }
            let again = try scene.workflow("cancel", "o")
            #expect(again.status == 64, "\(again)")
            #expect(again.errors.contains("the run ends as \(ends) already, and its on_exit runs (unlock)"), "\(again)")
            #expect(again.errors.contains("--reason"), "\(again)")
            try scene.write("", to: "go")
            _ = try engine.finished()
            #expect(scene.lines("led") == ["begin", "UNLOCKED"])
            #expect(try scene.status("o") == ends)
            try scene.expectVerified("o")
        }
    }

    @Test("With a reason owed work is ended, as a decision of its own that names it; the run ends as it was about to")
    func endOwedWork() throws {
        let scene = try Scene()
        try scene.write(Self.owing("true"), to: "o.yaml")
        let engine = try scene.start("run", "o.yaml", "--run-id", "o")
        try eventually("the owed work begins") { scene.lines("led") == ["begin"] }
        let ended = try scene.workflow("cancel", "o", "--reason", "the lock is gone")
        #expect(ended.status == 0, "\(ended)")
        #expect(ended.errors.contains("it ended owed work (on_exit): unlock"), "\(ended)")
        #expect(try engine.finished().status == 0)
        #expect(try scene.status("o") == "completed")
        #expect(try scene.step("unlock", of: "o")["status"] == "cancelled")
        #expect(scene.lines("led") == ["begin"])
        let decisions = try scene.workflow("show", "o", "--decisions", "-o", "json").json["decisions"]?.arrayValue ?? []
        let decision = try #require(decisions.last)
        #expect(decision["what"] == "cancelled owed work", "\(decisions)")
        #expect(decision["subject"] == "unlock", "\(decision)")
        #expect(decision["reason"] == "the lock is gone")
        try scene.expectVerified("o")
    }

    @Test("A cancel of owed work ends the run that it has started; the detached run of another step goes on")
    func childrenOfOwedWork() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: inner
            stages:
              - name: only
                steps:
                  - name: work
                    run: |
                      echo "$WORKFLOW_RUN_ID" >> "$SCENE/began"
                      until [ -e "$SCENE/on" ]; do sleep 0.02; done
                      echo "$WORKFLOW_RUN_ID" >> "$SCENE/deployed"
            """, to: "inner.yaml")
        let inner = "\(scene.binaries)/workflow run inner.yaml --detach --run-id"
        try scene.write(
            """
            name: o
            stages: [{name: s, steps: [{name: a, run: '\(inner) kid'}]}]
            on_exit:
              - name: unlock
                run: |
                  \(inner) helper
                  echo begin >> "$SCENE/led"
                  sleep 60
            """, to: "o.yaml")
        let engine = try scene.start("run", "o.yaml", "--run-id", "o")
        try eventually("both runs and the owed work have begun") {
            scene.lines("led") == ["begin"] && scene.lines("began").count == 2
        }
        let ended = try scene.workflow("cancel", "o", "--reason", "the lock is gone")
        #expect(ended.status == 0, "\(ended)")
        #expect(ended.errors.contains("as its steps started them: helper"), "\(ended)")
        #expect(!ended.errors.contains("kid"), "\(ended)")
        #expect(try engine.finished().status == 0)
        #expect(try scene.status("o") == "completed")
        try eventually("what the owed work has started is cancelled") { try scene.status("helper") == "cancelled" }
        #expect(try scene.status("kid") == "running")
        try scene.write("on", to: "on")
        try eventually("the other goes on") { try scene.status("kid") == "completed" }
        #expect(scene.lines("deployed") == ["kid"])
    }
}
