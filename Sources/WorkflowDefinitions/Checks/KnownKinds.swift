import CEL
import JSON
import WorkflowCore

/// What is known of the values that expressions name: declared types, and the words that a definition itself writes.
struct KnownKinds {
    var parameters: [String: Parameter] = [:]
    /// The declared outputs of steps, by step and name.
    var outputs: [String: [String: Parameter.Kind]] = [:]

    /// Looks a few levels deep only: what is written deeper counts as unknown.
    private static let depthMax = 32

    func kind(of expression: CELExpression, in context: ExpressionContext) -> ExpressionKind {
        kind(of: expression.tree.root, Reading(tree: expression.tree, context: context, depth: 0))
    }

    /// Whether no value of it can be anything but a number, a boolean, or a plain word that the definition writes out:
    /// then no shell makes more of it than what it says.
    func isHarmless(_ expression: CELExpression, in context: ExpressionContext) -> Bool {
        let reading = Reading(tree: expression.tree, context: context, depth: 0)
        switch kind(of: expression.tree.root, reading) {
        case .number, .boolean: return true
        case .text, .list, .map, .other, .unknown: return isWrittenOut(expression.tree.root, reading)
        }
    }

    /// The kind that all items of a `foreach` have.
    func itemKind(of items: ValueTemplate, in context: ExpressionContext) -> ExpressionKind {
        switch items {
        case .text(let template):
            guard let expression = template.wholeExpression else { return .unknown }
            return elementKind(
                of: expression.tree.root, Reading(tree: expression.tree, context: context, depth: 0))
        case .array(let values): return common(values.map { kind(of: $0, in: context) })
        case .null, .bool, .int, .double, .object: return .unknown
        }
    }

    private func kind(of value: ValueTemplate, in context: ExpressionContext) -> ExpressionKind {
        switch value {
        case .null: return .other
        case .bool: return .boolean
        case .int, .double: return .number
        case .text(let template):
            guard let expression = template.wholeExpression else { return .text }
            return kind(of: expression, in: context)
        case .array: return .list
        case .object: return .map
        }
    }

    private func common(_ kinds: [ExpressionKind]) -> ExpressionKind {
        guard let first = kinds.first, kinds.allSatisfy({ $0 == first }) else { return .unknown }
        return first
    }

    // MARK: Nodes

    private struct Reading {
        var tree: CELSyntaxTree
        var context: ExpressionContext
        var depth: Int

        var deeper: Reading { Reading(tree: tree, context: context, depth: depth + 1) }
    }

    private func kind(of id: CELNode.ID, _ reading: Reading) -> ExpressionKind {
        guard reading.depth < KnownKinds.depthMax else { return .unknown }
        let inner = reading.deeper
        switch reading.tree[id].kind {
        case .literal(let value): return ExpressionKind(value)
        case .identifier("attempt", _): return .number
        case .identifier(let name, _): return reading.context.variableKinds[name] ?? .unknown
        case .select(_, _, false): return kind(ofPath: path(of: id, inner), reading)
        case .index(let target, let key, false):
            if case .literal(.string) = reading.tree[key].kind { return kind(ofPath: path(of: id, inner), reading) }
            return elementKind(of: target, inner)
        case .presence, .and, .or, .unary(.not, _): return .boolean
        case .unary(.negate, let operand): return kind(of: operand, inner) == .number ? .number : .unknown
        case .binary(let binary, let left, let right):
            switch binary {
            case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .in: return .boolean
            case .add, .subtract, .multiply, .divide, .remainder:
                let (left, right) = (kind(of: left, inner), kind(of: right, inner))
                if left == .number, right == .number { return .number }
                return binary == .add && left == .text && right == .text ? .text : .unknown
            }
        case .conditional(_, let then, let otherwise):
            return common([kind(of: then, inner), kind(of: otherwise, inner)])
        case .call(let name, nil, let arguments): return kind(ofCall: name, arguments: arguments.count)
        case .list: return .list
        case .map: return .map
        default: return .unknown
        }
    }

