import CEL
import Testing

@Suite("Macros")
struct MacroTests {
    @Test(
        "Macros over lists and maps",
        arguments: [
            ["[1, 2, 3].all(x, x > 0)", "true"], ["[].all(x, false)", "true"], ["[].exists(x, true)", "false"],
            ["{'a': 1}.all(k, k == 'a')", "true"], ["[1, 2].exists(x, x == 2)", "true"],
            ["[1, 2, 2].exists_one(x, x == 2)", "false"],
            ["[1, 2, 2].exists_one(x, x == 1)", "true"], ["[1, 2].existsOne(x, x == 1)", "true"],
            ["[1, 2, 3].map(x, x * 2)", "[2, 4, 6]"],
            ["{'b': 1, 'a': 2}.map(k, k)", "['b', 'a']"], ["[1, 2, 3, 4].map(x, x % 2 == 0, x * 10)", "[20, 40]"],
            ["[1, 2, 3].filter(x, x > 1)", "[2, 3]"], ["{'a': 1, 'bb': 2}.filter(k, size(k) == 2)", "['bb']"],
            ["[[1, 2], [3]].map(l, l.map(x, x + 1))", "[[2, 3], [4]]"],
            ["[1, 2].map(x, [3, 4].map(y, x * y))", "[[3, 4], [6, 8]]"],
            ["[1].map(x, [2].map(x, x))", "[[2]]"], ["[1, 2].map(x, [x].map(x, x + 1)[0] + x)", "[3, 5]"],
            ["has({'a': 1}.a)", "true"], ["has({'a': null}.a)", "true"], ["has({'a': 1}.b)", "false"],
            ["has({'a': {'b': 1}}.a.b)", "true"],
            ["[3, 1, 2].sortBy(x, -x)", "[3, 2, 1]"], ["['bb', 'a'].sortBy(s, size(s))", "['a', 'bb']"],
        ] as [Equivalence])
    func oneVariable(_ pair: Equivalence) throws { try pair.check() }

    @Test(
        "Macros with two variables",
        arguments: [
            ["[1, 2, 3].all(i, v, i < v)", "true"], ["{'a': 'b'}.all(k, v, k != v)", "true"],
            ["[5, 7].exists(i, v, i == 1 && v == 7)", "true"],
            ["[1, 1].existsOne(i, v, v == 1)", "false"], ["[1, 1].exists_one(i, v, i == 1)", "true"],
            ["[1, 2, 3].transformList(i, v, i * v + v)", "[1, 4, 9]"],
            ["[1, 2, 3].transformList(i, v, i % 2 == 0, v)", "[1, 3]"],
            ["{'x': 1, 'y': 2}.transformList(k, v, k)", "['x', 'y']"],
            ["[1, 2].transformMap(i, v, v * 2)", "{0: 2, 1: 4}"],
            ["{'a': 1}.transformMap(k, v, v + 1)", "{'a': 2}"],
            ["{'a': 1, 'b': 2}.transformMap(k, v, v > 1, k)", "{'b': 'b'}"],
            ["{'a': 1}.transformMapEntry(k, v, {v: k})", "{1: 'a'}"],
            ["['x'].transformMapEntry(i, v, {v: i, v + v: i})", "{'x': 0, 'xx': 0}"],
            ["[1, 2].transformMapEntry(i, v, v > 1, {v: i})", "{2: 1}"],
            ["{'h': ['hello', 'hi'], 'j': ['joke']}.all(k, vals, vals.all(v, v.startsWith(k)))", "true"],
        ] as [Equivalence])
    func twoVariables(_ pair: Equivalence) throws { try pair.check() }

    @Test(
        "A local binding is evaluated only where it is used",
        arguments: [
            ["cel.bind(a, 'x', a + a)", "'xx'"], ["cel.bind(a, 1/0, true)", "true"],
            ["cel.bind(a, 1/0, a > 0 || true)", "true"],
            ["cel.bind(a, 1, cel.bind(b, a + 1, a + b))", "3"], ["cel.bind(a, 1, [1, 2].map(x, x + a))", "[2, 3]"],
        ] as [Equivalence])
    func bind(_ pair: Equivalence) throws { try pair.check() }

    @Test(
        "Misuse fails",
        arguments: [
            FailingExpression("1.all(x, true)", .noSuchOverload), FailingExpression("[1].all(x, 1)", .noSuchOverload),
            FailingExpression("[1].exists(x, x)", .noSuchOverload),
            FailingExpression("[1].filter(x, 'a')", .noSuchOverload),
            FailingExpression("[1].exists_one(x, x)", .noSuchOverload),
            FailingExpression("[1, 0].map(x, 1/x)", .divideByZero),
            FailingExpression("[1, 0].exists_one(x, 1/x == 1)", .divideByZero),
            FailingExpression("[1].map(x, 1, x)", .noSuchOverload),
            FailingExpression("['a', 'a'].transformMapEntry(i, v, {v: i})", .duplicateKey),
            FailingExpression("[1, 2].transformMapEntry(i, v, {v > 0: i})", .duplicateKey),
            FailingExpression("[1].transformMapEntry(i, v, v)", .noSuchOverload),
            FailingExpression("[1].all(x, y)", .undeclaredReference),
            FailingExpression("[1].all(x, true) && x", .undeclaredReference),
            FailingExpression("has(x.y)", .undeclaredReference),
            FailingExpression("has('a'.b)", .noSuchOverload), FailingExpression("has({'a': 1}.a.b)", .noSuchOverload),
            FailingExpression("cel.bind(a, 1/0, a)", .divideByZero),
            FailingExpression("[1, 'a'].sortBy(x, x)", .noSuchOverload),
            FailingExpression("{'a': 1}.sortBy(x, x)", .noSuchOverload),
            FailingExpression("[1].map(1)", .unknownFunction),
        ])
    func failures(_ item: FailingExpression) { item.check() }
}
