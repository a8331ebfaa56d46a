package import JSON

/// Masks secrets in outputs before anything else sees them.
package struct OutputMasking: Sendable {
    private let masker: SecretMasker

    package init(secrets: [String]) {
        masker = SecretMasker(secrets: secrets)
    }

    package func masked(_ text: String) -> String { masker.masked(whole: text) }

    /// An output as it is written. JSON stays JSON, and secrets that its escapes hide are found.
    package func maskedOutput(_ text: String) -> String {
        let shown = masked(text)
        switch text.utf8.first(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }) {
        case UInt8(ascii: "[")?, UInt8(ascii: "{")?:
            guard let value = try? JSONValue(parsing: text) else { return shown }
            let inner = masked(inside: value)
            guard let compact = try? inner.compactText() else { return shown }
            let masked = masked(compact)
            return inner == value && masked == compact && shown == text ? text : masked
        default: return shown
        }
    }

    /// `value` as it may be shown. A number that contains a secret becomes a text; so does a list or map in whose JSON
    /// a secret would still appear, because it reaches over several of its parts.
    package func masked(_ value: JSONValue, text: String) -> JSONValue {
        switch value {
        case .array, .object:
            let inner = masked(inside: value)
            guard let text = try? inner.compactText() else { return .string(masked(text)) }
            let shown = masked(text)
            return shown == text ? inner : .string(shown)
        case .string(let text): return .string(masked(text))
        case .null, .bool, .int, .double:
            let shown = masked(text)
            return shown == text ? value : .string(shown)
        }
    }

    /// The depth of an output is bounded when it is read.
    private func masked(inside value: JSONValue) -> JSONValue {
        switch value {
        case .array(let elements): return .array(elements.map(masked(inside:)))
        case .object(let members):
            var shown: [String: JSONValue] = [:]
            for key in members.keys.sorted() { shown[masked(key)] = members[key].map(masked(inside:)) }
            return .object(shown)
        case .string(let text): return .string(masked(text))
        case .null, .bool: return value
        case .int(let number): return masked(value, text: String(number))
        case .double(let number): return masked(value, text: number.description)
        }
    }
}
