import AttemptProtocol
import Foundation
import Testing

/// Secrets as real programs write them.
@Suite("Spellings of secrets")
struct SecretSpellingTests {
    private static let bash = """
        set -x; : "$S"; : "pre $S post"; : pre"'"; set +x; printf '%q\\n' "$S" "pre $S post"; declare -p S; echo \
        "${S@Q}"
        declare -a list=("$S"); declare -p list
        """
    private static let bashLines = [
        "+ : ***", "+ : pre *** post", "+ : pre", "+ set +x", "***", "pre *** post", "declare -x S=***", "***",
        "declare -a list=([0]=***)",
    ]

    @Test("What bash prints of a secret is masked, whatever its bytes and the locale", arguments: 0..<60)
    func bash(_ seed: UInt64) throws {
        let secret = Self.secret(seed)
        for locale in ["C", "C.UTF-8"] {
            let lines = try Self.maskedLines(["bash", "-c", Self.bash], secret, locale: locale)
            #expect(lines == Self.bashLines, "seed \(seed), \(locale), \(Array(secret.utf8))")
        }
    }

    @Test("What dash prints of a secret is masked", arguments: 0..<20)
    func dash(_ seed: UInt64) throws {
        let secret = Self.secret(seed)
        let script =
            #"set -x; : "$S"; : "pre $S post"; set +x; export -p | sed '/^export S=/,$!d' | sed "/^export [^S]/,\$d""#
        let lines = try Self.maskedLines(["dash", "-c", script], secret, locale: "C")
        #expect(lines == ["+ : ***", "+ : pre *** post", "+ set +x", "export S=***"], "seed \(seed)")
    }

    @Test("What zsh prints of a secret is masked", .enabled(if: exists("zsh")), arguments: 0..<20)
    func zsh(_ seed: UInt64) throws {
        let secret = Self.secret(seed)
        let script = #"print -r -- "${(q)S}"; print -r -- "${(qq)S}"; print -r -- "${(qqqq)S}"; print -r -- "${(q+)S}""#
        for locale in ["C", "C.UTF-8"] {
            let lines = try Self.maskedLines(["zsh", "-fc", script], secret, locale: locale)
            #expect(lines == ["***", "***", "***", "***"], "seed \(seed), \(locale), \(Array(secret.utf8))")
        }
    }

