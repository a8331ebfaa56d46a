package import JSON

/// Data to print: JSON's kinds of values, with members in the order in which people want to read them.
package enum Document: Sendable, Equatable {
    package struct Member: Sendable, Equatable {
        package let key: String
        package let value: Document

        package init(key: String, value: Document) {
            self.key = key
            self.value = value
        }
    }

    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)
    /// Text that YAML writes as a literal block, JSON as any other string.
    case block(String)
    case list([Document])
    case map([Member])

    package static func members(_ pairs: KeyValuePairs<String, Document>) -> Document {
        .map(pairs.map { Member(key: $0.key, value: $0.value) })
    }

    package static func text(_ text: String?) -> Document { text.map(Document.string) ?? .null }

    /// Keys in the order of their bytes.
    package init(_ json: JSONValue) {
        switch json {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .int(let value): self = .int(value)
        case .double(let value): self = .double(value)
        case .string(let value): self = .string(value)
        case .array(let elements): self = .list(elements.map(Document.init))
        case .object(let members): self = .object(members)
        }
    }

    package static func object(_ members: [String: JSONValue]) -> Document {
        .map(
            members.sorted { JSONText.precedes($0.key, $1.key) }
                .map { Member(key: $0.key, value: Document($0.value)) })
    }

    package var isScalar: Bool {
        switch self {
        case .null, .bool, .int, .double, .string: true
        case .block, .list, .map: false
        }
    }
}
