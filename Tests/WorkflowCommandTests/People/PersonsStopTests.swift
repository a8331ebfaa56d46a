import Glibc
import JSON
import Testing

@Suite("What a person stops goes on when a person says so")
struct PersonsStopTests {
    @Test(
        "SIGINT is a person's and SIGTERM the machine's; without a terminal so is SIGHUP",
        arguments: [(SIGINT, "SIGINT", true), (SIGTERM, "SIGTERM", false), (SIGHUP, "SIGHUP", false)])
    func signals(signal: Int32, name: String, isPersons: Bool) throws {
        let held = try HeldStep()
        let engine = try held.begin()
        engine.signal(signal)
        try eventually("it is told") { engine.errors.contains(name) }
        try held.letGo()
        let ended = try engine.finished()
        #expect(ended.status == 128 + signal, "\(ended)")
        let detached = try #require(
            try held.scene.journal(held.run).last { $0["type"] == "driver_detached" })
        #expect(detached["payload"]?["reason"]?.stringValue == name)
        #expect((detached["actor"] != "engine") == isPersons)
        #expect((detached["payload"]?["by"]?["pid"] != nil) == isPersons)
        let shown = try held.scene.show(held.run)
        let stopped = shown["stopped_by"]?.stringValue ?? ""
        #expect(shown["interrupted"] == .bool(!isPersons))
        let data = try held.scene.workflow("list", "-o", "json").json.arrayValue?.first
        #expect(data?["interrupted"] == shown["interrupted"] && data?["stopped_by"] == shown["stopped_by"])
        #expect(try held.scene.workflow("show", held.run).output.contains("interrupted") == !isPersons)
        #expect(stopped.hasPrefix("SIGINT of ") == isPersons, "\(shown)")
        let listed = try held.scene.workflow("list").output
        #expect(listed.contains("stopped by SIGINT of ") == isPersons, "\(listed)")
        #expect(listed.contains("interrupted") == !isPersons, "\(listed)")
        let all = try held.scene.workflow("resume", "--all")
        let steps = try held.scene.journal(held.run).filter { $0["type"] == "driver_attached" }.count
        #expect(steps == (isPersons ? 1 : 2), "\(all)")
        let resumed = try held.resume()
        #expect(resumed.status == 0, "\(resumed)")
        #expect(held.starts == ["before", "held", "after"])
        #expect(try held.scene.show(held.run)["stopped_by"] == .null)
    }

    @Test("A driver that is killed while it lets running steps end has written the person's stop down already")
    func killedInGrace() throws {
        for (signal, isPersons) in [(SIGINT, true), (SIGTERM, false)] {
            let held = try HeldStep()
            let engine = try held.begin()
            engine.signal(signal)
            let name = isPersons ? "SIGINT" : "SIGTERM"
            try eventually("it is told") { engine.errors.contains(name) }
            if isPersons {
                try eventually("it is written down") {
                    try held.scene.journal(held.run).contains { $0["type"] == "stop_requested" }
                }
            }
            _ = try engine.killed()
            try held.letGo()
            let waiting = try held.scene.workflow("attention", "-o", "json")
            #expect(waiting.status == 3, "\(waiting)")
            let kinds = (try waiting.json.arrayValue ?? []).compactMap { $0["kind"]?.stringValue }
            #expect(kinds.contains("stopped") == isPersons, "\(waiting)")
            #expect(kinds.contains("interrupted") == !isPersons, "\(waiting)")
            if isPersons {
                let item = try #require(try waiting.json.arrayValue?.first { $0["kind"] == "stopped" })
                #expect(item["waits_for"] == "a person")
                #expect(item["command"]?.stringValue?.hasPrefix("workflow resume ") == true)
                let text = try held.scene.workflow("attention").output
                #expect(text.contains("a person stopped it"), "\(text)")
            }
            let all = try held.scene.workflow("resume", "--all")
            let drivers = try held.scene.journal(held.run).filter { $0["type"] == "driver_attached" }.count
            #expect(drivers == (isPersons ? 1 : 2), "\(all)")
            #expect(try held.resume().status == 0)
            #expect(held.starts == ["before", "held", "after"])
            try held.scene.expectVerified(held.run)
        }
    }

    @Test("One signal is one decision, and a second signal of another kind does not undo it")
    func onceTold() throws {
        let held = try HeldStep()
        let engine = try held.begin()
        engine.signal(SIGTERM)
        try eventually("it is told") { engine.errors.contains("SIGTERM") }
        engine.signal(SIGINT)
        _ = try engine.finished()
        let shown = try held.scene.workflow("show", held.run, "--decisions", "-o", "json").json
        let stops = (shown["decisions"]?.arrayValue ?? []).filter { $0["what"] == "stopped with" }
        #expect(stops.count == 1, "\(stops)")
        #expect(try held.scene.show(held.run)["stopped_by"]?.stringValue?.hasPrefix("SIGINT of ") == true)
    }
}
