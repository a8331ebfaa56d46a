/// Turns a syntax tree into a program. It keeps its own list of things to do instead of recursing, like the parser.
struct Compiler {
    private let tree: CELSyntaxTree
    private(set) var program = Program()
    private(set) var references: [CELReference] = []
    private(set) var calls: [CELCall] = []
    private var work: [Work] = []
    private var locals: [String] = []
    /// Where each label stands; jumps hold label numbers until all are known.
    private var labels: [Int] = []
    /// How many states the automata of literal patterns may still have together. Where they are used up, patterns are
    /// read at each evaluation, which pays for them: a long source full of large patterns would else fill the memory.
    private var remainingStates = 5 * RegularExpression.stateLimit
    /// The fields that `has()` looks for, by the nodes in which it does.
    private var testedFields: [CELNode.ID: String] = [:]

    private enum Work {
        case compile(CELNode.ID)
        case emit(Instruction, offset: Int)
        case place(label: Int)
        case enterScope([String])
        case leaveScope(Int)
        case nextField(variable: Int)
    }

    init(_ tree: CELSyntaxTree) {
        self.tree = tree
        work.append(.compile(tree.root))
        while let item = work.popLast() {
            switch item {
            case .compile(let id): compile(id)
            case .emit(let instruction, let offset): emit(instruction, offset)
            case .place(let label): labels[label] = program.instructions.count
            case .enterScope(let names): locals += names
            case .leaveScope(let count): locals.removeLast(count)
            case .nextField(let variable): program.variables[variable].next.append(program.instructions.count)
            }
        }
        resolveLabels()
    }

    private mutating func compile(_ id: CELNode.ID) {
        let node = tree[id]
        let offset = node.offset
        switch node.kind {
        case .literal(let value): emit(.push(value), offset)
        case .identifier, .select, .index: compileChain(endingAt: id)
        case .presence(let operand, let field):
            testedFields[operand] = field
            plan([.compile(operand), .emit(.has(field), offset: offset)])
        case .call(let name, let target, let arguments): compileCall(name, target, arguments, offset)
        case .unary(let unary, let operand): plan([.compile(operand), .emit(.unary(unary), offset: offset)])
        case .binary(let binary, let left, let right):
            plan([.compile(left), .compile(right), .emit(.binary(binary), offset: offset)])
        case .and(let operands): compileLogic(operands, isAnd: true, offset)
        case .or(let operands): compileLogic(operands, isAnd: false, offset)
        case .conditional(let condition, let then, let otherwise):
            let elseLabel = newLabel()
            let end = newLabel()
            plan([
                .compile(condition), .emit(.jumpUnless(elseLabel), offset: offset),
                .compile(then), .emit(.jump(end), offset: offset),
                .place(label: elseLabel), .compile(otherwise), .place(label: end),
            ])
        case .list(let elements):
            let make = Instruction.makeList(count: elements.count, optionals: flags(elements.map(\.isOptional)))
            plan(elements.map { .compile($0.value) } + [.emit(make, offset: offset)])
        case .map(let entries):
            let make = Instruction.makeMap(count: entries.count, optionals: flags(entries.map(\.isOptional)))
            plan(entries.flatMap { [.compile($0.key), .compile($0.value)] } + [.emit(make, offset: offset)])
        case .message(let type, let fields):
            let make = Instruction.makeMessage(
                type, fields: fields.map(\.name), optionals: flags(fields.map(\.isOptional)))
            plan(fields.map { .compile($0.value) } + [.emit(make, offset: offset)])
        case .comprehension(let comprehension): compileLoop(comprehension, offset)
        case .bind(let name, let value, let body):
            let bound = newLabel()
            plan([
                .emit(.protect(bound), offset: offset), .compile(value), .emit(.unprotect, offset: offset),
                .place(label: bound), .emit(.bindLocal, offset: offset), .enterScope([name]), .compile(body),
                .leaveScope(1), .emit(.unbindLocal, offset: offset),
            ])
        case .optionalMap(let target, let variable, let body, let isFlat):
            let end = newLabel()
            plan([
                .compile(target), .emit(.unwrapOptional(end), offset: offset), .emit(.bindLocal, offset: offset),
                .enterScope([variable]), .compile(body), .leaveScope(1), .emit(.unbindLocal, offset: offset),
                .emit(isFlat ? .requireOptional : .wrapOptional, offset: offset), .place(label: end),
            ])
        case .optionalOr(let target, let other, let unwraps):
            let end = newLabel()
            var steps: [Work] = [
                .compile(target), .emit(.unlessEmpty(end, unwraps: unwraps), offset: offset), .compile(other),
            ]
            if !unwraps { steps.append(.emit(.requireOptional, offset: offset)) }
            plan(steps + [.place(label: end)])
        }
    }

