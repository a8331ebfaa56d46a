package import JSON

/// A JSON Schema (2020-12), as far as executors use it: each keyword that is here counts, and a descriptor that uses
/// another is refused by name, so that no rule of an author is ignored.
package struct JSONSchema: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case null, boolean, integer, number, string, array, object
    }

    package enum Others: Sendable, Equatable {
        case allowed
        case refused
        indirect case matching(JSONSchema)
    }

    package struct Member: Sendable, Equatable {
        package var name: String
        package var schema: JSONSchema

        package init(_ name: String, _ schema: JSONSchema) {
            self.name = name
            self.schema = schema
        }
    }

    /// Empty: all.
    package var types: [Kind] = []
    package var title: String?
    package var description: String?
    package var defaultValue: JSONValue?
    package var enumeration: [JSONValue]?
    package var constant: JSONValue?
    /// Sorted by name.
    package var properties: [Member] = []
    package var required: [String] = []
    package var additionalProperties = Others.allowed
    package var propertyCounts = Bounds<Int64>()
    package var items = Others.allowed
    package var itemCounts = Bounds<Int64>()
    package var hasUniqueItems = false
    package var numbers = Bounds<Double>()
    package var exclusiveNumbers = Bounds<Double>()
    package var lengths = Bounds<Int64>()
    package var pattern: String?
    /// `cel` has a meaning here: an expression without braces that is handed over unevaluated. Others are for people.
    package var format: String?
    /// Beside `format: cel`: what the expression sees, name → schema.
    package var variables: [Member] = []
    package var anyOf: [JSONSchema] = []
    package var oneOf: [JSONSchema] = []
    package var allOf: [JSONSchema] = []
    /// The document that it was read from.
    package var source: JSONValue = .object([:])

    package struct Bounds<Number: Comparable & Sendable>: Sendable, Equatable {
        package var least: Number?
        package var most: Number?
    }

    package var isExpression: Bool { format == "cel" }

    package func property(_ name: String) -> JSONSchema? {
        properties.first { $0.name.isSame(as: name) }?.schema
    }

    /// What it is called in messages.
    package var typeText: String {
        switch types.count {
        case 0: "any value"
        default: types.map(\.article).joined(separator: " or ")
        }
    }

    /// Keywords that only people and editors read.
    static let annotations: Set<String> = [
        "$schema", "$id", "$comment", "title", "description", "default", "examples", "deprecated", "readOnly",
        "writeOnly", "format", "variables",
    ]
}

extension JSONSchema.Kind {
    package var article: String {
        switch self {
        case .null: "null"
        case .boolean: "true or false"
        case .integer: "a whole number"
        case .number: "a number"
        case .string: "a text"
        case .array: "a list"
        case .object: "a mapping"
        }
    }
}
