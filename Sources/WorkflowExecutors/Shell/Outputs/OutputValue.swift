import JSON

/// The type of an output's value, found in its text without changing a byte of what it says.
enum OutputValue {
    /// Deeper JSON stays text.
    private static let limits = JSONLimits(bytes: OutputFile.bytesMax, depth: JSONLimits.default.depth)

    /// A JSON array, object, boolean or null has that type. A number only if it is written as it would be printed: an Int64,
    /// or a double in its shortest form. All else is a string: `007`, `1.10`, `12e4567`, an id of 22 digits.
    static func typed(_ text: String) -> JSONValue {
        switch text {
        case "null": return .null
        case "true": return .bool(true)
        case "false": return .bool(false)
        default: break
        }
        switch text.utf8.first(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }) ?? 0 {
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            return (try? JSONValue(parsing: text, limits: limits)) ?? .string(text)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return number(text) ?? .string(text)
        default: return .string(text)
        }
    }

    private static func number(_ text: String) -> JSONValue? {
        // Nothing longer is the shortest form of a number; Double(_:) would read on and on.
        guard text.utf8.count <= 32 else { return nil }
        if let integer = Int64(text), String(integer) == text { return .int(integer) }
        if let double = Double(text), double.isFinite, double.description == text { return .double(double) }
        return nil
    }
}
