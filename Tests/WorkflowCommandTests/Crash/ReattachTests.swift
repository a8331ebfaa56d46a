import Glibc
import JSON
import Testing

@Suite("Steps outlive the engine")
struct ReattachTests {
    @Test("The engine killed alone: resume re-attaches to the running step and does not start it again")
    func reattached() throws {
        let held = try HeldStep()
        let engine = try held.begin()
        try engine.killed()
        let resuming = try held.scene.start("resume", held.run)
        try eventually("it re-attaches; \(resuming.errors)") {
            resuming.errors.contains("goes on under its supervisor")
        }
        #expect(held.starts == ["before", "held"])
        #expect(try held.scene.show(held.run)["driven"] == true)
        try held.letGo()
        let ended = try resuming.finished()
        #expect(ended.status == 0, "\(ended)")
        #expect(held.starts == ["before", "held", "after"])
        #expect(held.ends == ["before", "held", "after"])
        #expect(try held.scene.step("held", of: held.run)["attempts"] == 1)
        #expect(try held.scene.step("after", of: held.run)["outputs"]?["seen"] == 8)
    }

    @Test("The step ends while there is no engine: resume settles it from its record")
    func settled() throws {
        let held = try HeldStep()
        let engine = try held.begin()
        try engine.killed()
        try held.letGo()
        try eventually("the supervisor has left") { held.scene.supervisors.isEmpty }
        let resumed = try held.resume()
        #expect(resumed.status == 0, "\(resumed)")
        #expect(held.starts == ["before", "held", "after"])
        let step = try held.scene.step("held", of: held.run)
        #expect(step["outputs"]?["id"] == 8)
        // What is told is when it ended, and beside it when that was found.
        let attempts = try held.scene.workflow("show", held.run, "--attempts", "-o", "json").json["attempts"]
        let attempt = try #require(attempts?.arrayValue?.first { $0["step"] == "held" })
        let (ended, found) = (attempt["ended_at"]?.stringValue ?? "", attempt["found_at"]?.stringValue ?? "")
        #expect(!ended.isEmpty && ended < found, "\(attempt)")
        #expect(step["ended_at"]?.stringValue == ended)
        #expect(
            try held.scene.workflow("show", held.run, "--attempts").output.contains("its end was found at \(found)"))
        #expect(attempts?.arrayValue?.last?["found_at"] == .null)
    }

    @Test("Killed again and again while it runs: it is still the same process")
    func reattachedOften() throws {
        let held = try HeldStep()
        try held.begin().killed()
        for _ in 0..<5 {
            let resuming = try held.scene.start("resume", held.run)
            try eventually("it re-attaches") { resuming.errors.contains("goes on under its supervisor") }
            try resuming.killed()
        }
        try held.letGo()
        #expect(try held.resume().status == 0)
        #expect(held.starts == ["before", "held", "after"])
    }

    @Test("The supervisor killed alone: nothing else starts for the step, its end is waited for, then it is in doubt")
    func stillRunning() throws {
        let held = try HeldStep()
        let engine = try held.begin()
        try engine.killed()
        for pid in held.scene.supervisors { _ = kill(pid, SIGKILL) }
        try eventually("the supervisor is gone") { held.scene.supervisors.isEmpty }
        let resuming = try held.scene.start("resume", held.run)
        try eventually("it says what still runs; \(resuming.errors)") { resuming.errors.contains("still runs") }
        #expect(held.starts == ["before", "held"])
        #expect(try held.heldStatus() == "running")
        try held.letGo()
        let ended = try resuming.finished()
        #expect(ended.status == 3, "\(ended)")
        #expect(try held.heldStatus() == "in_doubt")
        #expect(held.starts == ["before", "held"])
        #expect(held.ends == ["before", "held"])
    }

    @Test("The supervisor killed under a living engine")
    func supervisorLost() throws {
        let held = try HeldStep()
        let engine = try held.begin()
        for pid in held.scene.supervisors { _ = kill(pid, SIGKILL) }
        try held.letGo()
        let ended = try engine.finished()
        #expect(ended.status == 3, "\(ended)")
        #expect(try held.heldStatus() == "in_doubt")
        #expect(held.starts == ["before", "held"])
    }

    @Test("A step that lost its supervisor is ended at its timeout by whoever resumes")
    func leftoverTimeout() throws {
        let held = try HeldStep(["timeout: 2s", "kill_after: 200ms"])
        let engine = try held.begin()
        let pid = try #require(held.scene.lines("began").first.flatMap { pid_t($0) })
        try engine.killed()
        for supervisor in held.scene.supervisors { _ = kill(supervisor, SIGKILL) }
        let ended = try held.resume()
        #expect(ended.status == 3, "\(ended)")
        #expect(try held.heldStatus() == "in_doubt")
        try eventually("its process is gone") { kill(pid, 0) != 0 || isZombie(pid) }
    }

    @Test("A step that lost its supervisor and still runs is ended by a person who resolves it")
    func leftoverResolved() throws {
        let held = try HeldStep()
        let engine = try held.begin()
        let pid = try #require(held.scene.lines("began").first.flatMap { pid_t($0) })
        try engine.killed()
        for supervisor in held.scene.supervisors { _ = kill(supervisor, SIGKILL) }
        try eventually("the supervisor is gone") { held.scene.supervisors.isEmpty }
        let resolved = try held.scene.workflow("resolve", held.run, "held", "--done", "--reason", "it is there")
        #expect(resolved.status == 0, "\(resolved)")
        try eventually("its process is gone") { kill(pid, 0) != 0 || isZombie(pid) }
        #expect(try held.resume().status == 0)
        #expect(held.starts == ["before", "held", "after"])
    }
}
