package import WorkflowDefinitions

/// A problem of a definition as data: the elements of `validate -o json`, and of `warnings` elsewhere.
package enum DiagnosticDocument {
    package static func of(_ diagnostic: Diagnostic) -> Document {
        .members([
            "file": .string(diagnostic.file), "line": .int(Int64(diagnostic.line)),
            "column": .int(Int64(diagnostic.column)), "severity": .string(diagnostic.severity.rawValue),
            "code": .string(diagnostic.code.rawValue), "message": .string(diagnostic.message),
            "suggestion": .text(diagnostic.suggestion),
        ])
    }
}
