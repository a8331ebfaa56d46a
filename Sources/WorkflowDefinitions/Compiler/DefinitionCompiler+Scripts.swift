import CEL
import WorkflowCore

extension DefinitionCompiler {
    /// A script whose expressions have become references to variables, so that no value is ever part of its text. Whether the
    /// shell expands each reference, and to nothing but the value, the shell lexer says.
    func script(
        _ node: Node, _ what: String, _ place: ExpressionPlace, _ context: ExpressionContext, _ shell: [String]
    ) -> Script? {
        guard let text = read.text(node, what) else { return nil }
        if text.utf8.contains(0) {
            problems.error(.invalidValue, "\(what) has a NUL character in it", at: node.position)
            return nil
        }
        warnAboutPlainBraces(text, node)
        guard TemplateScanner.containsExpression(text) else { return Script(text: text) }
        var bytes: [UInt8] = []
        var bindings: [Script.Binding] = []
        var pieces: [[UInt8]?] = []
        var origins: [ExpressionOrigin] = []
        var isWhole = true
        guard let found = self.pieces(of: text, what, node) else { return nil }
        for piece in found {
            switch piece {
            case .text(let text):
                bytes += text
                pieces.append(text)
            case .expression(let found):
                let origin = ExpressionOrigin(node: node, occurrence: found.occurrence, leading: found.leading)
                guard let expression = expression(found.source, origin, place, context) else {
                    isWhole = false
                    continue
                }
                let variable = "\(NameRules.scriptValuePrefix)\(bindings.count + 1)"
                bindings.append(Script.Binding(variable: variable, expression: expression))
                origins.append(origin)
                bytes += Array("${\(variable)}".utf8)
                pieces.append(nil)
            case .unterminated(let occurrence):
                reportUnterminated(ExpressionOrigin(node: node, occurrence: occurrence))
                isWhole = false
            }
        }
        if sources != nil, !bindings.isEmpty { checkInterpolations(pieces, bindings, origins, what, node, shell) }
        return isWhole ? Script(text: String(decoding: bytes, as: UTF8.self), bindings: bindings) : nil
    }

    private func checkInterpolations(
        _ pieces: [[UInt8]?], _ bindings: [Script.Binding], _ origins: [ExpressionOrigin], _ what: String, _ node: Node,
        _ shell: [String]
    ) {
        guard let dialect = ShellDialect(shell: shell) else {
            problems.error(
                .unsupportedShell,
                "\(what) is for \(shell.first ?? ""), whose quoting is not known, so it cannot hold expressions",
                at: origins[0].opening(in: sources),
                suggestion: "put the value in env, and read the variable in the script")
            return
        }
        let interpolations = ShellLexer.interpolations(in: pieces, dialect: dialect)
        for (index, interpolation) in interpolations.enumerated() where interpolation != .safe {
            report(interpolation, bindings[index].expression, origins[index])
        }
    }

    private func report(_ interpolation: Interpolation, _ expression: CELExpression, _ origin: ExpressionOrigin) {
        let isNumber = ExpressionKind.of(expression, parameters: parameterKinds) == .number
        let written = "${{ \(expression.source) }}"
        let position = { origin.opening(in: self.sources) }
        switch interpolation {
        case .literal(let place):
            problems.error(
                .unsafeInterpolation, "\(written) stands in \(place), where the shell does not expand it",
                at: position(),
                suggestion: "put the value in env and write \"$NAME\" where the shell expands it")
        case .unquoted where !isNumber:
            problems.warning(
                .unquotedInterpolation,
                "\(written) is not quoted, so the shell splits its value and expands patterns in it",
                at: position(), suggestion: "write \"\(written)\"")
        case .code(let place) where !isNumber:
            problems.warning(
                .interpolationInCode, "\(written) becomes \(place)", at: position(),
                suggestion: "make sure of its value, or hand it over in env")
        case .executes(let place) where !isNumber:
            problems.error(
                .unsafeInterpolation,
                "\(written) stands in \(place), where the shell would run code that its value holds",
                at: position(),
                suggestion: "put the value in env and check it before use, or convert it with int() if it is a number")
        case .safe, .unquoted, .code, .executes: break
        }
    }
}
