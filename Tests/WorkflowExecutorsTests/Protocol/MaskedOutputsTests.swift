import AttemptProtocol
import Testing

@Suite("Outputs, masked before they are recorded")
struct MaskedOutputsTests {
    @Test(
        "Secrets are masked and the form stays",
        arguments: [
            ("", ""), ("a=1\n", "a=1\n"), ("a=1", "a=1"), ("a=x-token-1-y\nb=2\n", "a=x-***-y\nb=2\n"),
            ("a=tok'en", "a=***"), ("a=tok'\\''en", "a=***"), ("token-1=2\n", "***=2\n"),
            ("a<<END\none\ntoken-1\nEND\nb=token-1\n", "a<<END\none\n***\nEND\nb=***\n"), ("a<<E\nE\n", "a<<E\nE\n"),
            ("a<<token-1\nx\ntoken-1\n", "a<<***\nx\n***\n"), ("a<<END\ntoken-1\n", "a<<END\n***\n"),
            ("a=[\"token-1\", 12345678]\n", "a=[\"***\",\"***\"]\n"), ("a={\"token-1\":1}\n", "a={\"***\":1}\n"),
            ("a=[\"tok\\u0065n-1\"]\n", "a=[\"***\"]\n"), ("a=[ 1, 2 ]\n", "a=[ 1, 2 ]\n"),
            ("a<<END\nline one\nline two\nEND\n", "a<<END\n***\nEND\n"),
            // Over the equals sign: the value goes as a whole.
            ("key=value\n", "key=***\n"),
            ("no output token-1\n", "no output ***\n"), ("\n\na=token-1\n", "\n\na=***\n"),
        ])
    func cases(_ text: String, _ expected: String) {
        let masked = MaskedOutputs(
            secrets: ["token-1", "tok'en", "12345678", "line one\nline two", "key=value"]
        ).masked(Array(text.utf8))
        #expect(String(decoding: masked, as: UTF8.self) == expected)
    }

    @Test("Masked again, outputs stay as they are, and they never grow", arguments: 0..<300)
    func property(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let parts = ["a", "=", "<<", "END", "\n", "token-1", "tok'en", "[", "]", "\"", "{", ":", ",", "x\ny", "\u{e9}"]
        var text = ""
        for _ in 0..<Int.random(in: 0...40, using: &random) { text += parts.randomElement(using: &random) ?? "" }
        let outputs = MaskedOutputs(secrets: ["token-1", "tok'en", "x\ny=", "END\n"])
        let masked = outputs.masked(Array(text.utf8))
        #expect(masked.count <= text.utf8.count, "seed \(seed)")
        #expect(outputs.masked(masked) == masked, "seed \(seed)")
        #expect(!String(decoding: masked, as: UTF8.self).contains("token-1"), "seed \(seed)")
    }
}
