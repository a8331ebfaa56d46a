import CEL
import Testing

@Suite("String functions")
struct StringFunctionTests {
    @Test(
        "Questions about strings",
        arguments: [
            ["size('héllo')", "5"], ["'a😀'.size()", "2"], ["size('e\\u0301')", "2"],
            ["'hello'.contains('ell')", "true"],
            ["'aaab'.contains('aab')", "true"], ["'abab'.contains('abb')", "false"], ["'é'.contains('e')", "false"],
            ["'hello'.startsWith('he')", "true"], ["'e\\u0301'.startsWith('e')", "true"],
            ["'hello'.endsWith('lo')", "true"],
            ["'é'.endsWith('é')", "true"], ["'lo'.endsWith('hello')", "false"], ["'hello'.charAt(4)", "'o'"],
            ["'hello'.charAt(5)", "''"],
            ["'tacocat'.charAt(3)", "'o'"], ["'©αT'.charAt(1)", "'α'"],
            ["'hello mellow'.indexOf('')", "0"], ["'hello mellow'.indexOf('ello')", "1"],
            ["'hello mellow'.indexOf('jello')", "-1"],
            ["'hello mellow'.indexOf('', 2)", "2"], ["'hello mellow'.indexOf('ello', 2)", "7"],
            ["'hello mellow'.indexOf('ello', 12)", "-1"],
            ["'ta©o©αT'.indexOf('©')", "2"], ["'ta©o©αT'.indexOf('©', 3)", "4"], ["'ta©o©αT'.indexOf('©αT', 3)", "4"],
            ["'hello mellow'.lastIndexOf('')", "12"], ["'hello mellow'.lastIndexOf('ello')", "7"],
            ["'hello mellow'.lastIndexOf('jello')", "-1"],
            ["'hello mellow'.lastIndexOf('ello', 6)", "1"], ["'hello mellow'.lastIndexOf('ello', 12)", "7"],
            ["'ta©o©αT'.lastIndexOf('©')", "4"], ["'ta©o©αT'.lastIndexOf('©', 3)", "2"],
            ["'abc'.lastIndexOf('', 1)", "1"],
            ["'a'.lastIndexOf('abc')", "-1"],
        ] as [Equivalence])
    func questions(_ pair: Equivalence) throws { try pair.check() }

    @Test(
        "New strings from old ones",
        arguments: [
            ["'TacoCÆt Xii'.lowerAscii()", "'tacocÆt xii'"], ["'TacoCÆt Xii'.upperAscii()", "'TACOCÆT XII'"],
            ["'tacocat'.substring(4)", "'cat'"], ["'tacocat'.substring(0, 4)", "'taco'"],
            ["'ta©o©αT'.substring(2, 6)", "'©o©α'"],
            ["'abc'.substring(3)", "''"], ["'  \\ttrim\\n    '.trim()", "'trim'"],
            [
                "'\\u0009\\u000a\\u0085\\u00a0\\u1680\\u2000\\u2028\\u202f\\u205f\\u3000text\\u200b\\u3000'.trim()",
                "'text\\u200b'",
            ],
            ["'gums'.reverse()", "'smug'"], ["'ta©o'.reverse()", "'o©at'"], ["[1, 2].reverse()", "[2, 1]"],
            ["'hello hello'.replace('he', 'we')", "'wello wello'"],
            ["'hello hello'.replace('he', 'we', -1)", "'wello wello'"],
            ["'hello hello'.replace('he', 'we', 1)", "'wello hello'"],
            ["'hello hello'.replace('he', 'we', 0)", "'hello hello'"],
            ["'hello hello'.replace('', '_')", "'_h_e_l_l_o_ _h_e_l_l_o_'"], ["'ab'.replace('', '-', 2)", "'-a-b'"],
            ["'hello hello'.replace('h', '')", "'ello ello'"], ["'aaa'.replace('aa', 'b')", "'ba'"],
            ["'hello hello hello'.split(' ')", "['hello', 'hello', 'hello']"],
            ["'hello hello hello'.split(' ', 0)", "[]"],
            ["'hello hello hello'.split(' ', 1)", "['hello hello hello']"],
            ["'hello hello hello'.split(' ', 2)", "['hello', 'hello hello']"],
            ["'a b'.split(' ', -1)", "['a', 'b']"], ["'hello'.split('')", "['h', 'e', 'l', 'l', 'o']"],
            ["'abc'.split('', 2)", "['a', 'bc']"],
            ["''.split(',')", "['']"], ["',a,'.split(',')", "['', 'a', '']"],
            ["['x', 'y'].join()", "'xy'"], ["['x', 'y'].join('-')", "'x-y'"], ["[].join('/')", "''"],
            ["strings.quote('first\\n\"2\"\\\\')", "'\"first\\\\n\\\\\"2\\\\\"\\\\\\\\\"'"],
            ["strings.quote('\\a\\b\\f\\r\\t\\v')", "r'\"\\a\\b\\f\\r\\t\\v\"'"],
        ] as [Equivalence])
    func editing(_ pair: Equivalence) throws { try pair.check() }

