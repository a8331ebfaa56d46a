extension ShellLexer {
    /// `[[ … ]]`, from behind its opening. Nothing in it is split; numbers are arithmetic, and right of `==` stands a
    /// pattern.
    func conditional() {
        var operation: String?
        var previous = 0..<0
        while true {
            skipBlanks()
            guard !atEnd else { return open("[[") }
            if isAt("#") {
                skipComment()
            } else if !isAtPlaceholder, isMeta(unit()), !isWordBehindMeta(after: operation) {
                position += 1
            } else {
                let start = position
                let word = word(
                    .conditional(after: operation.flatMap { Self.patternOperators.contains($0) ? $0 : nil }))
                if position == start { position += 1 }
                if let operation {
                    if !Self.patternOperators.contains(operation) {
                        let what =
                            operation == "-v" || operation == "-R" ? "[[ \(operation) … ]]" : "[[ … \(operation) … ]]"
                        let remedy: Interpolation.Remedy = operation == "-v" || operation == "-R" ? .name : .number
                        mark(previous, .executes(what, remedy))
                        mark(word.placeholders, .executes(what, remedy))
                    }
                } else if let text = word.text, !word.hasQuotes {
                    if text == "]]" { return }
                    if Self.patternOperators.contains(text) || BuiltinRules.numericOperators.contains(text) {
                        operation = text
                        continue
                    }
                    if text == "-v" || text == "-R" {
                        operation = text
                        previous = 0..<0
                        continue
                    }
                }
                operation = nil
                previous = word.placeholders
            }
        }
    }

    private static let patternOperators: Set<String> = ["==", "=", "!=", "=~"]

    /// `<(…)` and `>(…)`, and the parenthesis that a regular expression begins with.
    private func isWordBehindMeta(after operation: String?) -> Bool {
        if isAt("(") { return operation == "=~" }
        return (isAt("<") || isAt(">")) && isAt("(", 1)
    }
}
