import Testing
import WorkflowCore
import WorkflowDefinitions

/// Definitions of tests, as people write them.
enum Definitions {
    private static let loader = DefinitionLoader()

    static func load(_ yaml: String) throws -> Definition {
        let result = loader.load(Array(yaml.utf8), file: "test.yaml")
        guard let stored = result.definition else {
            throw Missing(what: "a definition: " + result.diagnostics.map(\.text).joined(separator: "\n"))
        }
        return stored.definition
    }

    /// A workflow of one stage, `main`.
    static func steps(_ steps: String, head: String = "", onExit: String = "") -> String {
        "name: w\n\(head)\nstages:\n" + stage("main", steps)
            + (onExit.isEmpty ? "" : "on_exit:\n" + indented(onExit, 2))
    }

    static func stages(_ stages: String..., onExit: String = "") -> String {
        "name: w\nstages:\n" + stages.joined() + (onExit.isEmpty ? "" : "on_exit:\n" + indented(onExit, 2))
    }

    static func stage(_ name: String, _ steps: String, keys: String = "") -> String {
        "  - name: \(name)\n" + (keys.isEmpty ? "" : indented(keys, 4)) + "    steps:\n" + indented(steps, 6)
    }

    private static func indented(_ text: String, _ spaces: Int) -> String {
        text.split(separator: "\n").map { String(repeating: " ", count: spaces) + $0 + "\n" }.joined()
    }
}
