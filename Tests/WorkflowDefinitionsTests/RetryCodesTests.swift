import JSON
import Testing
import WorkflowCore
import WorkflowDefinitions

@Suite("Codes of failures in retry")
struct RetryCodesTests {
    private func load(_ retry: String, defaults: String = "") -> LoadResult {
        let text = """
            name: w
            \(defaults.isEmpty ? "" : "defaults: {retry: \(defaults)}")
            stages:
              - name: s
                steps:
                  - {name: a, run: x, retry: \(retry)}
            """
        return DefinitionLoader().load(Array(text.utf8), file: "f.yaml")
    }

    private func policy(_ result: LoadResult) throws -> RetryPolicy {
        try #require(result.definition?.definition.stages.first?.steps.first?.retry, "\(result.diagnostics)")
    }

    @Test("Codes stand beside exit codes, and over those of the defaults")
    func codes() throws {
        let both = try policy(load("{limit: 2, codes: [rate_limit, exit], exit_codes: [75]}"))
        #expect(both.codes == ["rate_limit", "exit"] && both.exitCodes == [75])
        #expect(try policy(load("{limit: 2}", defaults: "{codes: [a]}")).codes == ["a"])
        #expect(try policy(load("{codes: [b]}", defaults: "{limit: 1, codes: [a]}")).codes == ["b"])
        #expect(try policy(load("{limit: 2}")).codes == [])
    }

    @Test("Another code is another definition")
    func identity() throws {
        let hashes = ["{limit: 2}", "{limit: 2, codes: [a]}", "{limit: 2, codes: [b]}"].map {
            load($0).definition?.hash
        }
        #expect(Set(hashes).count == 3 && !hashes.contains(nil))
    }

    @Test(
        "What is no code is told with its place",
        arguments: [
            ("{limit: 1, codes: []}", "nothing would be retried"), ("{limit: 1, codes: [75]}", "must be text"),
            ("{limit: 1, codes: [a b]}", "a failure's code"), ("{limit: 1, codes: rate_limit}", "codes"),
            ("{limit: 1, code: [a]}", "\"codes\""),
        ])
    func refused(_ retry: String, _ words: String) {
        let result = load(retry)
        #expect(result.definition == nil)
        #expect(result.diagnostics.contains { $0.text.contains(words) }, "\(result.diagnostics.map(\.text))")
    }
}
