import Glibc
import JSON
import Testing

@Suite("Every act is a decision with its actor")
struct DecisionTests {
    private func decisions(_ run: String, in scene: Scene) throws -> [JSONValue] {
        try scene.workflow("show", run, "--decisions", "-o", "json").json["decisions"]?.arrayValue ?? []
    }

    private func texts(_ decisions: [JSONValue], _ member: String) -> [String?] {
        decisions.map { $0[member]?.stringValue }
    }

    @Test(
        "run, resume with override and reason, resolve, pause, cancel: who, from where, why; the evidence has all"
    )
    func everyAct() throws {
        let held = try HeldStep()
        let scene = held.scene
        try held.beginAndLoseAll()
        #expect(try held.resume().status == 3)
        #expect(try scene.workflow("pause", held.run, "--reason", "lunch").status == 0)
        #expect(
            try scene.workflow(
                ["resume", held.run, "--on-doubt", "fail", "--reason", "it broke"],
                environment: ["SUDO_USER": "eve"]
            ).status == 1)
        #expect(
            try scene.workflow("resolve", held.run, "held", "--skip", "--reason", "by hand", "--as", "ann").status == 0)
        #expect(try scene.workflow("cancel", held.run, "--reason", "enough").status == 0)
        let decisions = try decisions(held.run, in: scene)
        #expect(
            texts(decisions, "what") == [
                "started", "resumed", "asked to pause", "resumed", "resolved as skip", "cancelled",
            ])
        #expect(texts(decisions, "reason") == [nil, nil, "lunch", "it broke", "by hand", "enough"])
        #expect(decisions[3]["subject"] == "--on-doubt fail")
        for decision in decisions {
            #expect(decision["actor"]?.stringValue?.hasPrefix("login:") == true)
            for member in ["login", "host"] { #expect(decision["by"]?[member]?.stringValue?.isEmpty == false) }
            for member in ["uid", "pid"] { #expect(decision["by"]?[member]?.intValue != nil) }
        }
        #expect(decisions[3]["by"]?["sudo_user"] == "eve")
        #expect(decisions[3]["actor"] == decisions[0]["actor"])
        #expect(decisions[4]["who"]?.stringValue?.hasPrefix("ann, typed by ") == true)
        let evidence = try JSONValue(parsing: try scene.workflow("evidence", held.run).output)
        #expect(evidence["decisions"]?.arrayValue?.map { $0["seq"] } == decisions.map { $0["seq"] })
        try scene.expectVerified(held.run)
    }

    @Test("A detached run is started once: the driver that it gets is no decision")
    func detached() throws {
        let scene = try Scene()
        try scene.write("name: d\nstages: [{name: s, steps: [{name: a, run: 'true'}]}]\n", to: "d.yaml")
        #expect(try scene.workflow("run", "d.yaml", "--run-id", "d", "--detach").status == 0)
        try eventually("it has ended") { try scene.status("d") == "completed" }
        #expect(texts(try decisions("d", in: scene), "what") == ["started"])
    }

    @Test("A rewind, a move, a hand-over and a take-over are decisions, with their reason; the origin is told")
    func moves() throws {
        let scene = try Scene()
        let text = "name: d\nstages: [{name: s, steps: [{name: a, run: 'true'}, {name: b, run: '[ -e fixed ]'}]}]\n"
        try scene.write(text, to: "d.yaml")
        #expect(try scene.workflow("run", "d.yaml", "--run-id", "d").status == 1)
        try scene.write(text.replacing("name: b", with: "name: c"), to: "e.yaml")
        #expect(try scene.workflow("resume", "d", "--definition", "e.yaml", "--reason", "renamed").status == 1)
        let changed = try #require(try decisions("d", in: scene).first { $0["what"] == "moved to definition" })
        #expect(changed["reason"]?.stringValue?.hasPrefix("renamed; ") == true)
        let newest = try #require(try scene.checkpoints("d").last?.id)
        let carried = try scene.workflow("checkpoint", "export", newest, "--hand-over")
        #expect(carried.status == 0, "\(carried)")
        #expect(texts(try decisions("d", in: scene), "what").last == "handed over")
        try scene.write(carried.output, to: "c.json")
        try scene.write("", to: "fixed")
        let there = try scene.workflow("resume", "--checkpoint", "c.json", "--store", "other")
        #expect(there.status == 0, "\(there)")
        #expect(there.errors.contains("goes on with d@\(newest)"), "\(there)")
        let run = there.output.split(separator: "\n").first.map(String.init) ?? ""
        let shown = try scene.workflow("show", run, "--decisions", "-o", "json", "--store", "other").json
        #expect(shown["forked_from"]?.stringValue == "d@\(newest)")
        let taken = try #require(shown["decisions"]?.arrayValue?.first { $0["what"] == "took over" })
        #expect(taken["subject"]?.stringValue == "d@\(newest)")
        #expect(taken["by"]?["pid"]?.intValue != nil)
        #expect(try scene.workflow("show", run, "--store", "other").output.contains("forked_from"))
    }

    @Test("A checkpoint of a run that has completed is exported with a warning that names what would run again")
    func completedExport() throws {
        let scene = try Scene()
        try scene.write(
            "name: d\nstages: [{name: s, steps: [{name: a, run: 'true'}, {name: b, run: 'true'}]}]\n", to: "d.yaml")
        #expect(try scene.workflow("run", "d.yaml", "--run-id", "d").status == 0)
        let checkpoints = try scene.checkpoints("d")
        let early = try scene.workflow("checkpoint", "export", checkpoints[0].id)
        #expect(early.status == 0, "\(early)")
        #expect(early.errors.contains("warning: d is completed"), "\(early)")
        #expect(early.errors.contains("runs b again"), "\(early)")
        let last = try scene.workflow("checkpoint", "export", checkpoints[1].id)
        #expect(last.errors.contains("nothing but its on_exit steps"), "\(last)")
    }
}