    // MARK: Names

    /// A name with the selections and indices behind it, or a selection from any other value. The first selections can
    /// be part of a qualified name; what is a reference for the host is noted.
    private mutating func compileChain(endingAt id: CELNode.ID) {
        var links: [CELNode.ID] = []
        var current = id
        walk: while true {
            switch tree[current].kind {
            case .select(let operand, _, _), .index(let operand, _, _):
                links.append(current)
                current = operand
            default: break walk
            }
        }
        links.reverse()
        guard case .identifier(let name, let isRooted) = tree[current].kind else {
            return plan([.compile(current)] + links.flatMap { step(for: $0) })
        }
        let offset = tree[current].offset
        if !isRooted, let place = locals.lastIndex(of: name) {
            emit(.local(place), offset)
            return plan(links.flatMap { step(for: $0) })
        }
        var path = [name] + literalNames(links)
        // A field that has() looks for belongs to the path if everything before it does.
        let testedField = path.count == links.count + 1 ? testedFields[id] : nil
        if let testedField { path.append(testedField) }
        references.append(CELReference(path: path, offset: offset, isPresenceTest: testedField != nil))
        var fields: [String] = []
        for link in links.prefix(Program.Variable.fieldLimit) {
            guard case .select(_, let field, isOptional: false) = tree[link].kind else { break }
            fields.append(field)
        }
        let variable = program.variables.count
        emit(.variable(variable), offset)
        program.variables.append(
            Program.Variable(
                name: name, isRooted: isRooted, fields: fields, constant: Self.constant(name, fields),
                next: [program.instructions.count]))
        var steps: [Work] = []
        for (index, link) in links.enumerated() {
            steps += step(for: link)
            if index < fields.count { steps.append(.nextField(variable: variable)) }
        }
        plan(steps)
    }

    /// The longest built-in name that begins the chain.
    private static func constant(_ name: String, _ fields: [String]) -> (value: CELValue, fieldCount: Int)? {
        for count in stride(from: fields.count, through: 0, by: -1) {
            if let value = Constants.all[([name] + fields.prefix(count)).joined(separator: ".")] {
                return (value, count)
            }
        }
        return nil
    }

    private func step(for link: CELNode.ID) -> [Work] {
        let offset = tree[link].offset
        switch tree[link].kind {
        case .select(_, let field, let isOptional):
            return [.emit(.select(field, isOptional: isOptional), offset: offset)]
        case .index(_, let key, let isOptional):
            return [.compile(key), .emit(.index(isOptional: isOptional), offset: offset)]
        default: return []
        }
    }

    /// The names that the first selections and constant indices spell.
    private func literalNames(_ links: [CELNode.ID]) -> [String] {
        var names: [String] = []
        for link in links {
            switch tree[link].kind {
            case .select(_, let field, _): names.append(field)
            case .index(_, let key, _):
                guard case .literal(.string(let name)) = tree[key].kind else { return names }
                names.append(name)
            default: return names
            }
        }
        return names
    }

    // MARK: Calls

    private mutating func compileCall(
        _ name: String, _ target: CELNode.ID?, _ arguments: [CELNode.ID], _ offset: Int
    ) {
        if let target, let space = tree.qualifiedName(of: target), !isLocal(target),
            let function = FunctionTable.function("\(space).\(name)", isMethod: false)
        {
            return call(function, arguments, offset)
        } else if let target, let space = tree.qualifiedName(of: target), FunctionTable.namespaces.contains(space),
            !isLocal(target), FunctionTable.function(name, isMethod: true) == nil
        {
            let unknown = Instruction.callUnknownMethod("\(space).\(name)", argumentCount: arguments.count)
            return plan(arguments.map { .compile($0) } + [.emit(unknown, offset: offset)])
        }
        guard let target else {
            calls.append(CELCall(name: name, offset: offset))
            guard let function = FunctionTable.function(name, isMethod: false) else {
                let host = Instruction.callHost(name, argumentCount: arguments.count)
                return plan(arguments.map { .compile($0) } + [.emit(host, offset: offset)])
            }
            return call(function, arguments, offset)
        }
        guard let method = FunctionTable.function(name, isMethod: true) else {
            let unknown = Instruction.callUnknownMethod(name, argumentCount: arguments.count + 1)
            return plan(([target] + arguments).map { .compile($0) } + [.emit(unknown, offset: offset)])
        }
        call(method, [target] + arguments, offset)
    }

