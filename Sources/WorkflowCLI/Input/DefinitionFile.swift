internal import WorkflowCore
internal import WorkflowDefinitions
internal import WorkflowEngine

/// Definitions named on the command line.
enum DefinitionFile {
    /// Reads a definition; says every problem on standard error.
    static func load(
        _ path: String, including folders: [String], _ console: Console, isQuiet: Bool
    ) throws(CommandFailure) -> StoredDefinition {
        try loaded(path, including: folders, console, isQuiet: isQuiet).definition
    }

    /// The same, with the warnings that were said.
    static func loaded(
        _ path: String, including folders: [String], _ console: Console, isQuiet: Bool
    ) throws(CommandFailure) -> (definition: StoredDefinition, warnings: [Diagnostic]) {
        let result = try check(path, including: folders)
        let told = result.diagnostics.filter { $0.severity == .error || !isQuiet }
        for line in DiagnosticText(hasColour: console.hasColour).lines(of: told) { console.note(line) }
        guard let definition = result.definition else {
            throw CommandFailure(
                .invalid, "\(path) cannot be run; correct it and look with `workflow validate \(path)`")
        }
        return (definition, result.diagnostics)
    }

    /// - Parameter folders: what may be included lies below these, or below the folder of the definition.
    static func check(_ path: String, including folders: [String] = []) throws(CommandFailure) -> LoadResult {
        let file = try InputFile.contents(path)
        let included = IncludedFiles(of: path, allowed: folders)
        return DefinitionLoader().load(file.bytes, file: path, identity: file.identity, now: WallClock().now()) {
            (path: String, bytesMax: Int) throws(IncludeFailure) -> IncludedFile in
            try included.read(path, bytesMax: bytesMax)
        }
    }
}
