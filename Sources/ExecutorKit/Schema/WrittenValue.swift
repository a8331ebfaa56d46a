package import JSON

/// A value as far as it is known: a document, or one whose parts an expression will give.
package indirect enum WrittenValue: Sendable, Equatable {
    case known(JSONValue)
    /// An expression; empty: of any kind.
    case unknown([JSONSchema.Kind])
    case array([WrittenValue])
    case object([(name: String, value: WrittenValue)])

    package init(_ json: JSONValue) {
        switch json {
        case .array(let elements): self = .array(elements.map(WrittenValue.init))
        case .object(let members):
            self = .object(
                members.sorted { JSONText.precedes($0.key, $1.key) }.map { ($0.key, WrittenValue($0.value)) })
        case .null, .bool, .int, .double, .string: self = .known(json)
        }
    }

    package static func == (left: WrittenValue, right: WrittenValue) -> Bool {
        switch (left, right) {
        case (.known(let a), .known(let b)): a == b
        case (.unknown(let a), .unknown(let b)): a == b
        case (.array(let a), .array(let b)): a == b
        case (.object(let a), .object(let b)):
            a.count == b.count && zip(a, b).allSatisfy { $0.name.isSame(as: $1.name) && $0.value == $1.value }
        default: false
        }
    }

    /// The document, where all of it is known.
    package var json: JSONValue? {
        switch self {
        case .known(let json): return json
        case .unknown: return nil
        case .array(let elements):
            let values = elements.compactMap(\.json)
            return values.count == elements.count ? .array(values) : nil
        case .object(let members):
            var object: [String: JSONValue] = [:]
            for member in members {
                guard let value = member.value.json else { return nil }
                object[member.name] = value
            }
            return .object(object)
        }
    }

    /// Empty where anything may come.
    var kinds: [JSONSchema.Kind] {
        switch self {
        case .known(let json): [JSONSchema.Kind(of: json)]
        case .unknown(let kinds): kinds
        case .array: [.array]
        case .object: [.object]
        }
    }
}

extension JSONSchema.Kind {
    package init(of json: JSONValue) {
        switch json {
        case .null: self = .null
        case .bool: self = .boolean
        case .int: self = .integer
        case .double(let number): self = number == number.rounded() ? .integer : .number
        case .string: self = .string
        case .array: self = .array
        case .object: self = .object
        }
    }

    /// Whether a value of this kind is also of the other.
    func isOne(of types: [JSONSchema.Kind]) -> Bool {
        types.contains(self) || (self == .integer && types.contains(.number))
    }
}
