internal import JSON

/// The language's own equality and order: numbers of all three types stand on one line.
extension CELValue {
    package func isEqual(to other: CELValue) -> Bool {
        switch (self, other) {
        case (.list(let left), .list(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { $0.isEqual(to: $1) }
        case (.map(let left), .map(let right)):
            return left.count == right.count
                && left.entries.allSatisfy { entry in right[entry.key].map { entry.value.isEqual(to: $0) } ?? false }
        case (.optional(let left), .optional(let right)):
            guard let left, let right else { return left == nil && right == nil }
            return left.isEqual(to: right)
        case (.double(let left), .double(let right)):
            return left == right
        case (.int, .uint), (.int, .double), (.uint, .int), (.uint, .double), (.double, .int), (.double, .uint):
            return numericOrder(against: other) == .equal
        default:
            return self == other
        }
    }

    /// `unordered` is a comparison with NaN.
    enum Order { case less, equal, greater, unordered }

    /// Nil where the language defines no order between values of these types.
    func order(against other: CELValue) -> Order? {
        switch (self, other) {
        case (.bool(let left), .bool(let right)): Order(left ? 1 : 0, right ? 1 : 0)
        case (.string(let left), .string(let right)):
            JSONText.precedes(left, right) ? .less : CodePoints.areEqual(left, right) ? .equal : .greater
        case (.bytes(let left), .bytes(let right)):
            left == right ? .equal : left.lexicographicallyPrecedes(right) ? .less : .greater
        case (.duration(let left), .duration(let right)): Order(left, right)
        case (.timestamp(let left), .timestamp(let right)): Order(left, right)
        default: numericOrder(against: other)
        }
    }

    /// An integer is compared with a double as the double nearest to it, which is what the reference implementation
    /// does and its conformance cases expect (`9223372036854775807 >= 9223372036854775808.0`).
    private func numericOrder(against other: CELValue) -> Order? {
        switch (self, other) {
        case (.int(let left), .int(let right)): Order(left, right)
        case (.uint(let left), .uint(let right)): Order(left, right)
        case (.double(let left), .double(let right)): Order(left, right)
        case (.int(let left), .uint(let right)): left < 0 ? .less : Order(UInt64(left), right)
        case (.uint(let left), .int(let right)): right < 0 ? .greater : Order(left, UInt64(right))
        case (.int(let left), .double(let right)): Order(Double(left), right)
        case (.double(let left), .int(let right)): Order(left, Double(right))
        case (.uint(let left), .double(let right)): Order(Double(left), right)
        case (.double(let left), .uint(let right)): Order(left, Double(right))
        default: nil
        }
    }
}

extension CELValue.Order {
    init<Value: Comparable>(_ left: Value, _ right: Value) {
        self = left < right ? .less : left == right ? .equal : left > right ? .greater : .unordered
    }
}
