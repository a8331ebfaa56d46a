internal import WorkflowDefinitions

/// Problems of definitions as text for people, each with the line that it stands in.
///
/// ```
/// deploy.yaml:12:7: error: unknown key "retires"; did you mean "retry"? [unknown_key]
///    |
/// 12 |       retires: 3
///    |       ^^^^^^^ "retry"?
/// ```
/// The first line is what editors jump from, and is the same for a terminal, a pipe and a log but for its colours.
struct DiagnosticText {
    let hasColour: Bool
    /// A command shows the lines of so many problems; of the further ones their places.
    static let excerptsMax = 100

    func lines(of diagnostics: some Sequence<Diagnostic>) -> [String] {
        var excerpts = 0
        return diagnostics.flatMap { diagnostic in
            excerpts += 1
            return lines(of: diagnostic, showsExcerpt: excerpts <= Self.excerptsMax)
        }
    }

    private func lines(of diagnostic: Diagnostic, showsExcerpt: Bool) -> [String] {
        let paint = Paint(isOn: hasColour)
        let isError = diagnostic.severity == .error
        let suggestion = diagnostic.suggestion.map { "; \($0)" } ?? ""
        let first =
            paint("\(SafeText.name(diagnostic.file)):\(diagnostic.line):\(diagnostic.column):", .bold) + " "
            + paint(diagnostic.severity.rawValue + ":", isError ? .red : .yellow) + " "
            + paint(SafeText.name(diagnostic.message + suggestion), .bold) + " [\(diagnostic.code.rawValue)]"
        guard showsExcerpt, let excerpt = diagnostic.excerpt else { return [first] }
        return [first]
            + ExcerptText(paint: paint).lines(
                excerpt, line: diagnostic.line, kind: isError ? .error : .warning,
                label: diagnostic.replacement.map { "\"\($0)\"?" })
    }
}
