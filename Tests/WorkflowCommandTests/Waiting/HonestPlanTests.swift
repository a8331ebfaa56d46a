import Glibc
import JSON
import Testing

/// `resume --plan` before a resume, and then the resume: both say the same.
@Suite("A preview says what the resume does")
struct HonestPlanTests {
    private func plan(_ held: HeldStep, _ more: String...) throws -> JSONValue {
        let planned = try held.scene.workflow(["resume", held.run, "--plan", "-o", "json"] + more)
        #expect(planned.status == 0, "\(planned)")
        return try planned.json
    }

    private func names(_ plan: JSONValue, _ key: String) -> [String] {
        (plan[key]?.arrayValue ?? []).compactMap(\.stringValue)
    }

    /// Which lists of the plan name the step.
    private func lists(_ plan: JSONValue, of step: String) -> [String] {
        [
            "reused", "repeated", "new", "pending", "orphaned", "in_doubt", "probe_decides", "running", "settled",
            "waiting", "failed", "cancelled",
        ].filter { names(plan, $0).contains(step) }
    }

    @Test("A step whose outcome was lost is in doubt, before and after a resume, and never among what runs")
    func inDoubt() throws {
        let held = try HeldStep()
        try held.beginAndLoseAll()
        let before = try held.scene.journal(held.run)
        for _ in 0..<2 {
            let planned = try plan(held)
            #expect(lists(planned, of: "held") == ["in_doubt"])
            #expect(lists(planned, of: "before") == ["reused"])
            #expect(lists(planned, of: "after") == ["pending"])
            #expect(names(planned, "held_up") == ["after"])
            let text = try held.scene.workflow("resume", held.run, "--plan")
            #expect(text.output.contains("ask     1 (in doubt: a person decides"), "\(text)")
            #expect(text.output.contains("workflow resolve held held --done|--retry|--fail|--skip"), "\(text)")
            #expect(try held.resume().status == 3)
        }
        #expect(held.starts == ["before", "held"])
        // The looking itself wrote nothing.
        #expect(before.count < (try held.scene.journal(held.run).count))
    }

    @Test("The look takes nothing and changes nothing")
    func onlyLooks() throws {
        let held = try HeldStep()
        try held.beginAndLoseAll()
        let journal = try held.scene.journal(held.run)
        func files() throws -> String {
            try held.scene.tool("find", held.scene.store + "/attempts", "-type", "f").output
        }
        let before = try files()
        _ = try plan(held)
        _ = try plan(held, "--on-doubt", "retry")
        #expect(try files() == before)
        #expect(try held.scene.journal(held.run) == journal)
    }

    @Test("--on-doubt retry, fail, a probe and on_doubt: what decides is named")
    func policies() throws {
        let asked = try HeldStep()
        try asked.beginAndLoseAll()
        #expect(lists(try plan(asked, "--on-doubt", "retry"), of: "held") == ["repeated"])
        #expect(lists(try plan(asked, "--on-doubt", "fail"), of: "held") == ["failed"])

        let probed = try HeldStep(["probe: exit 3"])
        try probed.beginAndLoseAll()
        #expect(lists(try plan(probed), of: "held") == ["probe_decides"])
        #expect(lists(try plan(probed, "--on-doubt", "retry"), of: "held") == ["probe_decides"])
        #expect(try probed.scene.workflow("resume", probed.run, "--plan").output.contains("its probe decides"))

        let repeated = try HeldStep(["on_doubt: retry"])
        try repeated.beginAndLoseAll()
        #expect(lists(try plan(repeated), of: "held") == ["repeated"])
        #expect(lists(try plan(repeated, "--on-doubt", "ask"), of: "held") == ["in_doubt"])
    }

