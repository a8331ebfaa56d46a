internal import Terminal

/// Sentences for a terminal: broken at spaces where they are wider than it is, so that it breaks no word.
///
/// What people copy stays whole: a command, alone on its line or behind a colon, and what stands in backticks. Lines in
/// columns, excerpts and output of steps stay as they are.
enum Prose {
    static func wrapped(_ text: String, to columns: Int) -> String {
        guard text.utf8.count > columns else { return text }
        return text.split(separator: "\n", omittingEmptySubsequences: false)
            .flatMap { lines(of: String($0), columns) }.joined(separator: "\n")
    }

    private static func lines(of line: String, _ columns: Int) -> [String] {
        guard DisplayWidth.of(line) > columns, !line.utf8.contains(0x1B) else { return [line] }
        let indent = String(line.prefix { $0 == " " })
        let body = String(line.dropFirst(indent.count))
        let isUsage = body.hasPrefix("Usage: ")
        let isOption = body.hasPrefix("Help: ")
        guard isUsage || isOption || isProse(body) else { return [line] }
        let margin = isUsage || isOption ? indent + "  " : indent
        var lines: [String] = []
        var current = indent
        var isEmpty = true
        for word in words(of: body, keepsCommands: !isUsage) {
            if !isEmpty, DisplayWidth.of(current) + 1 + DisplayWidth.of(word) > columns {
                lines.append(current)
                current = margin
                isEmpty = true
            }
            current += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        return lines + [current]
    }

    /// No command, no columns, no excerpt.
    private static func isProse(_ body: String) -> Bool {
        let isExcerpt = body.drop { $0.isASCII && $0.isNumber }.drop { $0 == " " }.hasPrefix("|")
        return !body.hasPrefix("workflow ") && !body.contains("  ") && !isExcerpt
    }

    /// The pieces between which a line may end.
    static func words(of body: String, keepsCommands: Bool) -> [String] {
        var words: [String] = []
        var word = ""
        var rest = Substring(body)
        while let character = rest.first {
            if character == " " {
                if !word.isEmpty { words.append(word) }
                word = ""
                rest.removeFirst()
                if keepsCommands, words.last?.hasSuffix(":") == true, rest.hasPrefix("workflow ") {
                    return words + [String(rest)]
                }
                continue
            }
            if let closing = closing(of: character), let end = rest.dropFirst().firstIndex(of: closing) {
                word += rest[...end]
                rest = rest[rest.index(after: end)...]
                continue
            }
            word.append(character)
            rest.removeFirst()
        }
        return word.isEmpty ? words : words + [word]
    }

    private static func closing(of character: Character) -> Character? {
        switch character {
        case "`": "`"
        case "[": "]"
        default: nil
        }
    }
}
