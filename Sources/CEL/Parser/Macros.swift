/// Macros: calls whose arguments are not values but expressions under a variable of their own. A call with another
/// number of arguments than a macro takes is an ordinary call.
extension Parser {
    /// The names of all macros.
    static let macros: Set<String> = [
        "has", "all", "exists", "exists_one", "existsOne", "map", "filter", "transformList", "transformMap",
        "transformMapEntry", "sortBy", "optMap", "optFlatMap", "or", "orValue", "cel.bind",
    ]

    mutating func finishCall(
        _ name: String, _ target: CELNode.ID?, _ arguments: [CELNode.ID], at offset: Int
    ) throws(CELError) -> CELNode.ID {
        let parts = (target.map { [$0] } ?? []) + arguments
        return try add(expansion(name, target, arguments), parts, at: offset)
    }

    private func expansion(
        _ name: String, _ target: CELNode.ID?, _ arguments: [CELNode.ID]
    ) throws(CELError) -> CELNode.Kind {
        guard let target else {
            if name == "has", arguments.count == 1 { return try presence(arguments[0]) }
            return .call(name, target: nil, arguments: arguments)
        }
        if let kind = try comprehension(name, target, arguments) { return kind }
        if let kind = try optionalMacro(name, target, arguments) { return kind }
        if let kind = try bind(name, target, arguments) { return kind }
        return .call(name, target: target, arguments: arguments)
    }

    private func presence(_ argument: CELNode.ID) throws(CELError) -> CELNode.Kind {
        guard case .select(let operand, let field, let isOptional) = tree[argument].kind, !isOptional else {
            throw error("has() takes a selection such as has(a.b)", at: tree[argument].offset)
        }
        return .presence(operand, field: field)
    }

    private func comprehension(
        _ name: String, _ range: CELNode.ID, _ arguments: [CELNode.ID]
    ) throws(CELError) -> CELNode.Kind? {
        let kind: ComprehensionKind
        let variableCount: Int
        switch (name, arguments.count) {
        case ("all", 2): (kind, variableCount) = (.all, 1)
        case ("exists", 2): (kind, variableCount) = (.exists, 1)
        case ("exists_one", 2), ("existsOne", 2): (kind, variableCount) = (.existsOne, 1)
        case ("map", 2), ("map", 3): (kind, variableCount) = (.map, 1)
        case ("filter", 2): (kind, variableCount) = (.filter, 1)
        case ("sortBy", 2): (kind, variableCount) = (.sortBy, 1)
        case ("all", 3): (kind, variableCount) = (.all, 2)
        case ("exists", 3): (kind, variableCount) = (.exists, 2)
        case ("exists_one", 3), ("existsOne", 3): (kind, variableCount) = (.existsOne, 2)
        case ("transformList", 3), ("transformList", 4): (kind, variableCount) = (.map, 2)
        case ("transformMap", 3), ("transformMap", 4): (kind, variableCount) = (.transformMap, 2)
        case ("transformMapEntry", 3), ("transformMapEntry", 4): (kind, variableCount) = (.transformMapEntry, 2)
        default: return nil
        }
        var variables: [String] = []
        for argument in arguments.prefix(variableCount) { variables.append(try variable(argument, of: name)) }
        guard Set(variables).count == variables.count else {
            throw error("the two variables of \(name)() need two names", at: tree[arguments[1]].offset)
        }
        let hasFilter = arguments.count == variableCount + 2
        return .comprehension(
            CELNode.Comprehension(
                kind: kind, range: range, variables: variables, filter: hasFilter ? arguments[variableCount] : nil,
                body: arguments[arguments.count - 1]))
    }

    private func optionalMacro(
        _ name: String, _ target: CELNode.ID, _ arguments: [CELNode.ID]
    ) throws(CELError) -> CELNode.Kind? {
        switch (name, arguments.count) {
        case ("optMap", 2), ("optFlatMap", 2):
            .optionalMap(
                target, variable: try variable(arguments[0], of: name), body: arguments[1],
                isFlat: name == "optFlatMap")
        case ("or", 1): .optionalOr(target, arguments[0], unwraps: false)
        case ("orValue", 1): .optionalOr(target, arguments[0], unwraps: true)
        default: nil
        }
    }

    private func bind(
        _ name: String, _ target: CELNode.ID, _ arguments: [CELNode.ID]
    ) throws(CELError) -> CELNode.Kind? {
        guard name == "bind", arguments.count == 3, tree.qualifiedName(of: target) == "cel" else { return nil }
        return .bind(try variable(arguments[0], of: "cel.bind"), value: arguments[1], body: arguments[2])
    }

    private func variable(_ argument: CELNode.ID, of macro: String) throws(CELError) -> String {
        guard case .identifier(let name, isRooted: false) = tree[argument].kind else {
            throw error("\(macro)() needs a simple name for its variable", at: tree[argument].offset)
        }
        return name
    }
}

extension CELSyntaxTree {
    /// `a`, `a.b` or `.a.b` as one name (with the leading dot); nil for any other expression.
    func qualifiedName(of id: CELNode.ID) -> String? {
        var fields: [String] = []
        var current = id
        while true {
            switch nodes[current].kind {
            case .select(let operand, let field, isOptional: false):
                fields.append(field)
                current = operand
            case .identifier(let name, let isRooted):
                return ([(isRooted ? "." : "") + name] + fields.reversed()).joined(separator: ".")
            default: return nil
            }
        }
    }
}
