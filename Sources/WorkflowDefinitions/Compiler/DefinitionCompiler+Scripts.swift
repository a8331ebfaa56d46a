import CEL
import WorkflowCore

extension DefinitionCompiler {
    /// A script whose expressions have become references to variables. Whether a shell expands each reference safely where
    /// it stands is decided by the shell lexer.
    func script(
        _ node: Node, _ what: String, _ place: ExpressionPlace, _ context: ExpressionContext, _ shell: [String]
    ) -> Script? {
        guard let text = read.text(node, what) else { return nil }
        if text.utf8.contains(0) {
            problems.error(.invalidValue, "\(what) has a NUL character in it", at: node.position)
            return nil
        }
        guard TemplateScanner.containsExpression(text) else { return Script(text: text) }
        var bytes: [UInt8] = []
        var bindings: [Script.Binding] = []
        for piece in TemplateScanner.pieces(of: text) {
            switch piece {
            case .text(let text): bytes += text
            case .expression(let found):
                let origin = ExpressionOrigin(node: node, occurrence: found.occurrence, leading: found.leading)
                guard let expression = expression(found.source, origin, place, context) else { return nil }
                let variable = "\(NameRules.scriptValuePrefix)\(bindings.count + 1)"
                bindings.append(Script.Binding(variable: variable, expression: expression))
                bytes += Array("${\(variable)}".utf8)
            case .unterminated(let occurrence):
                reportUnterminated(ExpressionOrigin(node: node, occurrence: occurrence))
                return nil
            }
        }
        return Script(text: String(decoding: bytes, as: UTF8.self), bindings: bindings)
    }
}
