internal import ArgumentParser
internal import WorkflowCore
internal import WorkflowDefinitions
internal import WorkflowViews

struct ValidateCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check definitions; name every problem with its place.",
        discussion: """
              workflow validate workflows/*.yaml
              workflow validate workflows
              workflow validate deploy.yaml -o json
              workflow validate --format github workflows/*.yaml

            Of a folder the definitions below it are checked: YAML files with a name, and with stages or include. \
            Files that a definition includes are checked with it. --format github writes the problems as annotations \
            of a GitHub Actions job, with paths from the top of the repository.

            Exit status 65 when a definition has an error, 66 when a file is missing; warnings alone give 0.
            """)

    @Argument(
        help: ArgumentHelp("Definitions, YAML files, or folders of them.", valueName: "file"), completion: .file())
    var files: [String]

    @Option(help: ArgumentHelp("How to write problems: plain, or as annotations: github.", valueName: "format"))
    var format = DiagnosticFormat.plain

    @Flag(help: "Start no executor: what steps hand over to one is not checked.")
    var noExecutors = false

    @OptionGroup var include: IncludeOption
    @OptionGroup var output: FormatOption

    func validate() throws {
        if format != .plain, output.format != .text {
            throw ValidationError("--format \(format.rawValue) is text; leave out -o \(output.format.rawValue).")
        }
    }

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        var worst = ExitStatus.completed
        var told: [Document] = []
        for named in files {
            do {
                for file in try DefinitionFolder.definitions(at: named) {
                    let result =
                        try noExecutors
                        ? DefinitionFile.check(file, including: include.folders)
                        : await DefinitionFile.checked(file, including: include.folders, in: process)
                    told += result.diagnostics.map(DiagnosticDocument.of)
                    told += notes(result).map { document($0.text, of: file, severity: "note", code: $0.code) }
                    if result.definition == nil, worst == .completed { worst = .invalid }
                    if output.format == .text { tell(result, of: file, console) }
                    if let definition = result.definition?.definition, output.format == .text {
                        await warn(of: definition, file, console, process)
                    }
                }
            } catch {
                console.say(error)
                worst = error.status
                told.append(document(error, of: named))
                if format == .github { console.data(GitHubAnnotation.text(of: error, file: named)) }
            }
        }
        if output.format != .text {
            console.data(Document.list(told).text(as: output.format))
        }
        return worst
    }

    /// What was found is the data of this command.
    private func tell(_ result: LoadResult, of path: String, _ console: Console) {
        let file = SafeText.name(path)
        for line in format.lines(of: result.diagnostics, hasColour: console.hasOutputColour) { console.data(line) }
        if let definition = result.definition?.definition {
            let steps = definition.stages.reduce(0) { $0 + $1.steps.count }
            let stages = definition.stages.count
            console.data(
                "\(file): \(definition.name) is valid: \(stages) stage\(stages == 1 ? "" : "s"), "
                    + "\(steps) step\(steps == 1 ? "" : "s")")
            if format == .plain { for note in notes(result) { console.data("\(file): note: \(note.text)") } }
        } else if format == .plain {
            console.data("\(file): not valid: \(count(result.diagnostics))")
        }
    }

    /// The definition is valid all the same: where its runs start, people may be told apart.
    private func warn(
        of definition: Definition, _ path: String, _ console: Console, _ process: ProcessEnvironment
    ) async {
        // What a parameter decides is told by `plan`.
        guard let defaults = try? ParameterResolver.resolve(definition, given: [:]) else { return }
        let check = ApproverCheck(definition: definition, parameters: defaults, process: process)
        guard let refusal = await check.refusal(store: nil) else { return }
        console.note("warning: \(SafeText.name(path)): `workflow run` refuses it here: \(refusal.message)")
    }

    /// `2 errors, 1 warning`; the diagnostic that stands for further ones says their number itself.
    private func count(_ diagnostics: [Diagnostic]) -> String {
        let told = diagnostics.filter { $0.code != .tooManyProblems }
        let errors = told.count { $0.severity == .error }
        let warnings = told.count - errors
        let more = told.count < diagnostics.count ? " shown" : ""
        return "\(errors) error\(errors == 1 ? "" : "s")"
            + (warnings > 0 ? ", \(warnings) warning\(warnings == 1 ? "" : "s")" : "") + more
    }

    /// A file that could not be read has one problem, and no place.
    private func document(_ failure: CommandFailure, of file: String) -> Document {
        document(
            failure.message, of: file, severity: "error",
            code: failure.status == .notFound ? "not_found" : "unreadable")
    }

    private func document(_ message: String, of file: String, severity: String, code: String) -> Document {
        .members([
            "file": .string(file), "line": .int(0), "column": .int(0), "severity": .string(severity),
            "code": .string(code), "message": .string(message), "suggestion": .text(nil),
        ])
    }

    /// What is no problem, and is said once.
    private func notes(_ result: LoadResult) -> [(code: String, text: String)] {
        var notes = result.definition?.definition.toleranceNote.map { [(code: "tolerates_twice", text: $0)] } ?? []
        if noExecutors, !result.calledGroups.isEmpty {
            let groups = result.calledGroups.joined(separator: ", ")
            notes.append((code: "executors_not_asked", text: "with is unchecked where steps call \(groups)"))
        }
        return notes
    }
}
