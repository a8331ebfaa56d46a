import Glibc
import JSON
import Testing

@Suite("Signals: a step waits for a message from outside")
struct SignalWaitTests {
    private static let waiter = """
        name: waiter
        stages:
          - name: only
            steps:
              - name: dns
                uses: signal
                with: {name: "dns switched", timeout: 2h}
              - name: after
                run: echo "got ${{ toJSON(steps.dns.outputs) }}" >> "$SCENE/done"
        """

    private func scene(_ text: String = SignalWaitTests.waiter) throws -> Scene {
        let scene = try Scene()
        try scene.write(text, to: "waiter.yaml")
        return scene
    }

    @Test("A signal while nobody drives is kept; the printed command names it, quoted")
    func kept() throws {
        let scene = try scene()
        let run = try scene.workflow("run", "waiter.yaml", "--run-id", "g")
        #expect(run.status == 3, "\(run)")
        #expect(run.errors.contains("dns waits for the signal dns switched"))
        #expect(run.errors.contains("workflow signal g 'dns switched'"))
        #expect(run.errors.contains("until \(try dueTime(of: "dns", in: scene))"))
        let signalled = try scene.workflow(
            "signal", "g", "dns switched", "--data", #"{"ip": "10.0.0.1"}"#, "--as", "bot")
        #expect(signalled.status == 0, "\(signalled)")
        #expect(try entry("signal_received", of: "g", in: scene)["payload"]?["by"]?["as"] == "bot")
        #expect(try scene.workflow("resume", "g").status == 0)
        #expect(scene.lines("done") == [#"got {"ip":"10.0.0.1"}"#])
    }

    @Test("A signal while a driver waits is delivered; one of another name is not")
    func driven() throws {
        let scene = try scene()
        let engine = try scene.start("run", "waiter.yaml", "--run-id", "g", "--wait")
        try eventually("it waits") { engine.errors.contains("for the signal") }
        #expect(try scene.workflow("signal", "g", "other").status == 0)
        try eventually("the other one has come") { engine.errors.contains("signal other from") }
        #expect(engine.isRunning)
        #expect(try scene.workflow("signal", "g", "dns switched", "--data", "[1, 2]").status == 0)
        #expect(try engine.finished().status == 0)
        #expect(scene.lines("done") == [#"got {"data":[1,2]}"#])
    }

    @Test("A signal that comes before the step asks is not lost, over a restart too")
    func early() throws {
        let scene = try scene(
            """
            name: early
            stages:
              - name: only
                steps:
                  - name: first
                    uses: approval
                    with: {prompt: "Go?"}
                  - name: dns
                    uses: signal
                    with: {name: dns}
                  - name: after
                    run: echo after >> "$SCENE/done"
            """)
        #expect(try scene.workflow("run", "waiter.yaml", "--run-id", "g").status == 3)
        #expect(try scene.workflow("signal", "g", "dns").status == 0)
        #expect(try scene.workflow("resume", "g").status == 3)
        #expect(try scene.workflow("approve", "g", "first").status == 0)
        let resumed = try scene.workflow("resume", "g")
        #expect(resumed.status == 0, "\(resumed)")
        #expect(scene.lines("done") == ["after"])
    }

    @Test("Data that is no JSON is 65 before anything is written; to an ended run it is 64")
    func wrongData() throws {
        let scene = try scene()
        #expect(try scene.workflow("run", "waiter.yaml", "--run-id", "g").status == 3)
        let before = try scene.journal("g").count
        let bad = try scene.workflow("signal", "g", "dns switched", "--data", "done")
        #expect(bad.status == 65, "\(bad)")
        #expect(bad.errors.contains("'\"done\"'"))
        #expect(try scene.workflow("signal", "g", "").status == 65)
        #expect(try scene.journal("g").count == before)
        #expect(try scene.workflow("signal", "g", "dns switched").status == 0)
        #expect(try scene.workflow("resume", "g").status == 0)
        #expect(try scene.workflow("signal", "g", "dns switched").status == 64)
    }

    @Test(
        "A timeout skips or fails as it was told, counted over restarts from the journaled due time",
        arguments: [
            ("skip", Int32(0), "skipped"), ("fail", Int32(1), "failed"),
        ])
    func timeout(policy: String, status: Int32, step: String) throws {
        let scene = try scene(
            """
            name: impatient
            stages:
              - name: only
                steps:
                  - name: dns
                    uses: signal
                    with: {name: dns, timeout: 3s, on_timeout: \(policy)}
            """)
        let run = try scene.workflow("run", "waiter.yaml", "--run-id", "g")
        #expect(run.status == 3, "\(run)")
        #expect(run.errors.contains(policy == "skip" ? "then it is skipped" : "then it fails"))
        let due = try dueTime(of: "dns", in: scene)
        // Whoever takes due timers finds none before its time, and this one afterwards.
        var last = try scene.workflow("resume", "--all")
        try eventually("it is due") {
            if last.errors.contains("no run is interrupted") { last = try scene.workflow("resume", "--all") }
            return !last.errors.contains("no run is interrupted")
        }
        #expect(last.status == status, "\(last)")
        #expect(try scene.step("dns", of: "g")["status"]?.stringValue == step)
        #expect(try dueTime(of: "dns", in: scene) == due)
        let ended = try entry(policy == "skip" ? "step_skipped" : "step_failed", of: "g", in: scene)
        #expect(try #require(ended["at"]?.stringValue) >= due)
        if policy == "fail" { #expect(try scene.step("dns", of: "g")["error"]?["code"] == "signal_timeout") }
    }

    @Test("A driver that stays sees the timeout itself")
    func timeoutWhileDriven() throws {
        let scene = try scene(
            """
            name: impatient
            stages:
              - name: only
                steps:
                  - name: ask
                    uses: approval
                    with: {prompt: "Go?", timeout: 300ms}
            """)
        let run = try scene.workflow("run", "waiter.yaml", "--run-id", "g", "--wait")
        #expect(run.status == 1, "\(run)")
        #expect(try scene.step("ask", of: "g")["error"]?["code"] == "approval_timeout")
    }

    @Test("A secret in a signal's data does not reach journal, outputs or screen", arguments: [true, false])
    func secret(isDriven: Bool) throws {
        let scene = try scene(
            """
            name: secretive
            secrets: {token: {file: secret.txt}}
            stages:
              - name: only
                steps:
                  - name: dns
                    uses: signal
                    with: {name: dns}
            """)
        try scene.write("hunter2-hunter2", to: "secret.txt")
        let patience = isDriven ? "--wait" : "--no-wait"
        let engine = try scene.start("run", "waiter.yaml", "--run-id", "g", patience)
        try eventually("it waits") { engine.errors.contains("for the signal") }
        if !isDriven { #expect(try engine.finished().status == 3) }
        let data = #"{"echo": "token is hunter2-hunter2", "list": ["hunter2-hunter2"]}"#
        #expect(try scene.workflow("signal", "g", "dns", "--data", data).status == 0)
        if isDriven {
            #expect(try engine.finished().status == 0)
        } else {
            #expect(try scene.workflow("resume", "g").status == 0)
        }
        #expect(try scene.step("dns", of: "g")["outputs"]?["echo"] == "token is ***")
        #expect(try !scene.workflow("journal", "g", "-o", "json").output.contains("hunter2"))
    }
}
