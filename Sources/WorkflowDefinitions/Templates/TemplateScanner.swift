/// Finds the `${{ … }}` of a text. The end of an expression is found by CEL's own lexical rules, so that `}}` inside a
/// string literal or behind two open braces does not end it.
enum TemplateScanner {
    enum Piece: Equatable {
        case text([UInt8])
        case expression(Expression)
        /// `${{` without an end; the rest of the text.
        case unterminated(occurrence: Int)
    }

    struct Expression: Equatable {
        /// Without the braces and the white space around.
        var source: String
        /// How many `${{` stand before this one in the text, escaped ones too.
        var occurrence: Int
        /// Bytes of white space between `${{` and the source.
        var leading: Int
    }

    /// Texts without `${{` are the common case and cost one scan.
    static func containsExpression(_ text: String) -> Bool {
        text.utf8.contains(UInt8(ascii: "{")) && text.contains("${{")
    }

    /// The first `{{ params.x }}` of a text: what Argo and Jinja write for an expression, and what is plain text here.
    static func plainBraces(of text: String) -> String? {
        guard text.utf8.contains(UInt8(ascii: "{")), text.contains("{{") else { return nil }
        let bytes = Array(text.utf8)
        var index = 0
        while index + 1 < bytes.count {
            guard bytes[index] == UInt8(ascii: "{"), bytes[index + 1] == UInt8(ascii: "{") else {
                index += 1
                continue
            }
            let isOurs = index > 0 && bytes[index - 1] == UInt8(ascii: "$")
            let inside = bytes[(index + 2)...].drop(while: isSpace)
            index += 2
            let root = String(decoding: inside.prefix(while: isNamePart).prefix(16), as: UTF8.self)
            guard !isOurs, variables.contains(root), inside.dropFirst(root.utf8.count).first == UInt8(ascii: ".") else {
                continue
            }
            let source = inside.prefix(200).prefix { $0 != UInt8(ascii: "}") && $0 != 0x0A }
            guard inside.dropFirst(source.count).starts(with: "}}".utf8) else { continue }
            let trailing = source.reversed().prefix(while: isSpace).count
            return String(decoding: source.dropLast(trailing), as: UTF8.self)
        }
        return nil
    }

    private static let variables = ["params", "steps", "stages", "env", "run", "secrets", "inputs", "item", "matrix"]

    static func pieces(of text: String) -> [Piece] {
        let bytes = Array(text.utf8)
        var pieces: [Piece] = []
        var pending: [UInt8] = []
        var index = 0
        var occurrence = 0
        while index < bytes.count {
            if isOpening(bytes, index + 1), bytes[index] == UInt8(ascii: "$") {
                // `$${{` is a literal `${{`.
                pending += Array("${{".utf8)
                index += 4
                occurrence += 1
            } else if isOpening(bytes, index) {
                if !pending.isEmpty { pieces.append(.text(pending)) }
                pending = []
                guard let end = end(ofExpressionAt: index + 3, in: bytes) else {
                    pieces.append(.unterminated(occurrence: occurrence))
                    return pieces
                }
                let inside = bytes[(index + 3)..<end]
                let leading = inside.prefix(while: isSpace).count
                let trailing = inside.dropFirst(leading).reversed().prefix(while: isSpace).count
                let source = inside.dropFirst(leading).dropLast(trailing)
                pieces.append(
                    .expression(
                        Expression(
                            source: String(decoding: source, as: UTF8.self), occurrence: occurrence, leading: leading)))
                occurrence += 1
                index = end + 2
            } else {
                pending.append(bytes[index])
                index += 1
            }
        }
        if !pending.isEmpty { pieces.append(.text(pending)) }
        return pieces
    }

    private static func isOpening(_ bytes: [UInt8], _ index: Int) -> Bool {
        index + 2 < bytes.count && bytes[index] == UInt8(ascii: "$") && bytes[index + 1] == UInt8(ascii: "{")
            && bytes[index + 2] == UInt8(ascii: "{")
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }

    /// The index of the `}}` that ends the expression. Where a string literal never ends, the first `}}` is taken, so
    /// that the expression's own parser can say what is wrong.
    private static func end(ofExpressionAt start: Int, in bytes: [UInt8]) -> Int? {
        var index = start
        var depth = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "}"):
                if depth == 0 {
                    if index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "}") { return index }
                    return firstClosing(from: start, in: bytes)
                }
                depth -= 1
                index += 1
            case UInt8(ascii: "{"):
                depth += 1
                index += 1
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                guard let end = endOfLiteral(at: index, from: start, in: bytes) else {
                    return firstClosing(from: start, in: bytes)
                }
                index = end
            case UInt8(ascii: "/") where index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "/"):
                // A comment ends with its line, or with the braces.
                while index < bytes.count, bytes[index] != 0x0A {
                    if bytes[index] == UInt8(ascii: "}"), index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "}")
                    {
                        break
                    }
                    index += 1
                }
            // Neither can stand in an expression; going on would read long files over and over.
            case UInt8(ascii: "$"), UInt8(ascii: "\\"): return firstClosing(from: start, in: bytes)
            default: index += 1
            }
        }
        return firstClosing(from: start, in: bytes)
    }

    private static func firstClosing(from start: Int, in bytes: [UInt8]) -> Int? {
        var index = start
        while index + 1 < bytes.count {
            if bytes[index] == UInt8(ascii: "}"), bytes[index + 1] == UInt8(ascii: "}") { return index }
            index += 1
        }
        return nil
    }

    /// Behind the closing quote of the CEL string literal whose opening quote stands at `index`.
    private static func endOfLiteral(at index: Int, from start: Int, in bytes: [UInt8]) -> Int? {
        let quote = bytes[index]
        let isRaw = isRawLiteral(at: index, from: start, in: bytes)
        func isTriple(_ at: Int) -> Bool {
            at + 2 < bytes.count && bytes[at] == quote && bytes[at + 1] == quote && bytes[at + 2] == quote
        }
        let isLong = isTriple(index)
        var position = index + (isLong ? 3 : 1)
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "\\"), !isRaw {
                position += 2
            } else if isLong ? isTriple(position) : bytes[position] == quote {
                return position + (isLong ? 3 : 1)
            } else if !isLong, bytes[position] == 0x0A {
                return nil
            } else {
                position += 1
            }
        }
        return nil
    }

    /// `r"…"`, `R'…'`, `br"…"`: the prefix must not be the end of a longer name.
    private static func isRawLiteral(at index: Int, from start: Int, in bytes: [UInt8]) -> Bool {
        var first = index
        while first > start, isNamePart(bytes[first - 1]) { first -= 1 }
        let prefix = bytes[first..<index].map { $0 | 0x20 }
        return prefix == Array("r".utf8) || prefix == Array("br".utf8) || prefix == Array("rb".utf8)
    }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (97...122).contains(byte | 0x20) || byte == UInt8(ascii: "_")
    }
}
