/// Runs a program: a stack machine without recursion.
///
/// Errors are Swift errors while they rise. Where the language looks past them (`&&`, `||`, `all`, `exists`, bindings)
/// the program holds a `protect`, and the error becomes a slot of the stack. Exceeded limits are never looked past.
struct Machine {
    private let program: Program
    /// Kept as an existential: a machine that is generic over it would not be specialized for hosts in other modules.
    private let activation: any CELActivation
    private let hasQualifiedNames: Bool
    var meter: Meter
    var stack: [Slot] = []
    var locals: [Slot] = []
    var loops: [Loop] = []
    private var handlers: [Handler] = []
    private var counter = 0
    /// The place of an error that was kept in a slot and is raised again.
    private var raisedOffset: Int?
    /// Where the evaluation failed, in bytes of the source.
    private(set) var failureOffset = 0

    enum Slot {
        case value(CELValue)
        indirect case failure(Failure)
    }

    struct Failure {
        let error: CELError
        let offset: Int
    }

    /// What to restore when an error rises under protection, and where to go on.
    private struct Handler {
        let target: Int
        let stackCount: Int
        let localCount: Int
        let loopCount: Int
    }

    init(_ program: Program, activation: some CELActivation, limits: CELLimits) {
        self.program = program
        self.activation = activation
        hasQualifiedNames = activation.hasQualifiedNames || !activation.container.isEmpty
        meter = Meter(limits)
    }

    mutating func run() throws(CELError) -> CELValue {
        while counter < program.instructions.count {
            let current = counter
            counter += 1
            do {
                try meter.charge(1)
                try perform(program.instructions[current])
            } catch {
                let offset = raisedOffset ?? program.offsets[current]
                raisedOffset = nil
                guard !error.code.isLimit, let handler = handlers.popLast() else {
                    failureOffset = offset
                    throw error
                }
                stack.removeLast(stack.count - handler.stackCount)
                locals.removeLast(locals.count - handler.localCount)
                loops.removeLast(loops.count - handler.loopCount)
                stack.append(.failure(Failure(error: error, offset: offset)))
                counter = handler.target
            }
        }
        return try measured(pop())
    }

    /// The result, if it could be written out. Its parts may be shared, `[x, x]` made of `[y, y]` made of `[z, z]`, so
    /// that a value of few lists in memory is one of millions to whoever walks through it.
    private func measured(_ result: CELValue) throws(CELError) -> CELValue {
        var measure = Meter(meter.limits)
        do {
            try measure.charge(comparing: result)
        } catch {
            throw CELError(.resultTooLarge, "the result, written out, would be too large")
        }
        return result
    }

    private mutating func perform(_ instruction: Instruction) throws(CELError) {
        switch instruction {
        case .push(let value): push(value)
        case .variable(let index): try loadVariable(program.variables[index])
        case .local(let place): try load(locals[place])
        case .select(let field, let isOptional):
            push(try Selection.select(field, from: pop(), isOptional: isOptional, &meter))
        case .has(let field): push(.bool(try Selection.has(field, in: pop(), &meter)))
        case .index(let isOptional):
            let key = try pop()
            push(try Selection.index(pop(), by: key, isOptional: isOptional, &meter))
        case .unary(let unary): push(try Operators.apply(unary, pop()))
        case .binary(let binary):
            let right = try pop()
            push(try Operators.apply(binary, pop(), right, &meter))
        case .makeList(let count, let optionals): try makeList(count, optionals)
        case .makeMap(let count, let optionals): try makeMap(count, optionals)
        case .makeMessage(let type, let fields, let optionals): try makeMessage(type, fields, optionals)
        case .call(let index, let count): push(try program.functions[index].call(popArguments(count), &meter))
        case .callHost(let name, let count):
            guard let value = try activation.call(name, popArguments(count)) else { throw .unknownFunction(name) }
            push(value)
        case .callUnknownMethod(let name, _): throw .unknownFunction(name)
        case .match(let index): try match(program.patterns[index])
        case .jump(let target): counter = target
        case .jumpUnless(let target): if try !popBool("the condition before '?'") { counter = target }
        case .protect(let target): protect(target)
        case .unprotect: handlers.removeLast()
        case .combine(let isAnd, let decided): combine(isAnd: isAnd, decided: decided)
        case .settle: try load(stack.removeLast())
        case .beginLoop(let kind, let variableCount): try beginLoop(kind, variableCount)
        case .nextElement(let end): if !nextElement() { counter = end }
        case .filterElement(let next): if try !popBool("the filter of a macro") { counter = next }
        case .accumulate(let decided): if try accumulate() { counter = decided }
        case .endLoop: try endLoop()
        case .bindLocal: locals.append(stack.removeLast())
        case .unbindLocal: locals.removeLast()
        case .unwrapOptional(let end):
            guard let value = try popOptional() else {
                push(.optional(nil))
                counter = end
                return
            }
            push(value)
        case .unlessEmpty(let end, let unwraps):
            guard let value = try popOptional() else { return }
            push(unwraps ? value : .optional(value))
            counter = end
        case .wrapOptional: push(.optional(try pop()))
        case .requireOptional: push(.optional(try popOptional()))
        }
    }

