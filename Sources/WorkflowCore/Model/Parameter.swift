package import JSON

/// A declared parameter of a definition.
package struct Parameter: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable { case string, integer, number, boolean, array, object }

    package var name: String
    package var kind: Kind
    package var isRequired: Bool
    /// Of the declared kind and within the declared bounds: checked when the definition is loaded.
    package var defaultValue: JSONValue?
    package var description: String?
    /// RE2 syntax, unanchored as in JSON Schema; only for strings.
    package var pattern: String?
    /// Only for numbers; inclusive.
    package var minimum: Double?
    package var maximum: Double?
    /// The only values allowed, where it is not empty.
    package var allowed: [JSONValue]

    package init(
        name: String, kind: Kind, isRequired: Bool = false, defaultValue: JSONValue? = nil,
        description: String? = nil, pattern: String? = nil, minimum: Double? = nil, maximum: Double? = nil,
        allowed: [JSONValue] = []
    ) {
        self.name = name
        self.kind = kind
        self.isRequired = isRequired
        self.defaultValue = defaultValue
        self.description = description
        self.pattern = pattern
        self.minimum = minimum
        self.maximum = maximum
        self.allowed = allowed
    }
}
