extension Machine {
    mutating func makeList(_ count: Int, _ optionals: [Bool]) throws(CELError) {
        try meter.charge(elements: count)
        var elements = try popArguments(count)
        if !optionals.isEmpty {
            var present: [CELValue] = []
            for (element, isOptional) in zip(elements, optionals) {
                if let value = try Self.present(element, isOptional: isOptional) { present.append(value) }
            }
            elements = present
        }
        push(.list(elements))
    }

    mutating func makeMap(_ count: Int, _ optionals: [Bool]) throws(CELError) {
        try meter.charge(elements: count)
        let parts = try popArguments(2 * count)
        var map = CELMap()
        for index in 0..<count {
            try meter.charge(key: parts[2 * index])
            guard let key = CELMap.Key(parts[2 * index]) else { throw .unsupportedKey(parts[2 * index]) }
            let isOptional = !optionals.isEmpty && optionals[index]
            guard let value = try Self.present(parts[2 * index + 1], isOptional: isOptional) else { continue }
            guard map.insert(value, for: key) else { throw .duplicateKey(key) }
        }
        push(.map(map))
    }

    mutating func makeMessage(_ type: String, _ fields: [String], _ optionals: [Bool]) throws(CELError) {
        let values = try popArguments(fields.count)
        var map = CELMap()
        for (index, name) in fields.enumerated() {
            let isOptional = !optionals.isEmpty && optionals[index]
            guard let value = try Self.present(values[index], isOptional: isOptional) else { continue }
            guard map.insert(value, for: .string(name)) else { throw .duplicateKey(.string(name)) }
        }
        guard let known = candidates(for: type).first(where: WellKnownMessage.names.contains) else {
            throw WellKnownMessage.unknown(type)
        }
        push(try WellKnownMessage.value(known, map))
    }

    /// The value of an element; nil where it is an empty optional behind a `?`.
    private static func present(_ value: CELValue, isOptional: Bool) throws(CELError) -> CELValue? {
        guard isOptional else { return value }
        guard case .optional(let content) = value else {
            throw CELError(.noSuchOverload, "a '?' element takes an optional, not \(value.type.name)")
        }
        return content
    }
}
