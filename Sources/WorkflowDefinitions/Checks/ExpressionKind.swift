import CEL
import WorkflowCore

/// What can be said of an expression's value before it is evaluated.
enum ExpressionKind: Equatable {
    case boolean
    case number
    case text
    case list
    case map
    /// Null, bytes, a type.
    case other
    case unknown

    var isCertainlyNotBoolean: Bool { self != .boolean && self != .unknown }
    var isCertainlyNotList: Bool { self != .list && self != .unknown }

    /// For messages.
    var written: String {
        switch self {
        case .boolean: "true or false"
        case .number: "a number"
        case .text: "a text"
        case .list: "a list"
        case .map: "a map"
        case .other: "something else"
        case .unknown: "unknown"
        }
    }

    static func of(_ expression: CELExpression, parameters: [String: Parameter.Kind]) -> ExpressionKind {
        of(expression.tree.root, in: expression.tree, parameters, depth: 0)
    }

    /// Looks a few levels deep only: what is written deeper counts as unknown.
    private static func of(
        _ id: CELNode.ID, in tree: CELSyntaxTree, _ parameters: [String: Parameter.Kind], depth: Int
    ) -> ExpressionKind {
        guard depth < 32 else { return .unknown }
        func kind(_ id: CELNode.ID) -> ExpressionKind { of(id, in: tree, parameters, depth: depth + 1) }
        switch tree[id].kind {
        case .literal(let value): return of(value)
        case .identifier("attempt", _): return .number
        case .select(let target, let field, false): return ofMember(target, field, in: tree, parameters)
        case .index(let target, let key, false):
            guard case .literal(.string(let field)) = tree[key].kind else { return .unknown }
            return ofMember(target, field, in: tree, parameters)
        case .presence, .and, .or, .unary(.not, _): return .boolean
        case .unary(.negate, let operand): return kind(operand) == .number ? .number : .unknown
        case .binary(let binary, let left, let right):
            switch binary {
            case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .in: return .boolean
            case .add, .subtract, .multiply, .divide, .remainder:
                let (left, right) = (kind(left), kind(right))
                if left == .number, right == .number { return .number }
                return binary == .add && left == .text && right == .text ? .text : .unknown
            }
        case .conditional(_, let then, let otherwise):
            let (then, otherwise) = (kind(then), kind(otherwise))
            return then == otherwise ? then : .unknown
        case .call(let name, nil, let arguments): return ofCall(name, arguments: arguments.count)
        case .list: return .list
        case .map: return .map
        default: return .unknown
        }
    }

    private static func of(_ value: CELValue) -> ExpressionKind {
        switch value {
        case .bool: .boolean
        case .int, .uint, .double: .number
        case .string: .text
        case .list: .list
        case .map: .map
        default: .other
        }
    }

    private static func ofCall(_ name: String, arguments: Int) -> ExpressionKind {
        switch name {
        case "int", "uint", "double", "size": arguments == 1 ? .number : .unknown
        case "string", "toJSON": arguments == 1 ? .text : .unknown
        case "bool", "success", "failure", "always", "has": .boolean
        case "range": .list
        default: .unknown
        }
    }

    /// A parameter that is not given and has no default is null, whatever its type.
    private static func ofMember(
        _ target: CELNode.ID, _ field: String, in tree: CELSyntaxTree, _ parameters: [String: Parameter.Kind]
    ) -> ExpressionKind {
        guard case .identifier(let root, _) = tree[target].kind else { return .unknown }
        if root == "env" { return .text }
        if root == "run" { return field == "started_at" ? .unknown : .text }
        guard root == "params", let kind = parameters[field] else { return .unknown }
        switch kind {
        case .integer, .number: return .number
        case .boolean: return .boolean
        case .string: return .text
        case .array: return .list
        case .object: return .map
        }
    }
}
