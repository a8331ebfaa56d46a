internal import ArgumentParser
internal import WorkflowDefinitions

/// How problems of definitions are written where they are not data.
enum DiagnosticFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
    /// `file:line:column: error: message`, which editors jump from, and the line itself.
    case plain
    /// Commands of GitHub Actions, which show the problem beside the line.
    case github

    func lines(of diagnostics: [Diagnostic], hasColour: Bool) -> [String] {
        switch self {
        case .plain: DiagnosticText(hasColour: hasColour).lines(of: diagnostics)
        case .github: diagnostics.map(GitHubAnnotation.text)
        }
    }
}

/// `::error file=…,line=…,col=…,title=…::message`, as GitHub's documentation of workflow commands has it.
enum GitHubAnnotation {
    /// A file that could not be read.
    static func text(of failure: CommandFailure, file: String) -> String {
        let properties = "file=\(property(RepositoryPath.of(file))),title=not_found"
        return "::error \(properties)::\(message(failure.message))"
    }

    static func text(of diagnostic: Diagnostic) -> String {
        var properties = ["file=\(property(RepositoryPath.of(diagnostic.file)))"]
        if diagnostic.line > 0 { properties += ["line=\(diagnostic.line)", "col=\(diagnostic.column)"] }
        properties.append("title=\(property(diagnostic.code.rawValue))")
        let text = diagnostic.message + (diagnostic.suggestion.map { "; \($0)" } ?? "")
        return "::\(diagnostic.severity.rawValue) \(properties.joined(separator: ","))::\(message(text))"
    }

    /// A line end would end the command; `%` begins an escape.
    private static func message(_ text: String) -> String {
        escaped(text, [("%", "%25"), ("\r", "%0D"), ("\n", "%0A")])
    }

    /// `:` and `,` end a property.
    private static func property(_ text: String) -> String {
        escaped(text, [("%", "%25"), ("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C")])
    }

    private static func escaped(_ text: String, _ escapes: [(Unicode.Scalar, String)]) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if let escape = escapes.first(where: { $0.0 == scalar }) {
                result.append(contentsOf: escape.1.unicodeScalars)
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }
}
