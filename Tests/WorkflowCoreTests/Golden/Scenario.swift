import Foundation
import WorkflowCore
import WorkflowTestKit

/// A script that people can read: a definition, then commands, each followed by what was decided.
///
/// ```
/// # Why this scenario exists.
/// name: w
/// stages: …
/// ---
/// run
///   person:ada: run_created
///   > start a#1
/// a succeeds {"id": 1}
///   …
/// ```
/// The indented lines are written by the test where `WORKFLOW_REWRITE_SCENARIOS` is set. Only commit what changed if
/// you understand why.
struct Scenario {
    struct Block: Equatable {
        let command: String
        var trace: [String]
    }

    let name: String
    /// Comments and definition.
    let head: String
    var blocks: [Block]

    init(name: String, text: String) throws {
        self.name = name
        guard let border = text.range(of: "\n---\n") else { throw Missing(what: "a line of --- in \(name)") }
        head = String(text[..<border.lowerBound])
        blocks = []
        for line in text[border.upperBound...].split(separator: "\n", omittingEmptySubsequences: true) {
            if !line.hasPrefix("  ") {
                blocks.append(Block(command: String(line), trace: []))
            } else if !blocks.isEmpty {
                blocks[blocks.count - 1].trace.append(String(line.dropFirst(2)))
            }
        }
    }

    var text: String {
        head + "\n---\n"
            + blocks.map { ([$0.command] + $0.trace.map { "  " + $0 }).joined(separator: "\n") + "\n" }.joined()
    }

    /// The same scenario with what is decided now.
    func played() throws -> Scenario {
        var actor = ScenarioActor(definition: try Definitions.load(head))
        var played = self
        for index in blocks.indices { played.blocks[index].trace = try actor.obey(blocks[index].command) }
        return played
    }

    // MARK: - Files

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Scenarios")

    static var names: [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".txt") }.map { String($0.dropLast(4)) }.sorted()
    }

    init(named name: String) throws {
        let file = Scenario.folder.appendingPathComponent(name + ".txt")
        try self.init(name: name, text: try String(contentsOf: file, encoding: .utf8))
    }

    func write() throws {
        try text.write(to: Scenario.folder.appendingPathComponent(name + ".txt"), atomically: true, encoding: .utf8)
    }
}
