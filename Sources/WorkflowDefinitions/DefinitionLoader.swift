package import ExecutorKit
import JSON
package import WorkflowCore

/// Reads definitions: from YAML with every problem told in one go, and from the canonical JSON that a run keeps.
///
/// The rooms, in order: the file's bytes (`Source`), YAML to a tree with places (`Tree`), the files that it includes
/// (`Includes`), the canonical form and its hash
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
    private let executors: ExecutorCatalogue

    /// - Parameter executors: what steps may call.
    package init(limits: Limits = Limits(), executors: ExecutorCatalogue = .notAsked) {
        self.limits = limits
        self.executors = executors
    }

    /// - Parameters:
    ///   - file: the path, for messages and for the paths of included files.
    ///   - identity: as the reader would tell it.
    ///   - now: what the instants of the file are compared with.
    ///   - read: hands over included files; nil where there are none, so that `include` is an error.
    package func load(
        _ bytes: [UInt8], file: String, identity: String = "", now: Timestamp? = nil,
        including read: IncludeReader? = nil
    ) -> LoadResult {
        let problems = ProblemList(file: file)
        let sources = SourceFiles()
        var called: [String] = []
        let definition = load(bytes, (file, identity), now, problems, sources, read, &called)
        return LoadResult(
            diagnostics: problems.diagnostics(in: sources), definition: problems.hasErrors ? nil : definition,
            calledGroups: called)
    }

    private func load(
        _ bytes: [UInt8], _ file: (path: String, identity: String), _ now: Timestamp?, _ problems: ProblemList,
        _ sources: SourceFiles, _ read: IncludeReader?, _ called: inout [String]
    ) -> StoredDefinition? {
        guard let text = SourceChecks.text(of: bytes, limit: limits.bytes, problems: problems) else { return nil }
        let source = SourceText(text)
        sources.append(source)
        var composer = Composer(
            limits: Composer.Limits(
                depth: limits.depth, values: limits.values, aliasedValues: limits.aliasedValues,
                emptySuggestion: "a definition has at least a name and stages"),
            problems: problems)
        guard let written = composer.compose(source) else { return nil }
        var resolver = IncludeResolver(
            root: file, size: (bytes.count, composer.values), limits: limits, problems: problems, sources: sources,
            read: read)
        let whole = resolver.resolve(written)
        problems.isIncomplete = !resolver.isWhole
        let root = CanonicalForm.withEnvironmentAsText(whole)
        let compiler = DefinitionCompiler(problems: problems, sources: sources, now: now, executors: executors)
        let definition = compiler.compile(root)
        called = compiler.calledGroups
        ReferenceChecks(compiler, sources: sources).run()
        InterpolationChecks(compiler, sources: sources).run()
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
        let compiler = DefinitionCompiler(problems: problems, sources: nil)
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
