import Glibc
import JSON
import Testing

@Suite("Resuming what failed, waits or goes back")
struct ResumingTests {
    static let started = #"echo "$WORKFLOW_STEP $WORKFLOW_ATTEMPT $WORKFLOW_IDEMPOTENCY_KEY" >> "$SCENE/starts""#

    @Test("A failed run runs the failed step again with a fresh retry limit; what succeeded stays")
    func freshLimit() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: failing
            stages:
              - name: only
                steps:
                  - name: first
                    run: \(Self.started)
                  - name: second
                    retry: {limit: 2, delay: 1ms}
                    run: \(Self.started); test -e "$SCENE/mended"
                  - name: third
                    run: \(Self.started)
            """, to: "failing.yaml")
        let failed = try scene.workflow("run", "failing.yaml", "--run-id", "failing")
        #expect(failed.status == 1, "\(failed)")
        let checkpoint = try #require(try scene.checkpoints("failing").last)
        #expect(checkpoint.step == "first")
        #expect(failed.lastLine == "workflow resume --checkpoint \(checkpoint.id)")
        #expect(scene.lines("starts").count == 4)
        #expect(try scene.workflow("resume", "failing").status == 1)
        #expect(scene.lines("starts").count == 7)
        #expect(try scene.step("second", of: "failing")["attempts"] == 6)
        try scene.write("", to: "mended")
        #expect(try scene.workflow("resume", "--checkpoint", checkpoint.id).status == 0)
        let starts = scene.lines("starts")
        #expect(
            starts.map { $0.split(separator: " ")[0] } == ["first"] + Array(repeating: "second", count: 7) + ["third"])
        #expect(starts.filter { $0.hasPrefix("second") }.map { $0.split(separator: " ")[1] } == (1...7).map { "\($0)" })
        #expect(Set(starts.filter { $0.hasPrefix("second") }.map { $0.split(separator: " ")[2] }).count == 1)
        try scene.expectVerified("failing")
        // A run that has ended is left as it is.
        #expect(try scene.workflow("resume", "failing").status == 0)
        #expect(scene.lines("starts") == starts)
    }

    @Test("Only the exit codes that were named are retried")
    func exitCodes() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: codes
            stages:
              - name: only
                steps:
                  - name: picky
                    retry: {limit: 5, delay: 1ms, exit_codes: [75]}
                    run: \(Self.started); [ "$WORKFLOW_ATTEMPT" -ge 3 ] && exit 9; exit 75
            """, to: "codes.yaml")
        #expect(try scene.workflow("run", "codes.yaml", "--run-id", "codes").status == 1)
        #expect(scene.lines("starts").count == 3)
        #expect(try scene.step("picky", of: "codes")["error"]?["message"]?.stringValue?.contains("9") == true)
    }

    @Test("Killed between two attempts: the wait goes on, and the limit still counts what was used")
    func killedInRetryDelay() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: between
            stages:
              - name: only
                steps:
                  - name: flaky
                    retry: {limit: 2, delay: 700ms, jitter: 0}
                    run: \(Self.started); exit 1
            """, to: "between.yaml")
        let engine = try scene.start("run", "between.yaml", "--run-id", "between")
        try eventually("it waits; \(engine.errors)") { engine.errors.contains("retrying") }
        try engine.killed()
        #expect(try scene.step("flaky", of: "between")["status"] == "retrying")
        let resumed = try scene.workflow("resume", "between")
        #expect(resumed.status == 1, "\(resumed)")
        #expect(scene.lines("starts").count == 3)
    }

    @Test("Owed work runs once for an ending, also when the engine dies in it or before it")
    func owedWork() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: owing
            stages:
              - name: only
                steps:
                  - name: work
                    run: \(Self.started); test -e "$SCENE/mended"
            on_exit:
              - name: owed
                run: |
                  \(Self.started)
                  echo "${{ run.status }}" >> "$SCENE/owed"
                  echo x > "$SCENE/began"
                  while [ ! -e "$SCENE/go" ]; do sleep 0.01; done
              - name: broken
                run: exit 1
            """, to: "owing.yaml")
        let engine = try scene.start("run", "owing.yaml", "--run-id", "owing")
        try scene.await("began")
        #expect(try scene.show("owing")["status"] != "failed")
        try engine.killed()
        try scene.write("", to: "go")
        let resumed = try scene.workflow("resume", "owing")
        #expect(resumed.status == 1, "\(resumed)")
        #expect(scene.lines("owed") == ["failed"])
        #expect(try scene.status("owing") == "failed")
        // Another ending owes it again, under another key; its failure does not change how the run ended.
        try scene.write("", to: "mended")
        let mended = try scene.workflow("resume", "owing")
        #expect(mended.status == 0, "\(mended)")
        #expect(scene.lines("owed") == ["failed", "completed"])
        #expect(try scene.step("broken", of: "owing")["status"] == "failed")
        let keys = scene.lines("starts").filter { $0.hasPrefix("owed ") }.compactMap { $0.split(separator: " ").last }
        #expect(Set(keys).count == 2)
    }

    @Test("Owed work that the crash took with it is in doubt like any step, and the run does not end without it")
    func owedWorkLost() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: owing
            stages:
              - name: only
                steps:
                  - name: work
                    run: \(Self.started)
            on_exit:
              - name: owed
                idempotent: true
                run: |
                  \(Self.started)
                  echo x > "$SCENE/began"
                  while [ ! -e "$SCENE/go" ]; do sleep 0.01; done
            """, to: "owing.yaml")
        let engine = try scene.start("run", "owing.yaml", "--run-id", "owing")
        try scene.await("began")
        try scene.killEverything()
        #expect(try engine.finished().status == 128 + SIGKILL)
        try scene.write("", to: "go")
        #expect(try scene.status("owing") != "completed")
        #expect(try scene.workflow("resume", "owing").status == 0)
        #expect(scene.lines("starts").map { $0.split(separator: " ")[0] } == ["work", "owed", "owed"])
    }

    @Test("An older checkpoint needs --rewind; then later steps run again with new keys")
    func rewind() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: rewound
            stages:
              - name: only
                steps:
                  - name: a
                    run: \(Self.started)
                  - name: b
                    run: \(Self.started)
                  - name: c
                    run: \(Self.started)
                  - name: d
                    run: \(Self.started); test -e "$SCENE/mended"
            """, to: "rewound.yaml")
        #expect(try scene.workflow("run", "rewound.yaml", "--run-id", "rewound").status == 1)
        let saved = try scene.checkpoints("rewound")
        #expect(saved.map(\.step) == ["a", "b", "c"])
        let before = try scene.journal("rewound")
        let refused = try scene.workflow("resume", "--checkpoint", saved[0].id)
        #expect(refused.status == 64, "\(refused)")
        for named in [saved[2].id, "b", "c", "--rewind"] { #expect(refused.errors.contains(named)) }
        #expect(try scene.journal("rewound") == before)
        try scene.write("", to: "mended")
        let rewound = try scene.workflow("resume", "--checkpoint", saved[0].id, "--rewind")
        #expect(rewound.status == 0, "\(rewound)")
        let starts = scene.lines("starts").map { $0.split(separator: " ").map(String.init) }
        #expect(starts.map { $0[0] } == ["a", "b", "c", "d", "b", "c", "d"])
        #expect(starts[1][2] != starts[4][2])
        #expect(starts[2][2] != starts[5][2])
        #expect(starts[3][2] != starts[6][2])
        #expect(starts[4][1] == "2")
        // A run that has completed cannot go back.
        #expect(try scene.workflow("resume", "--checkpoint", saved[0].id, "--rewind").status == 64)
        #expect(scene.lines("starts").count == 7)
        try scene.expectVerified("rewound")
    }

    @Test("A stage returns to an earlier one as often as it may, with new keys, across kills")
    func returnTo() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: returning
            stages:
              - name: planning
                steps:
                  - name: plan
                    run: \(Self.started)
              - name: configuring
                steps:
                  - name: configure
                    run: \(Self.started)
              - name: validating
                on_failure: {return_to: configuring, limit: 2}
                steps:
                  - name: validate
                    run: \(Self.started); echo x > "$SCENE/began"; sleep 0.1; exit 1
            """, to: "returning.yaml")
        let engine = try scene.start("run", "returning.yaml", "--run-id", "returning")
        try scene.await("began")
        try engine.killed()
        let ended = try scene.workflow("resume", "returning")
        #expect(ended.status == 1, "\(ended)")
        let starts = scene.lines("starts").map { $0.split(separator: " ").map(String.init) }
        #expect(
            starts.map { $0[0] } == ["plan", "configure", "validate", "configure", "validate", "configure", "validate"])
        #expect(Set(starts.map { $0[2] }).count == 7)
        // Return counts are not reset by a resume.
        #expect(try scene.workflow("resume", "returning").status == 1)
        #expect(scene.lines("starts").count == 8)
        try scene.expectVerified("returning")
    }

    @Test("A timeout ends the step's tree; it is retried only where that is safe")
    func timeout() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: slow
            stages:
              - name: only
                steps:
                  - name: safe
                    timeout: 200ms
                    kill_after: 200ms
                    idempotent: true
                    retry: {limit: 1, delay: 1ms}
                    continue_on_error: true
                    run: |
                      \(Self.started)
                      trap "" TERM
                      sleep 300 &
                      sleep 300
                  - name: unsafe
                    timeout: 200ms
                    kill_after: 200ms
                    retry: {limit: 5, delay: 1ms}
                    run: \(Self.started); sleep 300
            """, to: "slow.yaml")
        let ended = try scene.workflow("run", "slow.yaml", "--run-id", "slow")
        #expect(ended.status == 1, "\(ended)")
        #expect(scene.lines("starts").map { $0.split(separator: " ")[0] } == ["safe", "safe", "unsafe"])
        #expect(try scene.step("unsafe", of: "slow")["error"]?["code"] == "timeout")
        #expect(scene.members.isEmpty)
    }

    @Test("The supervisor keeps the timeout while there is no engine")
    func timeoutWithoutEngine() throws {
        let held = try HeldStep(["timeout: 1s", "kill_after: 100ms", "retry: {limit: 3, delay: 1ms}"])
        try held.begin().killed()
        try eventually("it is ended at its timeout") { held.scene.supervisors.isEmpty && held.scene.members.isEmpty }
        let ended = try held.resume()
        #expect(ended.status == 1, "\(ended)")
        #expect(try held.scene.step("held", of: held.run)["error"]?["code"] == "timeout")
        #expect(held.starts == ["before", "held"])
    }

    @Test("A sleep goes on across a kill: what remains of it, not all of it again")
    func sleepAcrossKill() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: sleeping
            stages:
              - name: only
                steps:
                  - name: nap
                    uses: sleep
                    with: {for: 3s}
                  - name: awake
                    run: \(Self.started)
            """, to: "sleeping.yaml")
        let from = monotonicMilliseconds()
        let engine = try scene.start("run", "sleeping.yaml", "--run-id", "sleeping")
        try eventually("it sleeps; \(engine.errors)") { engine.errors.contains("until") }
        _ = usleep(1_000_000)
        try engine.killed()
        #expect(try scene.status("sleeping") == "waiting")
        // Not due yet: there is nothing for `--all` to take, and whoever does not want to stay is told so.
        #expect(try scene.workflow("resume", "sleeping", "--no-wait").status == 3)
        let resumed = try scene.workflow("resume", "sleeping")
        #expect(resumed.status == 0, "\(resumed)")
        #expect(monotonicMilliseconds() - from >= 3_000)
        let started = try scene.journal("sleeping").filter {
            $0["type"]?.stringValue == "attempt_started" && $0["payload"]?["step"]?.stringValue == "nap"
        }
        #expect(started.count == 1, "it slept all of it again")
        #expect(scene.lines("starts").count == 1)
    }

    @Test("A sleep that is over long since ends at once on resume, also by --all")
    func sleepOverdue() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: overdue
            stages:
              - name: only
                steps:
                  - name: nap
                    uses: sleep
                    with: {for: 1s}
                  - name: awake
                    run: \(Self.started)
            """, to: "overdue.yaml")
        let engine = try scene.start("run", "overdue.yaml", "--run-id", "overdue")
        try eventually("it sleeps; \(engine.errors)") { engine.errors.contains("until") }
        try engine.killed()
        _ = usleep(1_100_000)
        let resumed = try scene.workflow("resume", "--all")
        #expect(resumed.status == 0, "\(resumed)")
        #expect(try scene.status("overdue") == "completed")
    }

    @Test("A run keeps the definition that it started with")
    func keptDefinition() throws {
        let held = try HeldStep()
        try held.begin().killed()
        try held.scene.write(
            "name: held\nstages: [{name: only, steps: [{name: other, run: touch \"$SCENE/other\"}]}]\n", to: "held.yaml"
        )
        try held.letGo()
        #expect(try held.resume().status == 0)
        #expect(held.starts == ["before", "held", "after"])
        #expect(!held.scene.exists("other"))
        let again = try held.scene.workflow("run", "held.yaml", "--run-id", held.run)
        #expect(again.status == 65, "\(again)")
        #expect(!held.scene.exists("other"))
    }

    @Test("The intent of a step is in the journal before its process begins")
    func intentFirst() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: intent
            stages:
              - name: only
                steps:
                  - name: first
                    run: |
                      "$SCENE_BINARIES/workflow" journal "$WORKFLOW_RUN_ID" -o json > "$SCENE/seen-by-first"
                  - name: second
                    run: |
                      "$SCENE_BINARIES/workflow" journal "$WORKFLOW_RUN_ID" -o json > "$SCENE/seen-by-second"
            """, to: "intent.yaml")
        let ended = try scene.workflow(
            ["run", "intent.yaml", "--run-id", "intent"], environment: ["SCENE_BINARIES": scene.binaries])
        #expect(ended.status == 0, "\(ended)")
        for step in ["first", "second"] {
            let seen = try JSONValue(parsing: try #require(fileText(scene.file("seen-by-\(step)")))).arrayValue ?? []
            let last = try #require(seen.last)
            #expect(last["payload"]?["step"]?.stringValue == step, "\(last)")
            #expect(last["payload"]?["attempt"] == 1)
        }
    }
}
