import CEL
import Testing

@Suite("Operators")
struct OperatorTests {
    @Test(
        "Precedence and grouping follow the language definition",
        arguments: [
            ["1 + 2 * 3", "7"], ["(1 + 2) * 3", "9"], ["10 - 3 - 2", "5"], ["100 / 10 / 2", "5"], ["7 % 4 * 2", "6"],
            ["-2 * 3", "-6"], ["!true || true", "true"], ["!(true || true)", "false"], ["--3", "3"],
            ["!!true", "true"],
            ["1 < 2 == true", "true"], ["true || false && false", "true"], ["false ? 1 : true ? 2 : 3", "2"],
            ["true ? (false ? 1 : 2) : 3", "2"],
            ["1 in [1] && 2 in [2]", "true"], ["-[1][0]", "-1"], ["1 - -1", "2"], ["1-1", "0"], ["[1, 2,][1]", "2"],
            ["{'a': 1,}.a", "1"], ["2 + 3 > 4 && 'x' != 'y'", "true"], ["[[1], [2]][1][0]", "2"],
        ] as [Equivalence])
    func precedence(_ pair: Equivalence) throws { try pair.check() }

    @Test(
        "Arithmetic",
        arguments: [
            ["5 / 2", "2"], ["-5 / 2", "-2"], ["-5 % 2", "-1"], ["5 % -2", "1"], ["5u / 2u", "2u"],
            ["1.0 / 0.0", "double('Infinity')"],
            ["0.5 + 0.25", "0.75"], ["'a' + 'b'", "'ab'"], ["b'a' + b'\\xff'", "b'a\\xff'"],
            ["[1] + ['a']", "[1, 'a']"],
            ["duration('1m') + duration('1s')", "duration('61s')"],
            ["duration('1m') - duration('1s')", "duration('59s')"],
            ["timestamp('2023-01-01T00:00:00Z') + duration('24h')", "timestamp('2023-01-02T00:00:00Z')"],
            ["duration('24h') + timestamp('2023-01-01T00:00:00Z')", "timestamp('2023-01-02T00:00:00Z')"],
            ["timestamp('2023-01-10T12:00:00Z') - timestamp('2023-01-10T00:00:00Z')", "duration('12h')"],
            ["timestamp('1970-01-01T00:00:00Z') - duration('1ns')", "timestamp('1969-12-31T23:59:59.999999999Z')"],
            ["-9223372036854775808", "-9223372036854775807 - 1"], ["0xFF", "255"], ["-0xff", "-255"], ["0xAu", "10u"],
        ] as [Equivalence])
    func arithmetic(_ pair: Equivalence) throws { try pair.check() }

    @Test(
        "Operations outside the range of their type, or without an overload, fail",
        arguments: [
            FailingExpression("9223372036854775807 + 1", .overflow),
            FailingExpression("-9223372036854775808 - 1", .overflow),
            FailingExpression("9223372036854775807 * 2", .overflow),
            FailingExpression("-(-9223372036854775808)", .overflow),
            FailingExpression("-9223372036854775808 / -1", .overflow), FailingExpression("0u - 1u", .overflow),
            FailingExpression("18446744073709551615u + 1u", .overflow), FailingExpression("1 / 0", .divideByZero),
            FailingExpression("1 % 0", .divideByZero), FailingExpression("1u / 0u", .divideByZero),
            FailingExpression("1 + 1u", .noSuchOverload), FailingExpression("1 + 1.0", .noSuchOverload),
            FailingExpression("5.0 % 2.0", .noSuchOverload), FailingExpression("-'a'", .noSuchOverload),
            FailingExpression("-1u", .noSuchOverload), FailingExpression("!1", .noSuchOverload),
            FailingExpression("'a' + 1", .noSuchOverload), FailingExpression("'a' < 1", .noSuchOverload),
            FailingExpression("[1] < [2]", .noSuchOverload), FailingExpression("1 in 'a'", .noSuchOverload),
            FailingExpression("null + null", .noSuchOverload), FailingExpression("duration('-290y')", .invalidArgument),
            FailingExpression("duration('2500000h') + duration('2500000h')", .overflow),
            FailingExpression("timestamp('9999-12-31T23:59:59Z') + duration('1s')", .overflow),
            FailingExpression("timestamp('9999-12-31T23:59:59Z') - timestamp('0001-01-01T00:00:00Z')", .overflow),
        ])
    func failures(_ item: FailingExpression) { item.check() }

