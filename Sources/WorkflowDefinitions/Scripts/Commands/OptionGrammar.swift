/// How a program reads its options, as far as it matters which words are values, code and operands.
struct OptionGrammar: Sendable {
    /// `-x VALUE` and `-xVALUE`, also at the end of a cluster such as `-tAxVALUE`.
    var values = ""
    /// As `values`, but that the value is code.
    var code = ""
    /// The rest of the cluster is the value, and never the next word: `-i.bak`.
    var rest = ""
    /// Options with more than one letter that take the next word, or so many; `--name=value` is always read.
    var longValues: [String: Int] = [:]
    var longCode: Set<String> = []
    /// Whether `-name` is one option and not a cluster.
    var hasLongNamesOnly = false
    /// Whether the first operand ends the options, as in POSIX.
    var stopsAtOperand = false

    init(
        values: String = "", code: String = "", rest: String = "", longValues: [String] = [], longCode: [String] = [],
        hasLongNamesOnly: Bool = false, stopsAtOperand: Bool = false
    ) {
        self.values = values
        self.code = code
        self.rest = rest
        for name in longValues { self.longValues[name] = 1 }
        self.longCode = Set(longCode)
        self.hasLongNamesOnly = hasLongNamesOnly
        self.stopsAtOperand = stopsAtOperand
    }

    /// One word of a command line, and what it is for the program.
    struct Argument {
        enum Kind: Equatable {
            /// An option by itself.
            case flag(String)
            /// The value of this option, in a word of its own or behind the option.
            case value(String)
            case code(String)
            case operand
        }

        var kind: Kind
        var word: ShellWord
        /// Its index in the words that were read.
        var index: Int
    }

    func read(_ words: ArraySlice<ShellWord>) -> [Argument] {
        var arguments: [Argument] = []
        var index = words.startIndex
        var readsOptions = true
        while index < words.endIndex {
            let word = words[index]
            let position = index
            index += 1
            guard readsOptions, word.begins(with: "-"), word.text != "-" else {
                arguments.append(Argument(kind: .operand, word: word, index: position))
                if stopsAtOperand { readsOptions = false }
                continue
            }
            if word.text == "--" {
                arguments.append(Argument(kind: .flag("--"), word: word, index: position))
                readsOptions = false
                continue
            }
            let (kind, following) = option(word)
            arguments.append(Argument(kind: kind, word: word, index: position))
            guard following > 0 else { continue }
            let valueKind: Argument.Kind =
                switch kind {
                case .flag(let name): isCode(name) ? .code(name) : .value(name)
                case .value, .code, .operand: kind
                }
            for _ in 0..<following where index < words.endIndex {
                arguments.append(Argument(kind: valueKind, word: words[index], index: index))
                index += 1
            }
        }
        return arguments
    }

    private func isCode(_ name: String) -> Bool {
        longCode.contains(name) || (!name.hasPrefix("--") && name.utf8.count == 2 && code.contains(name.dropFirst()))
    }

    /// What an option's word is, and how many words behind it belong to it.
    private func option(_ word: ShellWord) -> (kind: Argument.Kind, following: Int) {
        let text = String(decoding: word.prefix, as: UTF8.self)
        if text.hasPrefix("--") || hasLongNamesOnly {
            let name = String(text.prefix { $0 != "=" })
            if name.utf8.count < text.utf8.count {
                return (longCode.contains(name) ? .code(name) : .value(name), 0)
            }
            guard word.isLiteral else { return (.value(name), 0) }
            if longCode.contains(name) { return (.flag(name), 1) }
            return (.flag(name), longValues[name] ?? 0)
        }
        // A single-dash option with a long name stands in the tables by its whole name.
        if word.isLiteral, longCode.contains(text) { return (.flag(text), 1) }
        if word.isLiteral, let count = longValues[text] { return (.flag(text), count) }
        let letters = Array(text.dropFirst())
        for (offset, letter) in letters.enumerated() {
            let isLast = offset == letters.count - 1
            if code.contains(letter) {
                return isLast && word.isLiteral ? (.flag("-\(letter)"), 1) : (.code("-\(letter)"), 0)
            }
            if values.contains(letter) {
                return isLast && word.isLiteral ? (.flag("-\(letter)"), 1) : (.value("-\(letter)"), 0)
            }
            if rest.contains(letter) { return (.value("-\(letter)"), 0) }
        }
        return (.flag(text), 0)
    }
}

extension [OptionGrammar.Argument] {
    var operands: [OptionGrammar.Argument] { filter { $0.kind == .operand } }

    func has(_ names: String...) -> Bool {
        contains { argument in
            switch argument.kind {
            case .flag(let name), .value(let name), .code(let name): names.contains(name)
            case .operand: false
            }
        }
    }
}
