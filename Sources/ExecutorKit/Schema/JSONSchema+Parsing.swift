internal import CEL
package import JSON

extension JSONSchema {
    /// - Parameter place: what the schema is of, for messages.
    package init(_ json: JSONValue, at place: String) throws(DescriptorError) {
        self.init()
        source = json
        if case .bool(true) = json { return }
        guard let members = json.objectValue else {
            throw DescriptorError(.invalidMember, "\(place) must be a schema: an object, or true")
        }
        for (keyword, value) in members.sorted(by: { JSONText.precedes($0.key, $1.key) }) {
            try read(keyword, value, place)
        }
        for name in required where !properties.isEmpty && property(name) == nil && additionalProperties == .refused {
            throw DescriptorError(
                .invalidMember, "\(place) requires \"\(name.shortened)\", which is none of its properties")
        }
        if !variables.isEmpty, !isExpression {
            throw DescriptorError(.invalidMember, "\(place) has \"variables\" without \"format\": \"cel\"")
        }
    }

    private mutating func read(_ keyword: String, _ value: JSONValue, _ place: String) throws(DescriptorError) {
        let what = "\"\(keyword.shortened)\" of \(place)"
        switch keyword {
        case "type": types = try JSONSchema.kinds(value, what)
        case "title": title = try JSONSchema.text(value, what)
        case "description": description = try JSONSchema.text(value, what)
        case "default": defaultValue = value
        case "enum":
            guard let values = value.arrayValue, !values.isEmpty else {
                throw DescriptorError(.invalidMember, "\(what) must be a list that is not empty")
            }
            enumeration = values
        case "const": constant = value
        case "properties": properties = try JSONSchema.members(value, what)
        case "variables": variables = try JSONSchema.members(value, what)
        case "required":
            guard let values = value.arrayValue, values.allSatisfy({ $0.stringValue != nil }) else {
                throw DescriptorError(.invalidMember, "\(what) must be a list of names")
            }
            required = values.compactMap(\.stringValue)
        case "additionalProperties": additionalProperties = try JSONSchema.others(value, what)
        case "items": items = try JSONSchema.others(value, what)
        case "minProperties": propertyCounts.least = try JSONSchema.count(value, what)
        case "maxProperties": propertyCounts.most = try JSONSchema.count(value, what)
        case "minItems": itemCounts.least = try JSONSchema.count(value, what)
        case "maxItems": itemCounts.most = try JSONSchema.count(value, what)
        case "uniqueItems":
            guard let flag = value.boolValue else {
                throw DescriptorError(.invalidMember, "\(what) must be true or false")
            }
            hasUniqueItems = flag
        case "minLength": lengths.least = try JSONSchema.count(value, what)
        case "maxLength": lengths.most = try JSONSchema.count(value, what)
        case "minimum": numbers.least = try JSONSchema.number(value, what)
        case "maximum": numbers.most = try JSONSchema.number(value, what)
        case "exclusiveMinimum": exclusiveNumbers.least = try JSONSchema.number(value, what)
        case "exclusiveMaximum": exclusiveNumbers.most = try JSONSchema.number(value, what)
        case "pattern":
            let text = try JSONSchema.text(value, what)
            if let problem = PatternMatching.problem(with: text) {
                throw DescriptorError(.invalidMember, "\(what) is no regular expression (RE2): \(problem)")
            }
            pattern = text
        case "format": format = try JSONSchema.text(value, what)
        case "anyOf": anyOf = try JSONSchema.list(value, what)
        case "oneOf": oneOf = try JSONSchema.list(value, what)
        case "allOf": allOf = try JSONSchema.list(value, what)
        case _ where JSONSchema.annotations.contains(keyword): break
        default:
            throw DescriptorError(
                .unsupportedKeyword,
                "\(what) is a keyword that this version does not know, so its rule would not be checked: say it "
                    + "with \(JSONSchema.keywords.joined(separator: ", "))")
        }
    }

    /// Those that are checked.
    package static let keywords = [
        "type", "properties", "required", "additionalProperties", "items", "enum", "const", "minimum", "maximum",
        "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "pattern", "minItems", "maxItems",
        "uniqueItems",
        "minProperties", "maxProperties", "anyOf", "oneOf", "allOf",
    ]

    private static func kinds(_ value: JSONValue, _ what: String) throws(DescriptorError) -> [Kind] {
        let words = value.arrayValue ?? [value]
        let kinds = words.compactMap { $0.stringValue.flatMap(Kind.init(rawValue:)) }
        guard kinds.count == words.count, !kinds.isEmpty else {
            throw DescriptorError(
                .invalidMember, "\(what) must be of \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return kinds
    }

    private static func text(_ value: JSONValue, _ what: String) throws(DescriptorError) -> String {
        guard let text = value.stringValue else { throw DescriptorError(.invalidMember, "\(what) must be a text") }
        return text
    }

    private static func count(_ value: JSONValue, _ what: String) throws(DescriptorError) -> Int64 {
        guard let count = value.intValue, count >= 0 else {
            throw DescriptorError(.invalidMember, "\(what) must be a whole number of 0 or more")
        }
        return count
    }

    private static func number(_ value: JSONValue, _ what: String) throws(DescriptorError) -> Double {
        guard let number = value.doubleValue else {
            throw DescriptorError(.invalidMember, "\(what) must be a number")
        }
        return number
    }

    private static func others(_ value: JSONValue, _ what: String) throws(DescriptorError) -> Others {
        switch value {
        case .bool(true): .allowed
        case .bool(false): .refused
        default: .matching(try JSONSchema(value, at: what))
        }
    }

    private static func members(_ value: JSONValue, _ what: String) throws(DescriptorError) -> [Member] {
        var members: [Member] = []
        for (name, schema) in try DescriptorMembers(value, what).sorted {
            members.append(Member(name, try JSONSchema(schema, at: "\"\(name.shortened)\" in \(what)")))
        }
        return members
    }

    private static func list(_ value: JSONValue, _ what: String) throws(DescriptorError) -> [JSONSchema] {
        guard let values = value.arrayValue, !values.isEmpty else {
            throw DescriptorError(.invalidMember, "\(what) must be a list of schemas that is not empty")
        }
        var schemas: [JSONSchema] = []
        for value in values { schemas.append(try JSONSchema(value, at: what)) }
        return schemas
    }
}

/// Regular expressions as CEL's `matches` has them: linear time, found anywhere unless anchored.
enum PatternMatching {
    private static let matching = try? CELExpression(parsing: "text.matches(pattern)")

    static func problem(with pattern: String) -> String? {
        do throws(CELError) {
            _ = try evaluate("", pattern)
            return nil
        } catch {
            return error.message
        }
    }

    /// True where the text is too long to be looked at.
    static func isFound(_ pattern: String, in text: String) -> Bool {
        (try? evaluate(text, pattern)) != .bool(false)
    }

    private static func evaluate(_ text: String, _ pattern: String) throws(CELError) -> CELValue? {
        try matching?.evaluate(in: CELVariables(["text": .string(text), "pattern": .string(pattern)]))
    }
}
