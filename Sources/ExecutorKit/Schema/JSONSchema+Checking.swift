package import JSON

extension JSONSchema {
    /// All that is wrong with a document.
    package func problems(with json: JSONValue) -> [SchemaProblem] {
        problems(with: WrittenValue(json))
    }

    /// All that is certainly wrong with a value, whatever its expressions will give.
    package func problems(with value: WrittenValue) -> [SchemaProblem] {
        var check = SchemaCheck()
        check.check(value, self, at: [])
        return check.problems
    }

    /// The value with the defaults of members that were left out, in all objects that are there.
    package func withDefaults(_ json: JSONValue) -> JSONValue {
        switch json {
        case .object(var members):
            for property in properties {
                if let value = members[property.name] {
                    members[property.name] = property.schema.withDefaults(value)
                } else if let value = property.schema.defaultValue {
                    members[property.name] = value
                }
            }
            return .object(members)
        case .array(let elements):
            guard case .matching(let schema) = items else { return json }
            return .array(elements.map(schema.withDefaults))
        case .null, .bool, .int, .double, .string: return json
        }
    }
}

private struct SchemaCheck {
    var problems: [SchemaProblem] = []

    private static let problemsMax = 50

    mutating func check(_ value: WrittenValue, _ schema: JSONSchema, at path: [SchemaProblem.Part]) {
        guard problems.count < SchemaCheck.problemsMax else { return }
        let kinds = value.kinds
        // What may be of many kinds is wrong where none of them fits.
        if !schema.types.isEmpty, !kinds.isEmpty, !kinds.contains(where: { $0.canBe(schema.types) }) {
            return report(
                .wrongType, "must be \(schema.typeText), not \(SchemaCheck.name(value))", at: path)
        }
        checkChoices(value, schema, at: path)
        switch value {
        case .known(let json): checkScalar(json, schema, at: path)
        case .array(let elements): checkArray(elements, value, schema, at: path)
        case .object(let members): checkObject(members, schema, at: path)
        case .unknown: break
        }
        for part in schema.allOf { check(value, part, at: path) }
        checkAlternatives(value, schema, at: path)
    }

    private mutating func checkChoices(
        _ value: WrittenValue, _ schema: JSONSchema, at path: [SchemaProblem.Part]
    ) {
        guard let json = value.json else { return }
        if let constant = schema.constant, !constant.isEqual(to: json) {
            report(.wrongValue, "must be \(constant.text), not \(json.text)", at: path)
        }
        if let values = schema.enumeration, !values.contains(where: { $0.isEqual(to: json) }) {
            let names = values.compactMap(\.stringValue)
            report(
                names.count == values.count && json.stringValue != nil
                    ? .unknown(json.stringValue ?? "", known: names) : .wrongValue,
                "must be one of \(values.map(\.text).joined(separator: ", ")), not \(json.text)", at: path)
        }
    }

    private mutating func checkScalar(_ json: JSONValue, _ schema: JSONSchema, at path: [SchemaProblem.Part]) {
        if let number = json.doubleValue {
            if let least = schema.numbers.least, number < least {
                report(.wrongValue, "must be at least \(least.short), not \(json.text)", at: path)
            }
            if let most = schema.numbers.most, number > most {
                report(.wrongValue, "must be at most \(most.short), not \(json.text)", at: path)
            }
            if let least = schema.exclusiveNumbers.least, number <= least {
                report(.wrongValue, "must be above \(least.short), not \(json.text)", at: path)
            }
            if let most = schema.exclusiveNumbers.most, number >= most {
                report(.wrongValue, "must be below \(most.short), not \(json.text)", at: path)
            }
        }
        if let text = json.stringValue {
            let length = Int64(text.unicodeScalars.count)
            if let least = schema.lengths.least, length < least {
                report(
                    .wrongValue,
                    least == 1 ? "must not be empty" : "must have at least \(least) characters, and has \(length)",
                    at: path)
            }
            if let most = schema.lengths.most, length > most {
                report(.wrongValue, "must have at most \(most) characters, and has \(length)", at: path)
            }
            if let pattern = schema.pattern, !PatternMatching.isFound(pattern, in: text) {
                report(.wrongValue, "must match \(pattern), and \(json.text) does not", at: path)
            }
        }
    }

