/// Turns the source into tokens, as the lexis of the language definition has it.
struct Lexer {
    let source: [UInt8]
    var position = 0

    init(_ source: [UInt8]) {
        self.source = source
    }

    /// All tokens, `end` last.
    static func tokens(of source: [UInt8]) throws(CELError) -> [Token] {
        var lexer = Lexer(source)
        var tokens: [Token] = []
        repeat {
            lexer.skipBlanks()
            let start = lexer.position
            tokens.append(Token(kind: try lexer.next(), offset: start))
        } while tokens.last?.kind != .end
        return tokens
    }

    private mutating func next() throws(CELError) -> Token.Kind {
        guard let byte = peek() else { return .end }
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"):
            if let literal = try literalWithPrefix() { return literal }
            return word()
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case UInt8(ascii: "."):
            if let digit = peek(1), Self.isDigit(digit) { return try number() }
            return take(.dot, 1)
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return try literal(isRaw: false, isBytes: false)
        case UInt8(ascii: "`"): return try quotedIdentifier()
        default: return try punctuation(byte)
        }
    }

    private mutating func punctuation(_ byte: UInt8) throws(CELError) -> Token.Kind {
        let next = peek(1)
        switch byte {
        case UInt8(ascii: "("): return take(.leftParenthesis, 1)
        case UInt8(ascii: ")"): return take(.rightParenthesis, 1)
        case UInt8(ascii: "["): return take(.leftBracket, 1)
        case UInt8(ascii: "]"): return take(.rightBracket, 1)
        case UInt8(ascii: "{"): return take(.leftBrace, 1)
        case UInt8(ascii: "}"): return take(.rightBrace, 1)
        case UInt8(ascii: ","): return take(.comma, 1)
        case UInt8(ascii: ":"): return take(.colon, 1)
        case UInt8(ascii: "?"): return take(.question, 1)
        case UInt8(ascii: "+"): return take(.plus, 1)
        case UInt8(ascii: "-"): return take(.minus, 1)
        case UInt8(ascii: "*"): return take(.star, 1)
        case UInt8(ascii: "/"): return take(.slash, 1)
        case UInt8(ascii: "%"): return take(.percent, 1)
        case UInt8(ascii: "!"): return next == UInt8(ascii: "=") ? take(.notEqual, 2) : take(.bang, 1)
        case UInt8(ascii: "<"): return next == UInt8(ascii: "=") ? take(.lessOrEqual, 2) : take(.less, 1)
        case UInt8(ascii: ">"): return next == UInt8(ascii: "=") ? take(.greaterOrEqual, 2) : take(.greater, 1)
        case UInt8(ascii: "="):
            guard next == UInt8(ascii: "=") else { throw error("'=' is no operator; equality is '=='") }
            return take(.equal, 2)
        case UInt8(ascii: "&"):
            guard next == byte else { throw error("'&' is no operator; a logical and is '&&'") }
            return take(.and, 2)
        case UInt8(ascii: "|"):
            guard next == byte else { throw error("'|' is no operator; a logical or is '||'") }
            return take(.or, 2)
        default:
            let shown = String(decoding: source[position...].prefix(4), as: UTF8.self).unicodeScalars.first.map(
                String.init)
            throw error("unexpected character '\(shown ?? "")'")
        }
    }

    private mutating func word() -> Token.Kind {
        let start = position
        while let byte = peek(), Self.isWordByte(byte) { position += 1 }
        let word = String(decoding: source[start..<position], as: UTF8.self)
        return Token.words[word] ?? .identifier(word)
    }

    private mutating func quotedIdentifier() throws(CELError) -> Token.Kind {
        let start = position
        position += 1
        while let byte = peek(), byte != UInt8(ascii: "`") {
            guard Self.isWordByte(byte) || ".-/ ".utf8.contains(byte) else {
                throw error("a name between backquotes holds letters, digits, '_', '.', '-', '/' and spaces")
            }
            position += 1
        }
        guard peek() != nil else { throw error("a name has no closing backquote", at: start) }
        guard position > start + 1 else { throw error("a name between backquotes cannot be empty", at: start) }
        position += 1
        return .quotedIdentifier(String(decoding: source[start + 1..<position - 1], as: UTF8.self))
    }

    private mutating func skipBlanks() {
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"), 0x0C: position += 1
            case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/"):
                while let byte = peek(), byte != UInt8(ascii: "\n") { position += 1 }
            default: return
            }
        }
    }

    // MARK: Bytes

    func peek(_ distance: Int = 0) -> UInt8? {
        position + distance < source.count ? source[position + distance] : nil
    }

    mutating func take(_ kind: Token.Kind, _ count: Int) -> Token.Kind {
        position += count
        return kind
    }

    func error(_ message: String, at offset: Int? = nil) -> CELError {
        CELError(.syntax, message, at: offset ?? position, in: source)
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    static func isWordByte(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "_")
    }

    static func hexValue(_ byte: UInt8) -> UInt32? {
        if isDigit(byte) { return UInt32(byte - UInt8(ascii: "0")) }
        let letter = (byte | 0x20) &- UInt8(ascii: "a")
        return letter < 6 ? UInt32(letter) + 10 : nil
    }
}
