/// The `math` namespace: extremes, rounding, signs and bits.
enum MathFunctions {
    static let all: [Function] = [
        .global("math.greatest", 1...Int.max, greatest), .global("math.least", 1...Int.max, least),
        .global("math.ceil", 1, ceil), .global("math.floor", 1, floor), .global("math.round", 1, round),
        .global("math.trunc", 1, trunc), .global("math.abs", 1, abs), .global("math.sign", 1, sign),
        .global("math.isNaN", 1, isNaN), .global("math.isInf", 1, isInf), .global("math.isFinite", 1, isFinite),
        .global("math.sqrt", 1, sqrt), .global("math.bitAnd", 2, bitAnd), .global("math.bitOr", 2, bitOr),
        .global("math.bitXor", 2, bitXor), .global("math.bitNot", 1, bitNot),
        .global("math.bitShiftLeft", 2, shiftLeft), .global("math.bitShiftRight", 2, shiftRight),
    ]

    // MARK: Extremes

    private static func greatest(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        try extreme(arguments, .greater, &meter)
    }

    private static func least(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        try extreme(arguments, .less, &meter)
    }

    /// Of several numbers, or of the numbers in one list, the first that none of the others exceeds.
    private static func extreme(
        _ arguments: Arguments, _ wanted: CELValue.Order, _ meter: inout Meter
    ) throws(CELError) -> CELValue {
        var numbers = arguments.values
        if numbers.count == 1, case .list(let elements) = numbers[0] { numbers = elements }
        try meter.charge(numbers.count)
        guard var extreme = numbers.first else {
            throw CELError(.invalidArgument, "\(arguments.function)() takes at least one number")
        }
        for number in numbers {
            switch number {
            case .int, .uint, .double: if number.order(against: extreme) == wanted { extreme = number }
            default: throw .noSuchOverload(arguments.function, numbers)
            }
        }
        return extreme
    }

    // MARK: Rounding

    private static func ceil(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        .double(try arguments.double(0).rounded(.up))
    }

    private static func floor(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        .double(try arguments.double(0).rounded(.down))
    }

    private static func round(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        .double(try arguments.double(0).rounded(.toNearestOrAwayFromZero))
    }

    private static func trunc(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        .double(try arguments.double(0).rounded(.towardZero))
    }

    private static func sqrt(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        switch arguments[0] {
        case .double(let value): .double(value.squareRoot())
        case .int(let value): .double(Double(value).squareRoot())
        case .uint(let value): .double(Double(value).squareRoot())
        default: throw arguments.mismatch
        }
    }

    // MARK: Signs and kinds

    private static func abs(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        switch arguments[0] {
        case .double(let value): return .double(value.magnitude)
        case .uint: return arguments[0]
        case .int(let value):
            guard let magnitude = Int64(exactly: value.magnitude) else { throw .overflow("math.abs(\(value))") }
            return .int(magnitude)
        default: throw arguments.mismatch
        }
    }

    private static func sign(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        switch arguments[0] {
        case .double(let value): .double(value.isNaN ? value : value > 0 ? 1 : value < 0 ? -1 : 0)
        case .uint(let value): .uint(value == 0 ? 0 : 1)
        case .int(let value): .int(value.signum())
        default: throw arguments.mismatch
        }
    }

    private static func isNaN(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        .bool(try arguments.double(0).isNaN)
    }

    private static func isInf(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        .bool(try arguments.double(0).isInfinite)
    }

    private static func isFinite(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        .bool(try arguments.double(0).isFinite)
    }

    // MARK: Bits

    private static func bitAnd(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        switch (arguments[0], arguments[1]) {
        case (.int(let left), .int(let right)): .int(left & right)
        case (.uint(let left), .uint(let right)): .uint(left & right)
        default: throw arguments.mismatch
        }
    }

    private static func bitOr(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        switch (arguments[0], arguments[1]) {
        case (.int(let left), .int(let right)): .int(left | right)
        case (.uint(let left), .uint(let right)): .uint(left | right)
        default: throw arguments.mismatch
        }
    }

    private static func bitXor(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        switch (arguments[0], arguments[1]) {
        case (.int(let left), .int(let right)): .int(left ^ right)
        case (.uint(let left), .uint(let right)): .uint(left ^ right)
        default: throw arguments.mismatch
        }
    }

    private static func bitNot(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        switch arguments[0] {
        case .int(let value): .int(~value)
        case .uint(let value): .uint(~value)
        default: throw arguments.mismatch
        }
    }

    private static func shiftLeft(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        let places = try shiftPlaces(arguments)
        return switch arguments[0] {
        case .int(let value): .int(value << places)
        case .uint(let value): .uint(value << places)
        default: throw arguments.mismatch
        }
    }

    /// Vacant bits on the left are filled with 0, also those of a negative number.
    private static func shiftRight(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        let places = try shiftPlaces(arguments)
        return switch arguments[0] {
        case .int(let value): .int(Int64(bitPattern: UInt64(bitPattern: value) >> places))
        case .uint(let value): .uint(value >> places)
        default: throw arguments.mismatch
        }
    }

    private static func shiftPlaces(_ arguments: Arguments) throws(CELError) -> Int64 {
        let places = try arguments.int(1)
        guard places >= 0 else {
            throw CELError(.invalidArgument, "bits are shifted by 0 or more places, not by \(places)")
        }
        return places
    }
}
