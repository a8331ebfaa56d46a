extension Machine {
    /// A macro on its way through a list or map.
    struct Loop {
        let kind: ComprehensionKind
        let range: Range
        let variableCount: Int
        let firstLocal: Int
        var position = 0
        /// What `all` and `exists` found: the value that decides, or the first error.
        var decision: Bool?
        var failure: Failure?
        /// How often the predicate of `existsOne` held.
        var hits = 0
        var elements: [CELValue] = []
        var entries = CELMap()
        var sortKeys: [CELValue] = []

        enum Range {
            case list([CELValue])
            case map(CELMap)

            var count: Int {
                switch self {
                case .list(let elements): elements.count
                case .map(let map): map.count
                }
            }
        }
    }

    mutating func beginLoop(_ kind: ComprehensionKind, _ variableCount: Int) throws(CELError) {
        let value = try pop()
        let range: Loop.Range
        switch value {
        case .list(let elements): range = .list(elements)
        case .map(let map) where kind != .sortBy: range = .map(map)
        default: throw CELError(.noSuchOverload, "a macro goes through a list or map, not through \(value.type.name)")
        }
        loops.append(Loop(kind: kind, range: range, variableCount: variableCount, firstLocal: locals.count))
        locals.append(contentsOf: repeatElement(.value(.null), count: variableCount))
    }

    /// Sets the variables to the next element; false where there is none.
    mutating func nextElement() -> Bool {
        let innermost = loops.count - 1
        let position = loops[innermost].position
        let loop = loops[innermost]
        guard position < loop.range.count else { return false }
        loops[innermost].position += 1
        let key: CELValue
        let value: CELValue
        switch loop.range {
        case .list(let elements):
            key = .int(Int64(position))
            value = elements[position]
        case .map(let map):
            key = map.entries[position].key.value
            value = map.entries[position].value
        }
        if loop.variableCount == 2 {
            locals[loop.firstLocal] = .value(key)
            locals[loop.firstLocal + 1] = .value(value)
        } else if case .map = loop.range {
            locals[loop.firstLocal] = .value(key)
        } else {
            locals[loop.firstLocal] = .value(value)
        }
        return true
    }

    /// Takes the body's value; true where it decides the result.
    mutating func accumulate() throws(CELError) -> Bool {
        let innermost = loops.count - 1
        let slot = stack.removeLast()
        switch loops[innermost].kind {
        case .all, .exists:
            let deciding = loops[innermost].kind == .exists
            if case .value(.bool(let value)) = slot {
                guard value == deciding else { return false }
                loops[innermost].decision = value
                return true
            }
            if loops[innermost].failure == nil {
                loops[innermost].failure = failure(of: slot, "the predicate of a macro")
            }
        case .existsOne:
            if try isTrue(slot) { loops[innermost].hits += 1 }
        case .filter:
            guard try isTrue(slot), case .value(let element) = locals[loops[innermost].firstLocal] else { break }
            try meter.charge(elements: loops[innermost].elements.count + 1, added: 1)
            loops[innermost].elements.append(element)
        case .map:
            guard case .value(let value) = slot else { throw raise(failure(of: slot, "")) }
            try meter.charge(elements: loops[innermost].elements.count + 1, added: 1)
            loops[innermost].elements.append(value)
        case .sortBy:
            guard case .value(let value) = slot else { throw raise(failure(of: slot, "")) }
            loops[innermost].sortKeys.append(value)
        case .transformMap:
            guard case .value(let value) = slot, case .value(let key) = locals[loops[innermost].firstLocal] else {
                break
            }
            try insert(value, for: key)
        case .transformMapEntry:
            guard case .value(let value) = slot else { throw raise(failure(of: slot, "")) }
            guard case .map(let entry) = value else {
                throw CELError(
                    .noSuchOverload, "transformMapEntry() needs a map for each element, not \(value.type.name)")
            }
            for entry in entry.entries { try insert(entry.value, for: entry.key.value) }
        }
        return false
    }

    private mutating func insert(_ value: CELValue, for key: CELValue) throws(CELError) {
        let innermost = loops.count - 1
        try meter.charge(key: key)
        guard let key = CELMap.Key(key) else { throw .unsupportedKey(key) }
        try meter.charge(elements: loops[innermost].entries.count + 1, added: 1)
        guard loops[innermost].entries.insert(value, for: key) else { throw .duplicateKey(key) }
    }

    private mutating func isTrue(_ slot: Slot) throws(CELError) -> Bool {
        guard case .value(.bool(let value)) = slot else { throw raise(failure(of: slot, "the predicate of a macro")) }
        return value
    }

    mutating func endLoop() throws(CELError) {
        let loop = loops.removeLast()
        locals.removeLast(loop.variableCount)
        switch loop.kind {
        case .all, .exists:
            if loop.decision == nil, let failure = loop.failure { throw raise(failure) }
            push(.bool(loop.decision ?? (loop.kind == .all)))
        case .existsOne: push(.bool(loop.hits == 1))
        case .filter, .map: push(.list(loop.elements))
        case .transformMap, .transformMapEntry: push(.map(loop.entries))
        case .sortBy:
            guard case .list(let elements) = loop.range else { break }
            push(.list(try Sorting.sort(elements, by: loop.sortKeys, &meter)))
        }
    }
}
