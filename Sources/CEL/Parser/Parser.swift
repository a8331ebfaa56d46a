/// Reads the grammar of the language definition into a syntax tree.
///
/// It is an operator-precedence parser with stacks of its own instead of recursion: `operators` wait for their right
/// operands, `operands` are finished, and `frames` are brackets, calls and conditionals that are still open.
struct Parser {
    let source: [UInt8]
    let limits: CELLimits
    var tree = CELSyntaxTree()
    private let tokens: [Token]
    private var next = 0
    private var operands: [CELNode.ID] = []
    private var operators: [PendingOperator] = []
    private var frames: [Frame] = []

    /// Something open. Its operators begin at `firstOperator`; below stand those of the frames around it.
    struct Frame {
        let kind: Kind
        let offset: Int
        let firstOperator: Int
        /// Whether the part that is being read has a `?` before it.
        var isOptional = false
        /// The finished parts: arguments, elements, field values, or keys and values by turns.
        var values: [CELNode.ID] = []
        /// Whether each finished element, entry or field had a `?`.
        var optionals: [Bool] = []
        /// The names of a message's fields, that of the part being read included.
        var names: [String] = []

        enum Kind {
            case whole
            case group
            case index(CELNode.ID)
            case call(String, target: CELNode.ID?)
            case list
            case map
            case message(String)
            /// Between `?` and `:`.
            case branch(condition: CELNode.ID)
        }
    }

    static func parse(_ source: String, limits: CELLimits) throws(CELError) -> CELSyntaxTree {
        let bytes = Array(source.utf8)
        guard bytes.count <= limits.sourceBytes else {
            throw CELError(
                .sourceTooLarge, "the expression has \(bytes.count) bytes; the limit is \(limits.sourceBytes)")
        }
        var parser = Parser(source: bytes, tokens: try Lexer.tokens(of: bytes), limits: limits)
        return try parser.parse()
    }

    private init(source: [UInt8], tokens: [Token], limits: CELLimits) {
        self.source = source
        self.tokens = tokens
        self.limits = limits
    }

    private mutating func parse() throws(CELError) -> CELSyntaxTree {
        open(.whole, at: 0)
        while !frames.isEmpty {
            // Nil where something was opened: the next operand is the first inside it.
            guard let operand = try readOperand() else { continue }
            operands.append(operand)
            try readBehindOperand()
        }
        tree.root = try popOperand()
        return tree
    }

    // MARK: Operands

    /// Reads a literal, a name or an empty container; opens anything else. Prefix operators are put aside.
    private mutating func readOperand() throws(CELError) -> CELNode.ID? {
        let token = take()
        switch token.kind {
        case .bang: operators.append(.unary(.not, offset: token.offset))
        case .minus:
            if let literal = negativeLiteral() { return leaf(.literal(literal), at: token.offset) }
            operators.append(.unary(.negate, offset: token.offset))
        case .leftParenthesis: open(.group, at: token.offset)
        case .leftBracket:
            if takes(.rightBracket) { return try add(.list([]), [], at: token.offset) }
            open(.list, at: token.offset, isOptional: takes(.question))
        case .leftBrace:
            if takes(.rightBrace) { return try add(.map([]), [], at: token.offset) }
            open(.map, at: token.offset, isOptional: takes(.question))
        case .dot:
            guard case .identifier(let name) = peek.kind else { throw unexpected(peek, where: "after '.'") }
            _ = take()
            return try readName(name, isRooted: true, at: token.offset)
        case .identifier(let name): return try readName(name, isRooted: false, at: token.offset)
        case .reserved(let word): throw error("'\(word)' is reserved and cannot be a name", at: token.offset)
        case .int(let magnitude):
            guard let value = Int64(exactly: magnitude) else {
                throw error("the integer is beyond 64 bits; write \(magnitude)u for an unsigned one", at: token.offset)
            }
            return leaf(.literal(.int(value)), at: token.offset)
        case .uint(let value): return leaf(.literal(.uint(value)), at: token.offset)
        case .double(let value): return leaf(.literal(.double(value)), at: token.offset)
        case .string(let value): return leaf(.literal(.string(value)), at: token.offset)
        case .bytes(let value): return leaf(.literal(.bytes(value)), at: token.offset)
        case .true: return leaf(.literal(.bool(true)), at: token.offset)
        case .false: return leaf(.literal(.bool(false)), at: token.offset)
        case .null: return leaf(.literal(.null), at: token.offset)
        default: throw unexpected(token, where: "where a value was expected")
        }
        return nil
    }

    /// A number behind a minus sign is one literal: only so can the least integer be written.
    private mutating func negativeLiteral() -> CELValue? {
        switch peek.kind {
        case .int(let magnitude) where magnitude <= Int64.min.magnitude:
            next += 1
            return .int(Int64(truncatingIfNeeded: 0 &- magnitude))
        case .double(let value):
            next += 1
            return .double(-value)
        default: return nil
        }
    }

