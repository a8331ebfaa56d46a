/// The operators that evaluate both their operands.
enum Operators {
    static func apply(_ unary: UnaryOperator, _ operand: CELValue) throws(CELError) -> CELValue {
        switch (unary, operand) {
        case (.not, .bool(let value)): return .bool(!value)
        case (.negate, .int(let value)):
            guard value != .min else { throw .overflow("-(\(value))") }
            return .int(-value)
        case (.negate, .double(let value)): return .double(-value)
        default: throw .noSuchOverload(unary == .not ? "!_" : "-_", [operand])
        }
    }

    static func apply(
        _ binary: BinaryOperator, _ left: CELValue, _ right: CELValue, _ meter: inout Meter
    ) throws(CELError) -> CELValue {
        switch binary {
        case .equal: return .bool(try areEqual(left, right, &meter))
        case .notEqual: return .bool(try !areEqual(left, right, &meter))
        case .less: return .bool(try order(binary, left, right, &meter) == .less)
        case .greater: return .bool(try order(binary, left, right, &meter) == .greater)
        case .lessOrEqual:
            let order = try order(binary, left, right, &meter)
            return .bool(order == .less || order == .equal)
        case .greaterOrEqual:
            let order = try order(binary, left, right, &meter)
            return .bool(order == .greater || order == .equal)
        case .in: return .bool(try contains(right, left, &meter))
        case .add: return try add(left, right, &meter)
        case .subtract: return try subtract(left, right)
        case .multiply, .divide, .remainder: return try multiply(binary, left, right)
        }
    }

    // MARK: Comparison

    static func areEqual(_ left: CELValue, _ right: CELValue, _ meter: inout Meter) throws(CELError) -> Bool {
        // Only values that could be equal cost more than the operator itself.
        if left.type == right.type { try meter.charge(comparing: left) }
        return left.isEqual(to: right)
    }

    private static func order(
        _ binary: BinaryOperator, _ left: CELValue, _ right: CELValue, _ meter: inout Meter
    ) throws(CELError) -> CELValue.Order {
        try meter.charge(comparing: left)
        guard let order = left.order(against: right) else {
            throw .noSuchOverload("_\(binary.rawValue)_", [left, right])
        }
        return order
    }

    static func contains(
        _ container: CELValue, _ value: CELValue, _ meter: inout Meter
    ) throws(CELError) -> Bool {
        switch container {
        case .list(let elements):
            for element in elements {
                try meter.charge(1)
                if try areEqual(value, element, &meter) { return true }
            }
            return false
        case .map(let map):
            try meter.charge(key: value)
            return CELMap.Key(lookingFor: value).map { map[$0] != nil } ?? false
        default: throw .noSuchOverload("_in_", [value, container])
        }
    }

    // MARK: Arithmetic

    private static func add(_ left: CELValue, _ right: CELValue, _ meter: inout Meter) throws(CELError) -> CELValue {
        switch (left, right) {
        case (.int(let left), .int(let right)): return .int(try checked(left.addingReportingOverflow(right), "+"))
        case (.uint(let left), .uint(let right)): return .uint(try checked(left.addingReportingOverflow(right), "+"))
        case (.double(let left), .double(let right)): return .double(left + right)
        case (.string(let left), .string(let right)):
            try meter.charge(madeBytes: left.utf8.count + right.utf8.count)
            return .string(left + right)
        case (.bytes(let left), .bytes(let right)):
            try meter.charge(madeBytes: left.count + right.count)
            return .bytes(left + right)
        case (.list(let left), .list(let right)):
            try meter.charge(elements: left.count + right.count)
            return .list(left + right)
        case (.duration(let left), .duration(let right)):
            return .duration(
                CELDuration(
                    nanoseconds: try checked(left.nanoseconds.addingReportingOverflow(right.nanoseconds), "+")))
        case (.timestamp(let time), .duration(let duration)), (.duration(let duration), .timestamp(let time)):
            guard let sum = time.adding(duration) else { throw .overflow("timestamp + duration") }
            return .timestamp(sum)
        default: throw .noSuchOverload("_+_", [left, right])
        }
    }

    private static func subtract(_ left: CELValue, _ right: CELValue) throws(CELError) -> CELValue {
        switch (left, right) {
        case (.int(let left), .int(let right)): return .int(try checked(left.subtractingReportingOverflow(right), "-"))
        case (.uint(let left), .uint(let right)):
            return .uint(try checked(left.subtractingReportingOverflow(right), "-"))
        case (.double(let left), .double(let right)): return .double(left - right)
        case (.duration(let left), .duration(let right)):
            return .duration(
                CELDuration(
                    nanoseconds: try checked(left.nanoseconds.subtractingReportingOverflow(right.nanoseconds), "-")))
        case (.timestamp(let left), .timestamp(let right)):
            guard let duration = left.since(right) else { throw .overflow("timestamp - timestamp") }
            return .duration(duration)
        case (.timestamp(let time), .duration(let duration)):
            guard let difference = time.subtracting(duration) else { throw .overflow("timestamp - duration") }
            return .timestamp(difference)
        default: throw .noSuchOverload("_-_", [left, right])
        }
    }

    private static func multiply(
        _ binary: BinaryOperator, _ left: CELValue, _ right: CELValue
    ) throws(CELError) -> CELValue {
        switch (left, right) {
        case (.int(let left), .int(let right)): return .int(try integer(binary, left, right))
        case (.uint(let left), .uint(let right)): return .uint(try integer(binary, left, right))
        case (.double(let left), .double(let right)) where binary == .multiply: return .double(left * right)
        case (.double(let left), .double(let right)) where binary == .divide: return .double(left / right)
        default: throw .noSuchOverload("_\(binary.rawValue)_", [left, right])
        }
    }

    private static func integer<Number: FixedWidthInteger>(
        _ binary: BinaryOperator, _ left: Number, _ right: Number
    ) throws(CELError) -> Number {
        guard binary != .multiply else { return try checked(left.multipliedReportingOverflow(by: right), "*") }
        guard right != 0 else { throw CELError(.divideByZero, "\(left) is divided by zero") }
        return binary == .divide
            ? try checked(left.dividedReportingOverflow(by: right), "/")
            : try checked(left.remainderReportingOverflow(dividingBy: right), "%")
    }

    private static func checked<Number>(
        _ result: (partialValue: Number, overflow: Bool), _ operation: String
    ) throws(CELError) -> Number {
        guard !result.overflow else { throw .overflow("an '\(operation)'") }
        return result.partialValue
    }
}
