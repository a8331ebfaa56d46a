/// Conversions between types. Each fails rather than lose the range of a number or invent a value.
enum ConversionFunctions {
    static let all: [Function] = [
        .global("bool", 1, bool), .global("int", 1, int), .global("uint", 1, uint), .global("double", 1, double),
        .global("string", 1, string), .global("bytes", 1, bytes), .global("duration", 1, duration),
        .global("timestamp", 1, timestamp),
    ]

    private static func bool(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        if case .string(let text) = arguments[0] { try meter.charge(textBytes: text.utf8.count) }
        switch arguments[0] {
        case .bool: return arguments[0]
        case .string("1"), .string("t"), .string("T"), .string("true"), .string("TRUE"), .string("True"):
            return .bool(true)
        case .string("0"), .string("f"), .string("F"), .string("false"), .string("FALSE"), .string("False"):
            return .bool(false)
        case .string(let text): throw invalid(text, "bool")
        default: throw arguments.mismatch
        }
    }

    private static func int(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        if case .string(let text) = arguments[0] { try meter.charge(textBytes: text.utf8.count) }
        switch arguments[0] {
        case .int: return arguments[0]
        case .uint(let value):
            guard let integer = Int64(exactly: value) else { throw .overflow("int(\(value)u)") }
            return .int(integer)
        case .double(let value):
            // Both ends are left out, as the language definition demands: whether they survive depends on rounding.
            guard value > -0x1p63, value < 0x1p63 else { throw .overflow("int(\(value))") }
            return .int(Int64(value))
        case .string(let text):
            guard let value = Int64(text) else { throw invalid(text, "int") }
            return .int(value)
        case .timestamp(let value): return .int(value.seconds)
        default: throw arguments.mismatch
        }
    }

    private static func uint(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        if case .string(let text) = arguments[0] { try meter.charge(textBytes: text.utf8.count) }
        switch arguments[0] {
        case .uint: return arguments[0]
        case .int(let value):
            guard let integer = UInt64(exactly: value) else { throw .overflow("uint(\(value))") }
            return .uint(integer)
        case .double(let value):
            guard value >= 0, value < 0x1p64 else { throw .overflow("uint(\(value))") }
            return .uint(UInt64(value))
        case .string(let text):
            guard text.utf8.allSatisfy(Lexer.isDigit), let value = UInt64(text) else { throw invalid(text, "uint") }
            return .uint(value)
        default: throw arguments.mismatch
        }
    }

    private static func double(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        switch arguments[0] {
        case .double: return arguments[0]
        case .int(let value): return .double(Double(value))
        case .uint(let value): return .double(Double(value))
        case .string(let text):
            try meter.charge(textBytes: text.utf8.count)
            guard let value = DecimalText.double(text) else { throw invalid(text, "double") }
            return .double(value)
        default: throw arguments.mismatch
        }
    }

    private static func string(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        switch arguments[0] {
        case .string: return arguments[0]
        case .bytes(let bytes):
            try meter.charge(madeBytes: bytes.count)
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw CELError(.invalidArgument, "the bytes are not UTF-8; base64.encode() gives a text of any bytes")
            }
            return .string(text)
        case .null, .list, .map, .optional, .type: throw arguments.mismatch
        default: return .string(arguments[0].text ?? "")
        }
    }

    private static func bytes(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        switch arguments[0] {
        case .bytes: return arguments[0]
        case .string(let text):
            try meter.charge(madeBytes: text.utf8.count)
            return .bytes(Array(text.utf8))
        default: throw arguments.mismatch
        }
    }

    private static func duration(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        switch arguments[0] {
        case .duration: return arguments[0]
        case .string(let text):
            try meter.charge(textBytes: text.utf8.count)
            return .duration(try CELDuration(parsing: text))
        default: throw arguments.mismatch
        }
    }

    private static func timestamp(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        switch arguments[0] {
        case .timestamp: return arguments[0]
        case .string(let text):
            try meter.charge(textBytes: text.utf8.count)
            return .timestamp(try CELTimestamp(parsing: text))
        case .int(let seconds):
            guard let value = CELTimestamp(seconds: seconds) else { throw .overflow("timestamp(\(seconds))") }
            return .timestamp(value)
        default: throw arguments.mismatch
        }
    }

    private static func invalid(_ text: String, _ type: String) -> CELError {
        CELError(.invalidArgument, "'\(Excerpt.of(text))' is no \(type)")
    }
}

/// A double as people and programs write it.
enum DecimalText {
    /// Nil for anything but decimal digits with a point and an exponent, or a name of infinity or NaN; and for a number
    /// beyond the range of a double. Swift's own conversion would also take hexadecimal digits.
    static func double(_ text: String) -> Double? {
        let unsigned = text.first == "+" || text.first == "-" ? text.dropFirst() : text[...]
        switch unsigned.lowercased() {
        case "inf", "infinity": return text.first == "-" ? -.infinity : .infinity
        case "nan": return .nan
        default: break
        }
        guard unsigned.utf8.allSatisfy({ Lexer.isDigit($0) || "+-.eE".utf8.contains($0) }), let value = Double(text)
        else { return nil }
        return value.isFinite ? value : nil
    }
}