    private mutating func readName(_ name: String, isRooted: Bool, at offset: Int) throws(CELError) -> CELNode.ID? {
        guard takes(.leftParenthesis) else { return leaf(.identifier(name, isRooted: isRooted), at: offset) }
        if takes(.rightParenthesis) { return try finishCall(name, nil, [], at: offset) }
        open(.call(name, target: nil), at: offset)
        return nil
    }

    // MARK: Behind an operand

    /// Reads postfixes, the end of frames and at last an operator (then the next operand is due) or the end.
    private mutating func readBehindOperand() throws(CELError) {
        while true {
            let token = take()
            switch token.kind {
            case .dot: if try readSelection() { return }
            case .leftBracket:
                return open(.index(try popOperand()), at: token.offset, isOptional: takes(.question))
            case .leftBrace: if try readMessage(at: token.offset) { return }
            case .question: return try readCondition(at: token.offset)
            default:
                if let pending = PendingOperator(between: token) {
                    try reduce(downTo: pending.precedence)
                    return operators.append(pending)
                }
                try reduce(downTo: 0)
                // The frame reads its own comma or end; true where its next operand is due.
                if try continueFrame(with: token) { return }
                if frames.isEmpty { return }
            }
        }
    }

    /// `.field`, `.?field` or `.method(`. True where arguments are due.
    private mutating func readSelection() throws(CELError) -> Bool {
        let operand = try popOperand()
        let isOptional = takes(.question)
        let token = take()
        let name: String
        switch token.kind {
        case .identifier(let word), .reserved(let word):
            name = word
            if !isOptional, takes(.leftParenthesis) {
                guard !takes(.rightParenthesis) else {
                    operands.append(try finishCall(name, operand, [], at: token.offset))
                    return false
                }
                open(.call(name, target: operand), at: token.offset)
                return true
            }
        case .quotedIdentifier(let quoted): name = quoted
        default: throw unexpected(token, where: "after '.'")
        }
        operands.append(
            tree.add(
                .select(operand, field: name, isOptional: isOptional), at: token.offset, depth: tree.depth(of: operand))
        )
        return false
    }

    private mutating func readCondition(at offset: Int) throws(CELError) {
        try reduce(downTo: 1)
        if let frame = frames.last, case .branch = frame.kind {
            throw error("a conditional between '?' and ':' needs parentheses", at: offset)
        }
        open(.branch(condition: try popOperand()), at: offset)
    }

    /// `Name{`: a message. True where its first value is due.
    private mutating func readMessage(at offset: Int) throws(CELError) -> Bool {
        let operand = try popOperand()
        guard let name = tree.qualifiedName(of: operand) else { throw error("'{' cannot follow a value", at: offset) }
        if takes(.rightBrace) {
            operands.append(try add(.message(name, []), [], at: tree[operand].offset))
            return false
        }
        open(.message(name), at: tree[operand].offset)
        try readFieldName()
        return true
    }

    private mutating func readFieldName() throws(CELError) {
        let isOptional = takes(.question)
        let token = take()
        switch token.kind {
        case .identifier(let name), .reserved(let name), .quotedIdentifier(let name):
            guard takes(.colon) else { throw unexpected(peek, where: "where ':' was expected") }
            frames[frames.count - 1].names.append(name)
            frames[frames.count - 1].isOptional = isOptional
        default: throw unexpected(token, where: "where a field's name was expected")
        }
    }

    // MARK: Frames

    private mutating func open(_ kind: Frame.Kind, at offset: Int, isOptional: Bool = false) {
        frames.append(Frame(kind: kind, offset: offset, firstOperator: operators.count, isOptional: isOptional))
    }

    /// Gives the finished operand to the innermost frame, which `token` goes on with or ends. True where the next
    /// operand is due, false where the frame became an operand itself.
    private mutating func continueFrame(with token: Token) throws(CELError) -> Bool {
        let value = try popOperand()
        let innermost = frames.count - 1
        frames[innermost].values.append(value)
        switch frames[innermost].kind {
        case .whole:
            guard token.kind == .end else { throw unexpected(token, where: "behind the expression") }
            operands.append(value)
        case .group:
            try expect(.rightParenthesis, token)
            operands.append(value)
        case .index(let operand):
            try expect(.rightBracket, token)
            let isOptional = frames[innermost].isOptional
            let depth = max(tree.depth(of: operand), tree.depth(of: value))
            operands.append(
                tree.add(
                    .index(operand, key: value, isOptional: isOptional), at: frames[innermost].offset, depth: depth))
        case .call(let name, let target):
            if token.kind == .comma { return true }
            try expect(.rightParenthesis, token)
            operands.append(try finishCall(name, target, frames[innermost].values, at: frames[innermost].offset))
        case .list, .map, .message:
            if try continueContainer(innermost, with: token) { return true }
            operands.append(try container(frames[innermost]))
        case .branch(let condition):
            guard token.kind == .colon else { throw unexpected(token, where: "where ':' was expected") }
            operators.append(.conditional(condition, then: value, offset: frames[innermost].offset))
            frames.removeLast()
            return true
        }
        frames.removeLast()
        return false
    }

