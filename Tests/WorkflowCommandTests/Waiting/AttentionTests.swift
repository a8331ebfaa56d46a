import Glibc
import JSON
import Testing

/// What waits for somebody is found without knowing which run to ask about.
@Suite("attention, and lists by what is waited for")
struct AttentionTests {
    static let gate = """
        name: gate
        stages:
          - name: only
            steps:
              - name: go_live
                uses: approval
                with: {prompt: "Switch the traffic?", timeout: 2h}
              - {name: after, run: "true"}
        """

    static let dns = """
        name: dns
        stages:
          - name: only
            steps:
              - {name: switched, uses: signal, with: {name: dns_switched, timeout: 2h}}
        """

    static let flaky = """
        name: flaky
        stages:
          - name: only
            steps:
              - {name: call, run: "exit 7", retry: {limit: 3, delay: 1h}}
        """

    private func items(_ scene: Scene) throws -> [JSONValue] {
        let result = try scene.workflow("attention", "-o", "json")
        let items = try result.json.arrayValue ?? []
        #expect(result.status == (items.isEmpty ? 0 : 3), "\(result)")
        return items
    }

    private func listed(_ scene: Scene, _ status: String) throws -> [String] {
        let result = try scene.workflow("list", "--status", status, "-o", "json")
        #expect(result.status == 0, "\(result)")
        return (try result.json.arrayValue ?? []).compactMap { $0["run"]?.stringValue }
    }

    @Test("Nothing waits: exit 0, an empty list, and a note")
    func nothing() throws {
        let scene = try Scene()
        try scene.write("{name: quick, stages: [{name: a, steps: [{name: b, run: 'true'}]}]}", to: "quick.yaml")
        #expect(try scene.workflow("run", "quick.yaml", "-q").status == 0)
        #expect(try items(scene) == [])
        let text = try scene.workflow("attention")
        #expect(text.status == 0 && text.output.isEmpty, "\(text)")
        #expect(try listed(scene, "in_doubt,approval,signal,queued,retrying,owed") == [])
    }

    @Test("An approval, a signal and a retry: each with whom, since when and its command")
    func kinds() throws {
        let scene = try Scene()
        for (name, text) in [("gate", Self.gate), ("dns", Self.dns), ("flaky", Self.flaky)] {
            try scene.write(text, to: "\(name).yaml")
            #expect(try scene.workflow("run", "\(name).yaml", "--run-id", name, "--no-wait", "-q").status == 3)
        }
        let found = try items(scene)
        func item(_ run: String) throws -> JSONValue {
            try #require(found.first { $0["run"]?.stringValue == run }, "\(found)")
        }
        let approval = try item("gate")
        #expect(approval["kind"] == "approval")
        #expect(approval["step"] == "go_live")
        #expect(approval["waits_for"] == "a person")
        #expect(approval["approvers"] == [])
        #expect(approval["prompt"] == "Switch the traffic?")
        #expect(approval["since"]?.stringValue?.hasSuffix("Z") == true)
        #expect(approval["command"] == "workflow approve gate go_live --resume")
        let signal = try item("dns")
        #expect(signal["kind"] == "signal")
        #expect(signal["signal"] == "dns_switched")
        #expect(signal["command"] == "workflow signal dns dns_switched --resume")
        #expect(try item("flaky")["kind"] == "retrying")
        let text = try scene.workflow("attention")
        #expect(text.status == 3)
        #expect(text.output.contains("gate (gate): go_live waits for approval: Switch the traffic?"), "\(text)")
        #expect(try listed(scene, "approval") == ["gate"])
        #expect(try listed(scene, "signal") == ["dns"])
        #expect(try listed(scene, "retrying") == ["flaky"])
        #expect(try listed(scene, "owed") == ["gate"])
        #expect(try listed(scene, "approval,signal") == ["dns", "gate"])
        #expect(try listed(scene, "in_doubt") == [])
        let doctor = try scene.workflow("doctor")
        #expect(doctor.output.contains("workflow approve gate go_live"), "\(doctor)")
        #expect(doctor.output.contains("workflow signal dns dns_switched"), "\(doctor)")
    }

    @Test("A lost step is in doubt before and after the boot unit has run, which says 3 each time")
    func inDoubt() throws {
        let held = try HeldStep()
        try held.beginAndLoseAll()
        for round in 0..<3 {
            let doubt = try #require(try items(held.scene).first { $0["kind"] == "in_doubt" }, "round \(round)")
            #expect(doubt["run"] == "held")
            #expect(doubt["step"] == "held")
            #expect(doubt["command"]?.stringValue?.hasPrefix("workflow resolve held held --done") == true)
            #expect(try listed(held.scene, "in_doubt") == ["held"])
            let doctor = try held.scene.workflow("doctor")
            #expect(doctor.output.contains("workflow resolve held held --done|--retry|--fail|--skip"), "\(doctor)")
            #expect(try held.scene.workflow("resume", "--all", "--no-wait", "--quiet").status == 3, "round \(round)")
        }
        #expect(held.starts == ["before", "held"])
        let interrupted = try listed(held.scene, "interrupted")
        #expect(interrupted == [])
    }

