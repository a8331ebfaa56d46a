import CEL
import WorkflowCore

/// The language of definitions, to be read: every key, variable, function and built-in executor, from the tables that
/// the compiler reads by.
package struct LanguageReference: Sendable {
    package struct Entry: Sendable {
        package let name: String
        /// What its value looks like, or how a function is called.
        package let form: String
        package let description: String
    }

    package struct Section: Sendable {
        package let title: String
        /// What holds for all of it; may be empty.
        package let text: String
        package let entries: [Entry]
    }

    package let sections: [Section]

    package init() {
        sections =
            [LanguageReference.overview]
            + LanguageReference.mappings.map { LanguageReference.section($0.title, $0.text, $0.keys) }
            + [LanguageReference.variables, LanguageReference.states, LanguageReference.functions]
    }

    /// What has that name, in whatever sections.
    package func entries(named name: String) -> [(section: String, entry: Entry)] {
        sections.flatMap { section in
            section.entries.filter { $0.name == name }.map { (section.title, $0) }
        }
    }

    /// The section of that title, or that one word of its title names: `step`, `approval`.
    package func section(named name: String) -> Section? {
        sections.first { $0.title == name }
            ?? sections.first { $0.title.split(separator: " ").last.map(String.init) == name }
    }

    /// For suggestions.
    package var names: [String] { sections.flatMap { [$0.title] + $0.entries.map(\.name) } }

    // MARK: Sections

    private static let overview = Section(
        title: "values",
        text:
            "Definitions are YAML 1.2. Unknown keys are errors. `workflow schema` prints the same keys for editors, "
            + "and `workflow init` writes a first definition.",
        entries: [
            Entry(
                name: "duration", form: "500ms, 10s, 5m, 2h, 1d",
                description: "One number and one unit; 366d at most. There is no infinite value anywhere."),
            Entry(
                name: "expression", form: "${{ … }}",
                description:
                    "CEL, the Common Expression Language. A value that is one expression keeps its type; inside "
                    + "of a text it becomes text. $${{ is a plain ${{. The keys if, until and key take one without "
                    + "braces. In scripts it becomes a variable that holds the value, so that no value is ever code: "
                    + "write it in double quotes."),
            Entry(
                name: "type", form: "string, integer, number, boolean, array, object",
                description:
                    "Of parameters and declared outputs. A declared output type decides: a string is the text as "
                    + "written (007, true), a number or integer what is one (1.10, +3, 1e3); what is not of its type "
                    + "fails the step. Outputs that are not declared have the type that their text looks like."),
        ])

    private static let mappings: [(title: String, text: String, keys: KeyTable)] = [
        ("workflow", "The keys of the file that is run.", .workflow),
        ("parameter", "params: {NAME: …}", .parameter),
        ("secret", "secrets: {NAME: …}; one of", .secret),
        ("defaults", "defaults: …, for every step that does not say otherwise", .defaults),
        ("concurrency", "concurrency: …", .concurrency),
        ("stage", "stages: [ … ]", .stage),
        ("on_failure", "on_failure: … of a stage", .returnPolicy),
        ("step", "steps: [ … ] and on_exit: [ … ]; exactly one of run, uses and steps", .step),
        ("foreach", "foreach: … of a step", .foreach),
        ("repeat", "repeat: … of a step", .loop),
        ("retry", "retry: … of a step", .retry),
        ("output", "outputs: {NAME: TYPE} or {NAME: …} of a step", .output),
        ("uses: sleep", "A durable wait for a time. with: one of", .sleep),
        (
            "uses: signal",
            "A durable wait for `workflow signal RUN NAME`. What it brings are the step's outputs. with:", .signal
        ),
        (
            "uses: approval",
            "A durable wait for `workflow approve` or `workflow reject`. Outputs: approved_by, reason. with:", .approval
        ),
        ("included part", "A file that is included at the top of another.", .part),
        ("included steps", "A file that is included in a list of steps: - include: FILE", .steps),
    ]

    private static func section(_ title: String, _ text: String, _ table: KeyTable) -> Section {
        Section(
            title: title, text: text,
            entries: table.entries.map { key in
                Entry(
                    name: key.name, form: key.shape.written + (key.isRequired ? ", required" : ""),
                    description: key.description)
            })
    }

    private static let variables = Section(
        title: "variables", text: "What expressions can look at.",
        entries: [
            Entry(name: "params", form: "params.NAME", description: "A parameter; null where it has no value."),
            Entry(
                name: "env", form: "env.NAME",
                description: "A variable of env: of the workflow, the stage and the step, as far as they are around it."
            ),
            Entry(
                name: "steps", form: "steps.NAME.outputs.KEY, steps.NAME.status",
                description: "Of a step that has certainly finished. Of a step with foreach the outputs are a list."),
            Entry(name: "stages", form: "stages.NAME.status", description: "How a stage stands."),
            Entry(
                name: "run", form: "run.id, run.local_id, run.name, run.status, run.started_at",
                description:
                    "The run: its id, also where it was carried to another store, and the one of this store; its "
                    + "workflow's name, its status, and when it began (a timestamp)."),
            Entry(name: "attempt", form: "attempt", description: "Which attempt of the step this is, from 1."),
            Entry(
                name: "secrets", form: "secrets.NAME",
                description: "A secret; in env only, for scripts to read."),
            Entry(
                name: "item", form: "item, or what foreach.as names",
                description: "The item of the instance, in the step of the foreach and the steps of its group."),
        ])

    private static let states = Section(
        title: "conditions", text: "Functions that can be asked in if only.",
        entries: [
            Entry(
                name: "success", form: "success()",
                description: "Nothing has failed so far; what holds without an if."),
            Entry(
                name: "failure", form: "failure()",
                description: "Something before it in its stage has failed. The step runs after a failure."),
            Entry(
                name: "always", form: "always()",
                description: "True. The step runs after a failure too, but not in a stage that is not entered: what is "
                    + "owed however a run ends belongs in on_exit."),
        ])

    private static let functions = Section(
        title: "functions",
        text: "Of CEL, in all expressions, beside its operators: + - * / % == != < <= > >= in && || ! ?: . [ ].",
        entries: CELFunctionReference.entries.map {
            Entry(name: $0.name, form: $0.forms, description: $0.description)
        })
}

extension ValueShape {
    /// In a few words.
    var written: String {
        switch self {
        case .text, .nonEmptyText: "text"
        case .pattern(let pattern): ValueShape.isName(pattern) ? "name" : "text"
        case .words(let words): words.joined(separator: " | ")
        case .executor(let words): words.joined(separator: " | ") + " | GROUP/OPERATION"
        case .integer(let range): "number from \(range.lowerBound) to \(range.upperBound)"
        case .number(let range?): "number from \(Int(range.lowerBound)) to \(Int(range.upperBound))"
        case .number(nil): "number"
        case .boolean: "true | false"
        case .duration, .timeout: "duration"
        case .expression: "expression"
        case .scalar: "text, number or boolean"
        case .anything: "any value"
        case .list(let element, _): "list of \(element.written)"
        case .names(_, let element): "mapping of names to \(element.written)"
        case .table(let table): "mapping: see \(table.rawValue)"
        case .steps: "list of steps"
        case .either(let shapes): shapes.map(\.written).joined(separator: ", or ")
        }
    }

    private static func isName(_ pattern: String) -> Bool {
        [NameRules.namePattern, NameRules.variablePattern, NameRules.workflowPattern].contains(pattern)
    }
}
