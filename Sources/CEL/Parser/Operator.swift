/// An operator that waits for its right operand while the parser reads on.
enum PendingOperator {
    case unary(UnaryOperator, offset: Int)
    case binary(BinaryOperator, offset: Int)
    case and(offset: Int)
    case or(offset: Int)
    /// `condition ? then :` waits for the other branch.
    case conditional(CELNode.ID, then: CELNode.ID, offset: Int)

    /// The language definition's table, turned round: what binds tighter is greater.
    var precedence: Int {
        switch self {
        case .conditional: 0
        case .or: 1
        case .and: 2
        case .binary(let binary, _):
            switch binary {
            case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .in: 3
            case .add, .subtract: 4
            case .multiply, .divide, .remainder: 5
            }
        case .unary: 6
        }
    }

    /// The operator that a token is between two operands; nil for any other token.
    init?(between token: Token) {
        let binary: BinaryOperator
        switch token.kind {
        case .or:
            self = .or(offset: token.offset)
            return
        case .and:
            self = .and(offset: token.offset)
            return
        case .equal: binary = .equal
        case .notEqual: binary = .notEqual
        case .less: binary = .less
        case .lessOrEqual: binary = .lessOrEqual
        case .greater: binary = .greater
        case .greaterOrEqual: binary = .greaterOrEqual
        case .in: binary = .in
        case .plus: binary = .add
        case .minus: binary = .subtract
        case .star: binary = .multiply
        case .slash: binary = .divide
        case .percent: binary = .remainder
        default: return nil
        }
        self = .binary(binary, offset: token.offset)
    }
}
