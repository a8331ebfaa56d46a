import CEL
import Testing

@Suite("Regular expressions")
struct RegularExpressionTests {
    private func matches(_ text: String, _ pattern: String) throws(CELError) -> Bool {
        let value = try evaluate("text.matches(pattern)", ["text": .string(text), "pattern": .string(pattern)])
        return value == .bool(true)
    }

    @Test(
        "Patterns that match",
        arguments: [
            ("", ""), ("abc", ""), ("hubba", "ubb"), ("abcd", "bc"), ("a", "^a$"), ("b", "a|b"), ("", "a|"),
            ("aaa", "^a*$"), ("", "^a*$"), ("aa", "^a{2}$"),
            ("aaa", "^a{2,}$"), ("aaa", "^a{1,3}$"), ("a{2", "a{2"), ("a{,2}", "a{,2}"), ("ab", "^(a)(b)$"),
            ("abab", "^(ab)+$"), ("foobar", "^(foo|bar)*$"),
            ("x1", "^\\w\\d$"), ("a b", "a\\sb"), ("ab", "a\\Sb|ab"), ("-", "^\\W$"), ("é", "^.$"), ("😀", "^.$"),
            ("a\nb", "(?s)a.b"), ("a\nb", "(?m)^b$"),
            ("AbC", "(?i)abc"), ("xABC", "x(?i)abc"), ("xABCd", "x(?i:abc)d"), ("É", "(?i)é"), ("\u{212A}", "(?i)k"),
            ("ſ", "(?i)S"), ("σ", "(?i)ς"), ("k", "(?i)[\u{212A}]"),
            ("]", "^[]]$"), ("-", "^[a-]$"), ("-", "^[-a]$"), ("b", "^[a-c]$"), ("d", "^[^a-c]$"),
            ("5", "^[[:digit:]]$"), ("a", "^[[:^digit:]]$"), ("_", "^[\\w-]$"),
            ("α", "^\\p{Greek}$"), ("a", "^\\P{Greek}$"), ("a", "^\\p{^Greek}$"), ("Ж", "^\\p{Lu}$"), ("ж", "^\\pL$"),
            ("漢", "^\\p{Han}$"), ("١", "^\\p{Nd}$"), ("a", "^[\\p{Lu}\\p{Ll}]$"),
            ("foo.bar", "foo\\.bar"), ("a+b", "\\Qa+b\\E"), ("a+b", "\\Qa+b"), ("\u{7F}", "\\x7F"), ("😀", "\\x{1F600}"),
            ("S", "\\123"), ("\0", "\\0"), ("a b", "\\bb"), ("ab", "a\\Bb"),
            ("abc", "\\Aabc\\z"), ("ab", "a(?P<name>b)"), ("ab", "a(?<name>b)"), ("ab", "(?:a)(?:b)"), ("aaa", "^a*?$"),
            ("ab", "^(|a)+b"), ("x", "(a*)*x"), ("x", "(a*)+x"),
            ("b", "^a{0}b$"), ("abcabc", "^(?:abc){2}$"), ("\t\n\u{c}\r", "^\\t\\n\\f\\r$"), ("_", "^\\_$"),
            ("I", "(?i)^i$"), ("a", "(?U)a+"), ("Ab", "(?i-s)ab"), ("ß", "(?i)ẞ"),
        ])
    func positive(text: String, pattern: String) throws {
        #expect(try matches(text, pattern))
    }

    @Test(
        "Patterns that do not match",
        arguments: [
            ("", "a"), ("abc", "^bc"), ("abc", "ab$"), ("a\n", "a$"), ("a\nb", "^b"), ("a\nb", "a.b"),
            ("aaaa", "^a{1,3}$"), ("a", "^a{2}$"), ("ABC", "abc"), ("xABCD", "x(?i:abc)d$"),
            ("é", "^[a-z]$"), ("é", "^\\w$"), ("\u{0B}", "^\\s$"), ("ab", "\\bb"), ("a b", "a\\Bb"), ("a", "[^a]"),
            ("A", "(?i)[^a]"), ("ı", "(?i)i"), ("a", "\\p{Greek}"), ("b", "^(a|c)*$"),
            ("aab", "^(?:ab)+$"),
        ])
    func negative(text: String, pattern: String) throws {
        #expect(try !matches(text, pattern))
    }

    @Test(
        "What is no RE2 pattern is refused",
        arguments: [
            "(", ")", "(a", "a)", "[", "[a", "[b-a]", "*", "+a", "a**", "a{2}{3}", "|*", "(*)", "a{1001}", "a{2,1}",
            "(?=a)", "(?!a)", "(?<=a)", "(?<!a)", "(a)\\1", "\\", "\\8", "\\C",
            "\\Z", "\\y", "\\é", "(?P<a>b)(?P<a>c)", "(?P<>a)", "(?P=a)", "(?x)a", "(?i", "(?i-)a", "(?--i)a",
            "\\p{Nothing}", "\\p", "\\p{Greek", "\\x", "\\x{110000}", "\\xZ", "[[:nothing:]]", "[\\b]",
            "((a{100}){100}){100}",
        ])
    func refused(pattern: String) {
        let error = #expect(throws: CELError.self, "\(pattern)") { try matches("", pattern) }
        #expect(error?.code == .invalidRegex, "\(pattern)")
    }

    @Test(
        "Matching is linear where backtracking would be exponential",
        arguments: ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(a*)*b", "(.*)*x$", "a?a?a?a?a?a?a?a?a?a?aaaaaaaaaab$"])
    func linear(pattern: String) throws {
        #expect(try !matches(String(repeating: "a", count: 2_000) + "!", pattern))
    }

    @Test(
        "A pattern known beforehand and one that is computed give the same; errors stay where || looks past them"
    )
    func constant() throws {
        #expect(try evaluate("'abc'.matches('b') && matches('abc', '^a') && 'abc'.matches('b' + 'c')") == .bool(true))
        #expect(try evaluate("'a'.matches('(') || true") == .bool(true))
        FailingExpression("'a'.matches('(')", .invalidRegex).check()
        FailingExpression("'a'.matches(1)", .noSuchOverload).check()
        FailingExpression("1.matches('a')", .noSuchOverload).check()
    }

    @Test("A long match is paid for")
    func cost() {
        let error = #expect(throws: CELError.self) {
            try evaluate(
                "text.matches('(a{50}b?){100}c')", ["text": .string(String(repeating: "a", count: 1_000_000))],
                limits: CELLimits(cost: 50_000))
        }
        #expect(error?.code == .costExceeded)
    }
}