    /// Reads up to the next part of a list, map or message. False where it ends; a comma may stand before the end.
    private mutating func continueContainer(_ index: Int, with token: Token) throws(CELError) -> Bool {
        let end: Token.Kind
        switch frames[index].kind {
        case .list: end = .rightBracket
        case .map where frames[index].values.count % 2 == 1:
            guard token.kind == .colon else { throw unexpected(token, where: "where ':' was expected") }
            return true
        default: end = .rightBrace
        }
        frames[index].optionals.append(frames[index].isOptional)
        guard token.kind == .comma else {
            try expect(end, token)
            return false
        }
        if takes(end) { return false }
        if case .message = frames[index].kind {
            try readFieldName()
        } else {
            frames[index].isOptional = takes(.question)
        }
        return true
    }

    private mutating func container(_ frame: Frame) throws(CELError) -> CELNode.ID {
        let kind: CELNode.Kind
        switch frame.kind {
        case .map:
            kind = .map(
                frame.optionals.indices.map { index in
                    CELNode.Entry(
                        key: frame.values[2 * index], value: frame.values[2 * index + 1],
                        isOptional: frame.optionals[index])
                })
        case .message(let type):
            kind = .message(
                type,
                frame.optionals.indices.map { index in
                    CELNode.Field(
                        name: frame.names[index], value: frame.values[index], isOptional: frame.optionals[index])
                })
        default:
            kind = .list(
                frame.optionals.indices.map { index in
                    CELNode.Element(value: frame.values[index], isOptional: frame.optionals[index])
                })
        }
        return try add(kind, frame.values, at: frame.offset)
    }

    private func expect(_ kind: Token.Kind, _ token: Token) throws(CELError) {
        guard token.kind != kind else { return }
        throw unexpected(token, where: "where \(kind.text) was expected")
    }

    // MARK: Operators

    /// Gives waiting operators of the innermost frame their right operands, as long as they bind at least as tightly as
    /// `precedence`. Precedence 0 is also that of conditionals, which group to the right and so wait for the end.
    private mutating func reduce(downTo precedence: Int) throws(CELError) {
        let first = frames.last?.firstOperator ?? 0
        while operators.count > first, let pending = operators.last, pending.precedence >= precedence {
            operators.removeLast()
            let right = try popOperand()
            operands.append(try node(for: pending, right: right))
        }
    }

    private mutating func node(for pending: PendingOperator, right: CELNode.ID) throws(CELError) -> CELNode.ID {
        let depth = tree.depth(of: right)
        switch pending {
        case .unary(let unary, let offset): return tree.add(.unary(unary, right), at: offset, depth: depth)
        case .binary(let binary, let offset):
            let left = try popOperand()
            return tree.add(.binary(binary, left, right), at: offset, depth: max(depth, tree.depth(of: left)))
        case .and(let offset), .or(let offset):
            var isAnd = false
            if case .and = pending { isAnd = true }
            let left = try popOperand()
            if tree.extend(left, with: right, isAnd: isAnd) { return left }
            let kind: CELNode.Kind = isAnd ? .and([left, right]) : .or([left, right])
            return tree.add(kind, at: offset, depth: max(depth, tree.depth(of: left)))
        case .conditional(let condition, let then, let offset):
            let inner = max(depth, tree.depth(of: condition), tree.depth(of: then))
            return tree.add(.conditional(condition, then: then, otherwise: right), at: offset, depth: inner)
        }
    }

    // MARK: Nodes

    private mutating func leaf(_ kind: CELNode.Kind, at offset: Int) -> CELNode.ID {
        tree.add(kind, at: offset, depth: 0)
    }

    /// Adds a node one level above its parts.
    mutating func add(_ kind: CELNode.Kind, _ parts: [CELNode.ID], at offset: Int) throws(CELError) -> CELNode.ID {
        var depth = 1
        for part in parts { depth = max(depth, tree.depth(of: part) + 1) }
        guard depth <= limits.depth else {
            throw CELError(.tooDeep, "the expression is nested deeper than \(limits.depth)", at: offset, in: source)
        }
        return tree.add(kind, at: offset, depth: depth)
    }

    // MARK: Tokens

    /// The stack is never empty here by the order of `readOperand` and `readBehindOperand`; an error, not a trap, would
    /// say otherwise.
    private mutating func popOperand() throws(CELError) -> CELNode.ID {
        guard let operand = operands.popLast() else { throw unexpected(peek, where: "where a value was expected") }
        return operand
    }

    /// The last token is `end`, and stays.
    private var peek: Token { tokens[min(next, tokens.count - 1)] }

    private mutating func take() -> Token {
        defer { next += 1 }
        return peek
    }

    private mutating func takes(_ kind: Token.Kind) -> Bool {
        guard peek.kind == kind else { return false }
        next += 1
        return true
    }

    func error(_ message: String, at offset: Int) -> CELError {
        CELError(.syntax, message, at: offset, in: source)
    }

    private func unexpected(_ token: Token, where place: String) -> CELError {
        error("unexpected \(token.kind == .end ? "end" : token.kind.text) \(place)", at: token.offset)
    }
}
