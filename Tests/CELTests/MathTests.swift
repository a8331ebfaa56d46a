import CEL
import Testing

@Suite("The math namespace")
struct MathTests {
    @Test(
        "Functions of the math extension",
        arguments: [
            ["math.greatest(1)", "1"], ["math.greatest(1u, 2u)", "2u"],
            ["math.greatest(-42.0, -21.5, -100.0)", "-21.5"], ["math.greatest([1, 5, 3])", "5"],
            ["math.greatest(1, 2.5, 2u)", "2.5"], ["math.least(1, -5, 3)", "-5"],
            ["math.least([-42.0, -100.0])", "-100.0"], ["math.least(1, 1.0)", "1"],
            ["math.bitOr(1u, 2u)", "3u"], ["math.bitOr(-2, -4)", "-2"], ["math.bitAnd(-3, -5)", "-7"],
            ["math.bitAnd(3u, 2u)", "2u"], ["math.bitXor(1, 3)", "2"],
            ["math.bitNot(1)", "-2"], ["math.bitNot(0u)", "18446744073709551615u"], ["math.bitShiftLeft(1, 2)", "4"],
            ["math.bitShiftLeft(-1, 2)", "-4"],
            ["math.bitShiftLeft(1u, 200)", "0u"], ["math.bitShiftLeft(-1, 64)", "0"],
            ["math.bitShiftRight(1024, 2)", "256"], ["math.bitShiftRight(-1024, 3)", "2305843009213693824"],
            ["math.bitShiftRight(1024u, 64)", "0u"], ["math.bitShiftRight(-1, 64)", "0"], ["math.ceil(1.2)", "2.0"],
            ["math.ceil(-1.2)", "-1.0"], ["math.floor(-1.2)", "-2.0"],
            ["math.round(1.5)", "2.0"], ["math.round(-1.5)", "-2.0"], ["math.round(2.5)", "3.0"],
            ["math.trunc(-1.3)", "-1.0"], ["math.abs(-1)", "1"], ["math.abs(-1.5)", "1.5"],
            ["math.abs(1u)", "1u"], ["math.sign(-42)", "-1"], ["math.sign(0.0)", "0.0"], ["math.sign(5u)", "1u"],
            ["math.isNaN(math.sign(0.0/0.0))", "true"],
            ["math.isInf(-1.0/0.0)", "true"], ["math.isNaN(1.2)", "false"], ["math.isFinite(0.0/0.0)", "false"],
            ["math.isFinite(1.2)", "true"], ["math.sqrt(81)", "9.0"],
            ["math.sqrt(985.25)", "31.388692231439016"], ["math.isNaN(math.sqrt(-15))", "true"],
        ] as [Equivalence])
    func functions(_ pair: Equivalence) throws { try pair.check() }

    @Test(
        "Misuse fails",
        arguments: [
            FailingExpression("math.greatest()", .noSuchOverload),
            FailingExpression("math.greatest([])", .invalidArgument),
            FailingExpression("math.greatest('a')", .noSuchOverload),
            FailingExpression("math.least(1, 'a')", .noSuchOverload),
            FailingExpression("math.abs(-9223372036854775808)", .overflow),
            FailingExpression("math.ceil(1)", .noSuchOverload),
            FailingExpression("math.bitShiftLeft(1, -1)", .invalidArgument),
            FailingExpression("math.bitOr(1, 1u)", .noSuchOverload),
            FailingExpression("math.isNaN('a')", .noSuchOverload),
            FailingExpression("math.nothing(1)", .unknownFunction),
        ])
    func failures(_ item: FailingExpression) { item.check() }
}
