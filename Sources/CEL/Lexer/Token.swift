/// One lexical element of an expression.
struct Token: Sendable {
    enum Kind: Sendable, Equatable {
        case identifier(String)
        /// A word that the language keeps for its hosts: it can be selected (`a.for`) but is no variable or function.
        case reserved(String)
        /// A name between backquotes: only for selection.
        case quotedIdentifier(String)
        /// The digits' value; a sign is the parser's business.
        case int(UInt64)
        case uint(UInt64)
        case double(Double)
        case string(String)
        case bytes([UInt8])
        case `true`, `false`, null, `in`
        case leftParenthesis, rightParenthesis, leftBracket, rightBracket, leftBrace, rightBrace
        case dot, comma, colon, question
        case plus, minus, star, slash, percent, bang
        case less, lessOrEqual, greater, greaterOrEqual, equal, notEqual
        case and, or
        case end
    }

    let kind: Kind
    /// Where it begins, in bytes of the source.
    let offset: Int
}

extension Token {
    static let words: [String: Kind] = {
        var words: [String: Kind] = ["true": .true, "false": .false, "null": .null, "in": .in]
        for word in [
            "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
            "namespace", "return", "var", "void", "while",
        ] {
            words[word] = .reserved(word)
        }
        return words
    }()
}

extension Token.Kind {
    /// How an error names it.
    var text: String {
        switch self {
        case .identifier(let name), .reserved(let name): "'\(name)'"
        case .quotedIdentifier(let name): "`\(name)`"
        case .int(let value): "'\(value)'"
        case .uint(let value): "'\(value)u'"
        case .double(let value): "'\(value)'"
        case .string: "a string"
        case .bytes: "bytes"
        case .end: "the end"
        default: "'\(Self.punctuation[self] ?? "")'"
        }
    }

    private static let punctuation: [Self: String] = [
        .true: "true", .false: "false", .null: "null", .in: "in", .leftParenthesis: "(", .rightParenthesis: ")",
        .leftBracket: "[", .rightBracket: "]", .leftBrace: "{", .rightBrace: "}", .dot: ".", .comma: ",", .colon: ":",
        .question: "?", .plus: "+", .minus: "-", .star: "*", .slash: "/", .percent: "%", .bang: "!", .less: "<",
        .lessOrEqual: "<=", .greater: ">", .greaterOrEqual: ">=", .equal: "==", .notEqual: "!=", .and: "&&", .or: "||",
    ]
}

extension Token.Kind: Hashable {}
