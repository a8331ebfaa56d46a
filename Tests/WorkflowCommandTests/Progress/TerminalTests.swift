import Glibc
import Testing
import WorkflowTestKit

@Suite("Progress on a terminal")
struct ProgressTerminalTests {
    private static let definition = """
        name: shown
        stages:
          - name: planning
            steps:
              - {name: draw_plan, run: echo drawn}
          - name: provisioning
            steps:
              - name: network
                run: 'echo subnet one made; while [ ! -e go ]; do sleep 0.02; done'
              - {name: after, run: echo}
          - name: validating
            steps:
              - {name: smoke, run: echo}
        """

    private func scene() throws -> TestFolder {
        let folder = try TestFolder()
        try folder.write("shown.yaml", Self.definition)
        // The first run also says where it makes a store.
        try folder.write("two.yaml", Definitions.two)
        #expect(try Command.run(["run", "two.yaml", "-q"], in: folder).status == 0)
        return folder
    }

    private func isClean(_ screen: ScreenEmulator) -> Bool {
        screen.isCursorShown && screen.isWrapping && !screen.isSynchronized && screen.attributes.isEmpty
            && screen.column == 0 && screen.unknown.isEmpty
    }

    @Test("A run is a tree that ends as plain text: stages folded, the step that runs with its output")
    func tree() throws {
        let folder = try scene()
        let session = try TerminalSession(["run", "shown.yaml", "--run-id", "one"], in: folder)
        try session.wait("the output of the step") { $0.text.contains { $0.hasSuffix("│ subnet one made") } }
        #expect(session.screen.text.contains { $0.hasPrefix("✓ planning") && $0.contains("1 step ") })
        #expect(session.screen.text.contains { $0.hasPrefix("  ● network") })
        #expect(session.screen.text.contains("  ○ after"))
        #expect(session.screen.attributes(of: "●") == "38;5;31")
        try folder.write("go", "")
        #expect(try session.end() == 0)
        #expect(isClean(session.screen))
        #expect(session.echoes)
        let lines = session.screen.text
        #expect(lines.count == 5, "\(lines)")
        #expect(lines.first == "one")
        #expect(lines[1].hasPrefix("✓ one  completed "))
        #expect(
            zip(["planning", "provisioning", "validating"], lines.dropFirst(2)).allSatisfy { $1.hasPrefix("✓ \($0)") })
    }

    @Test("Ctrl-C leaves whole lines, the typed keys do not show, and the last line resumes")
    func interrupt() throws {
        let folder = try scene()
        let session = try TerminalSession(["run", "shown.yaml", "--run-id", "one"], in: folder)
        try session.wait("the step") { $0.text.contains { $0.hasPrefix("  ● network") } }
        session.type("hello\n\n")
        session.type("\u{3}")
        try session.wait("what the signal means") { $0.text.contains { $0.hasPrefix("SIGINT:") } }
        try folder.write("go", "")
        #expect(try session.end() == 130)
        #expect(isClean(session.screen))
        let lines = session.screen.scrolledOff + session.screen.text
        #expect(!lines.contains { $0.contains("hello") || $0.contains("^C") })
        #expect(lines.last?.hasPrefix("workflow resume --checkpoint chk-") == true, "\(lines)")
        #expect(lines.count { $0.contains("one  ") && $0.contains("shown") } == 1, "\(lines)")
        #expect(session.echoes)
    }

    @Test("On another size the tree is drawn anew", arguments: [(40, 10), (33, 24), (200, 50)])
    func resize(_ columns: Int, _ rows: Int) throws {
        let folder = try scene()
        let session = try TerminalSession(["run", "shown.yaml", "--run-id", "one"], in: folder)
        try session.wait("the output") { $0.text.contains { $0.hasSuffix("subnet one made") } }
        session.resize(columns: columns, rows: rows)
        try session.wait("the new bar") { screen in
            screen.text.count { $0.hasPrefix("● one") } == 1 && screen.text.contains { $0.hasSuffix("subnet one made") }
                && screen.text.last?.hasPrefix("○ validating") == true
        }
        try folder.write("go", "")
        #expect(try session.end() == 0)
        #expect(session.screen.text.count { $0.contains("one  completed") } == 1, "\(session.screen.text)")
        #expect(isClean(session.screen))
    }

    @Test("NO_COLOR has no colour, a locale without UTF-8 no sign beyond ASCII, a dumb terminal no tree")
    func plainer() throws {
        let folder = try scene()
        try folder.write("go", "")
        let colourless = try TerminalSession(["run", "shown.yaml"], in: folder, environment: ["NO_COLOR": "1"])
        #expect(try colourless.end() == 0)
        #expect(!String(decoding: colourless.bytes, as: UTF8.self).contains("m✓"))
        #expect(colourless.screen.text.contains { $0.hasPrefix("✓ planning") })
        let ascii = try TerminalSession(["run", "shown.yaml"], in: folder, environment: ["LANG": "C"])
        #expect(try ascii.end() == 0)
        #expect(ascii.bytes.allSatisfy { $0 < 0x80 })
        #expect(ascii.screen.text.contains { $0.hasPrefix("+ planning") })
        let dumb = try TerminalSession(["run", "shown.yaml"], in: folder, environment: ["TERM": "dumb"])
        #expect(try dumb.end() == 0)
        #expect(!dumb.bytes.contains(0x1B))
        #expect(dumb.screen.text.contains { $0.hasSuffix("success   chk-" + $0.suffix(14)) })
        let plain = try TerminalSession(["run", "shown.yaml", "--progress", "plain"], in: folder)
        #expect(try plain.end() == 0)
        #expect(!String(decoding: plain.bytes, as: UTF8.self).contains("\u{1b}[?25"))
    }

    @Test("show --watch follows a run that another process drives; Ctrl-C ends the looking alone")
    func watch() throws {
        let folder = try scene()
        let engine = try Command.start(["run", "shown.yaml", "--run-id", "one"], in: folder)
        try engine.waitForError(containing: "network")
        let first = try TerminalSession(["show", "one", "--watch"], in: folder)
        try first.wait("the output") { $0.text.contains { $0.hasSuffix("│ subnet one made") } }
        first.type("\u{3}")
        #expect(try first.end() == 130)
        #expect(isClean(first.screen) && first.echoes)
        #expect(!engine.hasEnded)
        let second = try TerminalSession(["show", "one", "--watch"], in: folder)
        try second.wait("the output") { $0.text.contains { $0.hasSuffix("│ subnet one made") } }
        let piped = try Command.start(["show", "one", "--watch"], in: folder)
        try piped.waitForOutput(containing: "one: shown is running")
        try folder.write("go", "")
        #expect(try engine.end().status == 0)
        #expect(try second.end() == 0)
        #expect(second.screen.text.first?.hasPrefix("✓ one  completed") == true, "\(second.screen.text)")
        let lines = try piped.end()
        #expect(lines.status == 0)
        #expect(lines.outputLines.last?.hasSuffix("one completed") == true, "\(lines)")
        #expect(!lines.outputBytes.contains(0x1B))
    }
}