    @Test(
        "Formatting",
        arguments: [
            ["'%s %s'.format(['a', 'b'])", "'a b'"], ["'%%'.format([])", "'%'"], ["'%s'.format([1.5])", "'1.5'"],
            ["'%s'.format([2.0])", "'2'"],
            ["'%s'.format([1e25])", "'10000000000000000000000000'"], ["'%s'.format([1.5e-7])", "'0.00000015'"],
            ["'%s'.format([-1.25e20])", "'-125000000000000000000'"],
            ["'%s'.format([1u])", "'1'"], ["'%s'.format([null])", "'null'"], ["'%s'.format([true])", "'true'"],
            ["'%s'.format([b'abc'])", "'abc'"],
            ["'%s'.format([b'a\\xff\\xfeb'])", "'a\\ufffdb'"], ["'%s'.format([int])", "'int'"],
            ["'%s'.format([duration('1h45m47s')])", "'6347s'"],
            ["'%s'.format([timestamp('2023-02-03T23:31:20+00:00')])", "'2023-02-03T23:31:20Z'"],
            ["'%s'.format([['a', 1, [2.5]]])", "'[a, 1, [2.5]]'"],
            ["'%s'.format([{'b': 1, 'a': [true], 3: null}])", "'{3: null, a: [true], b: 1}'"],
            ["'%d'.format([-42])", "'-42'"], ["'%d'.format([3.14])", "'3.14'"], ["'%f'.format([1])", "'1.000000'"],
            ["'%.1f'.format([3.14])", "'3.1'"],
            ["'%.0f'.format([2.5])", "'2'"], ["'%.0f'.format([3.5])", "'4'"],
            ["'%.3f'.format([123.4999])", "'123.500'"], ["'%.3f'.format([-1.5])", "'-1.500'"],
            ["'%e'.format([3.14])", "'3.140000e+00'"], ["'%.1e'.format([-3.14])", "'-3.1e+00'"],
            ["'%e'.format([1052.032911275])", "'1.052033e+03'"],
            ["'%f'.format([0.0/0.0])", "'NaN'"], ["'%e'.format([-1.0/0.0])", "'-Infinity'"],
            ["'%s'.format([1.0/0.0])", "'Infinity'"],
            ["'%x'.format([255])", "'ff'"], ["'%X'.format([-255])", "'-FF'"],
            ["'%x'.format(['Hello'])", "'48656c6c6f'"], ["'%X'.format([b'\\x0f\\xff'])", "'0FFF'"],
            ["'%o'.format([-64])", "'-100'"], ["'%b'.format([5u])", "'101'"], ["'%b'.format([true])", "'1'"],
            ["'%b'.format([-5])", "'-101'"],
            ["'é%s'.format(['é'])", "'éé'"], ["'a'.format([1])", "'a'"],
        ] as [Equivalence])
    func formatting(_ pair: Equivalence) throws { try pair.check() }

    @Test(
        "Misuse fails",
        arguments: [
            FailingExpression("'hello'.charAt(6)", .indexOutOfBounds),
            FailingExpression("'hello'.charAt(-1)", .indexOutOfBounds),
            FailingExpression("'hello'.indexOf('l', -1)", .indexOutOfBounds),
            FailingExpression("'hello'.indexOf('l', 6)", .indexOutOfBounds),
            FailingExpression("'hello'.lastIndexOf('l', 6)", .indexOutOfBounds),
            FailingExpression("'hello'.lastIndexOf('l', -1)", .indexOutOfBounds),
            FailingExpression("'abc'.substring(-1)", .indexOutOfBounds),
            FailingExpression("'abc'.substring(2, 1)", .indexOutOfBounds),
            FailingExpression("'abc'.substring(1, 4)", .indexOutOfBounds),
            FailingExpression("['a', 1].join()", .noSuchOverload),
            FailingExpression("'%s'.format([])", .invalidArgument),
            FailingExpression("'%a'.format([1])", .invalidArgument),
            FailingExpression("'%'.format([1])", .invalidArgument),
            FailingExpression("'%.f'.format([1])", .invalidArgument),
            FailingExpression("'%.99999999999999999999f'.format([1])", .invalidArgument),
            FailingExpression("'%d'.format(['a'])", .noSuchOverload),
            FailingExpression("'%x'.format([1.5])", .noSuchOverload),
            FailingExpression("'%b'.format([1.5])", .noSuchOverload),
            FailingExpression("'%f'.format(['a'])", .noSuchOverload),
            FailingExpression("1.contains('a')", .noSuchOverload),
            FailingExpression("'a'.contains(1)", .noSuchOverload),
            FailingExpression("contains('a', 'b')", .unknownFunction),
            FailingExpression("'a'.size('b')", .noSuchOverload), FailingExpression("'a'.nothing()", .unknownFunction),
        ])
    func failures(_ item: FailingExpression) { item.check() }
}
