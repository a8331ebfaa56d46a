/// One word of a command line, as far as it can be known before the shell expands it.
struct ShellWord {
    /// The text up to the first expansion, quotes removed.
    var prefix: [UInt8] = []
    /// Whether nothing follows `prefix`.
    var isLiteral = true
    var hasQuotes = false
    /// Whether some expansion in it is not quoted, so that it may become several words, or none.
    var hasUnquotedExpansion = false
    /// Whether `=` stands behind an expansion in it: `"$name=1"`.
    var hasLateEquals = false
    /// Whether it is `name=(…)`, written out.
    var isArray = false
    /// The expressions in it, also in command substitutions.
    var placeholders: Range<Int> = 0..<0
    /// The expressions that are part of its text, not of a substitution's.
    var direct: [Int] = []

    init() {}

    /// A word that is known entirely, and of which nothing is an expression.
    init(literal text: String, hasQuotes: Bool = false) {
        prefix = Array(text.utf8)
        self.hasQuotes = hasQuotes
    }

    /// The word, where it is known entirely.
    var text: String? { isLiteral ? String(decoding: prefix, as: UTF8.self) : nil }

    /// Whether it may vanish or be a command with arguments: an expansion without quotes and without text before it.
    var mayVanish: Bool { !isLiteral && !hasQuotes && prefix.isEmpty }

    /// Whether a value in it may become several words.
    var splitsValues: Bool { hasUnquotedExpansion && !placeholders.isEmpty }

    func begins(with text: String) -> Bool { prefix.starts(with: text.utf8) }

    /// `NAME` of `NAME=…` and `NAME+=…`; nil for other words.
    var assignedName: String? {
        guard let equals = prefix.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        var name = prefix[..<equals]
        if name.last == UInt8(ascii: "+") { name = name.dropLast() }
        let text = String(decoding: name, as: UTF8.self)
        return NameRules.isVariable(text) ? text : nil
    }
}

/// A command with its arguments and what is fed to it. A class, because here-documents are read after it has ended.
final class SimpleCommand {
    var assignments: [ShellWord] = []
    var words: [ShellWord] = []
    /// Expressions in here-strings.
    var hereStrings: [Range<Int>] = []
    /// A word without quotes that a redirection follows at once, such as `3` of `exec 3>file`.
    var wordBeforeRedirection: ShellWord?
    /// Placeholders before this number belong to what comes earlier.
    let start: Int
    /// What becomes of values that arrive at its standard input.
    var input = Interpolation.safe
    var hasHereDocument = false

    init(start: Int) {
        self.start = start
    }

    var isEmpty: Bool { words.isEmpty && assignments.isEmpty }

    /// Remembers the worst that becomes of its input.
    func worsenInput(_ verdict: Interpolation) {
        if input.severity < verdict.severity { input = verdict }
    }
}
