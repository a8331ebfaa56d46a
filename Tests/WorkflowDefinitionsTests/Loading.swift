import JSON
import Testing
import WorkflowCore
import WorkflowDefinitions

/// Short ways to load a text in a test.
enum Loading {
    static let everything = DefinitionLoader()

    static func result(_ yaml: String, _ loader: DefinitionLoader = everything) -> LoadResult {
        loader.load(Array(yaml.utf8), file: "f.yaml")
    }

    static func texts(_ yaml: String, _ loader: DefinitionLoader = everything) -> [String] {
        result(yaml, loader).diagnostics.map(\.text)
    }

    /// Nil, and so a failed expectation, where the text has an error.
    static func definition(_ yaml: String) -> Definition? {
        let loaded = result(yaml)
        if loaded.definition == nil { print(loaded.diagnostics.map(\.text).joined(separator: "\n")) }
        return loaded.definition?.definition
    }

    /// A workflow around the keys of one step, which begin in line 6, column 9.
    static func step(_ keys: String, head: String = "") -> String {
        let lines = keys.split(separator: "\n", omittingEmptySubsequences: false).map { "        \($0)" }
        return """
            name: w
            stages:
              - name: s
                steps:
                  - name: first
            \(lines.joined(separator: "\n"))
            \(head)
            """
    }
}

/// One entry of a table: a text, and exactly what is said about it, one problem a line.
struct Case: CustomTestStringConvertible {
    let name: String
    let yaml: String
    let expected: [String]

    init(_ name: String, _ yaml: String, _ expected: String = "") {
        self.name = name
        self.yaml = yaml
        self.expected = expected.split(separator: "\n").map(String.init)
    }

    var testDescription: String { name }
}
