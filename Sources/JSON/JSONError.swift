/// Why a JSON text was refused, or why a value has no JSON text.
package struct JSONError: Error, Sendable, Equatable {
    /// The kind of failure. The raw values are stable: they travel to logs, journals and API answers.
    package enum Code: String, Sendable {
        case unexpectedEnd = "unexpected_end"
        case unexpectedCharacter = "unexpected_character"
        case invalidNumber = "invalid_number"
        case numberOutOfRange = "number_out_of_range"
        case invalidEscape = "invalid_escape"
        case invalidUTF8 = "invalid_utf8"
        case duplicateKey = "duplicate_key"
        case tooDeep = "too_deep"
        case tooLarge = "too_large"
        case notFinite = "not_finite"
    }

    package let code: Code
    package let message: String
    /// Where in the text, in bytes from its start; nil when a value was being written.
    package let offset: Int?

    package init(_ code: Code, _ message: String, at offset: Int? = nil) {
        self.code = code
        self.message = message
        self.offset = offset
    }
}

extension JSONError: CustomStringConvertible {
    package var description: String {
        guard let offset else { return message }
        return "\(message) at byte \(offset)"
    }
}
