internal import JSON

/// Reads the text of an output as the type that its step declares.
enum DeclaredValue {
    /// Nil where the text is none of that type, or holds an integer of more than 64 bits that would be rounded. A
    /// string is its text, byte for byte; of all others the white space around counts for nothing, as in `printf %5d`.
    static func read(_ text: String, as kind: Parameter.Kind) -> JSONValue? {
        switch kind {
        case .string: return .string(text)
        case .boolean:
            switch trimmed(text) {
            case "true": return .bool(true)
            case "false": return .bool(false)
            default: return nil
            }
        case .integer: return DecimalText(trimmed(text))?.integer.map(JSONValue.int)
        case .number:
            guard let decimal = DecimalText(trimmed(text)) else { return nil }
            if decimal.isWhole {
                return decimal.integer.map(JSONValue.int)
                    ?? JSONNumberReader.exactDouble(trimmed(text)).map(JSONValue.double)
            }
            return decimal.double.map(JSONValue.double)
        case .array, .object:
            guard let value = try? JSONValue(parsing: text, limits: .exact), kind.accepts(value) else { return nil }
            return value
        }
    }

    private static func trimmed(_ text: String) -> String {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
        let bytes = Array(text.utf8)
        guard let first = bytes.firstIndex(where: { !isSpace($0) }), let last = bytes.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(decoding: bytes[first...last], as: UTF8.self)
    }
}

/// A number in base ten as JSON or `printf` write it: `-1.50`, `007`, `+3`, `.5`, `5.`, `1e3`.
struct DecimalText {
    private let isNegative: Bool
    /// Without the point, and without zeros in front.
    private let digits: [UInt8]
    /// The power of ten that the digits are multiplied by.
    private let power: Int
    /// Whether it has neither point nor exponent.
    let isWhole: Bool

    /// Nil for anything else, such as `0x10`, `1_000` or `inf`.
    init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        func takeDigits() -> [UInt8] {
            let found = Array(rest.prefix { (48...57).contains($0) })
            rest = rest.dropFirst(found.count)
            return found
        }
        isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        let whole = takeDigits()
        var fraction: [UInt8] = []
        var isWhole = true
        if rest.first == UInt8(ascii: ".") {
            isWhole = false
            rest = rest.dropFirst()
            fraction = takeDigits()
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        var exponent = 0
        if let letter = rest.first, letter | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            rest = rest.dropFirst()
            let isBelow = rest.first == UInt8(ascii: "-")
            if isBelow || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
            let written = takeDigits()
            guard !written.isEmpty else { return nil }
            // More is beyond every number that there is.
            let size = Int(String(decoding: written.drop { $0 == 48 }.prefix(7), as: UTF8.self)) ?? 0
            exponent = isBelow ? -size : size
        }
        guard rest.isEmpty else { return nil }
        digits = Array((whole + fraction).drop { $0 == 48 })
        power = exponent - fraction.count
        self.isWhole = isWhole
    }

    /// Its value where that is an integer of 64 bits, however it is written: `3.0`, `1e3`.
    var integer: Int64? {
        var digits = digits
        var power = power
        while power < 0, digits.last == 48 {
            digits.removeLast()
            power += 1
        }
        if digits.isEmpty { return 0 }
        guard power >= 0, digits.count + power <= 19 else { return nil }
        digits += [UInt8](repeating: 48, count: power)
        return Int64((isNegative ? "-" : "") + String(decoding: digits, as: UTF8.self))
    }

    /// The nearest double; nil where there is none.
    var double: Double? {
        let written = digits.isEmpty ? "0" : String(decoding: digits, as: UTF8.self)
        guard let number = Double("\(isNegative ? "-" : "")\(written)e\(power)"), number.isFinite else { return nil }
        return number
    }
}
