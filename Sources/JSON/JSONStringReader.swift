/// Reads a JSON string: RFC 8259 section 7, with UTF-8 validated and lone surrogates refused.
enum JSONStringReader {
    /// Reads from the opening quote at `position` to behind the closing one.
    static func read(_ bytes: [UInt8], _ position: inout Int) throws(JSONError) -> String {
        let start = position
        position += 1
        var run = position
        var unescaped: [UInt8] = []
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                let end = position
                position += 1
                if unescaped.isEmpty { return try text(bytes[run..<end], at: start) }
                unescaped.append(contentsOf: bytes[run..<end])
                return try text(unescaped[...], at: start)
            case UInt8(ascii: "\\"):
                unescaped.append(contentsOf: bytes[run..<position])
                try escape(bytes, &position, into: &unescaped)
                run = position
            case 0..<0x20:
                throw JSONError(
                    .unexpectedCharacter, "a control character stands unescaped in a string; write it as \\u00XX",
                    at: position)
            default: position += 1
            }
        }
        throw JSONError(.unexpectedEnd, "the string has no closing quote", at: start)
    }

    private static func text(_ slice: ArraySlice<UInt8>, at start: Int) throws(JSONError) -> String {
        guard let text = String(validating: slice, as: UTF8.self) else {
            throw JSONError(.invalidUTF8, "the string is not valid UTF-8", at: start)
        }
        return text
    }

    private static func escape(_ bytes: [UInt8], _ position: inout Int, into text: inout [UInt8]) throws(JSONError) {
        let start = position
        guard start + 1 < bytes.count else {
            throw JSONError(.unexpectedEnd, "the string ends in an escape", at: start)
        }
        position += 2
        switch bytes[start + 1] {
        case UInt8(ascii: "\""): text.append(UInt8(ascii: "\""))
        case UInt8(ascii: "\\"): text.append(UInt8(ascii: "\\"))
        case UInt8(ascii: "/"): text.append(UInt8(ascii: "/"))
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            text.append(contentsOf: String(try scalar(bytes, &position, at: start)).utf8)
        default:
            throw JSONError(.invalidEscape, "an unknown escape in a string", at: start)
        }
    }

    /// The scalar of a `\u` escape, or of two that form a surrogate pair; `position` stands behind the `u`.
    private static func scalar(
        _ bytes: [UInt8], _ position: inout Int, at start: Int
    ) throws(JSONError) -> Unicode.Scalar {
        let first = try unit(bytes, &position, at: start)
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        else { throw JSONError(.invalidEscape, "half of a surrogate pair stands alone", at: start) }
        position += 2
        let second = try unit(bytes, &position, at: start)
        guard (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
        else { throw JSONError(.invalidEscape, "half of a surrogate pair stands alone", at: start) }
        return scalar
    }

    private static func unit(_ bytes: [UInt8], _ position: inout Int, at start: Int) throws(JSONError) -> UInt16 {
        guard position + 4 <= bytes.count else {
            throw JSONError(.unexpectedEnd, "the string ends in an escape", at: start)
        }
        var unit: UInt16 = 0
        for _ in 0..<4 {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): unit = unit << 4 | UInt16(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): unit = unit << 4 | UInt16(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): unit = unit << 4 | UInt16(byte - UInt8(ascii: "A") + 10)
            default: throw JSONError(.invalidEscape, "\\u needs four hexadecimal digits", at: start)
            }
            position += 1
        }
        return unit
    }
}
