package import JSON

/// A YAML file of data, such as parameters: read by the same core schema and within the same limits as definitions.
package enum YAMLData {
    package struct Result: Sendable {
        /// All problems, in the order of the file.
        package let diagnostics: [Diagnostic]
        /// Nil when one of the diagnostics is an error.
        package let value: JSONValue?
    }

    /// Reads one document. Numbers that JSON cannot hold exactly are errors.
    ///
    /// - Parameter file: for messages.
    package static func read(
        _ bytes: [UInt8], file: String, limits: DefinitionLoader.Limits = DefinitionLoader.Limits()
    ) -> Result {
        let problems = ProblemList(file: file)
        let value = value(of: bytes, limits, problems)
        return Result(diagnostics: problems.diagnostics(), value: problems.hasErrors ? nil : value)
    }

    private static func value(
        of bytes: [UInt8], _ limits: DefinitionLoader.Limits, _ problems: ProblemList
    ) -> JSONValue? {
        guard let text = SourceChecks.text(of: bytes, limit: limits.bytes, problems: problems) else { return nil }
        var composer = Composer(
            limits: Composer.Limits(depth: limits.depth, values: limits.values, aliasedValues: limits.aliasedValues),
            problems: problems)
        guard let root = composer.compose(SourceText(text)) else { return nil }
        if let found = root.firstUnrepresentable {
            problems.error(
                .outOfRange, "\(found.text) is beyond the range of exact numbers", at: found.position,
                suggestion: "put it in quotes if it is text")
        }
        return CanonicalForm.json(root)
    }
}
