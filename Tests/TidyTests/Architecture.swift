/// Which target may import what: the architecture. A target that is not here does not exist.
///
/// One line a target, in the order of Package.swift; behind the colon are targets, products of other packages, and the
/// modules that reach the machine: a target without `Glibc` can do no I/O, one without `Synchronization` shares no
/// state between threads. `Foundation` is for tools and tests, and for the store, since GRDB takes blobs as its `Data`.
/// To add a target or an edge, write it here *and* in Package.swift; if that is hard to justify in a review, the code
/// belongs elsewhere.
enum Architecture {
    static let table = """
        CSystem:
        CMeasuring:
        CWithoutICU:
        Hashing: CLibcrypto
        CDocuments:
        Terminal: Glibc
        JSON: Glibc
        CEL: JSON Glibc Synchronization
        ExecutorKit: CEL JSON
        WorkflowCore: CEL ExecutorKit Hashing JSON
        WorkflowDefinitions: CEL CLibyaml ExecutorKit Hashing JSON WorkflowCore
        WorkflowStore: Hashing JSON WorkflowCore Synchronization
        MigrationsSQLite:
        WorkflowStoreSQLite: CSystem GRDB GRDBSQLite JSON MigrationsSQLite WorkflowCore WorkflowStore Dispatch \
        Foundation Glibc Synchronization
        WorkflowDocs: CDocuments
        AttemptProtocol: CSystem JSON Glibc
        WorkflowExecutors: AttemptProtocol CSystem ExecutorKit Hashing JSON Dispatch Glibc Synchronization
        WorkflowEngine: AttemptProtocol CSystem ExecutorKit Hashing JSON WorkflowCore WorkflowDefinitions \
        WorkflowExecutors WorkflowStore Glibc Synchronization
        WorkflowViews: AttemptProtocol CEL ExecutorKit JSON WorkflowCore WorkflowDefinitions WorkflowDocs \
        WorkflowEngine WorkflowExecutors WorkflowStore
        WorkflowDrill: AttemptProtocol CSystem ExecutorKit Hashing JSON WorkflowCore WorkflowDefinitions \
        WorkflowEngine WorkflowExecutors WorkflowViews Glibc Synchronization
        Workflow: AttemptProtocol WorkflowCore WorkflowEngine WorkflowExecutors WorkflowStore WorkflowStoreSQLite Glibc
        WorkflowCLI: ArgumentParser AttemptProtocol CEL CSystem ExecutorKit Hashing JSON Terminal Workflow \
        WorkflowCore WorkflowDefinitions WorkflowDocs WorkflowDrill WorkflowEngine WorkflowExecutors WorkflowStore \
        WorkflowStoreSQLite WorkflowViews Dispatch Glibc Synchronization
        workflow: CWithoutICU WorkflowCLI workflow-supervisor
        workflow-supervisor: AttemptProtocol CSystem Hashing Glibc
        BuiltInExecutors: AttemptProtocol CCurl CEL ExecutorKit JSON Glibc Synchronization
        workflow-executor: AttemptProtocol BuiltInExecutors Glibc
        workflow-benchmark: ArgumentParser CMeasuring GRDBSQLite WorkflowCore WorkflowDefinitions WorkflowEngine \
        WorkflowExecutors WorkflowStore WorkflowStoreSQLite Foundation Glibc Synchronization
        WorkflowTestKit: ExecutorKit Hashing JSON Terminal WorkflowCore WorkflowDefinitions WorkflowStore \
        Glibc Synchronization
        CSimulatedDisk: GRDBSQLite
        workflow-simulator: ArgumentParser WorkflowCore WorkflowTestKit
        TidyTests:
        TerminalTests: Terminal WorkflowTestKit
        HashingTests: Hashing
        JSONTests: JSON
        ExecutorKitTests: CEL ExecutorKit JSON
        BuiltInExecutorsTests: AttemptProtocol BuiltInExecutors CEL ExecutorKit JSON workflow-executor
        CELTests: CEL JSON
        WorkflowCoreTests: ExecutorKit JSON WorkflowCore WorkflowDefinitions WorkflowTestKit
        WorkflowDefinitionsTests: CEL ExecutorKit JSON WorkflowCore WorkflowDefinitions WorkflowTestKit
        WorkflowStoreTests: CSimulatedDisk GRDB Hashing JSON WorkflowCore WorkflowStore WorkflowStoreSQLite \
        WorkflowTestKit
        WorkflowExecutorsTests: AttemptProtocol CSystem JSON WorkflowExecutors workflow-supervisor
        WorkflowEngineTests: AttemptProtocol Hashing JSON WorkflowCore WorkflowDefinitions WorkflowEngine \
        WorkflowExecutors WorkflowStore WorkflowTestKit workflow-supervisor
        WorkflowCommandTests: JSON Terminal WorkflowCLI WorkflowCore WorkflowDefinitions WorkflowDocs WorkflowEngine \
        WorkflowTestKit WorkflowViews workflow workflow-supervisor
        """

