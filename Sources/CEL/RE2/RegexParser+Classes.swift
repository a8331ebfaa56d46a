extension RegexParser {
    /// A bracket expression, read from behind its `[`.
    mutating func bracketExpression() throws(CELError) -> CharacterClass {
        var set = CharacterClass()
        set.isNegated = takes("^")
        set.ignoresCase = flags.ignoresCase
        var isFirst = true
        while true {
            guard let scalar = peek() else { throw error("a '[' has no ']'") }
            if scalar == "]", !isFirst { break }
            isFirst = false
            if scalar == "[", peek(1) == ":", try readPosixClass(into: &set) { continue }
            if scalar == "\\", try readSharedClass(into: &set) { continue }
            let first = try classMember()
            guard peek() == "-", let next = peek(1), next != "]" else {
                set.insert(first.value...first.value)
                continue
            }
            position += 1
            let last = try classMember()
            guard first <= last else { throw error("a range in '[…]' ends before it begins") }
            set.insert(first.value...last.value)
        }
        position += 1
        set.normalize()
        return set
    }

    /// `[:alpha:]` or `[:^alpha:]`; false, and nothing read, where no such thing stands.
    private mutating func readPosixClass(into set: inout CharacterClass) throws(CELError) -> Bool {
        var end = position + 2
        while end < pattern.count, pattern[end] != 0x3A { end += 1 }
        guard end + 1 < pattern.count, pattern[end + 1] == 0x5D else { return false }
        var name = String(String.UnicodeScalarView(pattern[(position + 2)..<end].compactMap(Unicode.Scalar.init)))
        let isNegated = name.hasPrefix("^")
        if isNegated { name.removeFirst() }
        guard let ranges = CharacterClass.posix[name] else { throw error("'[:\(name):]' is no class") }
        insert(ranges, isNegated: isNegated, into: &set)
        position = end + 2
        return true
    }

    /// `\d`, `\W`, `\p{Greek}` and their like; false, and nothing read, before any other escape.
    mutating func readSharedClass(into set: inout CharacterClass) throws(CELError) -> Bool {
        guard let letter = peek(1) else { throw error("it ends in a backslash") }
        switch letter {
        case "d", "D": insert(CharacterClass.digit, isNegated: letter == "D", into: &set)
        case "s", "S": insert(CharacterClass.space, isNegated: letter == "S", into: &set)
        case "w", "W": insert(CharacterClass.word, isNegated: letter == "W", into: &set)
        case "p", "P":
            position += 2
            try readProperty(isNegated: letter == "P", into: &set)
            return true
        default: return false
        }
        position += 2
        return true
    }

    private func insert(_ ranges: [ClosedRange<UInt32>], isNegated: Bool, into set: inout CharacterClass) {
        if isNegated { return set.insert(outside: ranges) }
        for range in ranges { set.insert(range) }
    }

    private mutating func readProperty(isNegated: Bool, into set: inout CharacterClass) throws(CELError) {
        var isNegated = isNegated
        var name = ""
        if takes("{") {
            if takes("^") { isNegated.toggle() }
            while let letter = peek(), letter != "}" {
                name.unicodeScalars.append(letter)
                position += 1
            }
            guard takes("}") else { throw error("'\\p{' has no '}'") }
        } else if let letter = peek() {
            name.unicodeScalars.append(letter)
            position += 1
        }
        guard let property = UnicodeProperty(name) else { throw error("'\\p{\(name)}' is no Unicode class") }
        set.insert(property, isNegated: isNegated)
    }

    private mutating func classMember() throws(CELError) -> Unicode.Scalar {
        guard let scalar = peek() else { throw error("a '[' has no ']'") }
        position += 1
        return scalar == "\\" ? try escapedScalar() : scalar
    }

    // MARK: Escapes

    /// An escape outside brackets, read from behind its backslash.
    mutating func readEscape() throws(CELError) {
        guard let letter = peek() else { throw error("it ends in a backslash") }
        switch letter {
        case "A": try append([.assert(.beginText)])
        case "z": try append([.assert(.endText)])
        case "b": try append([.assert(.wordBoundary)])
        case "B": try append([.assert(.notWordBoundary)])
        case "Q":
            position += 1
            return try readQuoted()
        default:
            var set = CharacterClass()
            position -= 1
            if try readSharedClass(into: &set) {
                set.ignoresCase = flags.ignoresCase
                set.normalize()
                return try append([.oneOf(add(set))])
            }
            position += 1
            return try append(literal: try escapedScalar())
        }
        position += 1
    }

    /// Literal text up to `\E` or the end.
    private mutating func readQuoted() throws(CELError) {
        while let scalar = peek() {
            position += 1
            if scalar == "\\", takes("E") { return }
            try append(literal: scalar)
        }
    }

    /// The one code point of an escape, read from behind its backslash.
    private mutating func escapedScalar() throws(CELError) -> Unicode.Scalar {
        guard let letter = peek() else { throw error("it ends in a backslash") }
        position += 1
        switch letter {
        case "a": return "\u{07}"
        case "f": return "\u{0C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "v": return "\u{0B}"
        case "x": return try hexScalar()
        case "0"..."7":
            guard letter == "0" || peek().map({ ("0"..."7").contains($0) }) ?? false else {
                throw error("a backreference cannot be matched in linear time")
            }
            var value = letter.value - 48
            for _ in 0..<2 {
                guard let digit = peek(), ("0"..."7").contains(digit) else { break }
                value = value * 8 + digit.value - 48
                position += 1
            }
            return Unicode.Scalar(value) ?? "\u{FFFD}"
        default:
            guard letter.isASCII, letter == "_" || !Lexer.isWordByte(UInt8(letter.value)) else {
                throw error("'\\\(letter)' is no escape")
            }
            return letter
        }
    }

    /// `\x7F` or `\x{10FFFF}`.
    private mutating func hexScalar() throws(CELError) -> Unicode.Scalar {
        let isBraced = takes("{")
        var value: UInt32 = 0
        var count = 0
        while let digit = peek(), digit.isASCII, let bits = Lexer.hexValue(UInt8(digit.value)), isBraced || count < 2 {
            // Six digits say every code point; what is beyond them is refused below.
            value = count < 8 ? value << 4 | bits : 0xFFFF_FFFF
            count += 1
            position += 1
        }
        guard count > 0, isBraced || count == 2, !isBraced || takes("}"), let scalar = Unicode.Scalar(value) else {
            throw error("'\\x' needs two hexadecimal digits, or a code point in braces")
        }
        return scalar
    }
}
