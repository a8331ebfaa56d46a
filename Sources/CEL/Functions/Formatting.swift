#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `string.format(list)`: clauses of the form `%[.precision]conversion`, as the specification's page on strings has it.
enum Formatting {
    private static let defaultPrecision = 6
    private static let greatestPrecision = 100

    static func format(_ text: String, _ values: [CELValue], _ meter: inout Meter) throws(CELError) -> String {
        try meter.charge(textBytes: text.utf8.count)
        var result = ""
        var rest = text.unicodeScalars[...]
        var used = 0
        while let scalar = rest.popFirst() {
            guard scalar == "%" else {
                result.unicodeScalars.append(scalar)
                continue
            }
            if rest.first == "%" {
                rest.removeFirst()
                result += "%"
                continue
            }
            let precision = try precision(&rest)
            guard let conversion = rest.popFirst() else {
                throw invalid("a '%' stands at the end; '%%' is a percent sign")
            }
            guard used < values.count else { throw invalid("there are more clauses than the \(values.count) values") }
            try meter.charge(comparing: values[used])
            result += try clause(values[used], conversion, precision)
            used += 1
            guard result.utf8.count <= meter.limits.textBytes else { break }
        }
        try meter.charge(madeBytes: result.utf8.count)
        return result
    }

    private static func precision(_ rest: inout Substring.UnicodeScalarView) throws(CELError) -> Int {
        guard rest.first == "." else { return defaultPrecision }
        rest.removeFirst()
        let digits = rest.prefix { ("0"..."9").contains($0) }
        rest.removeFirst(digits.count)
        guard let precision = Int(String(digits)), precision <= greatestPrecision else {
            throw invalid("a precision is a number up to \(greatestPrecision)")
        }
        return precision
    }

    private static func clause(
        _ value: CELValue, _ conversion: Unicode.Scalar, _ precision: Int
    ) throws(CELError) -> String {
        switch conversion {
        case "s": return try text(of: value)
        case "d":
            switch value {
            case .int, .uint, .double: return try text(of: value)
            default: throw mismatch(value, conversion)
            }
        case "f", "e":
            guard let number = number(value) else { throw mismatch(value, conversion) }
            return printed(number, conversion, precision)
        case "x", "X":
            let text = try hexadecimal(value, conversion)
            return conversion == "X" ? text.uppercased() : text
        case "o":
            guard let text = digits(value, radix: 8) else { throw mismatch(value, conversion) }
            return text
        case "b":
            if case .bool(let value) = value { return value ? "1" : "0" }
            guard let text = digits(value, radix: 2) else { throw mismatch(value, conversion) }
            return text
        default: throw invalid("'%\(conversion)' is no clause; the conversions are s, d, f, e, x, X, o and b")
        }
    }

    // MARK: Conversions

    private static func text(of value: CELValue) throws(CELError) -> String {
        switch value {
        case .null: return "null"
        case .double(let value): return decimal(value)
        case .bytes(let bytes): return joiningReplacements(String(decoding: bytes, as: UTF8.self))
        case .list(let elements):
            var texts: [String] = []
            for element in elements { texts.append(try text(of: element)) }
            return "[" + texts.joined(separator: ", ") + "]"
        case .map(let map):
            var texts: [(key: CELValue, text: String)] = []
            for entry in map.entries {
                let key = try text(of: entry.key.value)
                texts.append((.string(key), "\(key): \(try text(of: entry.value))"))
            }
            texts.sort { $0.key.order(against: $1.key) == .less }
            return "{" + texts.map(\.text).joined(separator: ", ") + "}"
        case .optional: throw mismatch(value, "s")
        default: return value.text ?? ""
        }
    }

    private static func number(_ value: CELValue) -> Double? {
        switch value {
        case .int(let value): Double(value)
        case .uint(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// C's own conversion: it rounds the exact value of the double, halves to even.
    private static func printed(_ number: Double, _ conversion: Unicode.Scalar, _ precision: Int) -> String {
        guard number.isFinite else { return CELValue.text(of: number) }
        // 309 digits before the point, the point, the sign and the digits behind it at most.
        var buffer = [CChar](repeating: 0, count: 320 + precision)
        let format = conversion == "f" ? "%.*f" : "%.*e"
        let count = withVaList([Int32(precision), number]) { vsnprintf(&buffer, buffer.count, format, $0) }
        return String(decoding: buffer.prefix(Int(max(count, 0))).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func hexadecimal(_ value: CELValue, _ conversion: Unicode.Scalar) throws(CELError) -> String {
        switch value {
        case .string(let text): return hexadecimal(Array(text.utf8))
        case .bytes(let bytes): return hexadecimal(bytes)
        default:
            guard let text = digits(value, radix: 16) else { throw mismatch(value, conversion) }
            return text
        }
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func digits(_ value: CELValue, radix: Int) -> String? {
        switch value {
        case .int(let value): String(value, radix: radix)
        case .uint(let value): String(value, radix: radix)
        default: nil
        }
    }

    /// The shortest digits that read back as the same double, never with an exponent.
    static func decimal(_ value: Double) -> String {
        let text = CELValue.text(of: value)
        guard value.isFinite, let mark = text.firstIndex(of: "e"), let exponent = Int(text[text.index(after: mark)...])
        else { return text }
        let sign = value < 0 ? "-" : ""
        let mantissa = text[..<mark].drop { $0 == "-" }.split(separator: ".")
        let digits = mantissa.joined()
        let point = (mantissa.first?.count ?? 0) + exponent
        if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
        if point >= digits.count { return sign + digits + String(repeating: "0", count: point - digits.count) }
        return sign + digits.prefix(point) + "." + digits.dropFirst(point)
    }

    /// Bytes that are no UTF-8 show as one replacement character, however many follow each other.
    private static func joiningReplacements(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars where scalar != "\u{FFFD}" || result.last != "\u{FFFD}" {
            result.append(scalar)
        }
        return String(result)
    }

    // MARK: Errors

    private static func mismatch(_ value: CELValue, _ conversion: Unicode.Scalar) -> CELError {
        CELError(.noSuchOverload, "'%\(conversion)' cannot format a value of type \(value.type.name)")
    }

    private static func invalid(_ message: String) -> CELError {
        CELError(.invalidArgument, "the format is invalid: \(message)")
    }
}