    /// Modules of the machine; tests may use all of them.
    static let system: Set<String> = ["Dispatch", "Foundation", "Glibc", "Synchronization", "Testing", "os"]
    /// Modules of a product, or of another platform, under the name that the table has.
    static let alias = ["Musl": "Glibc", "Darwin": "Glibc"]

    static let edges: [String: Set<String>] = edges(table)

    static func edges(_ table: String) -> [String: Set<String>] {
        Dictionary(
            table.split(separator: "\n").map { line in
                let parts = line.split(separator: ":", omittingEmptySubsequences: false)
                return (String(parts[0]), Set(parts[1].split(separator: " ").map(String.init)))
            }, uniquingKeysWith: { $0.union($1) })
    }

    /// What each target of a manifest depends on, read from its text.
    static func dependencies(_ manifest: String) -> [String: Set<String>] {
        var products: [String: String] = [:]
        var targets: [String: Set<String>] = [:]
        var text = manifest[...]
        for match in manifest.matches(of: /let (\w+): Target\.Dependency = \.product\(name: "(\w+)"/) {
            products[String(match.1)] = String(match.2)
        }
        text = text.firstRange(of: "\n    targets: [").map { manifest[$0.upperBound...] } ?? ""
        let target = /(?s)\.(?:t|executableT|testT)arget\(\s*name: "([\w-]+)"(.*?)(?=\n        \.|\n    \])/
        for match in text.matches(of: target) {
            let list = match.2.firstMatch(of: /(?s)dependencies: \[(.*?)\]/)?.1 ?? ""
            targets[String(match.1)] = Set(
                list.matches(of: /"?([\w-]+)"?/).map { products[String($0.1)] ?? String($0.1) })
        }
        return targets
    }

    /// The table, the manifest and the imports say the same.
    static func violations(_ files: [SourceFile], _ manifest: String, _ edges: [String: Set<String>]) -> [Violation] {
        var violations: [Violation] = []
        let dependencies = dependencies(manifest)
        let known = Set(dependencies.keys).union(edges.keys)
        var used: [String: Set<String>] = [:]
        for file in files where file.isSwift {
            for (line, module) in imports(file) {
                let isSystem = system.contains(module)
                used[file.target, default: []].insert(module)
                guard !(edges[file.target] ?? []).contains(module), !(isSystem && file.isTest) else { continue }
                violations.append(
                    Violation(
                        file.path, line,
                        "\(file.target) may not import \(module): move the code to a target that may, or add the edge "
                            + "to Tests/TidyTests/Architecture.swift" + (isSystem ? "" : " and Package.swift")))
            }
        }
        for target in known.sorted() {
            let allowed = (edges[target] ?? []).subtracting(system)
            for module in (dependencies[target] ?? []).symmetricDifference(allowed).sorted() {
                violations.append(
                    Violation(
                        "Package.swift", 1,
                        "\(target) → \(module) is in one of Package.swift and Tests/TidyTests/Architecture.swift: add "
                            + "it to the other, or take it out"))
            }
            guard let used = used[target] else { continue }
            // A program is no module: tests depend on it to have it built. CWithoutICU has no functions: it is linked.
            for module in (edges[target] ?? []).subtracting(used).sorted()
            where !module.hasPrefix("workflow") && module != "CWithoutICU" {
                violations.append(
                    Violation(
                        "Package.swift", 1,
                        "\(target) does not import \(module): take the edge out of Package.swift and "
                            + "Tests/TidyTests/Architecture.swift"))
            }
        }
        return violations
    }

    private static func imports(_ file: SourceFile) -> [(Int, String)] {
        file.lines(of: "import").compactMap { line in
            let words = file.lines[line - 1].split(separator: " ")
            guard let index = words.firstIndex(of: "import"), index + 1 < words.count,
                words[..<index].allSatisfy({ $0.hasPrefix("@") || ["package", "internal", "public"].contains($0) })
            else { return nil }
            let kinds: [Substring] = ["struct", "func", "class", "enum", "protocol"]
            let name = String(words[kinds.contains(words[index + 1]) ? index + 2 : index + 1].prefix { $0 != "." })
            // A script of another language in a text.
            guard name.utf8.allSatisfy(SourceFile.isNamePart) else { return nil }
            return (line, alias[name] ?? name)
        }
    }
}
