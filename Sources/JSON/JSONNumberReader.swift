/// Reads a JSON number: RFC 8259 section 6. Integers that fit `Int64` stay exact; every other number is the nearest
/// `Double`, unless `rounds` is false and it is another integer.
package enum JSONNumberReader {
    /// The integer as a `Double`; nil where the nearest one is another integer.
    package static func exactDouble(_ integer: some StringProtocol) -> Double? {
        guard let exact = Int128(integer), let double = Double(integer), Int128(exactly: double) == exact else {
            return nil
        }
        return double
    }

    static func read(_ bytes: [UInt8], _ position: inout Int, rounds: Bool) throws(JSONError) -> JSONValue {
        let start = position
        let isNegative = bytes[position] == UInt8(ascii: "-")
        if isNegative { position += 1 }
        let digits = position
        skipDigits(bytes, &position)
        guard position > digits else { throw malformed("a '-' needs digits after it", at: start) }
        guard bytes[digits] != UInt8(ascii: "0") || position == digits + 1 else {
            throw malformed("a number cannot begin with 0", at: start)
        }
        var isInteger = true
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            let fraction = position
            skipDigits(bytes, &position)
            guard position > fraction else { throw malformed("a decimal point needs digits after it", at: start) }
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            let exponent = position
            skipDigits(bytes, &position)
            guard position > exponent else { throw malformed("an exponent needs digits", at: start) }
        }
        if isInteger {
            if let integer = integer(bytes[digits..<position], isNegative: isNegative) { return .int(integer) }
            guard rounds || exactDouble(String(decoding: bytes[start..<position], as: UTF8.self)) != nil else {
                throw JSONError(
                    .numberOutOfRange,
                    "the integer has more than 64 bits, and would be rounded: write it as text, in quotes", at: start)
            }
        }
        guard let number = Double(String(decoding: bytes[start..<position], as: UTF8.self)), number.isFinite else {
            throw JSONError(.numberOutOfRange, "the number is beyond the range of a double", at: start)
        }
        return .double(number)
    }

    private static func skipDigits(_ bytes: [UInt8], _ position: inout Int) {
        while position < bytes.count, bytes[position] &- UInt8(ascii: "0") < 10 { position += 1 }
    }

    private static func integer(_ digits: ArraySlice<UInt8>, isNegative: Bool) -> Int64? {
        guard digits.count <= 19 else { return nil }
        // Counted downwards, because the least Int64 has no positive counterpart.
        var value: Int64 = 0
        for digit in digits {
            let (scaled, scaleOverflowed) = value.multipliedReportingOverflow(by: 10)
            let (next, overflowed) = scaled.subtractingReportingOverflow(Int64(digit - UInt8(ascii: "0")))
            guard !scaleOverflowed, !overflowed else { return nil }
            value = next
        }
        guard !isNegative else { return value }
        return value == .min ? nil : -value
    }

    private static func malformed(_ message: String, at offset: Int) -> JSONError {
        JSONError(.invalidNumber, message, at: offset)
    }
}
