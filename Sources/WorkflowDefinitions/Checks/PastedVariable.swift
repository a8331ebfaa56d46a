import CEL

/// A variable of `env` that a script makes part of code in another language: `psql -c "… '$NAME'"`.
struct PastedVariable {
    /// As the script has it: `$NAME` or `${NAME}`.
    var written: String
    /// How many of the same stand before it in the script.
    var occurrence: Int
    var use: Interpolation
    /// What the variable holds.
    var expressions: [CELExpression]
    var node: Node
    var context: ExpressionContext

    /// The variables of a script that become code. The script is read once more for them, with each in the place of an
    /// expression; nothing else is made of that.
    static func found(
        in text: String, _ node: Node, _ dialect: ShellDialect, _ context: ExpressionContext
    ) -> [PastedVariable] {
        guard !context.environment.expressions.isEmpty, text.utf8.contains(UInt8(ascii: "$")) else { return [] }
        let bytes = Array(text.utf8)
        var pieces: [[UInt8]?] = []
        var references: [(name: String, written: String, occurrence: Int)] = []
        var counts: [String: Int] = [:]
        var start = 0
        var index = 0
        while index < bytes.count {
            guard let (name, end) = reference(at: index, in: bytes),
                context.environment.expressions[name] != nil
            else {
                index += 1
                continue
            }
            let written = String(decoding: bytes[index..<end], as: UTF8.self)
            references.append((name, written, counts[written, default: 0]))
            counts[written, default: 0] += 1
            pieces.append(Array(bytes[start..<index]))
            pieces.append(nil)
            start = end
            index = end
        }
        guard !references.isEmpty, references.count <= DefinitionCompiler.expressionsOfValueMax else { return [] }
        pieces.append(Array(bytes[start...]))
        return zip(references, ShellLexer.answers(in: pieces, dialect: dialect)).compactMap { reference, answer in
            guard case .code = answer.verdict, let expressions = context.environment.expressions[reference.name] else {
                return nil
            }
            return PastedVariable(
                written: reference.written, occurrence: reference.occurrence, use: answer.verdict,
                expressions: expressions, node: node, context: context)
        }
    }

    /// `$NAME` and `${NAME}`, and where it ends.
    private static func reference(at index: Int, in bytes: [UInt8]) -> (name: String, end: Int)? {
        guard bytes[index] == UInt8(ascii: "$") else { return nil }
        let rest = bytes[(index + 1)...]
        let isBraced = rest.first == UInt8(ascii: "{")
        let name = rest.dropFirst(isBraced ? 1 : 0).prefix { NameRules.isNamePart($0) && $0 != UInt8(ascii: "-") }
        guard !name.isEmpty, !isBraced || (name.endIndex < bytes.count && bytes[name.endIndex] == UInt8(ascii: "}"))
        else {
            return nil
        }
        return (String(decoding: name, as: UTF8.self), name.endIndex + (isBraced ? 1 : 0))
    }

    /// Where it stands in the file; the script's own place where its text is no straight copy of the file's.
    func position(in sources: SourceFiles) -> Position {
        guard let source = sources[node.position] else { return node.position }
        let span = source.span(from: node.position, to: node.end)
        var left = occurrence
        var index = span.lowerBound
        while index < min(span.upperBound, source.bytes.count) {
            if let (_, end) = PastedVariable.reference(at: index, in: source.bytes),
                source.bytes[index..<end].elementsEqual(written.utf8)
            {
                if left == 0 { return source.position(of: index) }
                left -= 1
                index = end
            } else {
                index += 1
            }
        }
        return node.position
    }
}
