import Glibc
import JSON
import Testing
import WorkflowTestKit

@Suite("Output that is refused, or that nobody reads")
struct UnreadOutputTests {
    private static let steps = """
        name: steps
        stages:
          - name: only
            steps:
              - {name: a, run: 'echo a >> "$SCENE/ran"'}
              - {name: b, run: 'echo b >> "$SCENE/ran"; until [ -e "$SCENE/go" ]; do sleep 0.02; done'}
              - {name: c, run: 'echo c >> "$SCENE/ran"'}
        """

    private func made() throws -> (scene: Scene, checkpoint: String) {
        let scene = try Scene()
        try scene.write(Definitions.two, to: "two.yaml")
        #expect(try scene.workflow("run", "two.yaml", "--run-id", "r", "-q").status == 0)
        return (scene, try #require(scene.checkpoints("r").last?.id))
    }

    private func shell(_ scene: Scene, _ script: String) throws -> Finished {
        try scene.start(
            command: ["/bin/bash", "-c", "cd '\(scene.path)'; W='\(scene.binaries)/workflow'\n" + script]
        ).finished()
    }

    @Test("What looks, onto a full disk, says so and exits 74; a reader that has seen enough is no failure")
    func refused() throws {
        let (scene, checkpoint) = try made()
        for command in [
            "list", "show r", "logs r", "journal r", "checkpoint list r", "checkpoint show \(checkpoint)", "graph r",
            "plan two.yaml", "validate two.yaml", "schema", "doctor", "eval 1+1", "journal r --verify",
            "completions bash",
            "--help", "man", "list -o json", "show r -o json", "journal r -o yaml", "doctor -o json",
        ] {
            let full = try shell(scene, "exec $W \(command) > /dev/full")
            #expect(full.status == 74, "\(command): \(full)")
            #expect(
                full.errors.contains("standard output cannot be written: No space left on device"),
                "\(command): \(full)")
            let head = try shell(scene, "set -o pipefail; $W \(command) | head -c 1 > /dev/null")
            #expect(head.status == 0 && !head.errors.contains("error"), "\(command): \(head)")
        }
    }

    @Test("A run goes on where its output is refused, and the loss is told")
    func refusedRun() throws {
        let (scene, _) = try made()
        let lost = try shell(scene, "exec $W run two.yaml --run-id lost -o json > /dev/full")
        #expect(lost.status == 74, "\(lost)")
        #expect(lost.errors.contains("standard output cannot be written"), "\(lost)")
        #expect(try scene.status("lost") == "completed")
        try scene.write(Definitions.failing, to: "failing.yaml")
        let failed = try shell(scene, "exec $W run failing.yaml --run-id failed > /dev/full")
        #expect(failed.status == 1, "its own status says more: \(failed)")
        #expect(failed.lastLine.hasPrefix("workflow resume"), "\(failed)")
        let closed = try shell(scene, "set -o pipefail; $W run two.yaml --run-id closed -q | true")
        #expect(closed.status == 0 && closed.errors.isEmpty, "\(closed)")
    }

    /// Starts a run whose standard error, or output, is a pipe that is full and that nobody reads.
    private func stuck(_ descriptor: Int, _ scene: Scene, _ arguments: String) throws -> Started {
        try scene.write(Self.steps, to: "steps.yaml")
        return try scene.start(command: [
            "/bin/bash", "-c",
            """
            cd '\(scene.path)'; mkfifo stuck; exec 9<>stuck
            dd if=/dev/zero of=stuck bs=4096 oflag=nonblock 2>/dev/null
            exec '\(scene.binaries)/workflow' \(arguments) \(descriptor)>&9
            """,
        ])
    }

    @Test("A run does not wait for whoever does not read its progress, or its id", arguments: [1, 2])
    func unread(_ descriptor: Int) throws {
        let scene = try Scene()
        let run = try stuck(descriptor, scene, "run steps.yaml --run-id r")
        try eventually("the second step runs") { scene.lines("ran") == ["a", "b"] }
        try scene.write("", to: "go")
        try eventually("all have run") { scene.lines("ran") == ["a", "b", "c"] }
        try eventually("it is over") { try scene.status("r") == "completed" }
        // Data waits for its reader as long as nobody ends the waiting; lines for people do not.
        if descriptor == 1 { run.signal(SIGTERM) }
        #expect(try run.finished(within: 30).status == 0)
    }

    @Test("Nor do those that ask it to leave", arguments: ["cancel", "SIGTERM"])
    func obeys(_ how: String) throws {
        let scene = try Scene()
        let run = try stuck(2, scene, "run steps.yaml --run-id r")
        try eventually("the second step runs") { scene.lines("ran") == ["a", "b"] }
        if how == "cancel" {
            #expect(try scene.workflow("cancel", "r", "--reason", "x").status == 0)
        } else {
            run.signal(SIGTERM)
        }
        let ended = try run.finished(within: 40)
        #expect(ended.status == (how == "cancel" ? 4 : 143), "\(ended)")
        #expect(scene.lines("ran") == ["a", "b"])
    }

    @Test("A terminal that was halted stops no run; let go, it shows what has become of it")
    func halted() throws {
        let folder = try TestFolder()
        try folder.write(
            "halted.yaml",
            """
            name: halted
            stages:
              - name: only
                steps:
                  - {name: a, run: 'until [ -e one ]; do sleep 0.02; done'}
                  - {name: b, run: 'touch two; until [ -e three ]; do sleep 0.02; done'}
            """)
        let session = try TerminalSession(["run", "halted.yaml", "--run-id", "h"], in: folder)
        try session.wait("the first step") { $0.text.contains { $0.hasPrefix("  ● a") } }
        session.type("\u{13}")
        try folder.write("one", "")
        try Waiting.until("the second step begins", { folder.exists("two") })
        try folder.write("three", "")
        try Waiting.until("it is over") {
            (try? Command.run(["show", "h", "-o", "json"], in: folder).json()["status"] == "completed") == true
        }
        session.type("\u{11}")
        #expect(try session.end(within: 30) == 0)
    }

    @Test("Closed descriptors: nothing is written into the store's files")
    func closedDescriptors() throws {
        let (scene, _) = try made()
        for closed in ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-", "1>&- 2>&-"] {
            let run = try shell(scene, "exec $W run two.yaml \(closed)")
            #expect(run.status == 0, "\(closed): \(run)")
            #expect(fileBytes("\(scene.store)/locks/opening.lock") == [], "\(closed)")
            let sound = try scene.tool("sqlite3", scene.store + "/store.db", "PRAGMA integrity_check")
            #expect(sound.output == "ok\n", "\(closed)")
            #expect(try scene.workflow("doctor", "-o", "json").status == 0, "\(closed)")
        }
    }
}
