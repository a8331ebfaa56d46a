import Foundation
import Glibc
import JSON
import Testing

@Suite("Concurrency groups: runs of one group never overlap")
struct ConcurrencyTests {
    private static func member(_ name: String, conflict: String = "queue", ending: String = "") -> String {
        """
        name: \(name)
        params:
          go: {type: string, default: ""}
        concurrency: {group: prod, on_conflict: \(conflict)}
        stages:
          - name: only
            steps:
              - name: work
                run: |
                  echo "+ $WORKFLOW_RUN_ID" >> "$SCENE/ledger"
                  until [ -e "$SCENE/go-$WORKFLOW_RUN_ID" ]; do sleep 0.01; done
                  echo "- $WORKFLOW_RUN_ID" >> "$SCENE/ledger"
                  \(ending.isEmpty ? "true" : ending)
        """
    }

    private func scene() throws -> Scene {
        let scene = try Scene()
        try scene.write(Self.member("member"), to: "m.yaml")
        try scene.write(Self.member("member-too"), to: "n.yaml")
        try scene.write(Self.member("strict", conflict: "fail"), to: "f.yaml")
        try scene.write(Self.member("weak", ending: #"test -e "$SCENE/fixed""#), to: "w.yaml")
        return scene
    }

    private func begin(_ file: String, _ run: String, _ scene: Scene) throws -> Started {
        let engine = try scene.start("run", file, "--run-id", run)
        try eventually("\(run) begins; \(engine.errors)") { scene.lines("ledger").contains("+ \(run)") }
        return engine
    }

    private func queue(_ file: String, _ run: String, _ scene: Scene) throws -> Started {
        let engine = try scene.start("run", file, "--run-id", run)
        try eventually("\(run) waits") { engine.errors.contains("waits for its turn in the concurrency group prod") }
        return engine
    }

    private func letGo(_ run: String, _ scene: Scene) throws { try scene.write("", to: "go-\(run)") }

    @Test("They queue in the order of their creation")
    func order() throws {
        let scene = try scene()
        let a = try begin("m.yaml", "a", scene)
        let b = try queue("n.yaml", "b", scene)
        let c = try queue("m.yaml", "c", scene)
        #expect(b.errors.contains("a is under way"), "\(b.errors)")
        for run in ["c", "b", "a"] { try letGo(run, scene) }
        for engine in [a, b, c] { #expect(try engine.finished().status == 0) }
        #expect(scene.lines("ledger") == ["+ a", "- a", "+ b", "- b", "+ c", "- c"])
    }

    @Test("`fail` fails at once with a code that names the other run; resumed later it has its turn")
    func fail() throws {
        let scene = try scene()
        let a = try begin("m.yaml", "a", scene)
        let strict = try scene.workflow("run", "f.yaml", "--run-id", "f")
        #expect(strict.status == 1, "\(strict)")
        #expect(try scene.show("f")["error"]?["code"] == "concurrency_conflict")
        #expect(strict.errors.contains("a of the concurrency group prod is under way"))
        #expect(strict.lastLine == "workflow resume f")
        for run in ["a", "f"] { try letGo(run, scene) }
        #expect(try a.finished().status == 0)
        #expect(try scene.workflow("resume", "f").status == 0)
        #expect(scene.lines("ledger") == ["+ a", "- a", "+ f", "- f"])
    }

    @Test("A waiter that is dead holds up nobody, and has its turn when it is resumed")
    func deadWaiter() throws {
        let scene = try scene()
        let a = try begin("m.yaml", "a", scene)
        let dead = try queue("m.yaml", "b", scene)
        let c = try queue("m.yaml", "c", scene)
        try dead.killed()
        for run in ["a", "b", "c"] { try letGo(run, scene) }
        #expect(try a.finished().status == 0)
        #expect(try c.finished().status == 0)
        #expect(try scene.workflow("resume", "b").status == 0)
        #expect(scene.lines("ledger") == ["+ a", "- a", "+ c", "- c", "+ b", "- b"])
    }

    @Test(
        "kill -9 of the holder's driver: the group is still held, until the run is resumed or cancelled",
        arguments: [
            "resume", "cancel",
        ])
    func deadHolder(how: String) throws {
        let scene = try scene()
        let a = try begin("m.yaml", "a", scene)
        try a.killed()
        let b = try queue("m.yaml", "b", scene)
        for run in ["a", "b"] { try letGo(run, scene) }
        _ = usleep(600_000)  // More than two askings: it must not get its turn.
        #expect(b.isRunning && !scene.lines("ledger").contains("+ b"))
        let ended = try scene.workflow(how, "a")
        #expect(ended.status == 0, "\(ended)")
        #expect(try b.finished().status == 0)
        #expect(scene.lines("ledger").suffix(2) == ["+ b", "- b"])
    }

    @Test("A failed run gives its turn up, and takes it again when it is resumed")
    func failedRun() throws {
        let scene = try scene()
        let w = try begin("w.yaml", "w", scene)
        try letGo("w", scene)
        #expect(try w.finished().status == 1)
        let b = try begin("m.yaml", "b", scene)
        try scene.write("", to: "fixed")
        let again = try scene.start("resume", "w")
        try eventually("it waits") { again.errors.contains("waits for its turn in the concurrency group prod") }
        try letGo("b", scene)
        #expect(try b.finished().status == 0)
        #expect(try again.finished().status == 0)
        #expect(scene.lines("ledger") == ["+ w", "- w", "+ b", "- b", "+ w", "- w"])
    }

    @Test("A run that waits for a person, or is paused, holds its group", arguments: ["waiting", "paused"])
    func heldWhileAsleep(how: String) throws {
        let scene = try scene()
        try scene.write(
            """
            name: sleeper
            concurrency: {group: prod, on_conflict: queue}
            stages:
              - name: only
                steps:
                  - name: ask
                    uses: approval
                    with: {prompt: "Go?"}
            """, to: "s.yaml")
        #expect(try scene.workflow("run", "s.yaml", "--run-id", "s").status == 3)
        if how == "paused" { #expect(try scene.workflow("pause", "s").status == 0) }
        let strict = try scene.workflow("run", "f.yaml", "--run-id", "f")
        #expect(strict.status == 1, "\(strict)")
        #expect(strict.errors.contains("s of the concurrency group prod is under way"))
        #expect(try scene.workflow("cancel", "s").status == 0)
        try letGo("f", scene)
        #expect(try scene.workflow("resume", "f").status == 0)
    }

    @Test("A run that leaves while it waits for its turn says so, and a free turn is taken under --no-wait too")
    func noWait() throws {
        let scene = try scene()
        let a = try begin("m.yaml", "a", scene)
        let b = try scene.workflow("run", "m.yaml", "--run-id", "b", "--no-wait")
        #expect(b.status == 3, "\(b)")
        #expect(b.errors.contains("waits for its turn in the concurrency group prod"), "\(b)")
        #expect(b.lastLine == "workflow resume b", "\(b)")
        #expect(try scene.workflow("show", "b").output.contains("waits for its turn in the concurrency group prod"))
        for run in ["a", "b"] { try letGo(run, scene) }
        #expect(try a.finished().status == 0)
        var status: Int32 = 3
        for _ in 0..<3 where status == 3 { status = try scene.workflow("resume", "b", "--no-wait").status }
        #expect(status == 0)
    }

    @Test("SIGTERM of a waiter: 143; the others go on")
    func stopped() throws {
        let scene = try scene()
        let a = try begin("m.yaml", "a", scene)
        let b = try queue("m.yaml", "b", scene)
        b.signal(SIGTERM)
        let stopped = try b.finished()
        #expect(stopped.status == 143, "\(stopped)")
        let c = try queue("m.yaml", "c", scene)
        for run in ["a", "b", "c"] { try letGo(run, scene) }
        #expect(try a.finished().status == 0)
        #expect(try c.finished().status == 0)
        #expect(try scene.workflow("resume", "b").status == 0)
    }

    /// The runs that the store keeps a lock or a turn for.
    private func holders(_ scene: Scene) throws -> String {
        try scene.tool(
            "sqlite3", scene.store + "/store.db", "SELECT kind || ' ' || name || ' ' || run FROM locks ORDER BY 1"
        ).output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @Test("A queued run that is paused is paused at once, and holds nothing: not after `resume --all` either")
    func pausedInQueue() throws {
        let scene = try scene()
        let h = try begin("m.yaml", "h", scene)
        #expect(try scene.workflow("run", "m.yaml", "--run-id", "q", "--no-wait").status == 3)
        #expect(try scene.workflow("pause", "q").status == 0)
        #expect(try scene.status("q") == "paused")
        for run in ["h", "later"] { try letGo(run, scene) }
        #expect(try h.finished().status == 0)
        #expect(try scene.workflow("resume", "--all", "--no-wait").status == 0)
        #expect(try holders(scene) == "")
        let later = try scene.workflow("run", "m.yaml", "--run-id", "later")
        #expect(later.status == 0, "\(later)")
        #expect(scene.lines("ledger") == ["+ h", "- h", "+ later", "- later"])
    }

    @Test(
        "A step that waits for a lock when its run is paused, or stopped, keeps none", arguments: ["pause", "SIGTERM"])
    func leftWhileWaiting(how: String) throws {
        let scene = try scene()
        try scene.write(
            """
            name: locked
            stages:
              - name: only
                steps:
                  - {name: work, locks: [db], run: 'echo begun >> "$SCENE/led"; until [ -e "$SCENE/go" ]; do sleep \
            0.01; done'}
            """, to: "l.yaml")
        let a = try scene.start("run", "l.yaml", "--run-id", "a")
        try eventually("a has the lock") { scene.lines("led") == ["begun"] }
        let b = try scene.start("run", "l.yaml", "--run-id", "b")
        try eventually("b waits") { b.errors.contains("waits for the lock db") }
        if how == "pause" { #expect(try scene.workflow("pause", "b").status == 0) } else { b.signal(SIGTERM) }
        try scene.write("", to: "go")
        #expect(try b.finished().status == (how == "pause" ? 4 : 143))
        #expect(try a.finished().status == 0)
        #expect(try holders(scene) == "")
        #expect(try scene.workflow("resume", "b").status == 0)
    }
}
