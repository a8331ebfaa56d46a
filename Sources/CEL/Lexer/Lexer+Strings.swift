extension Lexer {
    /// A string or bytes literal that begins with `r`, `b` or both; nil where an ordinary word stands.
    mutating func literalWithPrefix() throws(CELError) -> Token.Kind? {
        func lowercased(_ distance: Int) -> UInt8? { peek(distance).map { $0 | 0x20 } }
        // The definition has the `b` first; `rb` is no prefix.
        let isBytes = lowercased(0) == UInt8(ascii: "b")
        let isRaw = lowercased(isBytes ? 1 : 0) == UInt8(ascii: "r")
        let length = (isBytes ? 1 : 0) + (isRaw ? 1 : 0)
        guard length > 0, let quote = peek(length), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
            return nil
        }
        position += length
        return try literal(isRaw: isRaw, isBytes: isBytes)
    }

    /// A literal whose quote stands at `position`.
    mutating func literal(isRaw: Bool, isBytes: Bool) throws(CELError) -> Token.Kind {
        let start = position
        guard let quote = peek() else { throw error("a string was expected") }
        let isTriple = peek(1) == quote && peek(2) == quote
        position += isTriple ? 3 : 1
        var content: [UInt8] = []
        while let byte = peek() {
            if byte == quote, !isTriple || peek(1) == quote && peek(2) == quote {
                position += isTriple ? 3 : 1
                return isBytes ? .bytes(content) : .string(String(decoding: content, as: UTF8.self))
            }
            if byte == UInt8(ascii: "\\"), !isRaw {
                try escape(into: &content, isBytes: isBytes)
            } else if !isTriple, byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                throw error("a line ends inside a string; use three quotes around many lines", at: start)
            } else {
                content.append(byte)
                position += 1
            }
        }
        throw error("a string has no closing quote", at: start)
    }

    private mutating func escape(into content: inout [UInt8], isBytes: Bool) throws(CELError) {
        let start = position
        guard let letter = peek(1) else { throw error("a string ends in an escape", at: start) }
        position += 2
        switch letter {
        case UInt8(ascii: "\\"), UInt8(ascii: "?"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"):
            content.append(letter)
        case UInt8(ascii: "a"): content.append(0x07)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "v"): content.append(0x0B)
        case UInt8(ascii: "x"), UInt8(ascii: "X"):
            append(try digits(2, radix: 16, at: start), to: &content, isBytes: isBytes)
        case UInt8(ascii: "0")...UInt8(ascii: "3"):
            position -= 1
            append(try digits(3, radix: 8, at: start), to: &content, isBytes: isBytes)
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            guard !isBytes else { throw error("\\u and \\U stand for code points; bytes take \\x", at: start) }
            let value = try digits(letter == UInt8(ascii: "u") ? 4 : 8, radix: 16, at: start)
            guard let scalar = Unicode.Scalar(value) else {
                throw error("the escape is no Unicode code point", at: start)
            }
            content.append(contentsOf: String(scalar).utf8)
        default: throw error("an unknown escape in a string; a backslash is '\\\\'", at: start)
        }
    }

    /// A value of at most 255: an octet in bytes, a code point in a string.
    private func append(_ value: UInt32, to content: inout [UInt8], isBytes: Bool) {
        let octet = UInt8(truncatingIfNeeded: value)
        if isBytes {
            content.append(octet)
        } else {
            content.append(contentsOf: String(Unicode.Scalar(octet)).utf8)
        }
    }

    private mutating func digits(_ count: Int, radix: UInt32, at start: Int) throws(CELError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let byte = peek(), let digit = Self.hexValue(byte), digit < radix else {
                throw error("an escape needs \(count) \(radix == 8 ? "octal" : "hexadecimal") digits", at: start)
            }
            value = value &* radix &+ digit
            position += 1
        }
        return value
    }
}