    private func elementKind(of id: CELNode.ID, _ reading: Reading) -> ExpressionKind {
        guard reading.depth < KnownKinds.depthMax else { return .unknown }
        let inner = reading.deeper
        switch reading.tree[id].kind {
        case .literal(.list(let values)): return common(values.map(ExpressionKind.init))
        case .list(let elements): return common(elements.map { $0.isOptional ? .unknown : kind(of: $0.value, inner) })
        case .call("range", nil, _): return .number
        case .conditional(_, let then, let otherwise):
            return common([elementKind(of: then, inner), elementKind(of: otherwise, inner)])
        default: return .unknown
        }
    }

    private func kind(ofCall name: String, arguments: Int) -> ExpressionKind {
        switch name {
        case "int", "uint", "double", "size": arguments == 1 ? .number : .unknown
        case "string", "toJSON": arguments == 1 ? .text : .unknown
        case "bool", "success", "failure", "always", "has": .boolean
        case "range": .list
        default: .unknown
        }
    }

    /// `[a, b, c]` of `a.b["c"]`; an index that is a number is left out. Empty for what is none.
    private func path(of id: CELNode.ID, _ reading: Reading) -> [String] {
        guard reading.depth < KnownKinds.depthMax else { return [] }
        let inner = reading.deeper
        func extended(_ target: CELNode.ID, _ field: String) -> [String] {
            let path = path(of: target, inner)
            return path.isEmpty ? [] : path + [field]
        }
        switch reading.tree[id].kind {
        case .identifier(let name, _): return [name]
        case .select(let target, let field, false): return extended(target, field)
        case .index(let target, let key, false):
            switch reading.tree[key].kind {
            case .literal(.string(let field)): return extended(target, field)
            case .literal(.int): return path(of: target, inner)
            default: return []
            }
        default: return []
        }
    }

    /// A parameter that is not given and has no default is null, whatever its type.
    private func kind(ofPath path: [String], _ reading: Reading) -> ExpressionKind {
        guard let root = path.first, reading.context.variableKinds[root] == nil else { return .unknown }
        switch (root, path.count) {
        case ("env", 2): return .text
        case ("run", 2): return path[1] == "started_at" ? .unknown : .text
        case ("params", 2): return parameters[path[1]].map { ExpressionKind($0.kind) } ?? .unknown
        case ("steps", 3), ("stages", 3): return path[2] == "status" ? .text : .unknown
        case ("steps", 4) where path[2] == "outputs":
            return outputs[path[1]]?[path[3]].map { ExpressionKind($0) } ?? .unknown
        default: return .unknown
        }
    }

    // MARK: Words that the definition writes

    /// `params.dry_run ? '--dry-run' : ''`, a status, a parameter with an `enum` of plain words.
    private func isWrittenOut(_ id: CELNode.ID, _ reading: Reading) -> Bool {
        guard reading.depth < KnownKinds.depthMax else { return false }
        let inner = reading.deeper
        switch reading.tree[id].kind {
        case .literal(.string(let text)): return KnownKinds.isPlain(text)
        case .literal(.null): return true
        case .conditional(_, let then, let otherwise):
            return isHarmless(then, inner) && isHarmless(otherwise, inner)
        case .binary(.add, let left, let right): return isHarmless(left, inner) && isHarmless(right, inner)
        case .select, .index:
            let path = path(of: id, inner)
            guard path.count > 1, reading.context.variableKinds[path[0]] == nil else { return false }
            switch path[0] {
            case "run": return path[1] == "status"
            case "steps", "stages": return path.count == 3 && path[2] == "status"
            case "params":
                let allowed = parameters[path[1]]?.allowed ?? []
                return path.count == 2 && !allowed.isEmpty
                    && allowed.allSatisfy {
                        if case .string(let text) = $0 { KnownKinds.isPlain(text) } else { false }
                    }
            default: return false
            }
        default: return false
        }
    }

    private func isHarmless(_ id: CELNode.ID, _ reading: Reading) -> Bool {
        let kind = kind(of: id, reading)
        return kind == .number || kind == .boolean || isWrittenOut(id, reading)
    }

    /// Without a character that means something to a shell. A blank is meant to divide: `'--a --b'`.
    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || "_-./:=,@%+ ".utf8.contains(byte)
        }
    }
}
