import Glibc
import JSON
import Testing

/// A run `a` has the lock `db` or the group `prod`; `b` waits for it. What is told is a's id, and what frees it.
@Suite("Who holds what one waits for")
struct LockHolderTests {
    enum Holder: String, CaseIterable {
        case interrupted, paused, waiting
    }

    /// The step that holds stands before, or is, the one that decides how the run is left.
    private static func definition(_ name: String, group: String?, locks: String?, approves: Bool) -> String {
        let concurrency = group.map { "concurrency: {group: \($0), on_conflict: queue}\n" } ?? ""
        let lock = locks.map { "locks: [\($0)], lock_timeout: 700ms, " } ?? ""
        let inside =
            approves
            ? "{name: go, uses: approval, with: {prompt: ok, timeout: 2h}}"
            : #"{name: work, run: 'echo x >> "$SCENE/began"; while [ ! -e "$SCENE/go" ]; do sleep 0.01; done'}"#
        return """
            name: \(name)
            \(concurrency)stages:
              - name: only
                steps:
                  - {name: hold, \(lock)steps: [\(inside)]}
            """
    }

    private func scene(_ holder: Holder, group: String? = nil, locks: String? = nil) throws -> Scene {
        let scene = try Scene()
        try scene.write(
            Self.definition("a", group: group, locks: locks, approves: holder == .waiting), to: "a.yaml")
        try scene.write(Self.definition("b", group: group, locks: locks, approves: false), to: "b.yaml")
        switch holder {
        case .interrupted:
            let engine = try scene.start("run", "a.yaml", "--run-id", "a")
            try scene.await("began")
            try scene.killEverything()
            _ = try engine.finished()
        case .paused:
            let engine = try scene.start("run", "a.yaml", "--run-id", "a")
            try scene.await("began")
            #expect(try scene.workflow("pause", "a").status == 0)
            try scene.write("", to: "go")
            _ = try engine.finished()
        case .waiting:
            #expect(try scene.workflow("run", "a.yaml", "--run-id", "a").status == 3)
        }
        return scene
    }

