/// Reads plain scalars by the core schema of YAML 1.2 (yaml.org/spec/1.2.2, section 10.3.2), and tells where YAML 1.1
/// would have read another type.
enum CoreSchema {
    static func value(ofPlain text: String) -> Node.Value {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default: break
        }
        // Most scalars are words: only these can begin a number.
        guard let first = text.utf8.first, (48...57).contains(first) || first == 43 || first == 45 || first == 46
        else { return .string(text) }
        let bytes = Array(text.utf8)
        if let number = prefixed(bytes) {
            return number.map(Node.Value.int) ?? .unrepresentable(text)
        }
        let unsigned = bytes.first == 43 || bytes.first == 45 ? bytes.dropFirst() : bytes[...]
        if !unsigned.isEmpty, unsigned.allSatisfy(isDigit) {
            // `Int64.init` reads a sign and any number of zeros before the digits.
            return Int64(text).map(Node.Value.int) ?? .unrepresentable(text)
        }
        if isFloat(unsigned) {
            guard let number = Double(normalized(bytes)), number.isFinite else { return .unrepresentable(text) }
            return .double(number)
        }
        switch String(decoding: unsigned, as: UTF8.self) {
        case ".inf", ".Inf", ".INF": return .unrepresentable(text)
        case ".nan", ".NaN", ".NAN": return unsigned.count == bytes.count ? .unrepresentable(text) : .string(text)
        default: return .string(text)
        }
    }

    /// `0o17` and `0x1F`: nil where it is neither, an inner nil where it does not fit.
    private static func prefixed(_ bytes: [UInt8]) -> Int64?? {
        guard bytes.count > 2, bytes[0] == 48 else { return .none }
        let digits = bytes[2...]
        switch bytes[1] {
        case UInt8(ascii: "o"):
            guard digits.allSatisfy({ (48...55).contains($0) }) else { return .none }
            return .some(Int64(String(decoding: digits, as: UTF8.self), radix: 8))
        case UInt8(ascii: "x"):
            guard digits.allSatisfy(isHexDigit) else { return .none }
            return .some(Int64(String(decoding: digits, as: UTF8.self), radix: 16))
        default: return .none
        }
    }

    /// `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
    private static func isFloat(_ bytes: ArraySlice<UInt8>) -> Bool {
        var rest = bytes
        let whole = rest.prefix(while: isDigit).count
        rest = rest.dropFirst(whole)
        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst().prefix(while: isDigit).count
            guard whole > 0 || fraction > 0 else { return false }
            rest = rest.dropFirst(1 + fraction)
        } else if whole == 0 {
            return false
        }
        guard let exponent = rest.first else { return true }
        guard exponent | 0x20 == UInt8(ascii: "e") else { return false }
        rest = rest.dropFirst()
        if rest.first == 43 || rest.first == 45 { rest = rest.dropFirst() }
        return !rest.isEmpty && rest.allSatisfy(isDigit)
    }

    /// The same number in the form that `Double.init` reads: it knows no `.5`, `5.` or `1.e3`.
    private static func normalized(_ bytes: [UInt8]) -> String {
        guard let point = bytes.firstIndex(of: UInt8(ascii: ".")) else { return String(decoding: bytes, as: UTF8.self) }
        var text = Array(bytes[..<point])
        if !(text.last.map(isDigit) ?? false) { text.append(48) }
        text.append(UInt8(ascii: "."))
        if point + 1 >= bytes.count || !isDigit(bytes[point + 1]) { text.append(48) }
        return String(decoding: text + bytes[(point + 1)...], as: UTF8.self)
    }

    static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (97...102).contains(byte | 0x20)
    }

    // MARK: YAML 1.1

    /// What a reader of YAML 1.1 would have taken a plain scalar for, where that is not what we take it for.
    static func otherReading(ofPlain text: String) -> String? {
        switch text {
        case "y", "Y", "yes", "Yes", "YES", "on", "On", "ON": return "the boolean true"
        case "n", "N", "no", "No", "NO", "off", "Off", "OFF": return "the boolean false"
        case "=": return "a default value"
        default: break
        }
        guard let first = text.utf8.first, (48...57).contains(first) || first == 43 || first == 45 || first == 46,
            text.utf8.count <= 64
        else { return nil }
        let bytes = Array(text.utf8)
        let unsigned = Array(bytes.first == 43 || bytes.first == 45 ? bytes.dropFirst() : bytes[...])
        return integerReading(unsigned, isSigned: unsigned.count < bytes.count) ?? otherNumberReading(unsigned)
            ?? (unsigned.count == bytes.count && isDate(bytes) ? "a timestamp" : nil)
    }

    private static func integerReading(_ unsigned: [UInt8], isSigned: Bool) -> String? {
        let digits = unsigned.filter { $0 != UInt8(ascii: "_") }
        let hasUnderscore = digits.count < unsigned.count
        guard let first = unsigned.first, isDigit(first) else { return nil }
        if digits.count > 2, digits[0] == 48, digits[1] == UInt8(ascii: "x"), digits[2...].allSatisfy(isHexDigit) {
            return hasUnderscore || isSigned ? "a number in base 16" : nil
        }
        if digits.count > 2, digits[0] == 48, digits[1] == UInt8(ascii: "b"),
            digits[2...].allSatisfy({ $0 == 48 || $0 == 49 })
        {
            return "a number in base 2"
        }
        if digits.count > 2, digits[0] == 48, digits[1] == UInt8(ascii: "o"),
            digits[2...].allSatisfy({ (48...55).contains($0) })
        {
            return "text"
        }
        if digits.allSatisfy(isDigit) {
            if digits.count > 1, digits[0] == 48 {
                return digits.allSatisfy { $0 <= 55 } ? "a number in base 8" : "text"
            }
            return hasUnderscore ? "the number \(String(decoding: digits, as: UTF8.self))" : nil
        }
        return nil
    }

    /// Base 60 (`12:30`), floats with underscores, and exponents that 1.1 did not know (`1e3`).
    private static func otherNumberReading(_ unsigned: [UInt8]) -> String? {
        let groups = unsigned.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        if groups.count > 1 {
            let isSexagesimal =
                groups[0].first.map(isDigit) ?? false
                && groups[0].allSatisfy { isDigit($0) || $0 == UInt8(ascii: "_") }
                && groups[1..<(groups.count - 1)].allSatisfy(isSixtieth)
                && isSixtieth(groups[groups.count - 1].prefix { $0 != UInt8(ascii: ".") })
                && groups[groups.count - 1].allSatisfy { isDigit($0) || $0 == UInt8(ascii: ".") }
            return isSexagesimal ? "a number in base 60" : nil
        }
        let digits = unsigned.filter { $0 != UInt8(ascii: "_") }
        guard isFloat(digits[...]), let first = unsigned.first, isDigit(first) || first == UInt8(ascii: ".") else {
            return nil
        }
        if digits.count < unsigned.count { return digits.contains(UInt8(ascii: ".")) ? "a number" : nil }
        if let exponent = digits.firstIndex(where: { $0 | 0x20 == UInt8(ascii: "e") }) {
            let isSigned = digits[exponent + 1] == 43 || digits[exponent + 1] == 45
            return isSigned && digits.contains(UInt8(ascii: ".")) ? nil : "text"
        }
        return nil
    }

    private static func isSixtieth(_ digits: ArraySlice<UInt8>) -> Bool {
        guard digits.allSatisfy(isDigit), let first = digits.first else { return false }
        return digits.count == 1 || (digits.count == 2 && first <= 53)
    }

    /// `2026-02-02`, alone or before a time of day.
    private static func isDate(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= 8, bytes[..<4].allSatisfy(isDigit), bytes[4] == 45 else { return false }
        let month = bytes[5...].prefix(while: isDigit)
        let rest = bytes[(5 + month.count)...]
        guard (1...2).contains(month.count), rest.first == 45 else { return false }
        let day = rest.dropFirst().prefix(while: isDigit)
        guard (1...2).contains(day.count) else { return false }
        let after = rest.dropFirst(1 + day.count)
        if after.isEmpty { return month.count == 2 && day.count == 2 }
        guard let separator = after.first, separator | 0x20 == UInt8(ascii: "t") || separator == 32 else {
            return false
        }
        return after.dropFirst().first.map(isDigit) ?? false
    }
}
