import CEL
import WorkflowCore

extension DefinitionCompiler {
    /// The longest expression, in bytes.
    static let expressionBytesMax = 64 * 1024

    // MARK: Text with expressions

    func template(_ node: Node, _ what: String, _ place: ExpressionPlace, _ context: ExpressionContext) -> Template? {
        guard let text = read.text(node, what) else { return nil }
        warnAboutPlainBraces(text, node)
        guard TemplateScanner.containsExpression(text) else { return Template(text: text) }
        var parts: [Template.Part] = []
        guard let pieces = pieces(of: text, what, node) else { return nil }
        for piece in pieces {
            switch piece {
            case .text(let bytes): parts.append(.text(String(decoding: bytes, as: UTF8.self)))
            case .expression(let found):
                let origin = ExpressionOrigin(node: node, occurrence: found.occurrence, leading: found.leading)
                guard let expression = expression(found.source, origin, place, context) else { return nil }
                parts.append(.expression(expression))
            case .unterminated(let occurrence):
                reportUnterminated(ExpressionOrigin(node: node, occurrence: occurrence))
                return nil
            }
        }
        return Template(parts: parts)
    }

    /// The parts of a text with expressions; nil, with an error, where there are too many.
    func pieces(of text: String, _ what: String, _ node: Node) -> [TemplateScanner.Piece]? {
        let pieces = TemplateScanner.pieces(of: text)
        // Between two expressions there is a text, or none.
        guard pieces.count > DefinitionCompiler.expressionsOfValueMax else { return pieces }
        let count = pieces.count { if case .expression = $0 { true } else { false } }
        guard count > DefinitionCompiler.expressionsOfValueMax else { return pieces }
        problems.error(
            .tooManyValues,
            "\(what) has \(count) expressions; the limit is \(DefinitionCompiler.expressionsOfValueMax)",
            at: node.position, suggestion: "hand the values over in one variable, as toJSON(…)")
        return nil
    }

    /// Any value whose texts may have expressions in them.
    func valueTemplate(
        _ node: Node, _ what: String, _ place: ExpressionPlace, _ context: ExpressionContext
    ) -> ValueTemplate? {
        switch node.value {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .int(let value): return .int(value)
        case .double(let value): return .double(value)
        case .string: return template(node, what, place, context).map(ValueTemplate.text)
        case .unrepresentable(let text):
            problems.error(
                .outOfRange, "\(what) holds \(text), which is beyond the range of exact numbers", at: node.position,
                suggestion: "put it in quotes if it is text")
            return nil
        case .list(let items):
            let values = items.compactMap { valueTemplate($0, what, place, context) }
            return values.count == items.count ? .array(values) : nil
        case .map:
            let entries = read.namedEntries(node, what) ?? []
            var members: [(name: String, value: ValueTemplate)] = []
            for entry in entries {
                guard let value = valueTemplate(entry.value, what, place, context) else { return nil }
                members.append((entry.key, value))
            }
            return .object(members)
        }
    }

    // MARK: Single expressions

    /// An expression with or without its braces: `if`, `until`, `key`.
    func bareExpression(
        _ node: Node, _ what: String, _ place: ExpressionPlace, _ context: ExpressionContext
    ) -> CELExpression? {
        if case .bool(let value) = node.value {
            return expression(value ? "true" : "false", ExpressionOrigin(node: node), place, context)
        }
        guard let text = node.text else {
            problems.error(
                .notACondition, "\(what) must be an expression, not \(node.kindDescription)", at: node.position)
            return nil
        }
        guard TemplateScanner.containsExpression(text) else {
            let leading = text.utf8.prefix { $0 == 0x20 || (0x09...0x0D).contains($0) }.count
            let trimmed = String(decoding: text.utf8.dropFirst(leading), as: UTF8.self)
            return expression(trimmed, ExpressionOrigin(node: node, leading: leading), place, context)
        }
        let pieces = TemplateScanner.pieces(of: text).filter { piece in
            guard case .text(let bytes) = piece else { return true }
            return !bytes.allSatisfy { $0 == 0x20 || (0x09...0x0D).contains($0) }
        }
        switch pieces.first {
        case .expression(let found)? where pieces.count == 1:
            let origin = ExpressionOrigin(node: node, occurrence: found.occurrence, leading: found.leading)
            return expression(found.source, origin, place, context)
        case .unterminated(let occurrence)? where pieces.count == 1:
            reportUnterminated(ExpressionOrigin(node: node, occurrence: occurrence))
        default:
            problems.error(
                .notACondition, "\(what) must be one expression, not a text with expressions in it", at: node.position,
                suggestion: "put all of it between one ${{ and }}, or leave the braces out")
        }
        return nil
    }

