import Glibc
import JSON
import Testing

@Suite("Approvals: a run that waits for people costs no process")
struct ApprovalTests {
    private static let gate = """
        name: gate
        stages:
          - name: only
            steps:
              - name: before
                run: echo before >> "$SCENE/done"
              - name: go_live
                uses: approval
                with: {prompt: "Switch the traffic?", approvers: [ada, bob], timeout: 2h}
              - name: after
                run: echo "after ${{ steps.go_live.outputs.approved_by }}" >> "$SCENE/done"
        """

    private func waitingGate(_ text: String = ApprovalTests.gate) throws -> Scene {
        let scene = try claimingScene()
        try scene.write(text, to: "gate.yaml")
        let run = try scene.workflow("run", "gate.yaml", "--run-id", "g")
        #expect(run.status == 3, "\(run)")
        return scene
    }

    @Test("The run exits 3, nothing of it is left in memory, and a resume changes nothing")
    func costsNothing() throws {
        let scene = try waitingGate()
        #expect(scene.supervisors.isEmpty && scene.members.isEmpty)
        #expect(try scene.show("g")["status"] == "waiting")
        #expect(try scene.show("g")["driven"] == false)
        #expect(try scene.step("go_live", of: "g")["status"] == "waiting")
        let due = try dueTime(of: "go_live", in: scene)
        let again = try scene.workflow("resume", "g")
        #expect(again.status == 3, "\(again)")
        #expect(try dueTime(of: "go_live", in: scene) == due)
        #expect(again.errors.contains("until \(due)"), "\(again)")
        #expect(scene.lines("done") == ["before"])
        let all = try scene.workflow("resume", "--all")
        #expect(all.status == 0, "\(all)")
        #expect(all.errors.contains("no run is interrupted"))
    }

    @Test("It says what it waits for, until when, and the exact commands, the resume command last")
    func text() throws {
        let scene = try claimingScene()
        try scene.write(Self.gate, to: "gate.yaml")
        let run = try scene.workflow("run", "gate.yaml", "--run-id", "g")
        let due = try dueTime(of: "go_live", in: scene)
        #expect(run.errors.contains("go_live waits for approval: Switch the traffic?"))
        #expect(run.errors.contains("until \(due), then it fails; approvers: ada, bob"))
        #expect(run.errors.contains("workflow approve g go_live "))
        #expect(run.errors.contains("workflow reject g go_live "))
        #expect(run.lastLine.hasPrefix("workflow resume --checkpoint chk-"), "\(run)")
        let shown = try scene.workflow("show", "g").output
        #expect(shown.contains("workflow approve g go_live "))
        #expect(shown.hasSuffix("\n\(run.lastLine)\n"), "\(shown)")
    }

    @Test("Printed commands name the store that was named by hand")
    func store() throws {
        let scene = try claimingScene()
        try scene.write(Self.gate, to: "gate.yaml")
        #expect(try scene.workflow("store", "set", "identity=claimed", "--store", "my store").status == 0)
        let run = try scene.workflow("run", "gate.yaml", "--run-id", "g", "--store", "my store")
        #expect(run.status == 3, "\(run)")
        #expect(run.errors.contains("workflow approve g go_live --as ada --store 'my store'"), "\(run)")
        #expect(run.lastLine.hasSuffix(" --store 'my store'"), "\(run)")
    }

    @Test("Nobody stays behind of a detached run, and a driver that stays leaves at SIGTERM with 143")
    func leaves() throws {
        let scene = try claimingScene()
        try scene.write(Self.gate, to: "gate.yaml")
        #expect(try scene.workflow("run", "gate.yaml", "--run-id", "g", "--detach").status == 0)
        try eventually("it waits, alone") {
            let run = try scene.show("g")
            return run["status"] == "waiting" && run["driven"] == false && scene.members.isEmpty
        }
        let engine = try scene.start("resume", "g", "--wait")
        try eventually("it is driven") { engine.errors.contains("resumed") }
        engine.signal(SIGTERM)
        let stopped = try engine.finished()
        #expect(stopped.status == 143, "\(stopped)")
        #expect(stopped.lastLine.hasPrefix("workflow resume --checkpoint "), "\(stopped)")
        #expect(try scene.workflow("approve", "g", "go_live", "--as", "ada").status == 0)
        #expect(try scene.workflow("resume", "g").status == 0)
        #expect(scene.lines("done") == ["before", "after ada"])
    }

