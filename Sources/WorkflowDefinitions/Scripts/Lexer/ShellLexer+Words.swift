extension ShellLexer {
    /// Where a word stands, which decides what the shell does with it and what `[` and `(` mean in it.
    enum WordPlace: Equatable {
        /// Before the command's name: `a[…]=…` and `a=(…)` are assignments, in which nothing is split.
        case commandPrefix
        /// Behind `export` and its like, in a shell that reads `a=…` there as an assignment.
        case declaration
        case argument
        /// Between the parentheses of an array: `[…]=…` has a subscript.
        case arrayElement
        case casePattern
        /// The word of `case`, and of a here-string: nothing is split.
        case unsplit
        /// In `[[ … ]]`; behind this operator a value is a pattern.
        case conditional(after: String?)

        /// Whether `(` belongs to a pattern.
        var takesPatterns: Bool {
            switch self {
            case .casePattern, .conditional: true
            default: false
            }
        }

        var allowsBraces: Bool {
            switch self {
            case .commandPrefix, .declaration, .argument, .arrayElement: true
            case .casePattern, .unsplit, .conditional: false
            }
        }
    }

    /// What becomes of a value that nothing quotes. zsh neither splits it nor takes it as a pattern, but drops an empty
    /// one.
    private func plain(at place: WordPlace) -> Interpolation {
        switch place {
        case .commandPrefix, .declaration, .argument, .arrayElement: .unquoted
        case .casePattern: dialect == .zsh ? .safe : .pattern(.caseClause)
        case .conditional(let operation?) where dialect != .zsh || operation == "=~": .pattern(.comparison(operation))
        case .unsplit, .conditional: .safe
        }
    }

    /// Reads one word. It may be empty where a metacharacter stands.
    func word(_ place: WordPlace) -> ShellWord {
        var word = ShellWord()
        let first = passed
        let start = position
        let outer = plain
        plain = plain(at: place)
        defer { plain = outer }
        var isAssignment = false
        var braces: [Int] = []
        if place == .arrayElement, isAt("[") { arraySubscript(&word) }
        while !atEnd {
            if isAtPlaceholder {
                word.isLiteral = false
                word.hasUnquotedExpansion = true
                word.direct.append(Int(-1 - unit()))
                pass(plain)
                continue
            }
            switch UInt8(truncatingIfNeeded: unit()) {
            case UInt8(ascii: "\\"): escaped(&word)
            case UInt8(ascii: "'"): singleQuoted(&word)
            case UInt8(ascii: "\""):
                word.hasQuotes = true
                doubleQuoted(&word)
            case UInt8(ascii: "$"):
                if isAt("'", 1) || isAt("\"", 1) { word.hasQuotes = true } else { word.hasUnquotedExpansion = true }
                word.isLiteral = false
                dollar(inDoubleQuotes: false)
            case UInt8(ascii: "`"):
                word.isLiteral = false
                word.hasUnquotedExpansion = true
                backticks()
            case UInt8(ascii: "[") where place == .commandPrefix && isName(word):
                arraySubscript(&word)
                if isAt("=") { isAssignment = true }
                if isAssignment { plain = .safe }
            case UInt8(ascii: "<") where isAt("(", 1), UInt8(ascii: ">") where isAt("(", 1):
                word.isLiteral = false
                position += 2
                nested { commands(untilParenthesis: true) }
            case UInt8(ascii: "(")
            where place != .arrayElement && word.prefix.last == UInt8(ascii: "=") && word.assignedName != nil:
                array(&word)
            case UInt8(ascii: "(") where isPatternGroup(place, start: start): patternGroup(&word)
            case UInt8(ascii: "~"):
                tilde(word, atStart: position == start, isAssignment: isAssignment)
                append(UInt8(ascii: "~"), to: &word)
                position += 1
            default:
                guard !isMeta(unit()) else { return finished(word, from: first) }
                let byte = UInt8(truncatingIfNeeded: unit())
                if place.allowsBraces, !isAssignment, brace(byte, &braces) { word.hasUnquotedExpansion = true }
                append(byte, to: &word)
                position += 1
                if byte == UInt8(ascii: "="), !isAssignment, place == .commandPrefix || place == .declaration,
                    !word.hasQuotes, word.isLiteral, word.assignedName != nil
                {
                    isAssignment = true
                    plain = .safe
                }
            }
        }
        return finished(word, from: first)
    }

    private func finished(_ word: ShellWord, from first: Int) -> ShellWord {
        var word = word
        word.placeholders = first..<passed
        return word
    }

    private func append(_ byte: UInt8, to word: inout ShellWord) {
        if word.isLiteral {
            word.prefix.append(byte)
        } else if byte == UInt8(ascii: "=") {
            word.hasLateEquals = true
        }
    }

    private func isName(_ word: ShellWord) -> Bool {
        word.isLiteral && !word.hasQuotes && word.prefix.count <= NameRules.lengthMax
            && NameRules.isVariable(String(decoding: word.prefix, as: UTF8.self))
    }

    // MARK: What is expanded before variables

    /// Follows `{`, `,` and `}`: `{1..N}` is a range only where both ends are written out. zsh knows the values by
    /// then.
    ///
    /// - Returns: whether a list has ended, which makes several words of this one.
    private func brace(_ byte: UInt8, _ open: inout [Int]) -> Bool {
        switch byte {
        case UInt8(ascii: "{"): open.append(position + 1)
        case UInt8(ascii: ","):
            // A list, and no range: nothing begins at a negative position.
            if !open.isEmpty { open[open.count - 1] = -1 }
        case UInt8(ascii: "}"):
            guard let start = open.popLast() else { return false }
            guard start >= 0 else { return true }
            guard dialect != .zsh, isRange(start..<position) else { return false }
            for unit in units[start..<position] where unit < 0 {
                let index = Int(-1 - unit)
                mark(index..<(index + 1), .early(.braceRange))
            }
        default: break
        }
        return false
    }

    /// `a..b` or `a..b..c`, each of letters, digits, signs and expressions.
    private func isRange(_ range: Range<Int>) -> Bool {
        var parts = [0]
        var index = range.lowerBound
        while index < range.upperBound {
            let unit = units[index]
            if unit == 0x2E {
                guard index + 1 < range.upperBound, units[index + 1] == 0x2E else { return false }
                parts.append(0)
                index += 2
            } else {
                let isPart = unit < 0 || unit == 0x22 || unit == 0x2B || unit == 0x2D || isParameterName(unit)
                guard isPart else { return false }
                parts[parts.count - 1] += 1
                index += 1
            }
        }
        return (2...3).contains(parts.count) && parts.allSatisfy { $0 > 0 }
    }

    /// `~NAME` is looked up before variables are expanded, but by zsh.
    private func tilde(_ word: ShellWord, atStart: Bool, isAssignment: Bool) {
        let before = position > 0 ? units[position - 1] : 0
        guard dialect != .zsh, atStart || (isAssignment && (before == 0x3D || before == 0x3A)) else { return }
        var index = position + 1
        while index < limit {
            let unit = units[index]
            if unit < 0 {
                let number = Int(-1 - unit)
                mark(number..<(number + 1), .early(.tilde))
            } else if unit != 0x22, unit != 0x2B, unit != 0x2D, unit != 0x2E, !isParameterName(unit) {
                return
            }
            index += 1
        }
    }

    // MARK: Quotes

    private func escaped(_ word: inout ShellWord) {
        position += 1
        if atEnd { return }
        if isAtPlaceholder {
            word.isLiteral = false
            pass(.literal(.backslash))
        } else if isAt("\n") {
            position += 1
        } else {
            word.hasQuotes = true
            append(UInt8(truncatingIfNeeded: unit()), to: &word)
            position += 1
        }
    }

    private func singleQuoted(_ word: inout ShellWord) {
        word.hasQuotes = true
        position += 1
        while !atEnd, !isAt("'") {
            if isAtPlaceholder {
                word.isLiteral = false
                pass(.literal(.singleQuotes))
            } else {
                append(UInt8(truncatingIfNeeded: unit()), to: &word)
                position += 1
            }
        }
        close("'")
    }

    /// From the opening quote to behind the closing one.
    func doubleQuoted(_ word: inout ShellWord) {
        var inner = word
        nested {
            position += 1
            while !atEnd, !isAt("\"") {
                if isAtPlaceholder {
                    inner.isLiteral = false
                    inner.direct.append(Int(-1 - unit()))
                    pass(.safe)
                } else if isAt("\\") {
                    position += 1
                    if atEnd { break }
                    if isAtPlaceholder {
                        inner.isLiteral = false
                        pass(.literal(.backslash))
                    } else {
                        // Before any other character the backslash is text, which nobody asks for here.
                        append(UInt8(truncatingIfNeeded: unit()), to: &inner)
                        position += 1
                    }
                } else if isAt("$") {
                    inner.isLiteral = false
                    dollar(inDoubleQuotes: true)
                } else if isAt("`") {
                    inner.isLiteral = false
                    backticks()
                } else {
                    append(UInt8(truncatingIfNeeded: unit()), to: &inner)
                    position += 1
                }
            }
            close("\"")
        }
        word = inner
    }

    // MARK: Brackets

    /// `[…]` behind a name, or before the `=` of an array's element: arithmetic.
    private func arraySubscript(_ word: inout ShellWord) {
        word.isLiteral = false
        position += 1
        arithmetic(closing: "]", opening: "[", "an array subscript")
        // `a[i]=(…)` is no array, but `=` has to be passed for the value to be read as a word.
        if isAt("+"), isAt("=", 1) { position += 1 }
    }

    /// `(…)` behind `name=`.
    private func array(_ word: inout ShellWord) {
        word.isArray = true
        nested {
            position += 1
            while !atEnd, !isAt(")") {
                skipBlanks()
                if isAt("#") {
                    skipComment()
                } else if isAt(")") || atEnd {
                    break
                } else if !isAtPlaceholder, isMeta(unit()), !(isAt("<") || isAt(">")) || !isAt("(", 1) {
                    position += 1
                } else {
                    _ = self.word(.arrayElement)
                }
            }
            close("an array")
        }
        word.isLiteral = false
    }

    /// `?(…)`, `*(…)`, `+(…)`, `@(…)` and `!(…)`; in `[[` and patterns also a bare `(…)` inside a word, and where a
    /// regular expression begins.
    private func isPatternGroup(_ place: WordPlace, start: Int) -> Bool {
        if place == .conditional(after: "=~") { return true }
        guard position > start else { return false }
        return [0x3F, 0x2A, 0x2B, 0x40, 0x21].contains(units[position - 1]) || place.takesPatterns
    }

    private func patternGroup(_ word: inout ShellWord) {
        word.isLiteral = false
        nested {
            position += 1
            while !atEnd, !isAt(")") {
                if isMeta(unit()), !isAt("(") {
                    position += 1
                } else if isAt("(") {
                    var inner = ShellWord()
                    patternGroup(&inner)
                } else {
                    patternText()
                }
            }
            close("a pattern")
        }
    }

    /// A word inside of a pattern, with what the pattern makes of its expressions.
    private func patternText() {
        let outside = plain
        let first = passed
        _ = word(.argument)
        guard outside != .unquoted else { return }
        for index in first..<passed where places[index] == .unquoted { replaceUnquoted(index, by: outside) }
    }
}
