/// What holds of each file by itself.
enum Rules {
    static let columnsMax = 120
    static let linesMax = 500

    static func violations(_ file: SourceFile) -> [Violation] {
        columns(file) + length(file) + bans.flatMap { $0.violations(file) } + unchecked(file) + fatal(file)
    }

    static func columns(_ file: SourceFile) -> [Violation] {
        // A released migration is never edited, not even its comments.
        guard !file.path.hasSuffix(".sql") else { return [] }
        return file.lines.enumerated().compactMap { index, line in
            guard line.utf8.count > columnsMax, line.count > columnsMax else { return nil }
            return Violation(
                file.path, index + 1, "\(line.count) columns: break the line before column \(columnsMax + 1)")
        }
    }

    static func length(_ file: SourceFile) -> [Violation] {
        // Its last line is what stands behind the end of the last one.
        guard file.lines.count - 1 > linesMax else { return [] }
        return [
            Violation(
                file.path, linesMax + 1, "\(file.lines.count - 1) lines: a file is one idea, so divide it by its ideas")
        ]
    }

    /// Words that some targets may not have.
    struct Ban {
        let words: [String]
        /// What makes it right, on the same line.
        var unless: String?
        let isBanned: @Sendable (SourceFile) -> Bool
        let move: String

        func violations(_ file: SourceFile) -> [Violation] {
            guard file.isSwift, isBanned(file) else { return [] }
            return words.flatMap { word in
                file.lines(of: word)
                    .filter { line in unless.map { file.lines[line - 1].contains($0) } != true }
                    .map { Violation(file.path, $0, "`\(word)` has no place here: \(move)") }
            }
        }
    }

    /// The same input has the same output, in the simulation as well.
    static let pure: Set<String> = ["CEL", "JSON", "WorkflowCore", "WorkflowDocs"]
    /// And read nothing: CEL asks the machine for its time zones.
    static let silent: Set<String> = ["JSON", "WorkflowCore", "WorkflowDocs"]
    /// Where the text of queries is.
    static let withSQL: Set<String> = ["MigrationsSQLite", "WorkflowStoreSQLite", "workflow-benchmark"]
    static let forPeople: Set<String> = ["WorkflowTestKit", "workflow-benchmark", "workflow-simulator"]

    static let bans = [
        Ban(
            words: ["ContinuousClock", "SuspendingClock", "Date()", "clock_gettime", "gettimeofday", "time(nil)"],
            isBanned: { pure.contains($0.target) }, move: "take the time as an argument"),
        Ban(
            words: ["SystemRandomNumberGenerator", "randomElement()", "shuffled()", "arc4random", "getrandom"],
            isBanned: { pure.contains($0.target) }, move: "take the generator as an argument"),
        Ban(
            words: ["Task {", "Task.detached", "async", "await"], isBanned: { pure.contains($0.target) },
            move: "give it back as an effect, and let the engine or the command line act"),
        Ban(
            words: ["readLine(", "getenv(", "fopen("], isBanned: { silent.contains($0.target) },
            move: "give it back as an effect, and let the engine or the command line act"),
        Ban(
            words: ["SELECT", "INSERT INTO", "DELETE FROM", "UPDATE", "CREATE TABLE", "PRAGMA"],
            isBanned: { !$0.isTest && !withSQL.contains($0.target) },
            move: "SQL is written in WorkflowStoreSQLite, behind the protocol of WorkflowStore"),
        Ban(
            words: ["try!", "as!", "nonisolated(unsafe)"], isBanned: { !$0.isTest },
            move: "throw an error that names the thing and the next move"),
        // What an executor prints is its protocol.
        Ban(
            words: ["print(", "debugPrint("],
            isBanned: {
                !$0.isTest && !forPeople.contains($0.target)
                    && !["WorkflowCLI", "BuiltInExecutors"].contains($0.target)
            },
            move: "the command line prints, by its Console"),
        Ban(
            words: ["Task {"], unless: ".value", isBanned: { !$0.isTest && !forPeople.contains($0.target) },
            move: "a task that nothing waits for outlives what it was for; use a task group"),
    ]

    private static func fatal(_ file: SourceFile) -> [Violation] {
        guard !file.isTest else { return [] }
        return file.lines(of: "fatalError(").filter { $0 == 1 || !file.isComment($0 - 1) }.map {
            Violation(
                file.path, $0,
                "throw an error that names the thing and the next move; or say in the line above why nothing could go "
                    + "on"
            )
        }
    }

    private static func unchecked(_ file: SourceFile) -> [Violation] {
        guard !file.isTest else { return [] }
        return file.lines(of: "@unchecked Sendable").filter { line in
            !file.lines[..<(line - 1)].reversed().prefix { $0.drop { $0 == " " }.hasPrefix("///") }
                .contains { $0.contains("`@unchecked Sendable`:") }
        }.map { Violation(file.path, $0, "prove it in the comment above, from \"`@unchecked Sendable`:\" on") }
    }
}

/// What people type has no place below the command line: a server or a library that shows the message has other moves.
enum ShellCommands {
    static let allowed: Set<String> = ["WorkflowCLI", "workflow", "workflow-benchmark", "workflow-simulator"]

