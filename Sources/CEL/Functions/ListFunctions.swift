/// Lists: `range(n)`, and the list extension of the reference implementation.
enum ListFunctions {
    static let all: [Function] = [
        .global("range", 1, range), .global("lists.range", 1, range), .method("slice", 3, slice),
        .method("flatten", 1...2, flatten), .method("distinct", 1, distinct), .method("sort", 1, sort),
        .method("first", 1, first), .method("last", 1, last),
    ]

    /// The integers from 0 up to, and without, the argument.
    private static func range(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        let count = try arguments.int(0)
        guard count >= 0 else {
            throw CELError(.invalidArgument, "range() takes a number of elements, not \(count)")
        }
        try meter.charge(elements: Int(count))
        return .list((0..<count).map(CELValue.int))
    }

    private static func slice(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        let (elements, start, end) = (try arguments.list(0), try arguments.int(1), try arguments.int(2))
        guard start >= 0, start <= end, end <= elements.count else {
            throw CELError(
                .indexOutOfBounds, "slice(\(start), \(end)) is outside the list of \(elements.count) elements")
        }
        try meter.charge(elements: Int(end - start))
        return .list(Array(elements[Int(start)..<Int(end)]))
    }

    private static func flatten(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        var elements = try arguments.list(0)
        let depth = arguments.count == 2 ? try arguments.int(1) : 1
        guard depth >= 0 else { throw CELError(.invalidArgument, "flatten() takes a depth from 0, not \(depth)") }
        var level: Int64 = 0
        while level < depth {
            var flat: [CELValue] = []
            var hadList = false
            for element in elements {
                guard case .list(let inner) = element else {
                    try meter.charge(elements: flat.count + 1, added: 1)
                    flat.append(element)
                    continue
                }
                hadList = true
                try meter.charge(elements: flat.count + inner.count, added: inner.count + 1)
                flat += inner
            }
            elements = flat
            guard hadList else { break }
            level += 1
        }
        return .list(elements)
    }

    /// Each value once, in the order of first appearance.
    private static func distinct(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        var values: [CELValue] = []
        for element in try arguments.list(0) {
            if try !Operators.contains(.list(values), element, &meter) { values.append(element) }
        }
        return .list(values)
    }

    private static func sort(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        let elements = try arguments.list(0)
        return .list(try Sorting.sort(elements, by: elements, &meter))
    }

    private static func first(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        .optional(try arguments.list(0).first)
    }

    private static func last(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        .optional(try arguments.list(0).last)
    }
}

/// Sorting by keys of one comparable type.
enum Sorting {
    /// Equal keys keep their order.
    static func sort(
        _ elements: [CELValue], by keys: [CELValue], _ meter: inout Meter
    ) throws(CELError) -> [CELValue] {
        guard let first = keys.first else { return elements }
        for key in keys {
            guard key.type == first.type, key.order(against: key) != nil else {
                throw CELError(
                    .noSuchOverload, "a list is sorted by values of one type that has an order, not by \(key.type.name)"
                )
            }
            try meter.charge(comparing: key)
        }
        // About count * log2(count) comparisons.
        try meter.charge(
            elements: elements.count, added: elements.count * (Int.bitWidth - elements.count.leadingZeroBitCount))
        return zip(elements, keys).sorted { $0.1.order(against: $1.1) == .less }.map(\.0)
    }
}