    @Test("A step that goes on under its supervisor is running; one that ended meanwhile is settled")
    func alive() throws {
        let held = try HeldStep()
        let engine = try held.begin()
        #expect(try engine.killed())
        #expect(lists(try plan(held), of: "held") == ["running"])
        try held.letGo()
        try eventually("its supervisor has left") { held.scene.supervisors.isEmpty }
        let planned = try plan(held)
        #expect(lists(planned, of: "held") == ["settled"])
        #expect(lists(planned, of: "after") == ["pending"])
        #expect(names(planned, "held_up") == [])
        #expect(try held.resume().status == 0)
        #expect(held.starts == ["before", "held", "after"])
    }

    @Test("A move is refused while a step runs or is in doubt, by the preview as by the resume")
    func move() throws {
        let held = try HeldStep()
        let engine = try held.begin()
        #expect(try engine.killed())
        try held.scene.tool("cp", held.scene.file("held.yaml"), held.scene.file("edited.yaml"))
        let running = try held.scene.workflow("resume", held.run, "--definition", "edited.yaml", "--plan")
        #expect(running.status == 75, "\(running)")
        #expect(running.errors.contains("held still runs"), "\(running)")
        try held.scene.killEverything()
        let doubtful = try held.scene.workflow("resume", held.run, "--definition", "edited.yaml", "--plan")
        #expect(doubtful.status == 64, "\(doubtful)")
        #expect(doubtful.errors.contains("held is in doubt"), "\(doubtful)")
    }

    @Test("A restored backup: the open step is in doubt there")
    func backup() throws {
        let held = try HeldStep()
        let engine = try held.begin()
        #expect(try engine.killed())
        #expect(try held.scene.workflow("backup", "copy.db").status == 0)
        try held.scene.killEverything()
        try held.scene.tool("mkdir", "-m", "700", held.scene.file("other"))
        try held.scene.tool("cp", held.scene.file("copy.db"), held.scene.file("other/store.db"))
        let planned = try held.scene.workflow("resume", held.run, "--plan", "-o", "json", "--store", "other")
        #expect(planned.status == 0, "\(planned)")
        #expect(lists(try planned.json, of: "held") == ["in_doubt"])
    }

    @Test("Of a fan-out the items are told apart, and those that are still to run are counted")
    func fanOut() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: fan
            stages:
              - name: only
                steps:
                  - name: host
                    foreach: {items: "${{ range(8) }}", as: n, max_parallel: 3, continue_on_error: true}
                    run: echo "${{ n }}" >> "$SCENE/began"; while [ ! -e "$SCENE/go" ]; do sleep 0.01; done
            """, to: "fan.yaml")
        let engine = try scene.start("run", "fan.yaml", "--run-id", "f")
        try eventually("three have begun; \(engine.errors)") { scene.lines("began").count == 3 }
        try scene.killEverything()
        let planned = try scene.workflow("resume", "f", "--plan", "-o", "json")
        #expect(names(try planned.json, "in_doubt") == ["host[0]", "host[1]", "host[2]"], "\(planned)")
        #expect(names(try planned.json, "pending") == ["host"])
        let text = try scene.workflow("resume", "f", "--plan")
        #expect(text.output.contains("host  5 of its 8"), "\(text)")
        #expect(text.output.contains("workflow resolve f 'host[*]' --done|--retry|--fail|--skip"), "\(text)")
        #expect(text.output.contains("workflow resume f --on-doubt retry"), "\(text)")
    }

    @Test("What waits is told with what it waits for, and what comes after it as held up")
    func waits() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: gate
            stages:
              - name: one
                steps:
                  - {name: free, run: "true", needs: []}
                  - {name: go_live, uses: approval, with: {prompt: "Switch?", timeout: 1h}, needs: []}
              - name: two
                steps:
                  - {name: last, run: "true"}
            """, to: "gate.yaml")
        #expect(try scene.workflow("run", "gate.yaml", "--run-id", "g").status == 3)
        let planned = try scene.workflow("resume", "g", "--plan", "-o", "json").json
        #expect(names(planned, "waiting") == ["go_live"])
        #expect(names(planned, "reused") == ["free"])
        #expect(names(planned, "pending") == ["last"])
        #expect(names(planned, "held_up") == ["last"])
    }
}
