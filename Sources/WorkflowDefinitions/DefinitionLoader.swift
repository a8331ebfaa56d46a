import JSON
package import WorkflowCore

/// Reads definitions: from YAML with every problem told in one go, and from the canonical JSON that a run keeps.
///
/// The rooms, in order: the file's bytes (`Source`), YAML to a tree with places (`Tree`), the canonical form and its hash
/// (`Canonical`), the tree to the model (`Compiler`, `Templates`, `Scripts`), references and order (`Checks`).
package struct DefinitionLoader: Sendable {
    package struct Limits: Sendable {
        /// Of the file.
        package var bytes: Int
        /// Lists and mappings inside each other.
        package var depth: Int
        /// Values in the file.
        package var values: Int
        /// Values that aliases add.
        package var aliasedValues: Int

        package init(bytes: Int = 10 << 20, depth: Int = 100, values: Int = 1_000_000, aliasedValues: Int = 10_000) {
            self.bytes = bytes
            self.depth = depth
            self.values = values
            self.aliasedValues = aliasedValues
        }
    }

    private let limits: Limits
    private let features: Set<DefinitionFeature>

    /// `features` are the parts of the language that the engine runs; all others are refused by name.
    package init(features: Set<DefinitionFeature> = [], limits: Limits = Limits()) {
        self.features = features
        self.limits = limits
    }

    /// `file` is only for messages.
    package func load(_ bytes: [UInt8], file: String) -> LoadResult {
        let problems = ProblemList(file: file)
        let definition = load(bytes, problems)
        return LoadResult(
            diagnostics: problems.diagnostics(), definition: problems.hasErrors ? nil : definition)
    }

    private func load(_ bytes: [UInt8], _ problems: ProblemList) -> StoredDefinition? {
        guard let text = SourceChecks.text(of: bytes, limit: limits.bytes, problems: problems) else { return nil }
        let source = SourceText(text)
        var composer = Composer(
            limits: Composer.Limits(depth: limits.depth, values: limits.values, aliasedValues: limits.aliasedValues),
            problems: problems)
        guard let written = composer.compose(source) else { return nil }
        let root = CanonicalForm.withEnvironmentAsText(written)
        let compiler = DefinitionCompiler(problems: problems, features: features, source: source)
        let definition = compiler.compile(root)
        ReferenceChecks(compiler, source: source).run()
        guard let definition, !problems.hasErrors, let json = CanonicalForm.json(root),
            let canonical = try? json.compactBytes()
        else { return nil }
        return StoredDefinition(
            definition: definition, hash: CanonicalForm.hash(of: canonical), canonicalJSON: canonical, source: bytes)
    }

    /// Reads back what a run keeps. References are not checked again: they were when the run began, and a run goes on
    /// with what it began with.
    package func load(canonicalJSON: [UInt8], source: [UInt8]) throws(DefinitionError) -> StoredDefinition {
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONValue(parsing: canonicalJSON)
        } catch {
            throw DefinitionError(
                code: .definitionDamaged, message: "the stored definition is damaged: \(error)")
        }
        let problems = ProblemList(file: "stored definition")
        let compiler = DefinitionCompiler(problems: problems, features: features, source: nil)
        guard let definition = compiler.compile(CanonicalForm.node(of: json)), !problems.hasErrors else {
            let first = problems.diagnostics().first { $0.severity == .error }
            throw DefinitionError(
                code: .definitionNotUnderstood,
                message: "the stored definition cannot be used: \(first?.message ?? "it is not a definition")")
        }
        return StoredDefinition(
            definition: definition, hash: CanonicalForm.hash(of: canonicalJSON), canonicalJSON: canonicalJSON,
            source: source)
    }
}