    func condition(_ node: Node, _ what: String, _ context: ExpressionContext) -> Condition? {
        guard let expression = bareExpression(node, what, .condition, context) else { return nil }
        let asksForFailure = expression.calledFunctions.contains { $0.name == "failure" || $0.name == "always" }
        return Condition(expression: expression, runsAfterFailure: asksForFailure)
    }

    func expression(
        _ source: String, _ origin: ExpressionOrigin, _ place: ExpressionPlace, _ context: ExpressionContext
    ) -> CELExpression? {
        guard source.utf8.count <= DefinitionCompiler.expressionBytesMax else {
            problems.error(
                .expressionTooLong,
                "the expression has \(source.utf8.count) bytes; the limit is \(DefinitionCompiler.expressionBytesMax)",
                at: origin.position(of: 0, in: sources))
            return nil
        }
        guard countExpression(at: origin.node.position) else { return nil }
        guard !source.isEmpty else {
            problems.error(
                .invalidExpression, "the expression is empty", at: origin.position(of: 0, in: sources),
                suggestion: "write $${{ for the characters ${{")
            return nil
        }
        do throws(CELError) {
            let expression = try CELExpression(parsing: source)
            if sources != nil {
                sites.append(ExpressionSite(expression: expression, origin: origin, place: place, context: context))
            }
            return expression
        } catch {
            problems.error(
                .invalidExpression, "not a valid expression: \(error.message)",
                at: origin.position(of: error.offset, in: sources),
                suggestion: lineEndSuggestion(error, origin.node) ?? expressionSuggestion(source))
            return nil
        }
    }

    /// YAML's double quotes make a line end of `\\n` before there is an expression.
    private func lineEndSuggestion(_ error: CELError, _ node: Node) -> String? {
        guard error.message.contains("line ends inside"), node.style == .quoted, let source = sources?[node.position],
            source.bytes[source.offset(of: node.position)...].first == UInt8(ascii: "\"")
        else { return nil }
        return "write \\\\n, or put the whole value in single quotes: YAML's double quotes make a line end of \\n"
    }

    /// What people bring along from other languages.
    private func expressionSuggestion(_ source: String) -> String? {
        let words: [(String, String)] = [
            (" and ", "write && for \"and\""), (" or ", "write || for \"or\""), (" not ", "write ! for \"not\""),
            (" = ", "write == to compare"), ("===", "write == to compare"),
            ("|", "there are no filters or pipes in CEL"),
        ]
        return words.first { source.contains($0.0) && !($0.0 == "|" && source.contains("||")) }?.1
    }

    func warnAboutPlainBraces(_ text: String, _ node: Node) {
        guard sources != nil, let source = TemplateScanner.plainBraces(of: text) else { return }
        problems.warning(
            .plainBraces, "\(quoted("{{ \(source) }}")) is plain text here", at: node.position,
            suggestion: "write ${{ \(source) }} if you mean its value")
    }

    func reportUnterminated(_ origin: ExpressionOrigin) {
        problems.error(
            .unterminatedExpression, "\"${{\" has no \"}}\" behind it", at: origin.opening(in: sources),
            suggestion: "close it, or write $${{ for the characters ${{")
    }
}
