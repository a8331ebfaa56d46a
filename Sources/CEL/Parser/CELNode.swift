/// One node of a parsed expression. Nodes live in a flat `CELSyntaxTree` and name their parts by number, so no
/// expression, however deep, needs recursion to be built, walked or freed.
package struct CELNode: Sendable {
    package typealias ID = Int

    package let kind: Kind
    /// Where it begins (for an operator: where the operator stands), in bytes of the source.
    package let offset: Int

    package enum Kind: Sendable {
        case literal(CELValue)
        /// A name; `isRooted` where a leading dot keeps it out of containers and macro variables.
        case identifier(String, isRooted: Bool)
        /// `operand.field`, or `operand.?field`.
        case select(ID, field: String, isOptional: Bool)
        /// `has(operand.field)`.
        case presence(ID, field: String)
        /// `operand[key]`, or `operand[?key]`.
        case index(ID, key: ID, isOptional: Bool)
        /// `function(arguments)`, or `target.function(arguments)`.
        case call(String, target: ID?, arguments: [ID])
        case unary(UnaryOperator, ID)
        case binary(BinaryOperator, ID, ID)
        /// Two or more operands of one chain of `&&`.
        case and([ID])
        /// Two or more operands of one chain of `||`.
        case or([ID])
        case conditional(ID, then: ID, otherwise: ID)
        case list([Element])
        case map([Entry])
        case message(String, [Field])
        case comprehension(Comprehension)
        /// `cel.bind(variable, value, body)`.
        case bind(String, value: ID, body: ID)
        /// `target.optMap(variable, body)`, or `optFlatMap` where the body is itself an optional.
        case optionalMap(ID, variable: String, body: ID, isFlat: Bool)
        /// `target.or(other)`, or `target.orValue(other)`; `other` is evaluated only where it is needed.
        case optionalOr(ID, ID, unwraps: Bool)
    }

    package struct Element: Sendable {
        package let value: ID
        package let isOptional: Bool
    }

    package struct Entry: Sendable {
        package let key: ID
        package let value: ID
        package let isOptional: Bool
    }

    package struct Field: Sendable {
        package let name: String
        package let value: ID
        package let isOptional: Bool
    }

    /// A macro that goes through a list or map: `range.kind(variables…, filter, body)`.
    package struct Comprehension: Sendable {
        package let kind: ComprehensionKind
        package let range: ID
        /// One (the element or key) or two (index or key, then element or value).
        package let variables: [String]
        package let filter: ID?
        package let body: ID
    }
}

package enum ComprehensionKind: Sendable {
    case all, exists, existsOne, map, filter, transformMap, transformMapEntry, sortBy
}

package enum UnaryOperator: Sendable {
    case not, negate
}

package enum BinaryOperator: String, Sendable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case `in`
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case remainder = "%"
}

/// The nodes of one expression.
package struct CELSyntaxTree: Sendable {
    package private(set) var nodes: [CELNode] = []
    /// How many calls, lists, maps and macros stand inside each other at each node.
    private var depths: [Int] = []
    package var root: CELNode.ID = 0

    package subscript(id: CELNode.ID) -> CELNode { nodes[id] }

    func depth(of id: CELNode.ID) -> Int { depths[id] }

    mutating func add(_ kind: CELNode.Kind, at offset: Int, depth: Int) -> CELNode.ID {
        nodes.append(CELNode(kind: kind, offset: offset))
        depths.append(depth)
        return nodes.count - 1
    }

    /// Adds an operand to a chain of `&&` or `||` in place; false where the node is no such chain.
    mutating func extend(_ id: CELNode.ID, with operand: CELNode.ID, isAnd: Bool) -> Bool {
        let offset = nodes[id].offset
        var operands: [CELNode.ID]
        switch nodes[id].kind {
        case .and(let chain) where isAnd: operands = chain
        case .or(let chain) where !isAnd: operands = chain
        default: return false
        }
        // The node lets go of its array first, so that appending does not copy it: long chains stay linear.
        nodes[id] = CELNode(kind: .literal(.null), offset: offset)
        operands.append(operand)
        nodes[id] = CELNode(kind: isAnd ? .and(operands) : .or(operands), offset: offset)
        depths[id] = max(depths[id], depths[operand])
        return true
    }
}