    // MARK: Names

    private mutating func loadVariable(_ variable: Program.Variable) throws(CELError) {
        guard hasQualifiedNames else {
            if let value = try activation.value(of: variable.name) { return push(value) }
            guard let constant = variable.constant else { throw .undeclared(variable.name) }
            counter = variable.next[constant.fieldCount]
            return push(constant.value)
        }
        // The longest name wins; within it the innermost namespace.
        for count in stride(from: variable.fields.count, through: 0, by: -1) {
            let name = ([(variable.isRooted ? "." : "") + variable.name] + variable.fields.prefix(count))
                .joined(separator: ".")
            for candidate in candidates(for: name) {
                guard let value = try activation.value(of: candidate) ?? Constants.all[candidate] else { continue }
                counter = variable.next[count]
                return push(value)
            }
        }
        throw .undeclared(variable.name)
    }

    /// `a` in the container `x.y`: `x.y.a`, `x.a`, `a`. A leading dot keeps it out of containers.
    func candidates(for name: String) -> [String] {
        if name.hasPrefix(".") { return [String(name.dropFirst())] }
        guard !activation.container.isEmpty else { return [name] }
        var parts = activation.container.split(separator: ".")
        var candidates: [String] = []
        while !parts.isEmpty {
            candidates.append(parts.joined(separator: ".") + "." + name)
            parts.removeLast()
        }
        return candidates + [name]
    }

    /// Puts a kept value on the stack, or raises a kept error in its own place.
    private mutating func load(_ slot: Slot) throws(CELError) {
        switch slot {
        case .value: stack.append(slot)
        case .failure(let failure): throw raise(failure)
        }
    }

    mutating func raise(_ failure: Failure) -> CELError {
        raisedOffset = failure.offset
        return failure.error
    }

    // MARK: Protection and logic

    private mutating func protect(_ target: Int) {
        handlers.append(
            Handler(target: target, stackCount: stack.count, localCount: locals.count, loopCount: loops.count))
    }

    /// The result so far stands below the operand: a boolean, or the first error.
    private mutating func combine(isAnd: Bool, decided: Int) {
        let operand = stack.removeLast()
        if case .value(.bool(let value)) = operand {
            guard value != isAnd else { return }
            stack[stack.count - 1] = operand
            counter = decided
        } else if case .value = stack[stack.count - 1] {
            stack[stack.count - 1] = .failure(failure(of: operand, isAnd ? "an operand of &&" : "an operand of ||"))
        }
    }

    /// The error that a slot is, or is for not being a boolean.
    func failure(of slot: Slot, _ role: String) -> Failure {
        switch slot {
        case .failure(let failure): failure
        case .value(let value):
            Failure(error: .notBool(value, role), offset: program.offsets[counter - 1])
        }
    }

    private mutating func match(_ pattern: Program.Pattern) throws(CELError) {
        let subject = try pop()
        guard case .string(let text) = subject else {
            throw .noSuchOverload("matches", [subject, .string("")])
        }
        switch pattern.result {
        case .success(let expression): push(.bool(try expression.matches(text, &meter)))
        case .failure(let error): throw error
        }
    }

    // MARK: The stack

    mutating func push(_ value: CELValue) {
        stack.append(.value(value))
    }

    mutating func pop() throws(CELError) -> CELValue {
        switch stack.removeLast() {
        case .value(let value): return value
        case .failure(let failure): throw raise(failure)
        }
    }

    private mutating func popBool(_ role: String) throws(CELError) -> Bool {
        let value = try pop()
        guard case .bool(let bool) = value else { throw .notBool(value, role) }
        return bool
    }

    /// The value of an optional, nil for an empty one.
    private mutating func popOptional() throws(CELError) -> CELValue? {
        let value = try pop()
        guard case .optional(let content) = value else {
            throw CELError(.noSuchOverload, "an optional was expected, not \(value.type.name)")
        }
        return content
    }

    mutating func popArguments(_ count: Int) throws(CELError) -> [CELValue] {
        var values: [CELValue] = []
        values.reserveCapacity(count)
        for slot in stack.suffix(count) {
            guard case .value(let value) = slot else { continue }
            values.append(value)
        }
        stack.removeLast(count)
        return values
    }
}
