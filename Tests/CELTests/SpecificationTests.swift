import CEL
import Testing

/// Behaviour that the language definition states and its conformance cases do not show.
@Suite("The language definition, where no case of its own shows it")
struct SpecificationTests {
    @Test(
        "Logic is the same from both sides, whatever the errors",
        arguments: [
            ("true", "1/0 == 1"), ("false", "1/0 == 1"), ("true", "nowhere"), ("false", "nowhere"), ("true", "'a'"),
            ("false", "'a'"), ("1/0 == 1", "{}.a"), ("null", "true"), ("[1][5]", "false"), ("'a'.matches('(')", "true"),
        ])
    func commutes(left: String, right: String) throws {
        for symbol in ["&&", "||"] {
            let first = try? evaluate("(\(left)) \(symbol) (\(right))")
            let second = try? evaluate("(\(right)) \(symbol) (\(left))")
            #expect(first == second, "\(left) \(symbol) \(right)")
        }
    }

    @Test(
        "Macros join their predicates as && and || do, and the others look past nothing",
        arguments: [
            ["[1 / 0, 2].size() == 2 || true", "true"], ["[0, 1, 2].exists(x, 2 / x == 2)", "true"],
            ["[2, 1, 0].all(x, 2 / x > 1)", "false"], ["[0, 'a', 1].exists(x, x == 1 || x.y)", "true"],
            ["{'a': 1, 'b': 0}.exists(k, v, 1 / v == 1)", "true"],
            ["[0, 1].all(i, v, 1 / v > 1)", "false"], ["[[1], []].exists(l, l[0] == 1)", "true"],
            ["[1, 0].exists(x, [x].all(y, 1 / y == 1))", "true"], ["[].map(x, 1 / 0)", "[]"],
            ["[1, 2].filter(x, x > 1 || 1 / 0 > 1 && false)", "[2]"],
        ] as [Equivalence])
    func absorbingMacros(_ pair: Equivalence) throws { try pair.check() }

    @Test(
        "Errors that nothing decides against come out of macros",
        arguments: [
            FailingExpression("[0, 1].exists(x, 1 / x == 5)", .divideByZero),
            FailingExpression("[1, 0].all(x, 1 / x == 1)", .divideByZero),
            FailingExpression("[1, 1, 0].exists_one(x, 1 / x == 1)", .divideByZero),
            FailingExpression("[1, 0].filter(x, 1 / x == 1)", .divideByZero),
            FailingExpression("[0].map(x, true, 1 / x)", .divideByZero),
            FailingExpression("[0].map(x, 1 / x == 1, x)", .divideByZero),
            FailingExpression("{'a': 0}.transformMap(k, v, 1 / v)", .divideByZero),
            FailingExpression("[1 / 0].all(x, true)", .divideByZero),
            FailingExpression("['a'].all(x, x)", .noSuchOverload),
            FailingExpression("{1 / 0: 1}", .divideByZero), FailingExpression("{1: 1 / 0}", .divideByZero),
            FailingExpression("[0, 1][1 / 0]", .divideByZero),
        ])
    func loudMacros(_ item: FailingExpression) { item.check() }

    @Test(
        "Numbers of three types stand on one line",
        arguments: [
            "1 == 1u && 1u == 1.0 && 1.0 == 1", "-1 < 0u", "!(0u < -1)", "18446744073709551615u > -1",
            "9223372036854775807 < 9223372036854775808u", "9223372036854775808u < 18446744073709551615.0 * 2.0",
            "1.5 > 1 && 1.5 > 1u && 1.5 < 2 && 1.5 < 2u", "-0.5 < 0u", "1e300 > 18446744073709551615u",
            "-1e300 < -9223372036854775808", "1.0 / 0.0 > 18446744073709551615u", "!(0.0 / 0.0 == 1)",
            "0.0 / 0.0 != 0u", "!(1 < 0.0 / 0.0) && !(1 >= 0.0 / 0.0)", "-0.0 == 0 && -0.0 == 0u",
            "[1, 2u, 3.0] == [1.0, 2, 3u]", "{'a': {1: [2u]}} == {'a': {1u: [2.0]}}", "1 != 1.5 && 1u != -1",
            "type(1) != type(1u) && type(1.0) == double",
        ])
    func numberLine(source: String) throws {
        #expect(try evaluate(source) == .bool(true))
    }

