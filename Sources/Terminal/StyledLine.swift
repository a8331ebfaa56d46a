/// One line for a terminal: pieces of text, each with its meaning. Holds no control characters.
package struct StyledLine: Sendable, Equatable {
    package struct Span: Sendable, Equatable {
        package var text: String
        package var style: Style
    }

    package private(set) var spans: [Span] = []
    /// In columns.
    package private(set) var width = 0

    package init() {}

    package init(_ text: String, _ style: Style = .plain) {
        append(text, style)
    }

    /// The characters alone.
    package var text: String { spans.map(\.text).joined() }

    /// Control characters, which would move the cursor, become spaces.
    package mutating func append(_ text: String, _ style: Style = .plain) {
        guard !text.isEmpty else { return }
        let clean = StyledLine.withoutControls(text)
        width += DisplayWidth.of(clean)
        if let last = spans.indices.last, spans[last].style == style {
            spans[last].text += clean
        } else {
            spans.append(Span(text: clean, style: style))
        }
    }

    package mutating func append(_ line: StyledLine) {
        for span in line.spans { append(span.text, span.style) }
    }

    /// Spaces up to a column.
    package mutating func pad(to column: Int) {
        if width < column { append(String(repeating: " ", count: column - width)) }
    }

    /// At most `columns` wide; where something is left out, the last thing is `mark`. A wide character is never halved.
    package func cut(to columns: Int, mark: String) -> StyledLine {
        guard width > columns else { return self }
        let room = columns - DisplayWidth.of(mark)
        guard room >= 0 else { return StyledLine() }
        var line = StyledLine()
        for span in spans {
            if line.width + DisplayWidth.of(span.text) <= room {
                line.append(span.text, span.style)
                continue
            }
            var kept = ""
            var width = line.width
            for character in span.text {
                width += DisplayWidth.of(character)
                if width > room { break }
                kept.append(character)
            }
            line.append(kept, span.style)
            line.append(mark, span.style)
            return line
        }
        return line
    }

    private static func withoutControls(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var clean = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { clean.append(isControl(scalar) ? " " : scalar) }
        return String(clean)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
    }
}
