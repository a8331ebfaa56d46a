import Terminal
import Testing

@Suite("Width of text on a terminal")
struct DisplayWidthTests {
    static let texts: [(text: String, columns: Int)] = [
        ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("a\u{300}\u{301}\u{302}b", 2), ("日本語", 6), ("한글", 4),
        // The same syllable from its parts.
        ("\u{1112}\u{1161}\u{11AB}", 2), ("ｱ", 1), ("Ａ", 2), ("🚀", 2), ("👩‍👩‍👧‍👦", 2), ("🇩🇪", 2), ("❤\u{FE0F}", 2),
        ("❤", 1),
        ("1️⃣", 2),
        ("👍🏽", 2), ("\u{200B}", 0), ("a\u{AD}b", 2), ("✓", 1), ("█░", 2), ("…", 1), ("नमस्ते", 4), ("שלום", 4),
        ("\u{20000}", 2),
    ]

    @Test("Each text takes as many columns as it should", arguments: texts)
    func width(_ case: (text: String, columns: Int)) {
        #expect(DisplayWidth.of(`case`.text) == `case`.columns, "\(`case`.text)")
    }

    @Test("A line is cut between characters, never within one, and ends with the mark")
    func cutting() {
        for (columns, expected) in [
            (20, "ab日本語cd"), (10, "ab日本語cd"), (9, "ab日本語…"), (8, "ab日本…"), (7, "ab日本…"), (6, "ab日…"), (1, "…"), (0, ""),
        ] {
            let line = StyledLine("ab日本語cd").cut(to: columns, mark: "…")
            #expect(line.text == expected)
            #expect(line.width <= max(columns, 0))
            #expect(line.width == DisplayWidth.of(line.text))
        }
        var styled = StyledLine("abc", .good)
        styled.append("def", .bad)
        #expect(styled.cut(to: 5, mark: "...").text == "ab...")
        #expect(styled.cut(to: 3, mark: "....").text == "")
    }

    @Test("Control characters never reach a line")
    func controls() {
        let line = StyledLine("a\u{1b}[31mb\r\nc\td\u{9b}e\u{2028}f")
        #expect(line.text == "a [31mb  c d e f")
        #expect(line.width == line.text.count)
    }
}
