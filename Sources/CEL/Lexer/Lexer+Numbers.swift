extension Lexer {
    /// An integer (decimal or `0x…`, with `u` for an unsigned one) or a double.
    mutating func number() throws(CELError) -> Token.Kind {
        let start = position
        let isHex = peek() == UInt8(ascii: "0") && peek(1).map { $0 | 0x20 } == UInt8(ascii: "x")
        if isHex {
            position += 2
            while let byte = peek(), Self.hexValue(byte) != nil { position += 1 }
            return try integer(source[(start + 2)..<position], radix: 16, at: start)
        }
        skipDigits()
        var isDouble = false
        if peek() == UInt8(ascii: "."), let digit = peek(1), Self.isDigit(digit) {
            isDouble = true
            position += 1
            skipDigits()
        }
        if let letter = peek(), letter | 0x20 == UInt8(ascii: "e") {
            let sign = peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-") ? 1 : 0
            if let digit = peek(1 + sign), Self.isDigit(digit) {
                isDouble = true
                position += 1 + sign
                skipDigits()
            }
        }
        guard isDouble else { return try integer(source[start..<position], radix: 10, at: start) }
        guard let value = Double(String(decoding: source[start..<position], as: UTF8.self)), value.isFinite else {
            throw error("the number is beyond the range of a double", at: start)
        }
        try endOfNumber(from: start)
        return .double(value)
    }

    private mutating func integer(
        _ digits: ArraySlice<UInt8>, radix: Int, at start: Int
    ) throws(CELError) -> Token.Kind {
        guard !digits.isEmpty else { throw error("'0x' needs hexadecimal digits", at: start) }
        guard let value = UInt64(String(decoding: digits, as: UTF8.self), radix: radix) else {
            throw error("the integer is beyond 64 bits", at: start)
        }
        let isUnsigned = peek().map { $0 | 0x20 } == UInt8(ascii: "u")
        if isUnsigned { position += 1 }
        try endOfNumber(from: start)
        return isUnsigned ? .uint(value) : .int(value)
    }

    /// `1a` is a slip of the pen, never a number followed by a name.
    private func endOfNumber(from start: Int) throws(CELError) {
        guard let byte = peek(), Self.isWordByte(byte) else { return }
        throw error("a letter follows the number directly", at: start)
    }

    private mutating func skipDigits() {
        while let byte = peek(), Self.isDigit(byte) { position += 1 }
    }
}