    @Test("The same run started again says what it waits for, and starts nothing")
    func startedAgain() throws {
        let scene = try waitingGate()
        let again = try scene.workflow("run", "gate.yaml", "--run-id", "g")
        #expect(again.status == 3, "\(again)")
        #expect(again.errors.contains("workflow approve g go_live "), "\(again)")
        #expect(scene.lines("done") == ["before"])
    }

    @Test("Approved while nobody drives: written down with actor and reason; the next resume goes on")
    func approved() throws {
        let scene = try waitingGate()
        let approved = try scene.workflow(
            "approve", "g", "go_live", "--as", "ada", "--reason", "seen with the network team")
        #expect(approved.status == 0, "\(approved)")
        #expect(approved.lastLine.hasPrefix("workflow resume --checkpoint chk-"))
        #expect(scene.lines("done") == ["before"])
        let verdict = try entry("step_approved", of: "g", in: scene)
        #expect(verdict["actor"]?.stringValue?.hasPrefix("login:") == true)
        #expect(verdict["payload"]?["by"]?["as"] == "ada")
        #expect(verdict["payload"]?["by"]?["identity"] == "claimed")
        #expect(verdict["payload"]?["reason"] == "seen with the network team")
        #expect(try scene.workflow("resume", "g").status == 0)
        #expect(scene.lines("done") == ["before", "after ada"])
        #expect(try scene.step("go_live", of: "g")["outputs"]?["reason"] == "seen with the network team")
        try scene.expectVerified("g")
    }

    @Test("Approved while a driver waits: obeyed within a second")
    func obeyed() throws {
        let scene = try claimingScene()
        try scene.write(Self.gate, to: "gate.yaml")
        let engine = try scene.start("run", "gate.yaml", "--run-id", "g", "--wait")
        try eventually("it waits") { engine.errors.contains("for approval") }
        let asked = monotonicMilliseconds()
        let approved = try scene.workflow("approve", "g", "go_live", "--as", "bob")
        #expect(approved.status == 0, "\(approved)")
        #expect(approved.errors.contains("handed to the process that drives g"))
        try eventually("it is obeyed") { engine.errors.contains("approved  by bob, typed by ") }
        #expect(monotonicMilliseconds() - asked < 10_000, "a shared machine: a second on its own")
        #expect(try engine.finished().status == 0)
        #expect(scene.lines("done") == ["before", "after bob"])
    }

    @Test("Who is no approver is refused with 77, with and without a driver, and nothing is written")
    func notAnApprover() throws {
        let scene = try waitingGate()
        let before = try scene.journal("g").count
        for verb in ["approve", "reject"] {
            let refused = try scene.workflow(verb, "g", "go_live", "--as", "eve")
            #expect(refused.status == 77, "\(refused)")
            #expect(refused.errors.contains("ada, bob"))
        }
        #expect(try scene.journal("g").count == before)
        let engine = try scene.start("resume", "g", "--wait")
        try eventually("it is driven") { engine.errors.contains("resumed") }
        #expect(try scene.workflow("approve", "g", "go_live", "--as", "eve").status == 77)
        #expect(engine.isRunning)
    }

    @Test("A wrong run or step is 66, a step that does not wait for approval 64 and names those that do")
    func wrong() throws {
        let scene = try waitingGate()
        #expect(try scene.workflow("approve", "nope", "go_live").status == 66)
        #expect(try scene.workflow("signal", "nope", "x").status == 66)
        let step = try scene.workflow("approve", "g", "nope")
        #expect(step.status == 66, "\(step)")
        let other = try scene.workflow("reject", "g", "before")
        #expect(other.status == 64, "\(other)")
        #expect(other.errors.contains("these do: go_live"))
        #expect(try scene.workflow("approve", "g", "go_live", "--as", "ada").status == 0)
        let twice = try scene.workflow("approve", "g", "go_live", "--as", "ada")
        #expect(twice.status == 64, "\(twice)")
        #expect(try scene.workflow("resume", "g").status == 0)
        let late = try scene.workflow("approve", "g", "go_live", "--as", "ada")
        #expect(late.status == 64, "\(late)")
    }

    @Test("Rejected: the run fails with the reason; resuming asks again")
    func rejected() throws {
        let scene = try waitingGate()
        let rejected = try scene.workflow("reject", "g", "go_live", "--as", "bob", "--reason", "the backup is old")
        #expect(rejected.status == 0, "\(rejected)")
        let failed = try scene.workflow("resume", "g")
        #expect(failed.status == 1, "\(failed)")
        #expect(failed.errors.contains("go_live failed: rejected by bob: the backup is old"))
        #expect(try scene.step("go_live", of: "g")["error"]?["code"] == "rejected")
        #expect(try entry("step_rejected", of: "g", in: scene)["payload"]?["by"]?["as"] == "bob")
        #expect(try scene.workflow("resume", "g").status == 3)
        #expect(try scene.workflow("approve", "g", "go_live", "--as", "ada").status == 0)
        #expect(try scene.workflow("resume", "g").status == 0)
        #expect(scene.lines("done") == ["before", "after ada"])
    }

