import CEL
import WorkflowCore

extension DefinitionCompiler {
    /// A script whose expressions have become references to variables, so that no value is ever part of its text.
    /// Whether the shell expands each reference, and to nothing but the value, the shell lexer says. What stands in a
    /// comment stays as it is written: a line that is commented out is not evaluated, and may name what is gone.
    func script(
        _ node: Node, _ what: String, _ place: ExpressionPlace, _ context: ExpressionContext, _ shell: [String]
    ) -> Script? {
        guard let text = read.text(node, what) else { return nil }
        if text.utf8.contains(0) {
            problems.error(.invalidValue, "\(what) has a NUL character in it", at: node.position)
            return nil
        }
        warnAboutPlainBraces(text, node)
        if sources != nil, let dialect = ShellDialect(shell: shell) {
            pastedVariables += PastedVariable.found(in: text, node, dialect, context)
        }
        guard TemplateScanner.containsExpression(text) else { return Script(text: text) }
        guard let pieces = pieces(of: text, what, node) else { return nil }
        let dialect = ShellDialect(shell: shell)
        var answers = dialect.map { interpolations(of: pieces, $0) } ?? []
        var bytes: [UInt8] = []
        var script = Script(text: "")
        var isWhole = true
        var isUnknownShell = sources != nil && dialect == nil
        answers.reverse()
        for piece in pieces {
            switch piece {
            case .text(let text): bytes += text
            case .expression(let found):
                let origin = ExpressionOrigin(node: node, occurrence: found.occurrence, leading: found.leading)
                let answer = answers.popLast()
                if answer?.verdict == .comment, !found.source.utf8.contains(0x0A) {
                    bytes += Array("${{ \(found.source) }}".utf8)
                    continue
                }
                guard let expression = expression(found.source, origin, place, context) else {
                    isWhole = false
                    continue
                }
                if isUnknownShell {
                    reportUnknownShell(what, shell, origin)
                    isUnknownShell = false
                }
                if sources != nil, let answer, answer.verdict != .safe {
                    interpolations.append(
                        InterpolationSite(
                            answer: answer, dialect: dialect ?? .sh, expression: expression, origin: origin,
                            context: context))
                }
                let variable = "\(NameRules.scriptValuePrefix)\(script.bindings.count + 1)"
                script.bindings.append(Script.Binding(variable: variable, expression: expression))
                bytes += Array("${\(variable)}".utf8)
            case .unterminated(let occurrence):
                reportUnterminated(ExpressionOrigin(node: node, occurrence: occurrence))
                isWhole = false
            }
        }
        script.text = String(decoding: bytes, as: UTF8.self)
        return isWhole ? script : nil
    }

    /// Of a stored definition only the comments matter: everything else was judged when its run began.
    private func interpolations(of pieces: [TemplateScanner.Piece], _ dialect: ShellDialect) -> [ShellLexer.Answer] {
        var units: [[UInt8]?] = []
        var mayHaveComments = false
        var lineHasHash = false
        for piece in pieces {
            switch piece {
            case .text(let bytes):
                units.append(bytes)
                let line = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).last ?? []
                let startsLine = bytes.contains(0x0A)
                lineHasHash = line.contains(UInt8(ascii: "#")) || (lineHasHash && !startsLine)
            case .expression:
                units.append(nil)
                if lineHasHash { mayHaveComments = true }
            case .unterminated: break
            }
        }
        guard sources != nil || mayHaveComments else { return [] }
        return ShellLexer.answers(in: units, dialect: dialect)
    }

    private func reportUnknownShell(_ what: String, _ shell: [String], _ origin: ExpressionOrigin) {
        problems.error(
            .unsupportedShell,
            "\(what) is for \(shell.first ?? ""), whose quoting is not known, so it cannot hold expressions",
            at: origin.opening(in: sources),
            suggestion: "put the value in env, and read the variable in the script")
    }
}