    @Test(
        "Keys of maps are equal where their numbers are",
        arguments: [
            ["{1: 'a'}[1u]", "'a'"], ["{1: 'a'}[1.0]", "'a'"], ["{1u: 'a'}[1]", "'a'"],
            ["{'1': 'a', 1: 'b'}['1']", "'a'"],
            ["{true: 'a', 1: 'b'}[true]", "'a'"], ["1.0 in {1u: 0}", "true"], ["1.5 in {1: 0}", "false"],
            ["'1' in {1: 0}", "false"], ["true in {1: 0}", "false"], ["null in {1: 0}", "false"],
            ["[] in {1: 0}", "false"],
            ["0.0 / 0.0 in {1: 0}", "false"], ["-1 in {18446744073709551615u: 0}", "false"],
            ["18446744073709551615u in {18446744073709551615u: 0}", "true"], ["{1: 'a'}[?2.0].hasValue()", "false"],
            ["{'e\\u0301': 1, '\\u00e9': 2}['\\u00e9']", "2"], ["size({'e\\u0301': 1, '\\u00e9': 2})", "2"],
            ["{2: 1} == {2u: 1u}", "true"], ["{1: 1, 2: 2} == {2: 2, 1: 1}", "true"],
        ] as [Equivalence])
    func keys(_ pair: Equivalence) throws { try pair.check() }

    @Test(
        "What is no key, or a key twice, fails",
        arguments: [
            FailingExpression("{1: 0, 1u: 0}", .duplicateKey), FailingExpression("{'a': 0, 'a': 0}", .duplicateKey),
            FailingExpression("{1.0: 0}", .unsupportedKey), FailingExpression("{null: 0}", .unsupportedKey),
            FailingExpression("{[1]: 0}", .unsupportedKey), FailingExpression("{b'a': 0}", .unsupportedKey),
            FailingExpression("{duration('1s'): 0}", .unsupportedKey), FailingExpression("{1: 0}[1.5]", .noSuchKey),
            FailingExpression("{1: 0}['1']", .noSuchKey), FailingExpression("{1: 0}.a", .noSuchKey),
        ])
    func badKeys(_ item: FailingExpression) { item.check() }

    @Test(
        "`in` compares with every type",
        arguments: [
            ["1u in [1.0]", "true"], ["'1' in [1]", "false"], ["null in [0, false, '', null]", "true"],
            ["[1] in [[1.0]]", "true"], ["{} in [[], {}]", "true"], ["0.0 / 0.0 in [0.0 / 0.0]", "false"],
            ["b'a' in ['a', b'a']", "true"], ["type(1) in [int]", "true"],
            ["optional.none() in [optional.none()]", "true"],
            ["duration('60s') in [duration('1m')]", "true"],
        ] as [Equivalence])
    func membership(_ pair: Equivalence) throws { try pair.check() }

    @Test(
        "Escapes and quotes",
        arguments: [
            ["r'\\n' + '\\n'", "'\\\\n\\n'"], ["r\"a\\\"", "'a\\\\'"], ["'''a\nb''c'''", "'a\\nb\\'\\'c'"],
            ["\"\"\"a'\"b\"\"\"", "'a\\'\"b'"], ["r'''\\'''", "'\\\\'"], ["'\\x41\\X42\\103'", "'ABC'"],
            ["b'\\x41\\303\\277é'", "b'\\x41\\xc3\\xbf\\xc3\\xa9'"], ["'\\u00ff\\U000000ff\\xff\\377'", "'ÿÿÿÿ'"],
            ["br'\\x'", "b'\\\\x'"], ["b'''a\nb'''", "b'a\\nb'"], ["'\\a\\b\\f\\v'.size()", "4"], ["'\\`\\?'", "'`?'"],
            ["size('''''')", "0"], ["size(b'\\377')", "1"], ["size('\\377')", "1"], ["size(bytes('\\377'))", "2"],
        ] as [Equivalence])
    func escapes(_ pair: Equivalence) throws { try pair.check() }

    @Test(
        "Text is code points, never normalized and never graphemes",
        arguments: [
            ["size('e\\u0301')", "2"], ["size('👨‍👩‍👧')", "5"], ["'e\\u0301' == '\\u00e9'", "false"],
            ["'\\r\\n'.size()", "2"], ["'\\r\\n'.split('\\n')", "['\\r', '']"], ["'e\\u0301'.contains('e')", "true"],
            ["'e\\u0301'.endsWith('\\u0301')", "true"], ["'e\\u0301'.replace('e', 'a')", "'a\\u0301'"],
            ["'e\\u0301'.reverse()", "'\\u0301e'"], ["'e\\u0301'.charAt(0)", "'e'"],
            ["'e\\u0301'.matches('^..$')", "true"], ["'\\uFF21' < '\\U00010000'", "true"], ["'z' < 'é'", "true"],
            ["'İ'.lowerAscii()", "'İ'"], ["'\\u0000a'.size()", "2"],
        ] as [Equivalence])
    func codePoints(_ pair: Equivalence) throws { try pair.check() }

