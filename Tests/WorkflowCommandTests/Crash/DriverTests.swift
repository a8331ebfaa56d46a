import Glibc
import JSON
import Testing

@Suite("One driver, and what others ask of it")
struct DriverTests {
    @Test("A second resume of a driven run exits 75 and changes nothing")
    func secondDriver() throws {
        let held = try HeldStep()
        let engine = try held.begin()
        let before = try held.scene.journal(held.run)
        for arguments in [["resume", held.run], ["resume", held.run, "--on-doubt", "retry"]] {
            let second = try held.scene.workflow(arguments)
            #expect(second.status == 75, "\(second)")
            #expect(second.errors.contains("driven by another process"))
        }
        let again = try held.scene.workflow("run", "held.yaml", "--run-id", held.run)
        #expect(again.status == 75, "\(again)")
        #expect(try held.scene.journal(held.run) == before)
        try held.letGo()
        #expect(try engine.finished().status == 0)
        #expect(held.starts == ["before", "held", "after"])
    }

    @Test("A driver that is stopped still holds its run: another exits 75, and both agree afterwards")
    func stoppedDriver() throws {
        let held = try HeldStep()
        let engine = try held.begin()
        engine.signal(SIGSTOP)
        try held.letGo()
        try eventually("the step ends") { held.scene.supervisors.allSatisfy(isZombie) }
        let before = try held.scene.journal(held.run)
        let second = try held.scene.workflow("resume", held.run)
        #expect(second.status == 75, "\(second)")
        #expect(try held.scene.journal(held.run) == before)
        engine.signal(SIGCONT)
        let ended = try engine.finished()
        #expect(ended.status == 0, "\(ended)")
        #expect(held.starts == ["before", "held", "after"])
        try held.scene.expectVerified(held.run)
    }

    @Test("A driver whose token was raised behind its back writes nothing more and starts nothing new")
    func fencedDriver() throws {
        let held = try HeldStep()
        let engine = try held.begin()
        // What a claim from elsewhere does to the row; the lock of this machine is not in its way.
        let raised = try held.scene.tool(
            "sqlite3", "-cmd", ".timeout 20000", held.scene.store + "/store.db",
            "UPDATE runs SET token = token + 1 WHERE id = 'held'")
        try #require(raised.status == 0, "\(raised)")
        let before = try held.scene.journal(held.run)
        try held.letGo()
        let ended = try engine.finished()
        #expect(ended.status == 75, "\(ended)")
        #expect(try held.scene.journal(held.run) == before)
        #expect(held.starts == ["before", "held"])
        // The next driver settles what the fenced one could not write down.
        let resumed = try held.resume()
        #expect(resumed.status == 0, "\(resumed)")
        #expect(held.starts == ["before", "held", "after"])
        try held.scene.expectVerified(held.run)
    }

    @Test("Pause through the inbox: obeyed within a second, exit 4, and resume continues")
    func pause() throws {
        let held = try HeldStep()
        let engine = try held.begin()
        let asked = try held.scene.workflow("pause", held.run, "--reason", "maintenance", "--as", "anna")
        #expect(asked.status == 0, "\(asked)")
        try eventually("it is journaled") {
            try held.scene.journal(held.run).contains {
                $0["payload"]?["by"]?["as"] == "anna" && $0["payload"]?["reason"] == "maintenance"
            }
        }
        #expect(engine.isRunning)
        try held.letGo()
        let ended = try engine.finished()
        #expect(ended.status == 4, "\(ended)")
        #expect(try held.scene.status(held.run) == "paused")
        #expect(held.starts == ["before", "held"])
        #expect(held.ends == ["before", "held"])
        #expect(try held.scene.workflow("resume", "--all").status == 0)
        #expect(try held.scene.status(held.run) == "paused")
        #expect(try held.resume().status == 0)
        #expect(held.starts == ["before", "held", "after"])
    }

    @Test("Pause where nobody drives: the command does it, and the step that runs goes on")
    func pauseUndriven() throws {
        let held = try HeldStep()
        try held.begin().killed()
        let asked = try held.scene.workflow("pause", held.run)
        #expect(asked.status == 0, "\(asked)")
        #expect(held.starts == ["before", "held"])
        #expect(!held.scene.supervisors.isEmpty)
        try held.letGo()
        try eventually("the step ends") { held.scene.supervisors.isEmpty }
        let resumed = try held.resume()
        #expect(resumed.status == 0, "\(resumed)")
        #expect(held.starts == ["before", "held", "after"])
    }