    private func commands(_ holder: Holder) -> [String] {
        switch holder {
        case .waiting: ["workflow approve a go --resume", "workflow cancel a"]
        case .paused: ["workflow resume a", "workflow cancel a"]
        // What it ran may turn out to be in doubt.
        case .interrupted: ["workflow resume a", #"workflow cancel a --reason "…""#]
        }
    }

    @Test("A lock: in the waiting line, the failure, attention and locks", arguments: [Holder.interrupted, .waiting])
    func lock(_ holder: Holder) throws {
        let scene = try scene(holder, locks: "db")
        let held = try scene.workflow("locks", "-o", "json").json.arrayValue ?? []
        #expect(held.count == 1)
        #expect(held[0]["name"] == "db" && held[0]["run"] == "a" && held[0]["driven"] == false)
        #expect(held[0]["command"]?.stringValue == commands(holder)[0])
        let b = try scene.workflow("run", "b.yaml", "--run-id", "b")
        #expect(b.status == 1, "\(b)")
        for command in commands(holder) {
            // The waiting line and the failure.
            #expect(b.errors.components(separatedBy: "`\(command)`").count >= 3, "\(command) in \(b)")
        }
        #expect(b.errors.contains("waits for the lock db, which a holds"))
        let message = try scene.show("b")["error"]?["message"]?.stringValue ?? ""
        let stepMessage = try scene.step("hold", of: "b")["error"]?["message"]?.stringValue ?? message
        #expect(stepMessage.contains("did not get db within 700ms: a holds it"), "\(stepMessage)")
        #expect(stepMessage.contains(commands(holder)[0]), "\(stepMessage)")
        let attention = try scene.workflow("attention")
        #expect(attention.status == 3)
        #expect(attention.output.contains("holds the lock db"), "\(attention)")
        #expect(attention.output.contains(commands(holder)[0]), "\(attention)")
        #expect(try scene.workflow("doctor").output.contains(commands(holder)[0]))
    }

    @Test("A group: in the waiting line, show and attention", arguments: Holder.allCases)
    func group(_ holder: Holder) throws {
        let scene = try scene(holder, group: "prod")
        let b = try scene.workflow("run", "b.yaml", "--run-id", "b", "--no-wait")
        #expect(b.status == 3, "\(b)")
        let shown = try scene.workflow("show", "b").output
        let attention = try scene.workflow("attention").output
        for command in commands(holder) {
            for text in [b.errors, shown, attention] { #expect(text.contains(command), "\(command) in \(text)") }
        }
        #expect(shown.contains("a has it"), "\(shown)")
        let waits = try scene.show("b")["waits"]?.arrayValue?.first
        #expect(waits?["kind"] == "queued")
        #expect(waits?["holder"]?["run"] == "a")
        #expect(waits?["holder"]?["driven"] == false)
        let waiters = try scene.workflow("locks", "-o", "json").json.arrayValue?.first?["waiters"]?.arrayValue
        #expect(waiters?.first?["run"] == "b")
        #expect(try scene.workflow("list", "--status", "queued", "-o", "json").json.arrayValue?.count == 1)
    }

    @Test("A holder that is in doubt is ended by the command that is printed")
    func doubtful() throws {
        let scene = try scene(.interrupted, locks: "db")
        #expect(try scene.workflow("resume", "a").status == 3)
        let held = try scene.workflow("locks", "-o", "json").json.arrayValue ?? []
        let commands = held.first?["holder"]?["commands"] ?? held.first?["commands"]
        let attention = try scene.workflow("attention").output
        #expect(attention.contains(#"workflow cancel a --reason "…""#), "\(attention) \(commands ?? .null)")
        #expect(try scene.workflow("cancel", "a").status == 64)
        #expect(try scene.workflow("cancel", "a", "--reason", "…").status == 0)
    }

    @Test("Of a holder that is driven nothing more is told")
    func driven() throws {
        let scene = try Scene()
        try scene.write(Self.definition("a", group: "prod", locks: "db", approves: false), to: "a.yaml")
        try scene.write(Self.definition("b", group: nil, locks: "db", approves: false), to: "b.yaml")
        let a = try scene.start("run", "a.yaml", "--run-id", "a")
        try scene.await("began")
        let b = try scene.workflow("run", "b.yaml", "--run-id", "b")
        #expect(b.status == 1, "\(b)")
        #expect(b.errors.contains("did not get db within 700ms: a holds it"), "\(b)")
        for word in ["no process drives", "workflow cancel a", "workflow resume a"] {
            #expect(!b.errors.contains(word), "\(word) in \(b)")
        }
        let held = try scene.workflow("locks", "-o", "json").json.arrayValue ?? []
        #expect(held.count == 2)
        #expect(held.allSatisfy { $0["driven"] == true && $0["command"] == .null })
        #expect(try scene.workflow("list", "--status", "owed", "-o", "json").json.arrayValue?.isEmpty == true)
        try scene.write("", to: "go")
        #expect(try a.finished().status == 0)
        let none = try scene.workflow("locks")
        #expect(none.status == 0 && none.output.isEmpty, "\(none)")
    }

    @Test("A holder that is killed while others wait is told as such")
    func killedMeanwhile() throws {
        let scene = try Scene()
        try scene.write(Self.definition("a", group: "prod", locks: nil, approves: false), to: "a.yaml")
        let a = try scene.start("run", "a.yaml", "--run-id", "a")
        try scene.await("began")
        let b = try scene.start("run", "a.yaml", "--run-id", "b")
        try eventually("b waits; \(b.errors)") { b.errors.contains("a is under way") }
        #expect(!b.errors.contains("workflow cancel a"))
        #expect(try a.killed())
        try eventually("it is told; \(b.errors)") { b.errors.contains("`workflow cancel a --reason") }
        b.signal(SIGTERM)
        _ = try b.finished()
    }
}

extension String {
    fileprivate func components(separatedBy text: String) -> [Substring] {
        var parts: [Substring] = []
        var rest = self[...]
        while let range = rest.firstRange(of: text) {
            parts.append(rest[..<range.lowerBound])
            rest = rest[range.upperBound...]
        }
        return parts + [rest]
    }
}