    @Test(
        "Doubles as text",
        arguments: [
            ["1.0", "'1'"], ["-0.0", "'-0'"], ["0.1", "'0.1'"], ["1e21", "'1e+21'"], ["1.5e-7", "'1.5e-07'"],
            ["1.0 / 3.0", "'0.3333333333333333'"], ["5e-324", "'5e-324'"],
            ["1.7976931348623157e308", "'1.7976931348623157e+308'"],
            ["100.5", "'100.5'"], ["1.0 / 0.0", "'Infinity'"], ["-1.0 / 0.0", "'-Infinity'"],
        ] as [[String]])
    func doubles(pair: [String]) throws {
        let text = try evaluate("string(\(pair[0]))")
        #expect(text == (try evaluate(pair[1])))
        #expect(try evaluate("double(string(\(pair[0])))") == evaluate(pair[0]), "it reads back as the same double")
    }

    @Test(
        "The ends of the ranges of times",
        arguments: [
            [
                "timestamp('9999-12-31T23:59:59.999999999Z') - duration('1ns')",
                "timestamp('9999-12-31T23:59:59.999999998Z')",
            ],
            ["timestamp('0001-01-01T00:00:00Z').getFullYear()", "1"],
            ["timestamp('0001-01-01T00:00:00Z').getDayOfYear('-01:00')", "365"],
            ["timestamp('9999-12-31T23:59:59Z').getHours('+14:00')", "13"],
            ["duration('9223372036854775807ns') - duration('9223372036854775807ns')", "duration('0')"],
            ["duration('-9223372036854775808ns').getHours()", "-2562047"],
            [
                "timestamp('2000-01-01T00:00:00Z') - duration('-9223372036854775808ns')",
                "timestamp('2292-04-10T23:47:16.854775808Z')",
            ],
            ["int(timestamp('1969-12-31T23:59:59.5Z'))", "-1"], ["timestamp(-1).getSeconds()", "59"],
        ] as [Equivalence])
    func times(_ pair: Equivalence) throws { try pair.check() }

    @Test(
        "Beyond the ends they fail",
        arguments: [
            FailingExpression("timestamp('9999-12-31T23:59:59.999999999Z') + duration('1ns')", .overflow),
            FailingExpression("timestamp('0001-01-01T00:00:00Z') - duration('1ns')", .overflow),
            FailingExpression("timestamp('9999-12-31T23:59:59-01:00')", .overflow),
            FailingExpression("duration('9223372036854775808ns')", .overflow),
            FailingExpression("duration('-9223372036854775808ns') - duration('1ns')", .overflow),
            FailingExpression("timestamp(-62135596801)", .overflow),
            FailingExpression("timestamp(1.5)", .noSuchOverload),
            FailingExpression("-duration('1s')", .noSuchOverload),
            FailingExpression("duration('1s') * 2", .noSuchOverload),
            FailingExpression("-9223372036854775808 % -1", .overflow), FailingExpression("0u - 1u", .overflow),
            FailingExpression("math.abs(-9223372036854775808)", .overflow),
            FailingExpression("9223372036854775807 * -2", .overflow),
            FailingExpression("4294967296u * 4294967296u", .overflow),
        ])
    func outOfRange(_ item: FailingExpression) { item.check() }

    @Test(
        "Presence",
        arguments: [
            ["has({'a': null}.a)", "true"], ["has({'a': {}}.a.b)", "false"], ["has({1: 2}.a)", "false"],
            ["has({'a': {'b': 1}}.?a.b)", "true"], ["has({}.?a.b)", "false"], ["has(optional.of({'a': 1}).a)", "true"],
            ["has(optional.none().a)", "false"], ["has({'if': 1}.if)", "true"],
            ["[{'a': 1}, {}].filter(m, has(m.a)).size()", "1"],
            ["{}.?a.b.c.hasValue()", "false"], ["{'a': {'b': {'c': 1}}}.?a.b.c.orValue(0)", "1"],
            ["optional.none().orValue(optional.of(1)) == optional.of(1)", "true"],
            ["optional.of(optional.none()).value().hasValue()", "false"],
            ["[[?optional.none()], [?optional.of([])]]", "[[], [[]]]"],
        ] as [Equivalence])
    func presence(_ pair: Equivalence) throws { try pair.check() }

    @Test("Operators and parentheses nest as deep as the source is long")
    func depth() throws {
        let count = 20_000
        func nested(_ open: String, _ inner: String, _ close: String) -> String {
            String(repeating: open, count: count) + inner + String(repeating: close, count: count)
        }
        #expect(try evaluate(nested("(", "1", ")")) == .int(1))
        #expect(try evaluate(nested("!", "true", "")) == .bool(true))
        #expect(try evaluate(nested("1+", "1", "")) == .int(Int64(count + 1)))
        #expect(try evaluate("m" + String(repeating: ".?a", count: count / 2), ["m": .map(CELMap())]) == .optional(nil))
    }
}
