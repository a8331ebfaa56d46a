internal import JSON

/// The manual page, in the macros of man(7), made from what the commands say about themselves.
struct ManualPage {
    private let root: CommandDescription
    private var roff = Roff()

    /// - Parameter described: what the argument parser tells about the root command.
    init?(_ described: JSONValue) {
        guard let root = described["command"].flatMap({ CommandDescription($0) }) else { return nil }
        self.root = root
    }

    func text() -> String {
        var page = self
        page.roff.macro("TH", "WORKFLOW", "1", "", "workflow \(programVersion)", "Durable workflows")
        page.roff.section("NAME")
        page.roff.line("workflow \\- \(Roff.escaped(Self.uncapitalised(root.abstract)))")
        page.roff.section("SYNOPSIS")
        for command in root.callable { page.synopsis(of: command) }
        page.roff.section("DESCRIPTION")
        page.roff.discussion(root.discussion)
        page.roff.macro("PP")
        page.roff.line(Roff.escaped("Every command takes --help, which says what stands here about it."))
        page.roff.section("LANGUAGE")
        page.roff.line(
            Roff.escaped(
                "The language of definitions, with its keys, variables and functions, is printed by workflow docs "
                    + "language; workflow docs language KEY prints what is said about one of them."))
        page.roff.section("COMMANDS")
        for command in root.callable { page.describe(command) }
        page.roff.section("WORDS")
        for entry in Glossary.entries {
            page.roff.item(entry.word, "\(entry.meaning) Shown by: \(entry.command)")
        }
        page.roff.section("ERRORS")
        page.roff.line(
            Roff.escaped(
                "An error ends with its code in brackets. What it means, and what to do, is printed by workflow docs "
                    + "CODE; workflow docs lists all codes. A number is an exit status there."))
        page.roff.section("EXIT STATUS")
        for status in ExitStatus.allCases { page.roff.item("\(status.rawValue)", status.meaning) }
        page.roff.section("ENVIRONMENT")
        for (name, meaning) in Self.variables { page.roff.item(name, meaning) }
        page.roff.section("FILES")
        for (name, meaning) in Self.files { page.roff.item(name, meaning) }
        page.roff.section("SEE ALSO")
        page.roff.line("bash(1), jq(1), sqlite3(1), systemd.service(5)")
        return page.roff.text
    }

    private mutating func synopsis(of command: CommandDescription) {
        var words = ["\\fB\(Roff.escaped(command.name))\\fR"]
        if command.arguments.contains(where: { $0.kind != .positional && !Self.isEverywhere($0) }) {
            words.append("[\\fIoptions\\fR]")
        }
        for argument in command.arguments where argument.kind == .positional {
            let name = "\\fI\(Roff.escaped(argument.valueName))\\fR" + (argument.isRepeating ? "..." : "")
            words.append(argument.isOptional ? "[\(name)]" : name)
        }
        roff.line(words.joined(separator: " "))
        roff.macro("br")
    }

    private mutating func describe(_ command: CommandDescription) {
        roff.macro("SS", command.name)
        roff.line(Roff.escaped(command.abstract))
        for argument in command.arguments where !Self.isEverywhere(argument) {
            roff.item(Self.heading(argument), raw: true, Self.meaning(argument))
        }
        if !command.arguments.isEmpty { roff.macro("PP") }
        roff.discussion(command.discussion)
    }

    /// Every command has it, and only the root's page says so.
    private static func isEverywhere(_ argument: CommandDescription.Argument) -> Bool {
        argument.names.contains("--help") || argument.names.contains("--version")
    }

    private static func heading(_ argument: CommandDescription.Argument) -> String {
        let value = "\\fI\(Roff.escaped(argument.valueName))\\fR"
        let names = argument.names.map { "\\fB\(Roff.escaped($0))\\fR" }.joined(separator: ", ")
        switch argument.kind {
        case .positional: return value
        case .flag: return names
        case .option: return "\(names) \(value)"
        }
    }

    private static func meaning(_ argument: CommandDescription.Argument) -> String {
        var meaning = [argument.abstract, argument.discussion].filter { !$0.isEmpty }.joined(separator: " ")
        if let value = argument.defaultValue, !value.isEmpty { meaning += " Default: \(value)." }
        return meaning
    }

    private static func uncapitalised(_ text: String) -> String {
        text.prefix(1).lowercased() + text.dropFirst()
    }

    private static let variables: [(String, String)] = [
        ("WORKFLOW_STORE", "The store, where --store is not given: a folder, sqlite:PATH, or memory:."),
        ("NO_COLOR", "Set and not empty: no colours."),
        ("TERM", "dumb: no colours."),
        ("PATH", "Where the shells of steps are looked for; steps inherit it with all other variables."),
        (
            "WORKFLOW_RUN_ID, WORKFLOW_NAME, WORKFLOW_STAGE, WORKFLOW_STEP, WORKFLOW_ATTEMPT",
            "Set for steps: which run, workflow, stage and step, and which attempt, from 1."
        ),
        (
            "WORKFLOW_LOCAL_RUN_ID",
            "Set for steps: the run's name in this store, for commands; another than WORKFLOW_RUN_ID where the run "
                + "was carried here."
        ),
        ("WORKFLOW_IDEMPOTENCY_KEY", "Set for steps: the name of the step's effect, equal over all attempts."),
        ("WORKFLOW_CHECKPOINT", "Set for steps: the newest checkpoint of the run; empty before the first."),
        ("WORKFLOW_FENCING_TOKEN", "Set for steps: raised whenever another process takes the run over."),
        ("WORKFLOW_OUTPUT", "Set for steps: the file to append outputs to, as lines key=value."),
    ]

    private static let files: [(String, String)] = [
        (".workflow/", "The store: the nearest one at or above the current folder; the first run makes it."),
        (".workflow/store.db", "The database: runs, journals, checkpoints. Beside it SQLite's log, store.db-wal."),
        (".workflow/locks/", "Which process drives which run, and the newest entry that it has saved."),
        (".workflow/attempts/", "One folder for each attempt that has not been settled."),
        (".workflow/logs/", "What steps have written, a folder for each run; drivers/ has that of --detach."),
    ]
}
