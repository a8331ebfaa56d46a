package import WorkflowCore

/// What came of reading a definition's file.
package struct LoadResult: Sendable {
    /// All problems, in the order of the file; at most 100 and one that counts the rest.
    package let diagnostics: [Diagnostic]
    /// Nil when one of the diagnostics is an error.
    package let definition: StoredDefinition?
    /// The groups of executors that its steps name, in the order of the definition.
    package let calledGroups: [String]

    package init(diagnostics: [Diagnostic], definition: StoredDefinition?, calledGroups: [String] = []) {
        self.calledGroups = calledGroups
        self.diagnostics = diagnostics
        self.definition = definition
    }
}
