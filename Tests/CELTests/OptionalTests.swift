import CEL
import Testing

@Suite("Optionals")
struct OptionalTests {
    @Test(
        "Optional values",
        arguments: [
            ["optional.of(1).hasValue()", "true"], ["optional.none().hasValue()", "false"],
            ["optional.of(1).value()", "1"],
            ["optional.ofNonZeroValue(0)", "optional.none()"], ["optional.ofNonZeroValue('')", "optional.none()"],
            ["optional.ofNonZeroValue(null)", "optional.none()"], ["optional.ofNonZeroValue([])", "optional.none()"],
            ["optional.ofNonZeroValue([1])", "optional.of([1])"], ["{'a': 1}.?a", "optional.of(1)"],
            ["{'a': 1}.?b", "optional.none()"],
            ["{'a': {'b': 1}}.?a.b", "optional.of(1)"], ["{'a': {'b': 1}}.?a.c", "optional.none()"],
            ["{}.?a.b.c", "optional.none()"],
            ["{'a': {'b': 1}}.?a['b']", "optional.of(1)"], ["{}.?a[0]", "optional.none()"],
            ["[1, 2][?0]", "optional.of(1)"],
            ["[1, 2][?2]", "optional.none()"], ["[1][?-1]", "optional.none()"], ["{'a': 1}[?'a']", "optional.of(1)"],
            ["{'a': 1}[?'b'].orValue(3)", "3"], ["{'a': 1}.?a.orValue(1/0)", "1"],
            ["optional.none().or(optional.of(2))", "optional.of(2)"],
            ["optional.of(1).or(1/0)", "optional.of(1)"], ["{'a': 1}.?b.or({'b': 2}.?b).value()", "2"],
            ["optional.of(2).optMap(x, x * 2)", "optional.of(4)"],
            ["optional.none().optMap(x, x * 2)", "optional.none()"],
            ["optional.of([1]).optFlatMap(l, l[?0])", "optional.of(1)"],
            ["optional.of([]).optFlatMap(l, l[?0])", "optional.none()"],
            ["[?optional.none(), 1, ?optional.of(2)]", "[1, 2]"],
            ["{?'a': optional.none(), 'b': 1, ?'c': {'x': 2}.?x}", "{'b': 1, 'c': 2}"],
            ["has({'a': {'b': 1}}.?a.b)", "true"], ["has({}.?a.b)", "false"],
            ["type(optional.none())", "optional_type"],
            ["[optional.of(1), optional.none()].unwrapOpt()", "[1]"],
            ["optional.unwrap([optional.of(1), optional.none()])", "[1]"],
            ["[1, 2].first()", "optional.of(1)"], ["[].last()", "optional.none()"], ["[1, 2].last().value()", "2"],
            ["optional.none() == optional.none()", "true"], ["[optional.of(1)] == [optional.of(1)]", "true"],
        ] as [Equivalence])
    func values(_ pair: Equivalence) throws { try pair.check() }

    @Test(
        "Misuse fails",
        arguments: [
            FailingExpression("optional.none().value()", .invalidArgument),
            FailingExpression("1.hasValue()", .noSuchOverload),
            FailingExpression("1.?a", .noSuchOverload), FailingExpression("[1][?'a']", .invalidArgument),
            FailingExpression("[?1]", .noSuchOverload), FailingExpression("{?'a': 1}", .noSuchOverload),
            FailingExpression("optional.none().or(1)", .noSuchOverload),
            FailingExpression("1.orValue(2)", .noSuchOverload),
            FailingExpression("optional.of(1).optFlatMap(x, x)", .noSuchOverload),
            FailingExpression("x.?y", .undeclaredReference),
            FailingExpression("{'a': 1}.?a.b", .noSuchOverload),
        ])
    func failures(_ item: FailingExpression) { item.check() }
}
