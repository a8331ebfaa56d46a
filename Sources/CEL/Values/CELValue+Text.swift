extension CELValue {
    /// The value inside a text: strings as they are, null empty, numbers and booleans as `string()` gives them, bytes
    /// as base64, lists and maps as compact JSON.
    package func textForm() throws(CELError) -> String {
        switch self {
        case .null, .optional(nil): ""
        case .optional(let value?): try value.textForm()
        case .list, .map: try jsonText()
        default: text ?? ""
        }
    }

    /// The text of a scalar; nil for null, lists, maps and optionals.
    var text: String? {
        switch self {
        case .bool(let value): String(value)
        case .int(let value): String(value)
        case .uint(let value): String(value)
        case .double(let value): Self.text(of: value)
        case .string(let value): value
        case .bytes(let value): Base64.encode(value)
        case .duration(let value): value.text
        case .timestamp(let value): value.text
        case .type(let value): value.name
        case .address(let value): value.text
        case .network(let value): value.text
        case .null, .list, .map, .optional: nil
        }
    }

    /// The shortest digits that read back as the same double; `1`, not `1.0`, for a whole number.
    static func text(of double: Double) -> String {
        guard double.isFinite else { return double.isNaN ? "NaN" : double < 0 ? "-Infinity" : "Infinity" }
        let text = double.description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}

extension CELMap.Key {
    /// The key as the key of a JSON object.
    package var text: String {
        switch self {
        case .bool(let value): String(value)
        case .int(let value): String(value)
        case .uint(let value): String(value)
        case .string(let value): value
        }
    }
}