    private mutating func call(_ function: Function, _ arguments: [CELNode.ID], _ offset: Int) {
        if function.name == "matches", arguments.count == 2, remainingStates > 0,
            case .literal(.string(let text)) = tree[arguments[1]].kind
        {
            let pattern = Result { () throws(CELError) in try RegularExpression(text) }
            remainingStates -= (try? pattern.get())?.automaton.count ?? RegularExpression.stateLimit
            program.patterns.append(Program.Pattern(result: pattern))
            return plan([.compile(arguments[0]), .emit(.match(program.patterns.count - 1), offset: offset)])
        }
        program.functions.append(function)
        let call = Instruction.call(program.functions.count - 1, argumentCount: arguments.count)
        plan(arguments.map { .compile($0) } + [.emit(call, offset: offset)])
    }

    private func isLocal(_ id: CELNode.ID) -> Bool {
        var current = id
        while case .select(let operand, _, _) = tree[current].kind { current = operand }
        guard case .identifier(let name, isRooted: false) = tree[current].kind else { return false }
        return locals.contains(name)
    }

    // MARK: Logic and loops

    /// Each operand is evaluated under protection and combined with the result so far; one that decides ends the chain.
    private mutating func compileLogic(_ operands: [CELNode.ID], isAnd: Bool, _ offset: Int) {
        let end = newLabel()
        var steps: [Work] = [.emit(.push(.bool(isAnd)), offset: offset)]
        for operand in operands {
            let combined = newLabel()
            steps += [
                .emit(.protect(combined), offset: offset), .compile(operand), .emit(.unprotect, offset: offset),
                .place(label: combined), .emit(.combine(isAnd: isAnd, decided: end), offset: tree[operand].offset),
            ]
        }
        plan(steps + [.emit(.settle, offset: offset), .place(label: end)])
    }

    private mutating func compileLoop(_ loop: CELNode.Comprehension, _ offset: Int) {
        let next = newLabel()
        let body = newLabel()
        let end = newLabel()
        // Only these two look past errors in the body.
        let absorbs = loop.kind == .all || loop.kind == .exists
        var steps: [Work] = [
            .compile(loop.range), .emit(.beginLoop(loop.kind, variableCount: loop.variables.count), offset: offset),
            .enterScope(loop.variables), .place(label: next), .emit(.nextElement(end), offset: offset),
        ]
        if let filter = loop.filter {
            steps += [.compile(filter), .emit(.filterElement(next), offset: offset)]
        }
        if absorbs { steps.append(.emit(.protect(body), offset: offset)) }
        steps.append(.compile(loop.body))
        if absorbs { steps.append(.emit(.unprotect, offset: offset)) }
        plan(
            steps + [
                .place(label: body), .emit(.accumulate(decided: end), offset: tree[loop.body].offset),
                .emit(.jump(next), offset: offset), .leaveScope(loop.variables.count), .place(label: end),
                .emit(.endLoop, offset: offset),
            ])
    }

    // MARK: Emitting

    /// Puts steps before everything that is still to be done, to be done in the order given.
    private mutating func plan(_ steps: [Work]) {
        work.append(contentsOf: steps.reversed())
    }

    private mutating func emit(_ instruction: Instruction, _ offset: Int) {
        program.instructions.append(instruction)
        program.offsets.append(offset)
    }

    private mutating func newLabel() -> Int {
        labels.append(0)
        return labels.count - 1
    }

    private mutating func resolveLabels() {
        for index in program.instructions.indices {
            switch program.instructions[index] {
            case .jump(let label): program.instructions[index] = .jump(labels[label])
            case .jumpUnless(let label): program.instructions[index] = .jumpUnless(labels[label])
            case .protect(let label): program.instructions[index] = .protect(labels[label])
            case .combine(let isAnd, let label):
                program.instructions[index] = .combine(isAnd: isAnd, decided: labels[label])
            case .nextElement(let label): program.instructions[index] = .nextElement(labels[label])
            case .filterElement(let label): program.instructions[index] = .filterElement(labels[label])
            case .accumulate(let label): program.instructions[index] = .accumulate(decided: labels[label])
            case .unwrapOptional(let label): program.instructions[index] = .unwrapOptional(labels[label])
            case .unlessEmpty(let label, let unwraps):
                program.instructions[index] = .unlessEmpty(labels[label], unwraps: unwraps)
            default: break
            }
        }
    }

    /// Empty where nothing is optional, which is nearly always.
    private func flags(_ flags: [Bool]) -> [Bool] { flags.contains(true) ? flags : [] }
}