    @Test("An answer that was handed to a driver which is then killed is obeyed by the next one, once")
    func killedBetween() throws {
        let scene = try claimingScene()
        try scene.write(Self.gate, to: "gate.yaml")
        let engine = try scene.start("run", "gate.yaml", "--run-id", "g", "--wait")
        try eventually("it waits") { engine.errors.contains("for approval") }
        engine.signal(SIGSTOP)
        #expect(try scene.workflow("approve", "g", "go_live", "--as", "ada").status == 0)
        try engine.killed()
        #expect(try scene.journal("g").filter { $0["type"] == "step_approved" }.isEmpty)
        let resumed = try scene.workflow("resume", "g")
        #expect(resumed.status == 0, "\(resumed)")
        #expect(try scene.journal("g").filter { $0["type"] == "step_approved" }.count == 1)
        #expect(scene.lines("done") == ["before", "after ada"])
    }

    @Test("kill -9 right after the answer loses nothing that was acknowledged")
    func killedAfter() throws {
        let scene = try waitingGate()
        #expect(try scene.workflow("approve", "g", "go_live", "--as", "ada").status == 0)
        let engine = try scene.start("resume", "g")
        try engine.killed()
        try scene.killEverything()
        let resumed = try scene.workflow("resume", "g", "--on-doubt", "retry")
        #expect(resumed.status == 0, "\(resumed)")
        #expect(try scene.journal("g").filter { $0["type"] == "step_approved" }.count == 1)
    }

    @Test("Each instance asks by itself; the printed commands can be pasted into a shell")
    func instances() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: drains
            stages:
              - name: only
                steps:
                  - name: drain
                    foreach: {items: ["a", "it's b"], as: node, key: node}
                    steps:
                      - name: confirm
                        uses: approval
                        with: {prompt: "Drain ${{ node }}?"}
                      - name: empty
                        run: echo "${{ node }}" >> "$SCENE/done"
            """, to: "drains.yaml")
        let run = try scene.workflow("run", "drains.yaml", "--run-id", "d")
        #expect(run.status == 3, "\(run)")
        #expect(run.errors.contains("workflow approve d 'drain[a].confirm'"), "\(run)")
        let commands = run.errors.split(separator: "\n").map { String($0.drop { $0 == " " }) }
            .filter { $0.hasPrefix("workflow approve ") }
        #expect(commands.count == 2, "\(run)")
        for command in commands {
            let pasted = try scene.start(command: ["/bin/sh", "-c", "PATH='\(scene.binaries)':$PATH; \(command)"])
                .finished()
            #expect(pasted.status == 0, "\(command): \(pasted)")
        }
        #expect(try scene.workflow("resume", "d").status == 0)
        #expect(scene.lines("done").sorted() == ["a", "it's b"])
    }

    @Test("Cancelled while it waits: the run ends, and nobody can answer any more")
    func cancelled() throws {
        let scene = try waitingGate()
        let cancelled = try scene.workflow("cancel", "g")
        #expect(cancelled.status == 0, "\(cancelled)")
        #expect(try scene.status("g") == "cancelled")
        #expect(try scene.workflow("approve", "g", "go_live", "--as", "ada").status == 64)
    }
}

/// A scene whose store takes names on trust: here people log in nowhere.
func claimingScene() throws -> Scene {
    let scene = try Scene()
    let set = try scene.workflow("store", "set", "identity=claimed")
    #expect(set.status == 0, "\(set)")
    return scene
}

/// The first entry of a type.
func entry(_ type: String, of run: String, in scene: Scene) throws -> JSONValue {
    let entries = try scene.journal(run)
    return try #require(
        entries.first { $0["type"]?.stringValue == type },
        "no \(type) among \(entries.compactMap { $0["type"]?.stringValue })")
}

/// The journaled instant at which a step's newest wait is over.
func dueTime(of step: String, in scene: Scene, run: String = "g") throws -> String {
    let entries = try scene.journal(run).filter {
        $0["type"] == "attempt_started" && $0["payload"]?["step"]?.stringValue == step
    }
    return try #require(entries.last?["payload"]?["wait"]?["due"]?.stringValue, "no due time of \(step)")
}
