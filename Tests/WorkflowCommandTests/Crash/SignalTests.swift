import Glibc
import JSON
import Testing

@Suite("Signals to the engine")
struct SignalTests {
    static let signals: [(number: Int32, status: Int32)] = [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129)]

    @Test("Once: the running step gets time to end, nothing new starts, the last line resumes", arguments: signals)
    func once(_ signal: (number: Int32, status: Int32)) throws {
        let held = try HeldStep()
        let engine = try held.begin()
        engine.signal(signal.number)
        _ = usleep(100_000)
        #expect(engine.isRunning)
        try held.letGo()
        let ended = try engine.finished(within: 9)
        #expect(ended.status == signal.status, "\(ended)")
        #expect(ended.lastLine.hasPrefix("workflow resume --checkpoint chk-"))
        #expect(held.ends == ["before", "held"])
        #expect(try held.heldStatus() == "success")
        let typed = ended.lastLine.split(separator: " ").dropFirst().map(String.init)
        #expect(try held.scene.workflow(typed).status == 0)
        #expect(held.starts == ["before", "held", "after"])
    }

    @Test("Once, and the step takes longer than ten seconds: it goes on under its supervisor")
    func graceOver() throws {
        let held = try HeldStep()
        let engine = try held.begin()
        let from = monotonicMilliseconds()
        engine.signal(SIGTERM)
        let ended = try engine.finished(within: 30)
        #expect(ended.status == 143, "\(ended)")
        #expect(monotonicMilliseconds() - from >= 9_900)
        #expect(ended.errors.contains("held"))
        #expect(!held.scene.supervisors.isEmpty)
        #expect(try held.heldStatus() == "running")
        try held.letGo()
        #expect(try held.resume().status == 0)
        #expect(held.starts == ["before", "held", "after"])
    }

    @Test("Twice: the engine leaves at once, and the running step's supervisor ends all of it", arguments: signals)
    func twice(_ signal: (number: Int32, status: Int32)) throws {
        let scene = try Scene()
        try scene.write(
            """
            name: stubborn
            stages:
              - name: only
                steps:
                  - name: stubborn
                    kill_after: 300ms
                    run: |
                      trap "" TERM INT HUP
                      bash -c 'trap "" TERM; echo x > "$SCENE/began"; sleep 300; sleep 300' || true
                      sleep 300
            """, to: "stubborn.yaml")
        let engine = try scene.start("run", "stubborn.yaml", "--run-id", "stubborn")
        try scene.await("began")
        engine.signal(signal.number)
        // Two signals that come at once would be one, and a closed terminal sends SIGHUP twice.
        _ = usleep(signal.number == SIGHUP ? 1_100_000 : 50_000)
        engine.signal(signal.number)
        let ended = try engine.finished(within: 9)
        #expect(ended.status == signal.status, "\(ended)")
        try eventually("nothing of the step lives") { scene.members.isEmpty && scene.supervisors.isEmpty }
        #expect(try scene.step("stubborn", of: "stubborn")["status"] == "running")
        #expect(try scene.show("stubborn")["resume_command"] != nil)
        let resumed = try scene.workflow("resume", "stubborn")
        #expect(resumed.status == 3, "\(resumed)")
        #expect(try scene.step("stubborn", of: "stubborn")["status"] == "in_doubt")
        try scene.expectVerified("stubborn")
    }

    @Test("A terminal that is closed hangs up twice: the running step still gets its time")
    func closedTerminal() throws {
        let held = try HeldStep()
        let engine = try held.begin()
        engine.signal(SIGHUP)
        // Two that come at once would be one to the kernel; and nothing tells that a signal was let pass.
        _ = usleep(50_000)
        engine.signal(SIGHUP)
        _ = usleep(200_000)
        #expect(engine.isRunning)
        try held.letGo()
        let ended = try engine.finished(within: 9)
        #expect(ended.status == 129, "\(ended)")
        #expect(try held.heldStatus() == "success")
    }

    @Test("A closed standard output does not stop a run")
    func closedOutput() throws {
        let held = try HeldStep()
        let piped = try held.scene.tool(
            "/bin/bash", "-c",
            "cd '\(held.scene.path)' && touch go && { '\(held.scene.binaries)/workflow' run held.yaml --run-id held "
                + "-o json; echo $? > status; } 2>&1 | true"
        )
        #expect(piped.status == 0)
        try eventually("it ends") { held.scene.lines("status") != [] }
        #expect(held.scene.lines("status") == ["0"])
        #expect(held.starts == ["before", "held", "after"])
    }
}
