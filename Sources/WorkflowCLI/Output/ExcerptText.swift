internal import Terminal
internal import WorkflowDefinitions

/// An excerpt of a file as lines of text: the line that is meant, and below it a caret under what is meant.
///
/// ```
///    |
/// 12 |       retires: 3
///    |       ^^^^^^^ "retry"?
/// ```
struct ExcerptText {
    enum Kind {
        case error, warning
    }

    let paint: Paint

    /// - Parameters:
    ///   - line: its number; nil for what is no line of a file.
    ///   - label: stands behind the caret.
    func lines(_ excerpt: SourceExcerpt, line: Int?, kind: Kind, label: String? = nil) -> [String] {
        let number = line.map(String.init) ?? ""
        let space = String(repeating: " ", count: number.count)
        let scalars = Array(excerpt.text.unicodeScalars)
        let before = scalars[..<min(excerpt.start, scalars.count)].map(Self.shown).joined()
        let meant = scalars.dropFirst(excerpt.start).prefix(excerpt.length).map(Self.shown).joined()
        let after = scalars.dropFirst(excerpt.start + excerpt.length).map(Self.shown).joined()
        let opening = excerpt.isCutBefore ? "…" : ""
        let text = opening + before + meant + after + (excerpt.isCutAfter ? "…" : "")
        let indent = String(repeating: " ", count: DisplayWidth.of(opening + before))
        let caret = String(repeating: "^", count: max(1, DisplayWidth.of(meant)))
        let colour = kind == .error ? Paint.Colour.red : .yellow
        return [
            paint("\(space) |", .blue),
            paint("\(number) |", .blue) + " " + text,
            paint("\(space) |", .blue) + " " + indent + paint(caret, colour)
                + (label.map { " " + paint($0, .green) } ?? ""),
        ]
    }

    /// One scalar as a terminal may have it: its tabs would move the caret away, and control characters do worse.
    private static func shown(_ scalar: Unicode.Scalar) -> String {
        if scalar == "\t" { return "    " }
        switch scalar.properties.generalCategory {
        // What nobody can see is often what is wrong.
        case .control, .format, .lineSeparator, .paragraphSeparator:
            return "\\u{\(String(scalar.value, radix: 16))}"
        default: return String(scalar)
        }
    }
}

/// Colours for people, where they are wanted.
struct Paint {
    enum Colour: String {
        case bold = "1"
        case red = "1;31"
        case yellow = "1;33"
        case green = "32"
        case blue = "34"
    }

    let isOn: Bool

    func callAsFunction(_ text: String, _ colour: Colour) -> String {
        isOn ? "\u{1b}[\(colour.rawValue)m\(text)\u{1b}[0m" : text
    }
}
