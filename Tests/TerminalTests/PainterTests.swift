import Terminal
import Testing
import WorkflowTestKit

@Suite("Drawing in place")
struct PainterTests {
    private let painter = Painter(palette: Palette(depth: .sixteen))

    private func frame(_ lines: [String], _ size: ScreenSize = ScreenSize(columns: 80, rows: 24)) -> Frame {
        Frame(lines.map { StyledLine($0) }, size: size)
    }

    /// The terminal is as anybody wants to find it.
    private func expectClean(_ screen: ScreenEmulator, _ location: SourceLocation = #_sourceLocation) {
        #expect(screen.unknown.isEmpty, sourceLocation: location)
        #expect(screen.isCursorShown && screen.isWrapping && !screen.isSynchronized, sourceLocation: location)
        #expect(screen.column == 0 && screen.attributes.isEmpty, sourceLocation: location)
    }

    @Test("A frame after another shows exactly its lines, whatever the two are")
    func anyTwo() {
        var random = SplitMix(seed: 11)
        for _ in 0..<300 {
            let size = ScreenSize(columns: random.number(5...60), rows: random.number(2...12))
            var screen = ScreenEmulator(columns: size.columns, rows: size.rows)
            screen.feed("$\r\n")
            var old: Frame?
            for _ in 0..<12 {
                let lines = (0..<random.number(0...14)).map { row in
                    random.number(0...2) == 0
                        ? "same \(row)" : String(repeating: random.pick("ab日🚀é"), count: random.number(0...70))
                }
                let new = frame(lines, size)
                screen.feed(painter.bytes(from: old, to: new))
                old = new
                expectClean(screen)
                let shown = screen.lines[..<screen.row].suffix(new.lines.count)
                #expect(Array(shown) == new.lines.map { Self.trimmed($0.text) })
                #expect(screen.lines[screen.row...].allSatisfy { $0.isEmpty })
                #expect(screen.wraps == 0)
            }
        }
    }

    @Test("Nothing is written where nothing has changed")
    func unchanged() {
        let one = frame(["a", "b", "c"])
        #expect(painter.bytes(from: one, to: one).isEmpty)
        #expect(painter.bytes(from: nil, to: frame([])).isEmpty)
    }

    @Test("Only the lines that changed are written")
    func changes() {
        let old = frame((0..<20).map { "line \($0)" })
        var lines = (0..<20).map { "line \($0)" }
        lines[7] = "another"
        let text = String(decoding: painter.bytes(from: old, to: frame(lines)), as: UTF8.self)
        #expect(text.contains("another"))
        #expect(!text.contains("line"))
        #expect(text.utf8.count < 80)
    }

    @Test("Notes stay above the drawing, in order, and may be longer than the screen is wide")
    func notes() {
        var screen = ScreenEmulator(columns: 20, rows: 8)
        let size = ScreenSize(columns: 20, rows: 8)
        let first = frame(["head", "step"], size)
        screen.feed(painter.bytes(from: nil, to: first))
        let long = String(repeating: "n", count: 45)
        screen.feed(painter.bytes(from: first, notes: ["one", long], to: frame(["head", "step 2"], size)))
        #expect(screen.text == ["one", "nnnnnnnnnnnnnnnnnnnn", "nnnnnnnnnnnnnnnnnnnn", "nnnnn", "head", "step 2"])
        expectClean(screen)
    }

    @Test("A drawing at the bottom scrolls what stands above it, and itself stays whole")
    func scrolling() {
        var screen = ScreenEmulator(columns: 30, rows: 6)
        let size = ScreenSize(columns: 30, rows: 6)
        for line in 0..<6 { screen.feed("shell \(line)\r\n") }
        var old: Frame?
        for count in [1, 3, 5, 2, 5, 9] {
            let new = frame((0..<count).map { "line \($0) of \(count)" }, size)
            screen.feed(painter.bytes(from: old, to: new))
            old = new
        }
        #expect(screen.text == (0..<5).map { "line \($0) of 9" })
        #expect(screen.scrolledOff == (0..<6).map { "shell \($0)" })
    }

    @Test(
        "On another size the drawing is redrawn whole, and nothing of the old one is left",
        arguments: [(40, 24), (24, 24), (11, 24), (120, 24), (80, 12), (80, 40), (33, 9)])
    func resizing(_ columns: Int, _ rows: Int) {
        var screen = ScreenEmulator(columns: 80, rows: 24)
        screen.feed("$ workflow run\r\n")
        let lines = (0..<6).map { "step \($0) " + String(repeating: "x", count: 10 * $0) }
        let old = frame(lines, ScreenSize(columns: 80, rows: 24))
        screen.feed(painter.bytes(from: nil, to: old))
        screen.resize(columns: columns, rows: rows)
        let size = ScreenSize(columns: columns, rows: rows)
        let new = frame(lines, size)
        screen.feed(painter.bytes(from: old, to: new))
        expectClean(screen)
        #expect(Array(screen.text.suffix(new.lines.count)) == new.lines.map { Self.trimmed($0.text) })
        let all = screen.scrolledOff + screen.text
        if rows > 12 { #expect(all.count { $0.hasPrefix("step 0") } == 1) }
        #expect(all.contains { $0.hasPrefix("$ work") })
    }

    @Test("A character that the terminal takes to be wider than we do breaks no line")
    func disagreement() {
        // The emulator agrees with us on widths: a line that is too long stands for one that it does not.
        var screen = ScreenEmulator(columns: 10, rows: 5)
        let tooLong = Frame([StyledLine(String(repeating: "w", count: 30))], size: ScreenSize(columns: 80, rows: 5))
        screen.feed(painter.bytes(from: nil, to: tooLong))
        #expect(screen.wraps == 0)
        #expect(screen.text.count == 1)
        expectClean(screen)
    }

    @Test("Colours end with the text that has them")
    func colours() {
        var screen = ScreenEmulator()
        var line = StyledLine("plain ")
        line.append("good", .good)
        screen.feed(painter.bytes(from: nil, to: Frame([line], size: ScreenSize(columns: 80, rows: 24))))
        #expect(screen.attributes(of: "good") == "32")
        #expect(screen.attributes(of: "plain") == "")
        expectClean(screen)
    }

    private static func trimmed(_ text: String) -> String {
        var text = text
        while text.hasSuffix(" ") { text.removeLast() }
        return text
    }
}

/// A small seeded generator (SplitMix64).
private struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func number(_ range: ClosedRange<Int>) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return range.lowerBound + Int((z ^ (z >> 31)) % UInt64(range.count))
    }

    mutating func pick(_ text: String) -> String {
        let characters = Array(text)
        return String(characters[number(0...characters.count - 1)])
    }
}