    @Test("Cancel through the inbox ends the whole tree of the running step; owed work runs once")
    func cancel() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: tree
            stages:
              - name: only
                steps:
                  - name: deep
                    kill_after: 300ms
                    run: |
                      bash -c 'trap "" TERM; bash -c "trap \\"\\" TERM; sleep 300" & sleep 300' &
                      sleep 300 &
                      echo x > "$SCENE/began"
                      wait
                  - name: never
                    run: echo x > "$SCENE/never"
            on_exit:
              - name: owed
                run: echo "${{ run.status }}" >> "$SCENE/owed"
            """, to: "tree.yaml")
        let engine = try scene.start("run", "tree.yaml", "--run-id", "tree")
        try scene.await("began")
        try eventually("the tree stands") { scene.members.count >= 6 }
        #expect(try scene.workflow("cancel", "tree", "--reason", "wrong cluster").status == 0)
        let ended = try engine.finished()
        #expect(ended.status == 4, "\(ended)")
        try eventually("the whole tree is gone") { scene.members.isEmpty && scene.supervisors.isEmpty }
        #expect(try scene.status("tree") == "cancelled")
        #expect(try scene.step("deep", of: "tree")["status"] == "cancelled")
        #expect(!scene.exists("never"))
        #expect(scene.lines("owed") == ["cancelled"])
        #expect(try scene.workflow("resume", "tree").status == 4)
        #expect(try scene.workflow("cancel", "tree").status == 64)
        #expect(scene.lines("owed") == ["cancelled"])
        try scene.expectVerified("tree")
    }

    @Test("Cancel where nobody drives ends what still runs under its supervisor")
    func cancelUndriven() throws {
        let held = try HeldStep()
        try held.begin().killed()
        let asked = try held.scene.workflow("cancel", held.run)
        #expect(asked.status == 0 || asked.status == 4, "\(asked)")
        #expect(try held.scene.status(held.run) == "cancelled")
        try eventually("nothing runs") { held.scene.supervisors.isEmpty && held.scene.members.isEmpty }
        #expect(held.ends == ["before"])
    }

    @Test("A step in doubt is resolved through the inbox of the driver that stays for it")
    func resolveThroughInbox() throws {
        let held = try HeldStep()
        try held.beginAndLoseAll()
        let waiting = try held.scene.start("resume", held.run, "--wait")
        try eventually("it is in doubt; \(waiting.errors)") { try held.heldStatus() == "in_doubt" }
        let unknown = try held.scene.workflow("resolve", held.run, "hold", "--done", "--reason", "a slip")
        #expect(unknown.status == 66, "\(unknown)")
        let resolved = try held.scene.workflow(
            "resolve", held.run, "held", "--done", "--output", "id=12", "--reason", "seen")
        #expect(resolved.status == 0, "\(resolved)")
        let ended = try waiting.finished(within: 20)
        #expect(ended.status == 0, "\(ended)")
        #expect(try held.scene.step("after", of: held.run)["outputs"]?["seen"] == 12)
    }

    @Test("resume --all takes interrupted runs, and never failed or paused ones")
    func resumeAll() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: quick
            params: {fate: {type: string, default: ok}}
            stages:
              - name: only
                steps:
                  - name: first
                    env: {FATE: "${{ params.fate }}"}
                    run: |
                      echo x >> "$SCENE/began-$WORKFLOW_RUN_ID"
                      if [ "$FATE" = hold ]; then while [ ! -e "$SCENE/go" ]; do sleep 0.01; done; fi
                      [ "$FATE" != fail ]
                  - name: second
                    run: echo x >> "$SCENE/second-$WORKFLOW_RUN_ID"
            """, to: "quick.yaml")
        #expect(try scene.workflow("resume", "--all").status == 66)
        #expect(try scene.workflow("run", "quick.yaml", "--run-id", "failed", "-p", "fate=fail").status == 1)
        for run in ["one", "two", "paused"] {
            let engine = try scene.start("run", "quick.yaml", "--run-id", run, "-p", "fate=hold")
            try scene.await("began-\(run)")
            guard run == "paused" else {
                try engine.killed()
                continue
            }
            #expect(try scene.workflow("pause", run).status == 0)
            try eventually("the driver has heard; \(engine.errors)") { engine.errors.contains("pause asked for") }
            try scene.write("", to: "go")
            #expect(try engine.finished().status == 4)
        }
        let resumed = try scene.workflow("resume", "--all")
        #expect(resumed.status == 0, "\(resumed)")
        #expect(try scene.status("one") == "completed")
        #expect(try scene.status("two") == "completed")
        #expect(try scene.status("paused") == "paused")
        #expect(try scene.status("failed") == "failed")
        for run in ["one", "two", "paused", "failed"] { #expect(scene.lines("began-\(run)").count == 1) }
    }

    @Test("--detach returns at once; a process of its own drives the run to its end")
    func detach() throws {
        let held = try HeldStep()
        let started = try held.scene.workflow("run", "held.yaml", "--run-id", held.run, "--detach")
        #expect(started.status == 0, "\(started)")
        #expect(started.output == "held\n")
        try held.scene.await("began")
        #expect(try held.scene.show(held.run)["driven"] == true)
        try held.letGo()
        try eventually("it completes") { try held.scene.status(held.run) == "completed" }
        #expect(held.starts == ["before", "held", "after"])
    }
}