    @Test("Items of one step are told together in text, and one by one in data")
    func together() throws {
        let scene = try Scene()
        try scene.write(ResolveItemsTests.fan, to: "fan.yaml")
        try ResolveItemsTests.loseThree(scene)
        #expect(try items(scene).count { $0["kind"] == "in_doubt" } == 3)
        let text = try scene.workflow("attention")
        #expect(text.output.contains("host[*] (3 items) is in doubt"), "\(text)")
        #expect(text.output.contains("workflow resolve f 'host[*]' --done|--retry|--fail|--skip"), "\(text)")
    }

    @Test("A run that no process drives, and what its own journal says of how it was left")
    func undriven() throws {
        let held = try HeldStep()
        #expect(try held.begin().killed())
        let left = try items(held.scene)
        #expect(left.contains { $0["kind"] == "interrupted" && $0["command"] == "workflow resume held" }, "\(left)")
        #expect(try held.scene.workflow("list").output.contains("interrupted"))
        // One that was left waiting and then answered was interrupted by nothing.
        try held.scene.write(Self.gate, to: "gate.yaml")
        #expect(try held.scene.workflow("run", "gate.yaml", "--run-id", "g", "-q").status == 3)
        #expect(try held.scene.workflow("reject", "g", "go_live").status == 0)
        #expect(try held.scene.show("g")["interrupted"] == false)
        let shown = try held.scene.workflow("show", "g").output
        #expect(!shown.contains("interrupted"), "\(shown)")
    }

    @Test("JSON of runs and lists has what the text has")
    func documents() throws {
        let scene = try Scene()
        try scene.write(Self.gate, to: "gate.yaml")
        let started = try scene.workflow(
            "run", "gate.yaml", "--run-id", "g", "--label", "team=core", "-o", "json", "--no-wait")
        for run in [try started.json, try scene.show("g")] {
            #expect(run["labels"] == ["team": "core"])
            #expect(run["params"] == [:])
            #expect(run["driven"] == false)
            #expect(run["driven_by"] == .null)
            for key in ["created_at", "updated_at", "created_by", "user", "host", "working_directory", "definition"] {
                #expect(run[key]?.stringValue?.isEmpty == false, "\(key)")
            }
            #expect(run["forked_from"] == .null)
            let wait = try #require(run["waits"]?.arrayValue?.first)
            #expect(wait["kind"] == "approval")
            #expect(wait["approvers"] == [])
            #expect(wait["until"]?.stringValue?.isEmpty == false)
        }
        let listed = try #require(try scene.workflow("list", "-o", "json").json.arrayValue?.first)
        #expect(listed["driven"] == false)
        #expect(listed["waits"]?.arrayValue?.first?["prompt"] == "Switch the traffic?")
        let held = try HeldStep()
        let engine = try held.begin()
        let driven = try held.scene.show("held")
        #expect(driven["driven_by"]?["pid"] == .int(Int64(engine.pid)))
        #expect(try held.scene.workflow("list", "-o", "json").json.arrayValue?.first?["driven"] == true)
        try held.letGo()
        #expect(try engine.finished().status == 0)
        let attempts = try held.scene.workflow("show", "held", "--attempts", "-o", "json").json["attempts"]?.arrayValue
        #expect(attempts?.allSatisfy { $0["exit_status"] == 0 } == true)
    }

    @Test("show tells of a lost step what doctor tells, each step once")
    func lostStep() throws {
        let held = try HeldStep()
        try held.beginAndLoseAll()
        let text = "its process is gone; a resume asks you (no probe)"
        let shown = try held.scene.workflow("show", "held").output
        #expect(shown.contains(text), "\(shown)")
        let doctor = try held.scene.workflow("doctor").output
        #expect(doctor.components(of: "held of held: \(text)") == 1, "\(doctor)")
        #expect(try held.scene.step("held", of: "held")["found"]?.stringValue == text)

        let probed = try HeldStep(["probe: exit 3"])
        try probed.beginAndLoseAll()
        #expect(try probed.scene.workflow("show", "held").output.contains("a resume asks its probe"))

        let alive = try HeldStep()
        #expect(try alive.begin().killed())
        #expect(try alive.scene.workflow("show", "held").output.contains("it goes on under its supervisor (pid "))
    }
}

extension String {
    /// How often a text stands in it.
    fileprivate func components(of text: String) -> Int {
        var count = 0
        var rest = self[...]
        while let range = rest.firstRange(of: text) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}
