internal import JSON

/// The type of an output that nobody has declared, found in its text without changing a byte of what it says.
enum OutputValue {
    /// A JSON array, object, boolean or null has that type. A number only if it is written as it would be printed: an
    /// Int64, or a double in its shortest form; an array or object only if all its numbers are. All else is a string:
    /// `007`, `1.10`, `12e4567`, `[1.10]`, an id of 22 digits.
    static func typed(_ text: String) -> JSONValue {
        switch text {
        case "null": return .null
        case "true": return .bool(true)
        case "false": return .bool(false)
        default: break
        }
        switch text.utf8.first(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }) ?? 0 {
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            guard let value = try? JSONValue(parsing: text), keepsNumbers(text) else {
                return .string(text)
            }
            return value
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return number(text) ?? .string(text)
        default: return .string(text)
        }
    }

    /// Whether every number of a valid JSON text would be printed as it stands there.
    private static func keepsNumbers(_ text: String) -> Bool {
        var isInString = false
        var isEscaped = false
        var digits: [UInt8] = []
        for byte in text.utf8 {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits.append(byte)
            // The letters of an exponent; those of `true` and `false` follow no digit.
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                if !digits.isEmpty { digits.append(byte) }
            default:
                // Only a bracket or a comma or white space ends a number, and the text ends with a bracket.
                guard digits.isEmpty || number(String(decoding: digits, as: UTF8.self)) != nil else { return false }
                digits.removeAll(keepingCapacity: true)
            }
        }
        return true
    }

    private static func number(_ text: String) -> JSONValue? {
        // Nothing longer is the shortest form of a number; Double(_:) would read on and on.
        guard text.utf8.count <= 32 else { return nil }
        if let integer = Int64(text), String(integer) == text { return .int(integer) }
        if let double = Double(text), double.isFinite, double.description == text { return .double(double) }
        return nil
    }
}
