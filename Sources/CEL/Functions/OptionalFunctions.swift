/// Optionals. `or`, `orValue`, `optMap` and `optFlatMap` evaluate their arguments only where needed, and are macros.
enum OptionalFunctions {
    static let all: [Function] = [
        .global("optional.of", 1, of), .global("optional.ofNonZeroValue", 1, ofNonZeroValue),
        .global("optional.none", 0, none), .global("optional.unwrap", 1, unwrap), .method("unwrapOpt", 1, unwrap),
        .method("hasValue", 1, hasValue), .method("value", 1, value),
    ]

    private static func of(_ arguments: Arguments, _ meter: inout Meter) -> CELValue { .optional(arguments[0]) }

    private static func none(_ arguments: Arguments, _ meter: inout Meter) -> CELValue { .optional(nil) }

    private static func ofNonZeroValue(_ arguments: Arguments, _ meter: inout Meter) -> CELValue {
        .optional(isZero(arguments[0]) ? nil : arguments[0])
    }

    private static func hasValue(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        .bool(try arguments.optional(0) != nil)
    }

    private static func value(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        guard let value = try arguments.optional(0) else {
            throw CELError(.invalidArgument, "the optional has no value; orValue() gives another one")
        }
        return value
    }

    /// The values of those optionals in a list that have one.
    private static func unwrap(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        let elements = try arguments.list(0)
        try meter.charge(elements: elements.count)
        var values: [CELValue] = []
        for element in elements {
            guard case .optional(let content) = element else { throw arguments.mismatch }
            if let content { values.append(content) }
        }
        return .list(values)
    }

    /// Whether a value is the one that its type begins with: null, false, 0, and everything empty.
    private static func isZero(_ value: CELValue) -> Bool {
        switch value {
        case .null: true
        case .bool(let value): !value
        case .int(let value): value == 0
        case .uint(let value): value == 0
        case .double(let value): value == 0
        case .string(let value): value.isEmpty
        case .bytes(let value): value.isEmpty
        case .list(let value): value.isEmpty
        case .map(let value): value.isEmpty
        case .duration(let value): value.nanoseconds == 0
        case .timestamp(let value): value.seconds == 0 && value.nanoseconds == 0
        case .optional(let value): value == nil
        case .type, .address, .network: false
        }
    }
}
