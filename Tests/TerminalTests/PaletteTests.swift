import Terminal
import Testing

@Suite("Colours")
struct PaletteTests {
    static let environments: [(variables: [String: String], depth: ColourDepth)] = [
        ([:], .none), (["TERM": "dumb"], .none), (["TERM": "vt100"], .none), (["TERM": "xterm"], .sixteen),
        (["TERM": "linux"], .sixteen), (["TERM": "screen"], .sixteen), (["TERM": "xterm-256color"], .many),
        (["TERM": "tmux-256color"], .many), (["TERM": "xterm", "COLORTERM": "truecolor"], .many),
        (["TERM": "xterm-kitty"], .many), (["TERM": "xterm-256color", "NO_COLOR": "1"], .none),
        (["TERM": "xterm-256color", "NO_COLOR": ""], .many), (["TERM": "xterm-mono"], .none),
    ]

    @Test("How many there are is told by the environment", arguments: environments)
    func depth(_ case: (variables: [String: String], depth: ColourDepth)) {
        #expect(ColourDepth(variables: `case`.variables) == `case`.depth)
    }

    static let locales: [(variables: [String: String], isUTF8: Bool, hasSigns: Bool)] = [
        (["LANG": "C.UTF-8"], true, true), (["LANG": "en_US.utf8"], true, true), (["LANG": "C"], false, false),
        ([:], false, false), (["LANG": "C.UTF-8", "LC_ALL": "C"], false, false),
        (["LANG": "C", "LC_CTYPE": "C.UTF-8", "LC_ALL": ""], true, true), (["LANG": "ja_JP.UTF-8"], true, false),
        (["LANG": "C.UTF-8", "TERM": "linux"], true, false),
    ]

    @Test("Signs beyond ASCII need a locale and a font for them", arguments: locales)
    func signs(_ case: (variables: [String: String], isUTF8: Bool, hasSigns: Bool)) {
        let traits = TerminalTraits(variables: `case`.variables)
        #expect(traits.isUTF8 == `case`.isUTF8)
        #expect(traits.hasSigns == `case`.hasSigns)
    }

    @Test("Every colour can be read on white and on black", arguments: Style.allCases)
    func contrast(_ style: Style) {
        guard let colour = Palette.colour(of: style) else { return }
        let light = Self.luminance(ofColour: colour)
        #expect((1.05) / (light + 0.05) >= 3.8, "on white")
        #expect((light + 0.05) / 0.05 >= 3.8, "on black")
    }

    @Test("Without colours nothing but the text is written; with them the end puts things right")
    func sequences() {
        var line = StyledLine("ok ", .good)
        line.append("plain")
        line.append("bad", .bad)
        #expect(Palette(depth: .none).text(line) == "ok plainbad")
        #expect(Palette(depth: .sixteen).text(line) == "\u{1b}[32mok \u{1b}[mplain\u{1b}[31mbad\u{1b}[m")
        #expect(Palette(depth: .many).text(line) == "\u{1b}[38;5;28mok \u{1b}[mplain\u{1b}[38;5;160mbad\u{1b}[m")
    }

    /// Relative luminance (WCAG 2.2) of one of xterm's colours: a cube of six levels each from 16, greys from 232.
    private static func luminance(ofColour number: Int) -> Double {
        let levels = [0, 95, 135, 175, 215, 255]
        let parts =
            number >= 232
            ? Array(repeating: 8 + (number - 232) * 10, count: 3)
            : [levels[(number - 16) / 36], levels[(number - 16) / 6 % 6], levels[(number - 16) % 6]]
        let linear = parts.map { part -> Double in
            let share = Double(part) / 255
            // The curve of sRGB by its power alone: within a few hundredths of the exact one.
            return share <= 0.04045 ? share / 12.92 : power((share + 0.055) / 1.055)
        }
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    /// x to the power of 2.4 for 0 < x ≤ 1, by Newton's method for the fifth root: x² · (x²)^(1/5).
    private static func power(_ x: Double) -> Double {
        let square = x * x
        var root = 1.0
        for _ in 0..<60 { root -= (root * root * root * root * root - square) / (5 * root * root * root * root) }
        return square * root
    }
}
