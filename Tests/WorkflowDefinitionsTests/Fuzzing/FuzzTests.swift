import Foundation
import JSON
import Testing
import WorkflowCore
import WorkflowDefinitions
import WorkflowTestKit

@Suite("Mutated definitions")
struct FuzzTests {
    private static let schema = SchemaValidator(root: DefinitionSchema.json(for: .definition))

    private static let good = LayoutTests.definitions.map { Array($0.utf8) }
    private static let others =
        (ReferenceDiagnosticTests.cases + ConditionDiagnosticTests.cases + StructureDiagnosticTests.cases
        + LimitDiagnosticTests.cases + ValueDiagnosticTests.cases
        + YAMLDiagnosticTests.cases + ScopeDiagnosticTests.cases).map { Array($0.yaml.utf8) }

    /// What mutated definitions may include: themselves too.
    private static func load(_ input: [UInt8]) -> LoadResult {
        Loading.everything.load(input, file: "f.yaml", identity: "f.yaml") {
            (path: String, _: Int) throws(IncludeFailure) -> IncludedFile in
            switch path {
            case "f.yaml": return IncludedFile(bytes: input, identity: path)
            case "a.yaml": return IncludedFile(bytes: Array("env: {INCLUDED: 1}\ninclude: b.yaml".utf8), identity: path)
            case "b.yaml": return IncludedFile(bytes: Array("params: {included: {}}".utf8), identity: path)
            case "s.yaml":
                return IncludedFile(
                    bytes: Array("steps: [{name: more, run: x}, {include: s.yaml}]".utf8.prefix(input.count % 60)),
                    identity: path)
            default: throw IncludeFailure(message: "does not exist")
            }
        }
    }

    /// Of one input; generous, because other tests share the machine.
    private static let secondsMax = 2.0

    /// `WORKFLOW_FUZZ_INPUTS` asks for more, `WORKFLOW_FUZZ_SEED` for others. Input n of a seed is always the same.
    @Test("whatever is broken, there is an answer in time, and it holds together")
    func mutations() {
        let variables = ProcessInfo.processInfo.environment
        let count = variables["WORKFLOW_FUZZ_INPUTS"].flatMap(UInt64.init) ?? 3000
        let seed = variables["WORKFLOW_FUZZ_SEED"].flatMap(UInt64.init) ?? 1
        var accepted = 0
        for number in 0..<count {
            var mutator = DefinitionMutator(seed: seed &* 1_000_000_007 &+ number, good: Self.good, others: Self.others)
            let input = mutator.next()
            var result = LoadResult(diagnostics: [], definition: nil)
            let time = ProcessorTime.measure { result = Self.load(input) }
            if time > .seconds(Self.secondsMax) { Issue.record("\(time) for input \(number): \(Self.shown(input))") }
            if let problem = Self.problem(with: result, input) {
                Issue.record("input \(number) of seed \(seed): \(problem)\n\(Self.shown(input))")
            }
            if result.definition != nil { accepted += 1 }
        }
        // Edits that break everything would test the YAML reader alone.
        #expect(accepted > count / 50)
    }

    private static func shown(_ input: [UInt8]) -> String { String(decoding: input, as: UTF8.self) }

    /// What does not hold together in an answer; nil where all does.
    private static func problem(with result: LoadResult, _ input: [UInt8]) -> String? {
        let hasErrors = result.diagnostics.contains { $0.severity == .error }
        if hasErrors == (result.definition != nil) { return "errors and a definition, or neither" }
        if result.diagnostics.count > 101 { return "too many diagnostics" }
        let lines = input.count { $0 == 0x0A || $0 == 0x0D || $0 == 0x85 || $0 == 0xA8 || $0 == 0xA9 } + 1
        for diagnostic in result.diagnostics
        where diagnostic.file == "f.yaml" && !(1...lines + 1).contains(diagnostic.line) || diagnostic.column < 1 {
            return "a place outside of the file: \(diagnostic.text)"
        }
        if result.diagnostics.contains(where: { $0.text.unicodeScalars.contains { $0.value < 0x20 } }) {
            return "a message of several lines"
        }
        guard let stored = result.definition else { return nil }
        guard
            let again = try? Loading.everything.load(canonicalJSON: stored.canonicalJSON, source: stored.source),
            again == stored
        else { return "what is kept does not read back as what was loaded" }
        // As data, an `env` may hold a number that is only text there.
        guard let data = YAMLData.read(input, file: "f.yaml").value else { return nil }
        let broken = schema.problems(with: data)
        return broken.isEmpty ? nil : "the schema refuses it: \(broken)"
    }
}
