import Glibc
import JSON
import Testing

@Suite("Engine, supervisors and commands killed together")
struct InDoubtTests {
    @Test("The step in progress is in doubt, everything before it stays done, and nothing is guessed")
    func inDoubt() throws {
        let held = try HeldStep()
        try held.beginAndLoseAll()
        let run = try held.scene.show(held.run)
        #expect(run["status"] == "running")
        #expect(run["driven"] == false)
        for _ in 0..<3 {
            let resumed = try held.resume()
            #expect(resumed.status == 3, "\(resumed)")
            #expect(resumed.errors.contains("held is in doubt"))
            #expect(resumed.errors.contains("workflow resolve held held --done"))
            #expect(try held.heldStatus() == "in_doubt")
        }
        #expect(try held.scene.step("before", of: held.run)["status"] == "success")
        #expect(try held.scene.step("held", of: held.run)["error"]?["message"]?.stringValue?.isEmpty == false)
        #expect(try held.scene.status(held.run) == "waiting")
        #expect(held.starts == ["before", "held"])
        try held.scene.expectVerified(held.run)
    }

    @Test("A probe that says done settles it with the outputs that it writes; the step is not started again")
    func probeSaysDone() throws {
        let held = try HeldStep([
            #"probe: test -n "$WORKFLOW_IDEMPOTENCY_KEY" && echo "$WORKFLOW_IDEMPOTENCY_KEY" > "$SCENE/probed"; "#
                + #"echo id=found >> "$WORKFLOW_OUTPUT""#
        ])
        try held.beginAndLoseAll()
        let resumed = try held.resume()
        #expect(resumed.status == 0, "\(resumed)")
        #expect(held.starts == ["before", "held", "after"])
        #expect(held.scene.lines("probed") == held.keys("held"))
        #expect(try held.scene.step("held", of: held.run)["outputs"]?["id"] == "found")
        #expect(try held.scene.step("after", of: held.run)["outputs"]?["seen"] == "found")
    }

    @Test("A probe that says not done has the step run again, under the same idempotency key")
    func probeSaysNotDone() throws {
        let held = try HeldStep([#"probe: exit 3"#])
        try held.beginAndLoseAll()
        try held.letGo()
        let resumed = try held.resume()
        #expect(resumed.status == 0, "\(resumed)")
        #expect(held.starts == ["before", "held", "held", "after"])
        #expect(Set(held.keys("held")).count == 1)
        #expect(try held.scene.step("held", of: held.run)["attempts"] == 2)
    }

    @Test("A probe that cannot tell leaves it to a person", arguments: ["exit 1", "kill -9 $$", "no-such-command"])
    func probeCannotTell(_ probe: String) throws {
        let held = try HeldStep(["probe: \(probe)"])
        try held.beginAndLoseAll()
        let resumed = try held.resume()
        #expect(resumed.status == 3, "\(resumed)")
        #expect(try held.heldStatus() == "in_doubt")
        #expect(held.starts == ["before", "held"])
    }

    @Test("A person says that it is done, with its outputs")
    func resolvedAsDone() throws {
        let held = try HeldStep()
        try held.beginAndLoseAll()
        #expect(try held.resume().status == 3)
        let resolved = try held.scene.workflow(
            "resolve", held.run, "held", "--done", "--output", "id=by-hand", "--reason", "looked at it")
        #expect(resolved.status == 0, "\(resolved)")
        #expect(held.starts == ["before", "held"])
        let resumed = try held.resume()
        #expect(resumed.status == 0, "\(resumed)")
        #expect(held.starts == ["before", "held", "after"])
        #expect(try held.scene.step("after", of: held.run)["outputs"]?["seen"] == "by-hand")
        let decision = try #require(
            try held.scene.journal(held.run).first { $0["type"]?.stringValue?.contains("resolved") == true })
        #expect(decision["actor"]?.stringValue?.hasPrefix("login:") == true)
        #expect(decision["payload"]?["reason"] == "looked at it")
    }

    @Test("A person has it run again, count as failed, or left out")
    func resolvedOtherwise() throws {
        let retried = try HeldStep()
        try retried.beginAndLoseAll()
        try retried.letGo()
        #expect(try retried.resume().status == 3)
        #expect(
            try retried.scene.workflow("resolve", retried.run, "held", "--retry", "--reason", "it is not there").status
                == 0)
        #expect(try retried.resume().status == 0)
        #expect(retried.starts == ["before", "held", "held", "after"])
        #expect(Set(retried.keys("held")).count == 1)

        let failed = try HeldStep()
        try failed.beginAndLoseAll()
        #expect(try failed.resume().status == 3)
        #expect(
            try failed.scene.workflow("resolve", failed.run, "held", "--fail", "--reason", "it is broken").status == 0)
        let ended = try failed.resume("--no-wait")
        #expect(try failed.scene.status(failed.run) == "failed" || ended.status == 1, "\(ended)")
        #expect(failed.ends == ["before"])

        let skipped = try HeldStep()
        try skipped.beginAndLoseAll()
        #expect(try skipped.resume().status == 3)
        #expect(
            try skipped.scene.workflow("resolve", skipped.run, "held", "--skip", "--reason", "not needed").status == 0)
        #expect(try skipped.resume().status == 0)
        #expect(try skipped.heldStatus() == "skipped")
        #expect(skipped.starts == ["before", "held", "after"])
        #expect(try skipped.scene.step("after", of: skipped.run)["outputs"]?["seen"] == "none")
    }

    @Test("It can be resolved before anybody has resumed the run")
    func resolvedAtOnce() throws {
        let held = try HeldStep()
        try held.beginAndLoseAll()
        let resolved = try held.scene.workflow("resolve", held.run, "held", "--done", "--reason", "it is there")
        #expect(resolved.status == 0, "\(resolved)")
        #expect(try held.resume().status == 0)
        #expect(held.starts == ["before", "held", "after"])
    }

    @Test("--on-doubt decides for this resume")
    func onDoubt() throws {
        let retried = try HeldStep()
        try retried.beginAndLoseAll()
        try retried.letGo()
        #expect(try retried.resume("--on-doubt", "retry").status == 0)
        #expect(retried.starts == ["before", "held", "held", "after"])

        let failed = try HeldStep()
        try failed.beginAndLoseAll()
        let ended = try failed.resume("--on-doubt", "fail")
        #expect(ended.status == 1, "\(ended)")
        #expect(ended.lastLine.hasPrefix("workflow resume "))
        #expect(failed.starts == ["before", "held"])
        #expect(try failed.heldStatus() == "failed")
    }

    @Test("A step that is idempotent runs again by itself")
    func idempotent() throws {
        let held = try HeldStep(["idempotent: true"])
        try held.beginAndLoseAll()
        try held.letGo()
        #expect(try held.resume().status == 0)
        #expect(held.starts == ["before", "held", "held", "after"])
    }
}
