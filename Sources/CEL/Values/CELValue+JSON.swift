package import JSON

extension CELValue {
    /// A document as a value. Integers stay integers; the keys of an object are in the order of their bytes, so that
    /// iteration is the same every time.
    package init(_ json: JSONValue) {
        switch json {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .int(let value): self = .int(value)
        case .double(let value): self = .double(value)
        case .string(let value): self = .string(value)
        case .array(let elements): self = .list(elements.map(CELValue.init))
        case .object(let members):
            let sorted = members.sorted { JSONText.precedes($0.key, $1.key) }
            self = .map(CELMap(sorted.lazy.map { ($0.key, CELValue($0.value)) }))
        }
    }

    /// The value as a document: NaN and infinities as strings, bytes as base64, durations, timestamps and types as
    /// their text, map keys as text, an empty optional as null.
    ///
    /// Fails with `overflow` on a `uint` above the range of `Int64`, which a `JSONValue` cannot hold exactly
    /// (`jsonText` can write it), with `duplicate_key` where two keys have the same text, and with `too_deep`.
    package func json() throws(CELError) -> JSONValue {
        try json(depth: 0)
    }

    private func json(depth: Int) throws(CELError) -> JSONValue {
        guard depth <= JSONLimits.writtenDepth else { throw Self.tooDeep }
        switch self {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .int(let value): return .int(value)
        case .uint(let value):
            guard let integer = Int64(exactly: value) else {
                throw CELError(.overflow, "\(value) is beyond the integers kept exactly; convert it with string()")
            }
            return .int(integer)
        case .double(let value): return value.isFinite ? .double(value) : .string(Self.text(of: value))
        case .list(let elements):
            var array: [JSONValue] = []
            array.reserveCapacity(elements.count)
            for element in elements { array.append(try element.json(depth: depth + 1)) }
            return .array(array)
        case .map(let map):
            var object: [String: JSONValue] = [:]
            for entry in map.entries {
                let key = entry.key.text
                guard object.updateValue(try entry.value.json(depth: depth + 1), forKey: key) == nil else {
                    throw CELError(.duplicateKey, "two keys of a map have the same text '\(Excerpt.of(key))'")
                }
            }
            return .object(object)
        case .optional(let value): return try value?.json(depth: depth + 1) ?? .null
        case .string, .bytes, .duration, .timestamp, .type, .address, .network: return .string(text ?? "")
        }
    }

    /// The same document as `json()`, written as compact text with sorted keys; every `uint` is exact.
    package func jsonText() throws(CELError) -> String {
        try jsonText(byteLimit: .max)
    }

    /// Fails with `result_too_large` soon after the text has outgrown the limit.
    func jsonText(byteLimit: Int) throws(CELError) -> String {
        var bytes: [UInt8] = []
        try appendJSON(to: &bytes, limit: byteLimit, depth: 0)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func appendJSON(to bytes: inout [UInt8], limit: Int, depth: Int) throws(CELError) {
        guard depth <= JSONLimits.writtenDepth else { throw Self.tooDeep }
        guard bytes.count <= limit else {
            throw CELError(.resultTooLarge, "the JSON text would have more than \(limit) bytes")
        }
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: String(value).utf8)
        case .int(let value): JSONText.append(value, to: &bytes)
        case .uint(let value): JSONText.append(value, to: &bytes)
        case .double(let value):
            // A finite double has a text, so the failure is the sign of a double that has none.
            do { try JSONText.append(value, to: &bytes) } catch { JSONText.append(Self.text(of: value), to: &bytes) }
        case .list(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                try element.appendJSON(to: &bytes, limit: limit, depth: depth + 1)
            }
            bytes.append(UInt8(ascii: "]"))
        case .map(let map): try Self.append(map, to: &bytes, limit: limit, depth: depth)
        case .optional(let value): try (value ?? .null).appendJSON(to: &bytes, limit: limit, depth: depth + 1)
        case .string, .bytes, .duration, .timestamp, .type, .address, .network: JSONText.append(text ?? "", to: &bytes)
        }
    }

    private static func append(_ map: CELMap, to bytes: inout [UInt8], limit: Int, depth: Int) throws(CELError) {
        let members = map.entries.map { (key: $0.key.text, value: $0.value) }
            .sorted { JSONText.precedes($0.key, $1.key) }
        bytes.append(UInt8(ascii: "{"))
        for (index, member) in members.enumerated() {
            if index > 0 {
                guard !CodePoints.areEqual(members[index - 1].key, member.key) else {
                    throw CELError(.duplicateKey, "two keys of a map have the same text '\(Excerpt.of(member.key))'")
                }
                bytes.append(UInt8(ascii: ","))
            }
            JSONText.append(member.key, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            try member.value.appendJSON(to: &bytes, limit: limit, depth: depth + 1)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private static var tooDeep: CELError {
        CELError(.tooDeep, "the value is nested deeper than \(JSONLimits.writtenDepth)")
    }
}
