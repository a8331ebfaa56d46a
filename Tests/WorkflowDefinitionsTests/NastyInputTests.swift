import Testing
import WorkflowCore
import WorkflowDefinitions
import WorkflowTestKit

@Suite("Nasty input is answered, within bounds")
struct NastyInputTests {
    private static func texts(_ bytes: [UInt8]) -> [String] {
        Loading.everything.load(bytes, file: "f.yaml").diagnostics.map(\.text)
    }

    @Test(
        "nesting without end",
        arguments: ["[", "{a: ", "- ", "{", "[[", "? ", "&a [", "!x [", "- - "])
    func nesting(opening: String) {
        let texts = Self.texts(Array(String(repeating: opening, count: 100_000).utf8))
        #expect(texts.contains { $0.contains("the file nests deeper than 100 levels") || $0.contains("more") })
    }

    @Test("nesting by indentation")
    func indentation() {
        let text = (0..<2000).map { String(repeating: " ", count: $0) + "-\n" }.joined()
        #expect(Self.texts(Array(text.utf8)) == ["f.yaml:101:101: error: the file nests deeper than 100 levels"])
    }

    @Test("aliases of aliases")
    func aliasBomb() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let aliases = [String](repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(
            Self.texts(Array(text.utf8)) == [
                "f.yaml:4:45: error: aliases expand to more than 10000 values; write a foreach, or keep data in files "
                    + "that the steps read"
            ])
    }

    @Test("a file over the limit is not parsed")
    func tooLarge() {
        let bytes = [UInt8](repeating: UInt8(ascii: "["), count: (10 << 20) + 1)
        #expect(
            Self.texts(bytes) == [
                "f.yaml:1:1: error: the file has 10485761 bytes; the limit is 10485760; keep data in files that the "
                    + "steps read"
            ])
    }

    @Test("a file of a million values and more")
    func manyValues() {
        let text = "a: [" + String(repeating: "1,", count: 1_100_000) + "]"
        #expect(
            Self.texts(Array(text.utf8)) == [
                "f.yaml:1:1999999: error: the file has more than 1000000 values; keep data in files that the steps read"
            ])
    }

    @Test("bytes that are no text")
    func bytes() {
        let table: [([UInt8], String)] = [
            (Array("name: w\0".utf8), "f.yaml:1:8: error: not valid YAML: control characters are not allowed"),
            (Array("a: \u{1}".utf8), "f.yaml:1:4: error: not valid YAML: control characters are not allowed"),
            (
                Array("ä: ".utf8) + [0xFF],
                "f.yaml:1:4: error: the file is not UTF-8: byte 0xFF at offset 4 cannot stand there; save it as UTF-8"
            ),
            (
                Array("a\nb: ".utf8) + [0xED, 0xA0, 0x80],
                "f.yaml:2:4: error: the file is not UTF-8: byte 0xED at offset 5 cannot stand there; save it as UTF-8"
            ),
            ([0xFF, 0xFE, 0x6E, 0x00], "f.yaml:1:1: error: the file is UTF-16; save it as UTF-8"),
            ([0xFE, 0xFF, 0x00, 0x6E], "f.yaml:1:1: error: the file is UTF-16; save it as UTF-8"),
        ]
        for (bytes, expected) in table { #expect(Self.texts(bytes) == [expected]) }
    }

    @Test("a byte order mark and CR LF change nothing")
    func lineEnds() throws {
        let yaml =
            "name: w\nstages:\n  - name: s\n    steps:\n      - name: a\n        run: |\n          one\n          two\n"
        let plain = try #require(Loading.result(yaml).definition)
        let windows =
            "\u{FEFF}" + yaml.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
        let result = Loading.result(windows)
        #expect(result.diagnostics.map(\.text) == [])
        let stored = try #require(result.definition)
        #expect(stored.hash == plain.hash)
        #expect(stored.source == Array(windows.utf8))
    }

    /// A quadratic look at any of these takes minutes.
    @Test(
        "many of one thing",
        arguments: [
            (
                "stages", "stages:\n",
                "  - {name: s#, steps: [{name: t#, run: x}], on_failure: {return_to: s0, limit: 1}}\n"
            ),
            ("values of an enum", "params:\n  p:\n    enum:\n", "    - v#\n"),
            ("steps", "stages:\n  - name: s\n    steps:\n", "    - {name: t#, run: x, needs: [t0], locks: [a]}\n"),
            ("unknown keys", "", "k#: 1\n"), ("variables", "env:\n", "  K#: v\n"),
            ("included files", "include:\n", "  - f#.yaml\n"),
            (
                "unknown parameters", "stages:\n  - name: s\n    steps:\n",
                "    - {name: t#, run: 'echo ${{ params.p# }}'}\n"
            ),
        ])
    func many(what: String, head: String, line: String) {
        let text = "name: w\n" + head + (0..<20_000).map { line.replacing("#", with: "\($0)") }.joined()
        let time = ProcessorTime.measure { _ = Self.texts(Array(text.utf8)) }
        #expect(time < .seconds(20), "\(what): \(time)")
    }

    @Test("expressions are limited, in one value and in all")
    func manyExpressions() {
        let script = "\"" + String(repeating: "${{ params.x }}", count: 1001) + "\""
        let step = "name: w\nparams: {x: {}}\nstages: [{name: s, steps: [{name: a, run: '\(script)'}]}]"
        #expect(
            Loading.texts(step) == [
                "f.yaml:3:43: error: \"run\" of step \"a\" has 1001 expressions; the limit is 1000; hand the values "
                    + "over in one variable, as toJSON(…)"
            ])
        let line = "A#: '" + String(repeating: "${{ 1 }}", count: 990) + "'"
        let many = (0..<203).map { "  " + line.replacing("#", with: "\($0)") }.joined(separator: "\n")
        let texts = Loading.texts("name: w\nenv:\n\(many)\nstages: [{name: s, steps: [{name: a, run: x}]}]")
        #expect(texts.count == 1)
        #expect(texts.first?.contains("the workflow has more than 200000 expressions") == true)
    }

    @Test("a hundred problems are shown, the rest are counted")
    func manyProblems() {
        let text = (0..<250).map { "k\($0): 1\n" }.joined()
        let texts = Self.texts(Array(text.utf8))
        #expect(texts.count == 101)
        #expect(texts.last == "f.yaml:98:1: error: and 152 more")
    }

    @Test("errors are shown even where warnings alone would fill the list")
    func errorsFirst() {
        let warnings = (0..<150).map { "  k\($0): no\n" }.joined()
        let texts = Loading.texts("name: w\nenv:\n\(warnings)stages: 5\n")
        #expect(texts.count == 101)
        #expect(texts.contains { $0.hasPrefix("f.yaml:153:9: error: \"stages\" must be a list") })
    }

    @Test(
        "scripts that would be slow to judge",
        arguments: [
            "\"${{ params.x }}\" ", "${{ {{ }} ", "$(", "cat <<E\n", "$(echo) ", "bash -c ", "bash | ", "eval ", "[",
            "a[", "`", "'",
        ])
    func slowScripts(part: String) {
        let script = String(repeating: part, count: 20_000) + "${{ params.x }}"
        let lines = script.split(separator: "\n", omittingEmptySubsequences: false).map { "            \($0)\n" }
            .joined()
        let texts = Loading.texts(
            "name: w\nstages:\n  - name: s\n    steps:\n      - name: a\n        run: |\n\(lines)")
        #expect(
            texts.contains {
                $0.contains("there is no parameter") || $0.contains("not a valid expression")
                    || $0.contains("in a command of more than") || $0.contains("expressions; the limit is 1000")
            })
    }
}
