internal import WorkflowDocs

/// Why something failed, as data: `error` of runs, steps and attempts.
package enum ErrorDocument {
    package static func of(code: String, message: String) -> Document {
        .members(["code": .string(code), "message": .string(message), "docs": .text(command(code))])
    }

    /// What prints the page of the code; nil where it has none, because an executor of somebody else made it up.
    package static func command(_ code: String) -> String? {
        Library.builtIn.page(of: code).map { "workflow docs \($0.code)" }
    }
}
