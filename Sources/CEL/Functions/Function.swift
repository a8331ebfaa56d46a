/// A built-in function or method. A method's receiver is its first argument.
struct Function: Sendable {
    typealias Body = @Sendable (Arguments, inout Meter) throws(CELError) -> CELValue

    let name: String
    let isMethod: Bool
    /// How many arguments it takes, the receiver included.
    let arity: ClosedRange<Int>
    let body: Body

    static func global(_ name: String, _ arity: ClosedRange<Int>, _ body: @escaping Body) -> Function {
        Function(name: name, isMethod: false, arity: arity, body: body)
    }

    static func global(_ name: String, _ arity: Int, _ body: @escaping Body) -> Function {
        global(name, arity...arity, body)
    }

    /// The arity counts the receiver.
    static func method(_ name: String, _ arity: ClosedRange<Int>, _ body: @escaping Body) -> Function {
        Function(name: name, isMethod: true, arity: arity, body: body)
    }

    static func method(_ name: String, _ arity: Int, _ body: @escaping Body) -> Function {
        method(name, arity...arity, body)
    }

    func call(_ values: [CELValue], _ meter: inout Meter) throws(CELError) -> CELValue {
        guard arity.contains(values.count) else { throw .noSuchOverload(name, values) }
        return try body(Arguments(function: name, values: values), &meter)
    }
}

/// The arguments of a call, with the failure that each function owes to arguments of other types.
struct Arguments {
    let function: String
    let values: [CELValue]

    var count: Int { values.count }

    subscript(index: Int) -> CELValue { values[index] }

    var mismatch: CELError { .noSuchOverload(function, values) }

    func string(_ index: Int) throws(CELError) -> String {
        guard case .string(let value) = values[index] else { throw mismatch }
        return value
    }

    func int(_ index: Int) throws(CELError) -> Int64 {
        guard case .int(let value) = values[index] else { throw mismatch }
        return value
    }

    func double(_ index: Int) throws(CELError) -> Double {
        guard case .double(let value) = values[index] else { throw mismatch }
        return value
    }

    func list(_ index: Int) throws(CELError) -> [CELValue] {
        guard case .list(let value) = values[index] else { throw mismatch }
        return value
    }

    func optional(_ index: Int) throws(CELError) -> CELValue? {
        guard case .optional(let value) = values[index] else { throw mismatch }
        return value
    }
}
