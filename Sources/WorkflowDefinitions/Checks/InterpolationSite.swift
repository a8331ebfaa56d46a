import CEL

/// An expression of a script that the shell does more with than to pass it on.
struct InterpolationSite {
    var answer: ShellLexer.Answer
    var dialect: ShellDialect
    var expression: CELExpression
    var origin: ExpressionOrigin
    var context: ExpressionContext

    var written: String { "${{ \(expression.source) }}" }
}
