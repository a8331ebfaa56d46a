import AttemptProtocol
import JSON
import Testing

@Suite("Masking secrets")
struct SecretMaskerTests {
    @Test(
        "Secrets become ***, whatever stands around them",
        arguments: [
            (["hunter22"], "", ""),
            (["hunter22"], "no secret here: hunter2", "no secret here: hunter2"),
            (["hunter22"], "hunter22", "***"),
            (["hunter22"], "a hunter22 b hunter22", "a *** b ***"),
            // Touching and overlapping occurrences are one run.
            (["abcd"], "abcdabcd!", "***!"),
            (["abcab"], "xabcabcabx", "x***x"),
            // One a prefix, a suffix, a part of another.
            (["abcd", "abcdef"], "abcdef abcde abcd", "*** ***e ***"),
            (["cdef", "abcdef"], "abcdef bcdef", "*** b***"),
            (["bcde", "abcdefg"], "abcdefg abcdef", "*** a***f"),
            // Two overlap each other.
            (["abcde", "defgh"], "abcdefgh", "***"),
            // Almost a secret, then one.
            (["aaab"], "aaaaaab", "aaa***"),
            (["pässwörd"], "das pässwörd", "das ***"),
        ])
    func cases(_ secrets: [String], _ text: String, _ expected: String) {
        #expect(SecretMasker(secrets: secrets).masked(whole: text) == expected)
    }

    @Test("A secret of several lines is masked whole and line by line, whatever ends its lines")
    func lines() {
        let masker = SecretMasker(secrets: ["-----BEGIN-----\nMIIabcdef\nab\n-----END-----\n"])
        #expect(masker.masked(whole: "-----BEGIN-----\nMIIabcdef\nab\n-----END-----\n") == "***")
        #expect(masker.masked(whole: "-----BEGIN-----\r\nMIIabcdef\r\nab\r\n-----END-----\r\n") == "***\r\n")
        #expect(masker.masked(whole: "  MIIabcdef\n  ab") == "  ***\n  ab")
        #expect(SecretMasker(secrets: ["token-1\n"]).masked(whole: "token-1 token-1") == "*** ***")
    }

    @Test("What JSON writers make of a secret is masked too")
    func json() throws {
        let secret = "a\"b\\c/d<é😀>\n\u{1}e"
        let masker = SecretMasker(secrets: [secret])
        let texts = [
            try JSONValue.string(secret).compactText(),
            #""a\"b\\c\/d<\u00e9\ud83d\ude00>\n\u0001e""#,
            #""a\"b\\c/d<\u00E9\uD83D\uDE00>\n\u0001e""#,
            #""a\"b\\c/d\u003cé😀\u003e\n\u0001e""#,
        ]
        for text in texts { #expect(masker.masked(whole: text) == "\"***\"") }
    }

    @Test("Only what may begin a secret is held back")
    func heldBack() {
        var masker = SecretMasker(secrets: ["hunter22"])
        var output: [UInt8] = []
        func show(_ text: String) -> String {
            output.removeAll()
            Array(text.utf8).withUnsafeBufferPointer { masker.mask($0, into: &output) }
            return String(decoding: output, as: UTF8.self)
        }
        #expect(show("a prompt: ") == "a prompt: ")
        #expect(show("hunt") == "")
        #expect(show("ing hun") == "hunting ")
        #expect(show("ter22") == "***")
        #expect(show("hun") == "")
        output.removeAll()
        masker.finish(into: &output)
        #expect(output == Array("hun".utf8))
    }

    @Test("Any secrets, text and chunks: as masking every occurrence in the whole", arguments: 0..<400)
    func property(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        // Few letters, so that secrets overlap, repeat and contain each other.
        let letters = Array("ab\n\"\\é".unicodeScalars.prefix(Int.random(in: 1...6, using: &random)))
        func text(_ count: ClosedRange<Int>) -> String {
            var text = ""
            for _ in 0..<Int.random(in: count, using: &random) {
                text.unicodeScalars.append(letters.randomElement(using: &random) ?? "a")
            }
            return text
        }
        let secrets = (0..<Int.random(in: 0...5, using: &random)).map { _ in text(4...9) }
        var whole = Array(text(0...60).utf8)
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            let form = secrets.flatMap(SecretForms.of).randomElement(using: &random)
            for unit in form?.units ?? [] {
                whole += unit.spellings.randomElement(using: &random) ?? []
                if form?.isWrapped == true, Int.random(in: 0...9, using: &random) == 0 { whole += [0x0D, 0x0A] }
            }
            whole += Array(text(0...5).utf8)
            if Bool.random(using: &random), !whole.isEmpty { whole.removeLast() }
        }
        var masker = SecretMasker(secrets: secrets)
        var output: [UInt8] = []
        var rest = whole[...]
        while !rest.isEmpty {
            let chunk = Array(rest.prefix(Int.random(in: 0...7, using: &random)))
            rest = rest.dropFirst(chunk.count)
            chunk.withUnsafeBufferPointer { masker.mask($0, into: &output) }
        }
        masker.finish(into: &output)
        #expect(output == Self.masked(whole, secrets.flatMap(SecretForms.of)), "seed \(seed)")
    }

    /// The rule itself, without regard to cost: mark every byte of every occurrence, replace every run of marks.
    private static func masked(_ text: [UInt8], _ forms: [SecretForm]) -> [UInt8] {
        var marks = [Bool](repeating: false, count: text.count)
        for form in forms {
            for start in text.indices {
                for end in ends(of: form, in: text, from: start) {
                    for index in start..<end { marks[index] = true }
                }
            }
        }
        var output: [UInt8] = []
        for (index, byte) in text.enumerated() {
            if !marks[index] {
                output.append(byte)
            } else if index == 0 || !marks[index - 1] {
                output += SecretMasker.mask
            }
        }
        return output
    }

    /// Where an occurrence of `form` that begins at `start` may end.
    private static func ends(of form: SecretForm, in text: [UInt8], from start: Int) -> Set<Int> {
        var positions: Set = [start]
        for (number, unit) in form.units.enumerated() {
            if number > 0, form.isWrapped {
                for position in positions {
                    for lineEnd in [[0x0D], [0x0A], [0x0D, 0x0A]] as [[UInt8]]
                    where text[position...].starts(with: lineEnd) {
                        positions.insert(position + lineEnd.count)
                    }
                }
            }
            positions = Set(
                positions.flatMap { position in
                    unit.spellings.filter { text[position...].starts(with: $0) }.map { position + $0.count }
                })
        }
        return positions
    }
}
