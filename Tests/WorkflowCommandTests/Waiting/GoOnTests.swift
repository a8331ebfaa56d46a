import Glibc
import JSON
import Testing

/// An answer to a run that no process drives: with `--resume` the run goes on, without it that is said.
@Suite("A run goes on with an answer")
struct GoOnTests {
    static let gate = """
        name: gate
        stages:
          - name: only
            steps:
              - name: go_live
                uses: approval
                with: {prompt: "Switch?", timeout: 2h}
              - {name: after, run: echo after >> "$SCENE/done"}
        on_exit:
          - {name: tell, run: 'echo "${{ run.status }}" >> "$SCENE/told"'}
        """

    private func waiting(_ text: String = GoOnTests.gate) throws -> Scene {
        let scene = try Scene()
        try scene.write(text, to: "gate.yaml")
        #expect(try scene.workflow("run", "gate.yaml", "--run-id", "g", "-q").status == 3)
        return scene
    }

    @Test("approve --resume: the run is completed without another command")
    func approve() throws {
        let scene = try waiting()
        let approved = try scene.workflow("approve", "g", "go_live", "--resume")
        #expect(approved.status == 0, "\(approved)")
        #expect(approved.lastLine == "workflow show g --watch", "\(approved)")
        try eventually("it is completed") { try scene.status("g") == "completed" }
        #expect(scene.lines("done") == ["after"])
    }

    @Test("reject --resume: the run fails, and its on_exit has run")
    func reject() throws {
        let scene = try waiting()
        #expect(try scene.workflow("reject", "g", "go_live", "--resume").status == 0)
        try eventually("it has failed") { try scene.status("g") == "failed" }
        #expect(scene.lines("told") == ["failed"])
    }

    @Test("signal --resume and resolve --resume")
    func others() throws {
        let scene = try waiting(AttentionTests.dns)
        #expect(try scene.workflow("signal", "g", "dns_switched", "--resume").status == 0)
        try eventually("it is completed") { try scene.status("g") == "completed" }

        let held = try HeldStep()
        try held.beginAndLoseAll()
        #expect(try held.resume().status == 3)
        let resolved = try held.scene.workflow("resolve", "held", "held", "--done", "--reason", "seen", "--resume")
        #expect(resolved.status == 0, "\(resolved)")
        try eventually("it is completed") { try held.scene.status("held") == "completed" }
        #expect(held.starts == ["before", "held", "after"])
    }

    @Test("Without it: recorded, no process drives the run, and what to type", arguments: ["approve", "reject"])
    func without(_ verb: String) throws {
        let scene = try waiting()
        let answered = try scene.workflow(verb, "g", "go_live")
        #expect(answered.status == 0, "\(answered)")
        #expect(answered.errors.contains("\(verb) go_live: recorded; no process drives g"), "\(answered)")
        #expect(answered.lastLine.hasPrefix("workflow resume "), "\(answered)")
        if verb == "reject" { #expect(answered.errors.contains("on_exit"), "\(answered)") }
        for text in [answered.errors, try scene.workflow("list").output, try scene.workflow("show", "g").output] {
            #expect(!text.contains("interrupted"), "\(text)")
        }
        #expect(scene.lines("done") == [] && scene.lines("told") == [])
    }

    @Test("show --watch stays while the run waits, and sees the yes and the end")
    func watch() throws {
        let scene = try waiting()
        let watch = try scene.start("show", "g", "--watch")
        try eventually("it says what is waited for; \(watch.errors)") {
            watch.output.contains("workflow approve g go_live")
        }
        #expect(watch.isRunning)
        #expect(try scene.workflow("approve", "g", "go_live", "--reason", "fine").status == 0)
        try eventually("it shows the yes") { watch.output.contains("approved") }
        #expect(watch.isRunning)
        #expect(try scene.workflow("resume", "g", "-q").status == 0)
        let ended = try watch.finished(within: 30)
        #expect(ended.status == 0, "\(ended)")
        #expect(ended.output.contains("g completed"), "\(ended)")
    }

    @Test("--detach says how to follow the run, on standard error")
    func detach() throws {
        let scene = try Scene()
        try scene.write("{name: quick, stages: [{name: a, steps: [{name: b, run: 'true'}]}]}", to: "quick.yaml")
        let started = try scene.workflow("run", "quick.yaml", "--run-id", "q", "--detach")
        #expect(started.output == "q\n")
        #expect(started.errors.contains("workflow show q --watch"), "\(started)")
        try eventually("it is completed") { try scene.status("q") == "completed" }
    }

    @Test("run --run-id X --resume goes on with X, and with nothing else")
    func again() throws {
        let scene = try Scene()
        let text = """
            name: ci
            stages:
              - name: only
                steps:
                  - {name: once, run: echo once >> "$SCENE/done"}
                  - {name: flaky, run: test -e "$SCENE/go"}
            """
        try scene.write(text, to: "ci.yaml")
        let arguments = ["run", "ci.yaml", "--run-id", "build-7", "--resume"]
        #expect(try scene.workflow(arguments).status == 1)
        // Without the flag nothing is started, as ever.
        let without = try scene.workflow("run", "ci.yaml", "--run-id", "build-7")
        #expect(without.status == 1 && without.errors.contains("nothing was started"), "\(without)")
        #expect(try scene.workflow(arguments).status == 1)
        try scene.write("", to: "go")
        let third = try scene.workflow(arguments)
        #expect(third.status == 0, "\(third)")
        #expect(third.output == "build-7\n")
        #expect(scene.lines("done") == ["once"])
        // A completed one stays so, and another definition is refused.
        #expect(try scene.workflow(arguments).status == 0)
        try scene.write(text.replacingFirst("once >>", with: "twice >>"), to: "ci.yaml")
        #expect(try scene.workflow(arguments).status == 65)
        #expect(scene.lines("done") == ["once"])
        #expect(try scene.workflow("run", "ci.yaml", "--resume").status == 64)
    }

    @Test("What Ctrl-C says is what happens: a step that goes on, and how to end it")
    func interrupt() throws {
        let held = try HeldStep()
        let engine = try held.begin()
        engine.signal(SIGINT)
        try eventually("it is told") { engine.errors.contains("goes on under its supervisor") }
        #expect(engine.errors.contains("`workflow cancel RUN`"))
        let ended = try engine.finished(within: 30)
        #expect(ended.status == 130, "\(ended)")
        #expect(ended.errors.contains("workflow cancel held"), "\(ended)")
        #expect(try held.scene.workflow("cancel", "held").status == 0)
        try eventually("nothing of it is left") { held.scene.supervisors.isEmpty }
    }
}

extension String {
    fileprivate func replacingFirst(_ old: String, with new: String) -> String {
        guard let range = firstRange(of: old) else { return self }
        return String(self[..<range.lowerBound]) + new + String(self[range.upperBound...])
    }
}
