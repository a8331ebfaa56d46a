import JSON

/// As much of JSON Schema (2020-12) as our own schema uses; a keyword that it does not know is a problem, never
/// ignored.
struct SchemaValidator {
    let root: JSONValue

    /// Where the document breaks the schema, with the keyword: `/stages/0/name: pattern`.
    func problems(with document: JSONValue) -> [String] {
        problems(document, root, "")
    }

    private static let annotations: Set<String> = ["$schema", "$defs", "title", "description", "then", "else"]

    private func problems(_ value: JSONValue, _ schema: JSONValue, _ path: String) -> [String] {
        if let verdict = schema.boolValue { return verdict ? [] : ["\(path): not allowed"] }
        guard let keywords = schema.objectValue else { return ["\(path): the schema is no schema"] }
        return keywords.sorted { $0.key < $1.key }.flatMap { keyword, rule in
            Self.annotations.contains(keyword) ? [] : problems(value, keyword, rule, keywords, path)
        }
    }

    private func problems(
        _ value: JSONValue, _ keyword: String, _ rule: JSONValue, _ schema: [String: JSONValue], _ path: String
    ) -> [String] {
        func check(_ holds: Bool) -> [String] { holds ? [] : ["\(path): \(keyword)"] }
        switch keyword {
        case "$ref":
            guard let name = rule.stringValue?.split(separator: "/").last,
                let target = root["$defs"]?[String(name)]
            else { return ["\(path): dangling \(keyword)"] }
            return problems(value, target, path)
        case "type":
            let types = (rule.arrayValue ?? [rule]).compactMap(\.stringValue)
            return check(types.contains { isType($0, value) })
        case "const": return check(value == rule)
        case "enum": return check(rule.arrayValue?.contains(value) == true)
        case "pattern":
            guard let text = value.stringValue, let pattern = rule.stringValue else { return [] }
            guard let expression = try? Regex(pattern) else { return ["\(path): no pattern"] }
            return check(text.contains(expression))
        case "minLength":
            return check((value.stringValue?.unicodeScalars.count).map { $0 >= Int(rule.intValue ?? 0) } ?? true)
        case "minimum": return check(compare(value, rule) { $0 >= $1 })
        case "maximum": return check(compare(value, rule) { $0 <= $1 })
        case "minItems": return check((value.arrayValue?.count).map { $0 >= Int(rule.intValue ?? 0) } ?? true)
        case "minProperties": return check((value.objectValue?.count).map { $0 >= Int(rule.intValue ?? 0) } ?? true)
        case "maxProperties": return check((value.objectValue?.count).map { $0 <= Int(rule.intValue ?? 0) } ?? true)
        case "required":
            guard let members = value.objectValue else { return [] }
            return (rule.arrayValue ?? []).compactMap(\.stringValue).filter { members[$0] == nil }
                .map { "\(path): required \($0)" }
        case "items":
            return (value.arrayValue ?? []).enumerated().flatMap { problems($1, rule, "\(path)/\($0)") }
        case "properties":
            return (rule.objectValue ?? [:]).sorted { $0.key < $1.key }.flatMap { name, inner in
                value[name].map { problems($0, inner, "\(path)/\(name)") } ?? []
            }
        case "additionalProperties":
            let named = schema["properties"]?.objectValue ?? [:]
            return (value.objectValue ?? [:]).sorted { $0.key < $1.key }.flatMap { name, member in
                named[name] == nil ? problems(member, rule, "\(path)/\(name)") : []
            }
        case "propertyNames":
            return (value.objectValue ?? [:]).keys.sorted().flatMap { problems(.string($0), rule, "\(path)/\($0)") }
        case "allOf": return (rule.arrayValue ?? []).flatMap { problems(value, $0, path) }
        case "anyOf": return check((rule.arrayValue ?? []).contains { problems(value, $0, path).isEmpty })
        case "oneOf": return check((rule.arrayValue ?? []).count { problems(value, $0, path).isEmpty } == 1)
        case "not": return check(!problems(value, rule, path).isEmpty)
        case "if":
            let branch = problems(value, rule, path).isEmpty ? schema["then"] : schema["else"]
            return branch.map { problems(value, $0, path) } ?? []
        default: return ["\(path): unknown keyword \(keyword)"]
        }
    }

    private func compare(_ value: JSONValue, _ bound: JSONValue, _ holds: (Double, Double) -> Bool) -> Bool {
        guard let value = value.doubleValue, let bound = bound.doubleValue else { return true }
        return holds(value, bound)
    }

    private func isType(_ type: String, _ value: JSONValue) -> Bool {
        switch value {
        case .null: type == "null"
        case .bool: type == "boolean"
        case .int: type == "integer" || type == "number"
        case .double(let number): type == "number" || (type == "integer" && number == number.rounded())
        case .string: type == "string"
        case .array: type == "array"
        case .object: type == "object"
        }
    }
}
