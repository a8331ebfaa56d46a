package import JSON

/// One problem of a definition's file, with the place and, where there is one, the way out.
package struct Diagnostic: Sendable, Equatable {
    package enum Severity: String, Sendable {
        /// The definition cannot be used.
        case error
        /// The definition can be used, but may not mean what its author thinks.
        case warning
    }

    package var severity: Severity
    package var code: DiagnosticCode
    package var message: String
    /// As the loader was given it.
    package var file: String
    /// 1-based; 0 where the problem has no place.
    package var line: Int
    /// 1-based, in Unicode scalars; 0 where the problem has no place.
    package var column: Int
    /// What was probably meant, or the safe form.
    package var suggestion: String?
    /// The line that it stands in; nil where it has no place, or none that can be shown.
    package var excerpt: SourceExcerpt?

    package init(
        severity: Severity, code: DiagnosticCode, message: String, file: String, line: Int, column: Int,
        suggestion: String? = nil, excerpt: SourceExcerpt? = nil
    ) {
        self.severity = severity
        self.code = code
        self.message = message
        self.file = file
        self.line = line
        self.column = column
        self.suggestion = suggestion
        self.excerpt = excerpt
    }

    /// `file:line:column: error: message; suggestion`, the form that editors jump from.
    package var text: String {
        "\(file):\(line):\(column): \(severity.rawValue): \(message)" + (suggestion.map { "; \($0)" } ?? "")
    }

    /// What to write instead, where the suggestion is another name.
    package var replacement: String? { suggestion.flatMap(NameSuggestion.name) }

    /// The shape of `-o json`; `suggestion` is null where there is none.
    package var json: JSONValue {
        .object([
            "severity": .string(severity.rawValue), "code": .string(code.rawValue), "message": .string(message),
            "file": .string(file), "line": .int(Int64(line)), "column": .int(Int64(column)),
            "suggestion": suggestion.map(JSONValue.string) ?? .null,
        ])
    }
}