    @Test(
        "Equality looks across numeric types and into lists and maps",
        arguments: [
            "1 == 1.0", "1u == 1", "1.5 != 1", "dyn(1) == 1u", "[1, 2.0] == [1.0, 2u]", "{'a': [1]} == {'a': [1.0]}",
            "{1: 'a', 2: 'b'} == {2u: 'b', 1u: 'a'}", "1 != '1'", "null == null", "null != false", "0.0 == -0.0",
            "0.0/0.0 != 0.0/0.0", "[0.0/0.0] != [0.0/0.0]", "'Am\\u00E9lie' != 'Ame\\u0301lie'", "b'a' == b'\\x61'",
            "type(1) == int", "type(1) != type(1u)", "duration('60s') == duration('1m')", "-1 != 18446744073709551615u",
            "timestamp(0) == timestamp('1970-01-01T01:00:00+01:00')", "{'a': 1} != {'a': 1, 'b': 2}", "[1] != [1, 2]",
            "optional.of(1) == optional.of(1.0)", "optional.none() != optional.of(null)", "{} != []",
        ])
    func equality(_ source: String) throws {
        #expect(try evaluate(source) == .bool(true))
    }

    @Test(
        "Order",
        arguments: [
            "1 < 2.5", "-1 < 0u", "2u > 1", "1 <= 1u", "'a' < 'b'", "'Z' < 'a'", "'f' < '\\u1EBF'", "'a' < 'ab'",
            "b'a' < b'b'",
            "false < true", "duration('1s') < duration('1m')", "timestamp(0) < timestamp(1)", "!(0.0/0.0 < 1.0)",
            "!(0.0/0.0 >= 1.0)", "18446744073709551615u > 9223372036854775807", "1.0 < 9223372036854775807",
        ])
    func order(_ source: String) throws {
        #expect(try evaluate(source) == .bool(true))
    }

    @Test(
        "Logic looks past errors where the other operand decides",
        arguments: [
            ["1/0 > 0 || true", "true"], ["true || 1/0 > 0", "true"], ["1/0 > 0 && false", "false"],
            ["false && x", "false"],
            ["x || f(1) || true", "true"], ["'text' || true", "true"], ["1 && false", "false"],
            ["true ? 1 : 1/0", "1"], ["false ? 1/0 : 2", "2"], ["[1, 2, 0].exists(x, 2/x == 1)", "true"],
            ["[0, 2].all(x, 2/x == 3)", "false"], ["(1/0 > 0 || true) && true", "true"],
            ["true && (false || (x && false)) ? 1 : 2", "2"],
        ] as [Equivalence])
    func logic(_ pair: Equivalence) throws { try pair.check() }

    @Test(
        "An error that nothing decides against is the result, the first of several",
        arguments: [
            FailingExpression("1/0 > 0 || false", .divideByZero), FailingExpression("true && 1/0 > 0", .divideByZero),
            FailingExpression("x && true", .undeclaredReference), FailingExpression("1 || false", .noSuchOverload),
            FailingExpression("true && 'text'", .noSuchOverload), FailingExpression("1/0 > 0 || x", .divideByZero),
            FailingExpression("x || 1/0 > 0", .undeclaredReference),
            FailingExpression("1/0 > 0 ? 1 : 2", .divideByZero),
            FailingExpression("'a' ? 1 : 2", .noSuchOverload),
            FailingExpression("[0, 1].all(x, 1/x == 1)", .divideByZero),
            FailingExpression("[0].exists(x, 1/x == 1)", .divideByZero),
            FailingExpression("null ? 1 : 2", .noSuchOverload),
        ])
    func loudErrors(_ item: FailingExpression) { item.check() }

    @Test("A chain of many operands is no deep expression")
    func longChains() throws {
        let sum = Array(repeating: "1", count: 5_000).joined(separator: " + ")
        #expect(try evaluate(sum) == .int(5_000))
        let or = Array(repeating: "false", count: 5_000).joined(separator: " || ")
        #expect(try evaluate("\(or) || true") == .bool(true))
        let conditionals = Array(repeating: "false ? 0 : ", count: 5_000).joined()
        #expect(try evaluate("\(conditionals)7") == .int(7))
        #expect(try evaluate(String(repeating: "!", count: 10_000) + "true") == .bool(true))
    }
}
