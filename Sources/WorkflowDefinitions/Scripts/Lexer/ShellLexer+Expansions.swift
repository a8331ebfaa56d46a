extension ShellLexer {
    /// An expansion that begins with the `$` here.
    func dollar(inDoubleQuotes: Bool) {
        if isAt("(", 1) {
            if isAt("(", 2) {
                position += 3
                nested { arithmetic(closing: ")", opening: "(", "arithmetic", closings: 2) }
            } else {
                position += 2
                nested { substitution() }
            }
        } else if isAt("{", 1) {
            position += 2
            nested { parameter(inDoubleQuotes: inDoubleQuotes) }
        } else if isAt("[", 1) {
            position += 2
            nested { arithmetic(closing: "]", opening: "[", "arithmetic") }
        } else if isAt("'", 1), !inDoubleQuotes {
            position += 2
            while !atEnd, !isAt("'") {
                if isAtPlaceholder {
                    pass(.literal(.escapedQuotes))
                } else {
                    let isEscape = isAt("\\")
                    position += 1
                    if isEscape, !atEnd, !isAtPlaceholder { position += 1 }
                }
            }
            close("$'")
        } else if isAt("\"", 1), !inDoubleQuotes {
            position += 1
            var word = ShellWord()
            doubleQuoted(&word)
        } else {
            position += 1
            if dialect == .zsh { subscriptOfPlainName() }
        }
    }

    /// In zsh `$name[…]` has a subscript without braces.
    private func subscriptOfPlainName() {
        let start = position
        while !atEnd, unit() > 0, NameRules.isVariable("_" + String(UnicodeScalar(UInt8(truncatingIfNeeded: unit())))) {
            position += 1
        }
        guard position > start, isAt("[") else { return }
        position += 1
        arithmetic(closing: "]", opening: "[", "an array subscript")
    }

    /// The commands of `$( … )`. A here-document that begins inside and whose text follows the line outside is in
    /// doubt.
    private func substitution() {
        let outer = pendingHereDocuments
        pendingHereDocuments = []
        commands(untilParenthesis: true)
        for document in pendingHereDocuments {
            document.command.input = .executes("a here-document of a substitution", .variable)
        }
        pendingHereDocuments = outer + pendingHereDocuments
    }

    /// Text in which values are arithmetic, up to behind its closing characters. `$(( … ))` may turn out to be a
    /// command in two parentheses; what stands in it is refused all the same.
    func arithmetic(closing: Unicode.Scalar, opening: Unicode.Scalar, _ what: String, closings: Int = 1) {
        var open = closings
        let first = passed
        while !atEnd, open > 0 {
            if isAtPlaceholder {
                pass(.executes(what, .number))
            } else if isAt(closing) {
                open -= 1
                position += 1
            } else if isAt(opening) {
                open += 1
                position += 1
            } else if isAt("\\") {
                position += 1
                if isAtPlaceholder {
                    pass(.literal(.backslash))
                } else {
                    position = min(position + 1, limit)
                }
            } else if isAt("'") {
                // Not expanded in `$((…))` of some shells, and quotes in others.
                var word = ShellWord()
                let before = passed
                quotedInArithmetic(&word)
                mark(before..<passed, .literal(.singleQuotes))
            } else if isAt("\"") {
                var word = ShellWord()
                doubleQuoted(&word)
            } else if isAt("$") {
                dollar(inDoubleQuotes: true)
            } else if isAt("`") {
                backticks()
            } else {
                position += 1
            }
        }
        if open > 0 { self.open(what) }
        mark(first..<passed, .executes(what, .number))
    }

    private func quotedInArithmetic(_ word: inout ShellWord) {
        position += 1
        while !atEnd, !isAt("'") {
            if isAtPlaceholder { pass(.literal(.singleQuotes)) } else { position += 1 }
        }
        close("'")
    }

    /// `` ` … ` ``: commands with one more level of backslashes. A number in them is expanded only where nothing quotes
    /// it.
    func backticks() {
        position += 1
        let first = passed
        var isPlain = true
        while !atEnd, !isAt("`") {
            if isAtPlaceholder {
                pass(.executes("backticks", .substitution))
            } else {
                if isAt("'") || isAt("\\") || isAt("#") { isPlain = false }
                let isEscape = isAt("\\")
                position += 1
                if isEscape, !atEnd, !isAtPlaceholder { position += 1 }
            }
        }
        close("`")
        if !isPlain { mark(first..<passed, .literal(.backticks)) }
    }

    // MARK: ${ … }

    private func parameter(inDoubleQuotes: Bool) {
        if isAt("("), dialect == .zsh {
            while !atEnd, !isAt(")") {
                if isAtPlaceholder { pass(.executes("flags of an expansion", .name)) } else { position += 1 }
            }
            position = min(position + 1, limit)
        }
        if isAt("!") || (isAt("#") && !isAt("}", 1)) { position += 1 }
        if isAtPlaceholder { pass(.literal(.variableName)) }
        while !atEnd, unit() > 0, isParameterName(unit()) { position += 1 }
        if isAtPlaceholder { pass(.literal(.variableName)) }
        if isAt("[") {
            position += 1
            arithmetic(closing: "]", opening: "[", "an array subscript")
        }
        if isAt(":"), !"-=?+".unicodeScalars.contains(where: { isAt($0, 1) }) {
            substring()
        } else {
            let isDefault = isAt(":") || "-=?+".unicodeScalars.contains { isAt($0) }
            parameterWord(inDoubleQuotes: inDoubleQuotes, quotesAreText: inDoubleQuotes && isDefault)
        }
    }

    /// A letter, digit or `_`.
    func isParameterName(_ unit: Int32) -> Bool {
        let byte = UInt8(truncatingIfNeeded: unit)
        return (48...57).contains(byte) || (97...122).contains(byte | 0x20) || byte == UInt8(ascii: "_")
    }

    /// `${name:offset:length}`: both are arithmetic.
    private func substring() {
        let first = passed
        let outer = plain
        plain = .executes("the offset of a substring", .number)
        parameterWord(inDoubleQuotes: false, quotesAreText: false)
        plain = outer
        mark(first..<passed, .executes("the offset of a substring", .number))
    }

    /// The word behind an operator, up to behind the `}`. In double quotes a single quote is text before POSIX's
    /// operators, and a quote before those of patterns; shells have differed, so nothing near one is let through.
    private func parameterWord(inDoubleQuotes: Bool, quotesAreText: Bool) {
        let first = passed
        var hasTextQuote = false
        var word = ShellWord()
        while !atEnd, !isAt("}") {
            if isAtPlaceholder {
                pass(inDoubleQuotes ? .safe : plain)
            } else if isAt("\\") {
                position += 1
                if isAtPlaceholder {
                    pass(.literal(.backslash))
                } else {
                    position = min(position + 1, limit)
                }
            } else if isAt("'") {
                if quotesAreText {
                    hasTextQuote = true
                    position += 1
                } else {
                    quotedInArithmetic(&word)
                }
            } else if isAt("\"") {
                doubleQuoted(&word)
            } else if isAt("$") {
                dollar(inDoubleQuotes: inDoubleQuotes)
            } else if isAt("`") {
                backticks()
            } else {
                position += 1
            }
        }
        close("${")
        if hasTextQuote { mark(first..<passed, .literal(.singleQuotes)) }
    }
}
