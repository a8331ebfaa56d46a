import CEL
import Testing

@Suite("Syntax")
struct SyntaxTests {
    @Test(
        "Literals",
        arguments: [
            ("0", .int(0)), ("9223372036854775807", .int(.max)), ("-9223372036854775808", .int(.min)),
            ("18446744073709551615u", .uint(.max)), ("0x7fffffffffffffff", .int(.max)), ("1.5", .double(1.5)),
            (".5", .double(0.5)),
            ("1e3", .double(1000)), ("1.5E-2", .double(0.015)), ("-.5", .double(-0.5)), ("1e-324", .double(0)),
            ("'a\"b'", .string("a\"b")), ("\"a'b\"", .string("a'b")), ("'''a'b''c\n'''", .string("a'b''c\n")),
            ("r'\\d\\'", .string("\\d\\")), ("R\"\\\"", .string("\\")),
            ("'\\x41\\101\\u00e9\\U0001F600'", .string("AAé😀")),
            ("'\\377'", .string("ÿ")), ("b'\\377'", .bytes([255])), ("b'ÿ'", .bytes([0xC3, 0xBF])),
            ("B'a'", .bytes([97])),
            ("br'\\x'", .bytes([92, 120])),
            ("'\\a\\b\\f\\n\\r\\t\\v\\\\\\?\\'\\\"\\`'", .string("\u{7}\u{8}\u{c}\n\r\t\u{b}\\?'\"`")),
            ("true", .bool(true)), ("null", .null), ("[]", .list([])), ("{}", .map(CELMap())),
            ("// all\n1 // one", .int(1)),
            ("\t1\r\n", .int(1)), ("b", .null), ("r", .null), ("{'a': 1}.`a`", .int(1)),
            ("{'a-b.c/d e': 1}.`a-b.c/d e`", .int(1)),
        ] as [(String, CELValue)])
    func literals(source: String, value: CELValue) throws {
        #expect(try evaluate(source, ["b": .null, "r": .null]) == value)
    }

    @Test(
        "What is no expression is refused with a place",
        arguments: [
            ("", 1), ("  ", 3), ("1 +", 4), ("(1", 3), ("1)", 2), ("[1", 3), ("[,]", 2), ("{1}", 3), ("{'a': }", 7),
            ("f(1,)", 5),
            ("a.", 3), (".1.", 4), ("1 2", 3), ("a b", 3), ("1a", 1), ("0x", 1), ("1u2", 1), ("'abc", 1), ("'a\nb'", 1),
            ("'\\q'", 2),
            ("'\\u12'", 2), ("'\\uD800'", 2), ("'\\U00110000'", 2), ("'\\400'", 2), ("b'\\u0041'", 3), ("a = b", 3),
            ("a & b", 3),
            ("a | b", 3), ("#", 1), ("a ? b", 6), ("a ? b ? c : d : e", 7), ("for", 1), ("if(x)", 1), ("a.in", 3),
            ("a.true", 3),
            ("9223372036854775808", 1), ("-9223372036854775809", 2), ("18446744073709551616u", 1), ("1e400", 1),
            ("`a`", 1),
            ("x.`a", 3), ("x.``", 3), ("x.`a`()", 6), ("[1].map(1, x)", 9), ("[1].map(x.y, x)", 11),
            ("[1].all(x, x, x)", 12),
            ("has(a)", 5), ("has(a[0])", 6), ("1{}", 2), ("a{b}", 4), ("a{1: 2}", 3), ("..a", 2), (".for", 2),
            ("a[]", 3), ("a[1", 4),
            ("!", 2), ("a ?", 4), (": a", 1), ("é", 1), ("'é' é", 5), ("cel.bind(1, 2, 3)", 10), ("a.?", 4),
            ("a.?b()", 5), ("optional.of(1).optMap(1, 2)", 23),
        ])
    func errors(source: String, column: Int) {
        let error = #expect(throws: CELError.self, "\(source)") { try CELExpression(parsing: source) }
        #expect(error?.code == .syntax)
        #expect(error?.line == (source.contains("\n") ? error?.line : 1))
        #expect(error?.column == column, "\(source): \(error.map(String.init(describing:)) ?? "")")
    }

    @Test("Errors of evaluation name line and column, in code points")
    func places() {
        let cases: [(String, Int, Int)] = [
            ("1 +\n  x", 2, 3), ("'é' + (1 / 0)", 1, 10), ("[1].map(x,\n x / 0)", 2, 4),
            ("true &&\nfalse ||\n  a.b", 3, 3),
            ("{'a': 1}\n.b", 2, 2), ("f(\n1)", 1, 1),
        ]
        for (source, line, column) in cases {
            let error = #expect(throws: CELError.self) { try evaluate(source) }
            #expect(error?.line == line, "\(source)")
            #expect(error?.column == column, "\(source)")
        }
    }

    @Test("The root of the tree is the operation that is done last")
    func root() throws {
        guard case .binary(.add, let left, _) = try CELExpression(parsing: "a.b + 1").root.kind else {
            Issue.record("no addition at the root")
            return
        }
        let expression = try CELExpression(parsing: "a.b + 1")
        guard case .select(_, field: "b", isOptional: false) = expression.tree[left].kind else {
            Issue.record("no selection on the left")
            return
        }
        #expect(expression.root.offset == 4)
    }
}