    @Test("What Python makes of a secret is masked", .enabled(if: exists("python3")), arguments: 0..<10)
    func python(_ seed: UInt64) throws {
        let secret = Self.secret(seed)
        let script = """
            import os, shlex, json, html, sys
            from urllib.parse import quote, quote_plus
            from xml.sax.saxutils import escape, quoteattr
            s = os.environ["S"]
            b = os.environb[b"S"]
            def line(name, text): sys.stdout.buffer.write((name + " " + text + "\\n").encode())
            line("quote", shlex.quote(s)); line("repr", repr(s)); line("ascii", ascii(s)); line("bytes", repr(b)[1:])
            line("json", json.dumps(s)); line("text", json.dumps(s, ensure_ascii=False)); line("twice", \
            json.dumps(json.dumps(s)))
            line("url", quote(s)); line("component", quote(s, safe="")); line("form", quote_plus(s))
            line("html", html.escape(s)); line("xml", escape(s)); line("attribute", quoteattr(s))
            line("decimal", s.encode("ascii", "xmlcharrefreplace").decode())
            """
        let lines = try Self.maskedLines(["python3", "-c", script], secret, locale: "C.UTF-8")
        #expect(
            lines == [
                "quote ***", "repr ***", "ascii ***", "bytes ***", "json ***", "text ***", "twice ***", "url ***",
                "component ***", "form ***", "html ***", "xml ***", "attribute ***", "decimal ***",
            ], "seed \(seed), \(Array(secret.utf8))")
    }

    @Test(
        "Each way to write a character is masked, beside any other",
        arguments: [
            (#"pa'ss$w"ord&1"#, #"'pa'\''ss$w"ord&1'"#), (#"pa'ss$w"ord&1"#, #"pa\'ss\$w\"ord\&1"#),
            (#"pa'ss$w"ord&1"#, #""pa'ss\$w\"ord&1""#), (#"pa'ss$w"ord&1"#, #"'pa'"'"'ss$w"ord&1'"#),
            (#"pa'ss$w"ord&1"#, "pa%27ss%24w%22ord%261"), (#"pa'ss$w"ord&1"#, "pa&#x27;ss$w&quot;ord&amp;1"),
            (#"pa'ss$w"ord&1"#, "pa&#039;ss$w&quot;ord&amp;1"), (#"pa'ss$w"ord&1"#, "pa&apos;ss$w&#34;ord&#38;1"),
            (#"pa'ss$w"ord&1"#, #"pa\u0027ss$w\u0022ord\u00261"#), (#"pa'ss$w"ord&1"#, #"'pa''ss$w"ord&1'"#),
            (#"pa'ss$w"ord&1"#, #"{\"token\": \"pa'ss$w\\\"ord&1\"}"#),
            ("pässwörd-12345", #"$'p\303\244ssw\303\266rd-12345'"#),
            ("pässwörd-12345", #"$'p\xc3\xa4ssw\xC3\xB6rd-12345'"#),
            ("pässwörd-12345", #"'p'$'\303\244''ssw'$'\303\266''rd-12345'"#),
            ("pässwörd-12345", "p%C3%A4ssw%c3%b6rd-12345"),
            ("pässwörd-12345", "p&auml;ssw&#246;rd-12345"), ("pässwörd-12345", #""p\xE4ssw\xf6rd-12345""#),
            ("a b+c/d=e", "a+b%2Bc%2Fd%3De"), ("a b+c/d=e", #"a b+c\/d=e"#), ("two\nlines", #"$'two\nlines'"#),
            ("two\nlines", "two&#xA;lines"), ("two\nlines", "two%0D%0Alines"), ("tab\there", #"'tab'$'\t''here'"#),
            ("100%sure", "100%%sure"), ("smile😀now", #"smile\ud83d\ude00now"#), ("smile😀now", #"smile\U0001F600now"#),
        ])
    func spelled(_ secret: String, _ text: String) {
        let masked = SecretMasker(secrets: [secret]).masked(whole: "<\(text)>")
        #expect(Self.bare(masked.replacing("{\\\"token\\\": ", with: "").replacing("}", with: "")) == "<***>")
    }

    @Test("Base64 of a secret is masked at each place in its text, wrapped or not", arguments: 0..<200)
    func base64(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let secret = seed.isMultiple(of: 2) ? Self.secret(seed) : "t0ken" + String(seed, radix: 36)
        let before = String(repeating: "u", count: Int.random(in: 0...80, using: &random))
        let after = String(repeating: "v", count: Int.random(in: 0...5, using: &random))
        let whole = Data((before + secret + after).utf8)
        let first = (8 * before.utf8.count + 5) / 6
        let bits = 8 * (before + secret).utf8.count
        let plain = Array(whole.base64EncodedString())
        let last = after.isEmpty ? (bits + 5) / 6 : bits / 6
        let expected = String(plain[..<first]) + "***" + String(plain[last...])
        let masker = SecretMasker(secrets: [secret])
        #expect(masker.masked(whole: String(plain)) == expected)
        let forURLs = String(plain).replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        #expect(masker.masked(whole: forURLs) == expected.replacing("=", with: ""))
        for options in [.lineLength76Characters, [.lineLength64Characters, .endLineWithLineFeed]]
            as [Data.Base64EncodingOptions]
        {
            let shown = masker.masked(whole: whole.base64EncodedString(options: options)).filter { !$0.isNewline }
            #expect(shown == expected)
        }
    }

    @Test("A secret of letters and digits has one spelling, and base64")
    func plain() {
        let forms = SecretForms.of("hunter22hunter22")
        #expect(forms.count(where: { !$0.isWrapped }) == 1)
        #expect(forms.count(where: \.isWrapped) == 5)
        #expect(forms.allSatisfy { $0.units.allSatisfy { $0.spellings.count == 1 } })
    }

    @Test("No spelling is shorter than the fewest bytes that are masked", arguments: 0..<60)
    func lengths(_ seed: UInt64) {
        for form in SecretForms.of(Self.secret(seed)) {
            let shortest = form.units.reduce(0) { $0 + ($1.spellings.map(\.count).min() ?? 0) }
            #expect(shortest >= SecretForms.bytesMin)
        }
    }

    @Test("Other text is left alone: hexadecimal digits, capitals, halves of a secret")
    func others() {
        let masker = SecretMasker(secrets: ["pa'ss word/12"])
        for text in [
            "PA'SS WORD/12", "70612773732077", "21/drow ss'ap", "pa'ss word", "s word/12", "pa'ss\u{A0}word/12",
        ] {
            #expect(masker.masked(whole: text) == text)
        }
    }

    // MARK: - Programs

    private static func exists(_ program: String) -> Bool {
        ["/usr/bin/", "/bin/", "/usr/local/bin/", "/root/.pyenv/shims/"].contains {
            FileManager.default.isExecutableFile(atPath: $0 + program)
        }
    }

    /// A secret of all kinds of characters; of letters it has only those that no script here prints.
    private static func secret(_ seed: UInt64) -> String {
        var random = SeededGenerator(seed: seed &+ 7_000)
        let kinds: [[Unicode.Scalar]] = [
            Array("XYZ789".unicodeScalars), Array(##"!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~ "##.unicodeScalars),
            Array("'\\\"$ ".unicodeScalars), Array("äé€ß\u{A0}\u{AD}\u{2028}日😀e\u{301}".unicodeScalars),
            [2, 7, 8, 9, 10, 11, 12, 13, 27, 31].compactMap(Unicode.Scalar.init),
        ]
        let chosen = kinds.indices.filter { _ in Bool.random(using: &random) } + [0]
        var text = ""
        while text.unicodeScalars.count < 4 + Int(seed % 20) {
            let kind = kinds[chosen.randomElement(using: &random) ?? 0]
            text.unicodeScalars.append(kind.randomElement(using: &random) ?? "X")
        }
        // Neither begins nor ends with what the command's own output would be mistaken for.
        return "X" + text + "Z"
    }

    /// The lines of what a program prints with the secret in `$S`, masked, without quotes.
    private static func maskedLines(_ command: [String], _ secret: String, locale: String) throws -> [String] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["-i"] + ["PATH=\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")"]
            + ["LC_ALL=\(locale)", "PYTHONUTF8=1", "S=\(secret)"] + command
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        var masker = SecretMasker(secrets: [secret])
        var output: [UInt8] = []
        var rest = Array(data)[...]
        while !rest.isEmpty {
            let chunk = Array(rest.prefix(11))
            rest = rest.dropFirst(chunk.count)
            chunk.withUnsafeBufferPointer { masker.mask($0, into: &output) }
        }
        masker.finish(into: &output)
        return bare(String(decoding: output, as: UTF8.self)).split(separator: "\n").map(String.init)
    }

    private static func bare(_ text: String) -> String {
        text.filter { !"'\"\\$".contains($0) }
    }
}
