/// Field selection, presence and indexing. On an optional each of them gives an optional again.
enum Selection {
    static func select(
        _ field: String, from value: CELValue, isOptional: Bool, _ meter: inout Meter
    ) throws(CELError) -> CELValue {
        try meter.charge(textBytes: field.utf8.count)
        switch value {
        case .map(let map):
            let found = map[field]
            if isOptional { return .optional(found) }
            guard let found else { throw .noSuchKey(field) }
            return found
        case .optional(let content):
            guard let content else { return .optional(nil) }
            return try select(field, from: content, isOptional: true, &meter)
        default: throw CELError(.noSuchOverload, "'\(field)' cannot be selected from \(value.type.name)")
        }
    }

    static func has(_ field: String, in value: CELValue, _ meter: inout Meter) throws(CELError) -> Bool {
        try meter.charge(textBytes: field.utf8.count)
        switch value {
        case .map(let map): return map[field] != nil
        case .optional(let content):
            guard let content else { return false }
            return try has(field, in: content, &meter)
        default: throw CELError(.noSuchOverload, "has() cannot look for '\(field)' in \(value.type.name)")
        }
    }

    static func index(
        _ value: CELValue, by key: CELValue, isOptional: Bool, _ meter: inout Meter
    ) throws(CELError) -> CELValue {
        try meter.charge(key: key)
        switch value {
        case .list(let elements):
            let position = try position(key)
            let found = position.flatMap { elements.indices.contains($0) ? elements[$0] : nil }
            if isOptional { return .optional(found) }
            guard let found else {
                throw CELError(
                    .indexOutOfBounds, "index \(key.text ?? "") is outside the list of \(elements.count) elements")
            }
            return found
        case .map(let map):
            let found = CELMap.Key(lookingFor: key).flatMap { map[$0] }
            if isOptional { return .optional(found) }
            guard let found else { throw .noSuchKey(of: key) }
            return found
        case .optional(let content):
            guard let content else { return .optional(nil) }
            return try index(content, by: key, isOptional: true, &meter)
        default: throw .noSuchOverload("_[_]", [value, key])
        }
    }

    /// A number as a position; nil where no list can be that long, and for a double that is not whole.
    private static func position(_ key: CELValue) throws(CELError) -> Int? {
        switch key {
        case .int(let value): return Int(exactly: value)
        case .uint(let value): return Int(exactly: value)
        case .double(let value):
            guard let position = Int(exactly: value) else {
                throw CELError(.invalidArgument, "a list's index is a whole number, not \(CELValue.text(of: value))")
            }
            return position
        default: throw CELError(.invalidArgument, "a list's index is a whole number, not \(key.type.name)")
        }
    }
}
