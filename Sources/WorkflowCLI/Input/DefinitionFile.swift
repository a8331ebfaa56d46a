internal import ExecutorKit
internal import Workflow
internal import WorkflowCore
internal import WorkflowDefinitions
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowViews

/// Definitions named on the command line.
enum DefinitionFile {
    /// Reads a definition; says every problem on standard error.
    static func load(
        _ path: String, including folders: [String], _ console: Console, isQuiet: Bool, in process: ProcessEnvironment
    ) async throws(CommandFailure) -> StoredDefinition {
        try await loaded(path, including: folders, console, isQuiet: isQuiet, in: process).definition
    }

    /// The same, with the warnings that were said.
    static func loaded(
        _ path: String, including folders: [String], asksExecutors: Bool = true, _ console: Console, isQuiet: Bool,
        in process: ProcessEnvironment
    ) async throws(CommandFailure) -> (definition: StoredDefinition, warnings: [Diagnostic]) {
        let result =
            try asksExecutors
            ? await checked(path, including: folders, in: process) : check(path, including: folders)
        let told = result.diagnostics.filter { $0.severity == .error || !isQuiet }
        for line in DiagnosticText(hasColour: console.hasColour).lines(of: told) { console.note(line) }
        guard let definition = result.definition else {
            throw CommandFailure(
                .invalid, "\(path) cannot be run; correct it and look with `workflow validate \(path)`")
        }
        return (definition, result.diagnostics)
    }

    /// Checks it, and asks the executors that its steps call what they take.
    static func checked(
        _ path: String, including folders: [String] = [], in process: ProcessEnvironment
    ) async throws(CommandFailure) -> LoadResult {
        let first = try check(path, including: folders)
        guard !first.calledGroups.isEmpty else { return first }
        let catalogue = await process.executors.catalogue(
            of: first.calledGroups, beside: RunFile.absolute(path, in: process.workingFolder))
        return try check(path, including: folders, executors: catalogue)
    }

    /// - Parameters:
    ///   - folders: what may be included lies below these, or below the folder of the definition.
    ///   - executors: what steps may call; by default nothing is started, and what executors take is not checked.
    static func check(
        _ path: String, including folders: [String] = [], executors: ExecutorCatalogue = .notAsked
    ) throws(CommandFailure) -> LoadResult {
        let file = try InputFile.contents(path)
        let included = IncludedFiles(of: path, allowed: folders)
        return DefinitionLoader(executors: executors).load(
            file.bytes, file: path, identity: file.identity, now: WallClock().now()
        ) {
            (path: String, bytesMax: Int) throws(IncludeFailure) -> IncludedFile in
            try included.read(path, bytesMax: bytesMax)
        }
    }
}