    /// Lines of lower layers that still name a command, by file: debts of the time before the next move was data
    /// (`Remedy`). A number may fall and never rise, and a file that is not here has none: a new message names the
    /// thing and leaves the command to the command line.
    static let debts: [String: Int] = [
        "Sources/WorkflowCore/Machine/RunMachine+Approvals.swift": 3,
        "Sources/WorkflowCore/Machine/RunMachine+Control.swift": 7,
        "Sources/WorkflowCore/Machine/RunMachine+Doubt.swift": 4,
        "Sources/WorkflowDefinitions/Compiler/DefinitionCompiler+Calls.swift": 1,
        "Sources/WorkflowDefinitions/Compiler/DefinitionCompiler.swift": 2,
        "Sources/WorkflowDefinitions/Compiler/StepKind.swift": 1,
        "Sources/WorkflowDefinitions/Keys/KeyTable+Workflow.swift": 1,
        "Sources/WorkflowDefinitions/Reference/LanguageReference.swift": 4,
        "Sources/WorkflowDefinitions/Schema/StartingDefinition.swift": 1,
        "Sources/WorkflowEngine/Carrying/CheckpointFile+Reading.swift": 1,
        "Sources/WorkflowEngine/Driving/Engine+Children.swift": 1,
        "Sources/WorkflowEngine/Driving/Engine+Running.swift": 2,
        "Sources/WorkflowEngine/Evidence/Engine+Evidence.swift": 2,
        "Sources/WorkflowEngine/Evidence/EvidenceCheck.swift": 1,
        "Sources/WorkflowEngine/Looking/RunLoader.swift": 4,
        "Sources/WorkflowEngine/People/Engine+Identity.swift": 1,
        "Sources/WorkflowEngine/Pruning/Engine+Pruning.swift": 1,
        "Sources/WorkflowStore/EncodedEntry.swift": 1,
        "Sources/WorkflowStore/StoreError+Runs.swift": 3,
        "Sources/WorkflowStoreSQLite/Backup/SQLiteStore+Backup.swift": 3,
        "Sources/WorkflowStoreSQLite/Connection/StoreError+SQLite.swift": 4,
        "Sources/WorkflowStoreSQLite/SQLiteStore.swift": 2,
        "Sources/WorkflowStoreSQLite/Writing/WriterPresence.swift": 1,
    ]

    static func violations(_ files: [SourceFile], debts: [String: Int]) -> [Violation] {
        var violations: [Violation] = []
        for file in files where file.path.hasPrefix("Sources/") && file.isSwift && !allowed.contains(file.target) {
            let lines = file.lines.indices.map { $0 + 1 }.filter {
                file.lines[$0 - 1].contains("`workflow ") && !file.isComment($0)
            }
            let debt = debts[file.path] ?? 0
            if lines.count > debt {
                violations.append(
                    Violation(
                        file.path, lines[debt],
                        "\(lines.count) messages with a shell command, \(debt) are allowed: say what is wrong, and "
                            + "let the command line say what to type"))
            } else if lines.count < debt {
                violations.append(
                    Violation(
                        file.path, 1,
                        "\(lines.count) messages with a shell command: lower the \(debt) in "
                            + "Tests/TidyTests/Rules.swift"))
            }
        }
        for path in debts.keys.sorted() where !files.contains(where: { $0.path == path }) {
            violations.append(Violation(path, 1, "the file is gone: take it out of Tests/TidyTests/Rules.swift"))
        }
        return violations
    }
}

/// Files that nothing needs.
enum DeadFiles {
    /// - Parameters:
    ///   - paths: of all files.
    ///   - manifest: names resources and what is left out.
    static func violations(_ files: [SourceFile], _ paths: [String], _ manifest: String) -> [Violation] {
        var users: [Substring: Set<Int>] = [:]
        for (index, file) in files.enumerated() where file.isSwift {
            for line in file.lines where !line.drop(while: { $0 == " " }).hasPrefix("//") {
                for word in names(line) { users[word, default: []].insert(index) }
            }
        }
        var violations: [Violation] = []
        for (index, file) in files.enumerated() where file.isSwift && !isRoot(file) {
            let isUsed = declared(file).contains { (users[$0] ?? []).subtracting([index]).isEmpty == false }
            if !isUsed {
                violations.append(
                    Violation(file.path, 1, "nothing names what this file declares: remove it, or use it"))
            }
        }
        for path in paths where !isKnown(path, manifest) {
            violations.append(
                Violation(path, 1, "no target takes a file of this kind: remove it, or name it in Package.swift"))
        }
        return violations
    }

    /// The program, a test, and what conforms to a protocol are called from elsewhere.
    private static func isRoot(_ file: SourceFile) -> Bool {
        file.path.hasSuffix("/main.swift")
            || file.lines.contains { line in
                line.contains("@Test") || line.contains("@main") || line.contains("@Suite")
                    || line.hasPrefix("extension ") && line.contains(":")
            }
    }

    private static func declared(_ file: SourceFile) -> Set<Substring> {
        var declared: Set<Substring> = []
        let kinds: Set<Substring> = [
            "struct", "class", "enum", "actor", "protocol", "typealias", "func", "var", "let", "case",
        ]
        for line in file.lines {
            var words = names(line)[...]
            while let kind = words.popFirst() {
                guard kinds.contains(kind), let name = words.first else { continue }
                declared.insert(name)
            }
        }
        return declared
    }

    private static func names(_ line: String) -> [Substring] {
        line.utf8.split { !SourceFile.isNamePart($0) }.map { Substring($0) }
    }

    private static func isKnown(_ path: String, _ manifest: String) -> Bool {
        if [".swift", ".c", ".h"].contains(where: path.hasSuffix) || path.contains(".docc/") { return true }
        // Run by hand and by CI; built by the test that uses it.
        if path == "Tests/run" { return true }
        return path.split(separator: "/").indices.contains { depth in
            let parts = path.split(separator: "/")[depth...]
            return parts.indices.contains { manifest.contains("\"\(parts[...$0].joined(separator: "/"))\"") }
        }
    }
}
