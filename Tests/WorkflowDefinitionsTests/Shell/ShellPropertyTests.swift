import Foundation
import Testing

@testable import WorkflowDefinitions

@Suite("Scripts at random")
struct ShellPropertyTests {
    private static let variables = ProcessInfo.processInfo.environment
    private static let seed = variables["WORKFLOW_FUZZ_SEED"].flatMap(UInt64.init) ?? 1

    private static func count(_ usual: UInt64) -> UInt64 {
        variables["WORKFLOW_FUZZ_INPUTS"].flatMap(UInt64.init) ?? usual
    }

    @Test("whatever the text, every expression gets an answer, in every dialect", .timeLimit(.minutes(5)))
    func noise() {
        for number in 0..<Self.count(3_000) {
            var generator = ScriptGenerator(seed: Self.seed &* 1_000_000_007 &+ number)
            let pieces = generator.noise()
            let expressions = pieces.count { $0 == nil }
            for dialect in ShellDialect.allCases {
                let found = ShellLexer.interpolations(in: pieces, dialect: dialect).count
                if found != expressions {
                    Issue.record("seed \(Self.seed), input \(number): \(found) of \(expressions)")
                }
            }
        }
    }

    /// The verdicts without a word and the mere warnings: in neither may bash run what a value holds.
    @Test("what is not refused runs no value in bash", .timeLimit(.minutes(10)))
    func safety() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "workflow-scripts-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var ran = 0
        var refused = 0
        for number in 0..<Self.count(200) {
            var generator = ScriptGenerator(seed: Self.seed &* 1_000_003 &+ number)
            let script = generator.script()
            var pieces: [[UInt8]?] = []
            for (index, part) in script.split(separator: "@", omittingEmptySubsequences: false).enumerated() {
                if index > 0 { pieces.append(nil) }
                pieces.append(Array(part.utf8))
            }
            let verdicts = ShellLexer.interpolations(in: pieces, dialect: .bash)
            guard verdicts.allSatisfy({ $0.severity < Interpolation.executes("", .check).severity }), !verdicts.isEmpty
            else {
                refused += 1
                continue
            }
            let text = script.replacing("@", with: "${WORKFLOW_VALUE_1}")
            let value = HostileValues.all[Int(number) % HostileValues.all.count]
            for value in [value, "$(: > mark)", "a[$(: > mark)]", "-v a[$(:>mark)]"] {
                let marks = try HostileValues.marks(after: text, values: ["WORKFLOW_VALUE_1": value], in: folder)
                #expect(marks.isEmpty, "seed \(Self.seed), script \(number), with \(value):\n\(script)")
            }
            ran += 1
        }
        // Scripts that are all refused would show nothing, and so would a generator that makes none to refuse.
        #expect(ran > Self.count(200) / 10)
        #expect(refused > Self.count(200) / 10)
    }
}
