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
        let sources = SourceFiles()
        let value = value(of: bytes, limits, problems, sources)
        return Result(diagnostics: problems.diagnostics(in: sources), value: problems.hasErrors ? nil : value)
    }

    /// Where a member of a file's mapping stands, and its line.
    package struct Place: Sendable {
        package let line: Int
        package let column: Int
        package let excerpt: SourceExcerpt
    }

    /// Finds a member of the mapping that a file is; nil where it is none.
    ///
    /// - Parameter isName: whether its key is meant, and not its value.
    package static func place(of key: String, isName: Bool, in bytes: [UInt8]) -> Place? {
        let problems = ProblemList(file: "")
        let limits = DefinitionLoader.Limits()
        guard let text = SourceChecks.text(of: bytes, limit: limits.bytes, problems: problems) else { return nil }
        let source = SourceText(text)
        var composer = Composer(
            limits: Composer.Limits(depth: limits.depth, values: limits.values, aliasedValues: limits.aliasedValues),
            problems: problems)
        guard case .map(let entries)? = composer.compose(source)?.value,
            let entry = entries.first(where: { $0.key == key })
        else { return nil }
        let place = isName ? entry.keyPosition : entry.value.position
        let sources = SourceFiles()
        sources.append(source)
        let end = SourceExtents.ends(of: [place], in: sources)[place]
        return Place(
            line: Int(place.line), column: Int(place.column),
            excerpt: source.excerpt(at: place, extent: end.map(SourceExtent.upTo) ?? .place))
    }

    private static func value(
        of bytes: [UInt8], _ limits: DefinitionLoader.Limits, _ problems: ProblemList, _ sources: SourceFiles
    ) -> JSONValue? {
        guard let text = SourceChecks.text(of: bytes, limit: limits.bytes, problems: problems) else { return nil }
        var composer = Composer(
            limits: Composer.Limits(depth: limits.depth, values: limits.values, aliasedValues: limits.aliasedValues),
            problems: problems)
        let source = SourceText(text)
        sources.append(source)
        guard let root = composer.compose(source) else { return nil }
        if let found = root.firstUnrepresentable {
            problems.error(
                .outOfRange, "\(found.text) is beyond the range of exact numbers", at: found.position,
                suggestion: "put it in quotes if it is text")
        }
        return CanonicalForm.json(root)
    }
}
