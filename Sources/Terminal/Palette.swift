/// What a piece of text means. Colour only repeats what a sign or a word says already.
package enum Style: Sendable, Equatable, CaseIterable {
    case plain
    /// A name that the eye is to find.
    case strong
    /// Of less interest: details, what is pending.
    case quiet
    /// Under way.
    case active
    /// Done.
    case good
    /// Wants somebody's attention, soon.
    case notable
    /// Failed, or in doubt.
    case bad
}

/// How many colours a terminal has.
package enum ColourDepth: Sendable, Equatable, CaseIterable {
    case none, sixteen, many

    /// From `NO_COLOR` (any value but an empty one), `TERM` and `COLORTERM`.
    package init(variables: [String: String]) {
        let term = variables["TERM"] ?? ""
        let isColourless = term.isEmpty || term == "dumb" || term.hasPrefix("vt") || term.hasSuffix("-m")
        guard (variables["NO_COLOR"] ?? "").isEmpty, !isColourless, !term.hasSuffix("-mono") else {
            self = .none
            return
        }
        let hasMany =
            ["truecolor", "24bit"].contains(variables["COLORTERM"] ?? "") || term.contains("256")
            || term.hasSuffix("-direct") || term.hasSuffix("-kitty") || term == "alacritty" || term.hasPrefix("foot")
        self = hasMany ? .many : .sixteen
    }
}

/// The sequences that show styles. Readable on light and on dark ground: neither white nor black is ever asked for, and
/// each of the 256-colour choices differs from both by a contrast of about 4 to 1 (WCAG 2.2).
package struct Palette: Sendable, Equatable {
    package let depth: ColourDepth

    package init(depth: ColourDepth) {
        self.depth = depth
    }

    /// Of the 256 colours, for those styles that have one.
    package static func colour(of style: Style) -> Int? {
        switch style {
        case .plain, .strong: nil
        case .quiet: 243
        case .active: 31
        case .good: 28
        case .notable: 130
        case .bad: 160
        }
    }

    /// The parameters of SGR; nil where the style looks like plain text.
    private func parameters(_ style: Style) -> String? {
        switch depth {
        case .none: return nil
        case .sixteen:
            switch style {
            case .plain: return nil
            case .strong: return "1"
            case .quiet: return "2"
            case .active: return "36"
            case .good: return "32"
            case .notable: return "33"
            case .bad: return "31"
            }
        case .many:
            if style == .strong { return "1" }
            return Palette.colour(of: style).map { "38;5;\($0)" }
        }
    }

    /// The line with its colours; behind it the terminal is as it was before.
    package func text(_ line: StyledLine) -> String {
        var text = ""
        for span in line.spans {
            if let parameters = parameters(span.style) {
                text += "\u{1b}[\(parameters)m\(span.text)\u{1b}[m"
            } else {
                text += span.text
            }
        }
        return text
    }
}