    private mutating func checkArray(
        _ elements: [WrittenValue], _ value: WrittenValue, _ schema: JSONSchema, at path: [SchemaProblem.Part]
    ) {
        let count = Int64(elements.count)
        if let least = schema.itemCounts.least, count < least {
            report(.wrongValue, "must have at least \(least) elements, and has \(count)", at: path)
        }
        if let most = schema.itemCounts.most, count > most {
            report(.wrongValue, "must have at most \(most) elements, and has \(count)", at: path)
        }
        if schema.hasUniqueItems, let list = value.json?.arrayValue, Set(list).count < list.count {
            report(.wrongValue, "must not have the same element twice", at: path)
        }
        switch schema.items {
        case .allowed: break
        case .refused: if count > 0 { report(.wrongValue, "must be an empty list", at: path) }
        case .matching(let schema):
            for (number, element) in elements.enumerated() { check(element, schema, at: path + [.element(number)]) }
        }
    }

    private mutating func checkObject(
        _ members: [(name: String, value: WrittenValue)], _ schema: JSONSchema, at path: [SchemaProblem.Part]
    ) {
        for name in schema.required where !members.contains(where: { $0.name.isSame(as: name) }) {
            report(.missing(name), "needs \"\(name)\"", at: path)
        }
        let count = Int64(members.count)
        if let least = schema.propertyCounts.least, count < least {
            report(.wrongValue, "must have at least \(least) members, and has \(count)", at: path)
        }
        if let most = schema.propertyCounts.most, count > most {
            report(.wrongValue, "must have at most \(most) members, and has \(count)", at: path)
        }
        for member in members {
            let inner = path + [.member(member.name)]
            if let property = schema.property(member.name) {
                check(member.value, property, at: inner)
                continue
            }
            switch schema.additionalProperties {
            case .allowed: break
            case .matching(let others): check(member.value, others, at: inner)
            case .refused:
                report(
                    .unknown(member.name, known: schema.properties.map(\.name)), "is not known here", at: inner)
            }
        }
    }

    /// What fits none of the alternatives is wrong; where all but one are of another kind, that one says why.
    private mutating func checkAlternatives(
        _ value: WrittenValue, _ schema: JSONSchema, at path: [SchemaProblem.Part]
    ) {
        for alternatives in [schema.anyOf, schema.oneOf] where !alternatives.isEmpty {
            let found = alternatives.map { alternative in
                var check = SchemaCheck()
                check.check(value, alternative, at: path)
                return check.problems
            }
            guard found.allSatisfy({ !$0.isEmpty }) else { continue }
            let near = found.filter { !$0.contains { $0.kind == .wrongType && $0.path == path } }
            if near.count == 1 {
                problems += near[0]
            } else {
                let types = alternatives.map(\.typeText)
                let text = near.isEmpty ? types : found.compactMap { $0.first?.description }
                report(
                    near.isEmpty ? .wrongType : .wrongValue,
                    near.isEmpty
                        ? "must be \(text.joined(separator: " or ")), not \(SchemaCheck.name(value))"
                        : "fits none of its forms: \(text.joined(separator: "; "))", at: path)
            }
        }
        // Two that fit are wrong too, where all of the value is known.
        guard schema.oneOf.count > 1, let json = value.json else { return }
        let fitting = schema.oneOf.filter { $0.problems(with: json).isEmpty }
        if fitting.count > 1 { report(.wrongValue, "fits \(fitting.count) of its forms, and must fit one", at: path) }
    }

    private mutating func report(_ kind: SchemaProblem.Kind, _ message: String, at path: [SchemaProblem.Part]) {
        problems.append(SchemaProblem(path: path, kind: kind, message: message))
    }

    private static func name(_ value: WrittenValue) -> String {
        switch value {
        case .known(let json): json.text
        case .array: "a list"
        case .object: "a mapping"
        case .unknown(let kinds): "an expression that gives \(kinds.map(\.article).joined(separator: " or "))"
        }
    }
}

extension JSONSchema.Kind {
    /// Whether an expression of this kind may give one of these: a number may be whole.
    fileprivate func canBe(_ types: [JSONSchema.Kind]) -> Bool {
        isOne(of: types)
    }
}

extension JSONValue {
    /// As JSON Schema compares: 1 and 1.0 are equal.
    fileprivate func isEqual(to other: JSONValue) -> Bool {
        if let a = doubleValue, let b = other.doubleValue { return self == other || a == b }
        return self == other
    }

    fileprivate var text: String { ((try? compactText()) ?? "?").shortened }
}

extension Double {
    fileprivate var short: String { self == rounded() && abs(self) < 1e15 ? String(Int64(self)) : String(self) }
}
