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
}
