extension ShellLexer {
    /// Where a word stands, which decides what `[` and `(` mean in it.
    enum WordPlace {
        /// Before the command's name: `a[…]=…` and `a=(…)` are assignments.
        case commandPrefix
        case argument
        /// Between the parentheses of an array: `[…]=…` has a subscript.
        case arrayElement
        /// `case` patterns and `[[ … ]]`: `(` belongs to the pattern.
        case pattern
    }

    /// Reads one word. It may be empty where a metacharacter stands.
    func word(_ place: WordPlace) -> ShellWord {
        var word = ShellWord()
        let first = passed
        let start = position
        if place == .arrayElement, isAt("[") { arraySubscript(&word) }
        while !atEnd {
            if isAtPlaceholder {
                word.isLiteral = false
                pass(.unquoted)
                continue
            }
            switch UInt8(truncatingIfNeeded: unit()) {
            case UInt8(ascii: "\\"): escaped(&word)
            case UInt8(ascii: "'"): singleQuoted(&word)
            case UInt8(ascii: "\""):
                word.hasQuotes = true
                doubleQuoted(&word)
            case UInt8(ascii: "$"):
                if isAt("'", 1) || isAt("\"", 1) { word.hasQuotes = true }
                word.isLiteral = false
                dollar(inDoubleQuotes: false)
            case UInt8(ascii: "`"):
                word.isLiteral = false
                backticks()
            case UInt8(ascii: "[") where place == .commandPrefix && isName(word):
                arraySubscript(&word)
            case UInt8(ascii: "<") where isAt("(", 1), UInt8(ascii: ">") where isAt("(", 1):
                word.isLiteral = false
                position += 2
                nested { commands(untilParenthesis: true) }
            case UInt8(ascii: "(")
            where place != .arrayElement && word.prefix.last == UInt8(ascii: "=") && word.assignedName != nil:
                array(&word)
            case UInt8(ascii: "(") where isPatternGroup(word, place, start: start): patternGroup(&word)
            default:
                guard !isMeta(unit()) else { return finished(word, from: first) }
                append(UInt8(truncatingIfNeeded: unit()), to: &word)
                position += 1
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
        if word.isLiteral { word.prefix.append(byte) }
    }

    private func isName(_ word: ShellWord) -> Bool {
        word.isLiteral && !word.hasQuotes && word.prefix.count <= NameRules.lengthMax
            && NameRules.isVariable(String(decoding: word.prefix, as: UTF8.self))
    }

    // MARK: Quotes

    private func escaped(_ word: inout ShellWord) {
        position += 1
        if atEnd { return }
        if isAtPlaceholder {
            word.isLiteral = false
            pass(.literal("a place behind a backslash"))
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
                pass(.literal("single quotes"))
            } else {
                append(UInt8(truncatingIfNeeded: unit()), to: &word)
                position += 1
            }
        }
        position = min(position + 1, limit)
    }

    /// From the opening quote to behind the closing one.
    func doubleQuoted(_ word: inout ShellWord) {
        var inner = word
        nested {
            position += 1
            while !atEnd, !isAt("\"") {
                if isAtPlaceholder {
                    inner.isLiteral = false
                    pass(.safe)
                } else if isAt("\\") {
                    position += 1
                    if atEnd { break }
                    if isAtPlaceholder {
                        inner.isLiteral = false
                        pass(.literal("a place behind a backslash"))
                    } else {
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
            position = min(position + 1, limit)
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
            position = min(position + 1, limit)
        }
        word.isLiteral = false
    }

    /// `?(…)`, `*(…)`, `+(…)`, `@(…)` and `!(…)`; in `[[` and patterns also a bare `(…)` inside a word.
    private func isPatternGroup(_ word: ShellWord, _ place: WordPlace, start: Int) -> Bool {
        guard position > start else { return false }
        let before = units[position - 1]
        let isExtended = [0x3F, 0x2A, 0x2B, 0x40, 0x21].contains(before)
        return isExtended || place == .pattern
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
                    _ = self.word(.argument)
                }
            }
            position = min(position + 1, limit)
        }
    }
}
