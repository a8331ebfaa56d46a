import CEL
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Random inputs, good ones and damaged ones. By default about 20,000; `WORKFLOW_FUZZ_INPUTS` asks for another number,
/// `WORKFLOW_FUZZ_SEED` for other inputs. The same seed gives the same inputs.
@Suite("Random inputs")
struct FuzzTests {
    static let inputs = setting("WORKFLOW_FUZZ_INPUTS") ?? 20_000
    static let seed = UInt64(setting("WORKFLOW_FUZZ_SEED") ?? 0)
    static let shares: Range<UInt64> = 0..<4

    private static func setting(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }

    private static func random(_ share: UInt64) -> SplitMix { SplitMix(state: (seed << 8) + share) }

    @Test("Expressions that follow the grammar keep the rules of every evaluation", arguments: shares)
    func grammar(share: UInt64) {
        var generator = ExpressionGenerator(random: Self.random(share))
        for _ in 0..<(Self.inputs / 16) {
            ExpressionRules.check(generator.expression(1 + generator.random.below(4)))
        }
    }

    @Test("Both orders of the operands of a logical operator come to the same", arguments: shares)
    func logic(share: UInt64) {
        var generator = ExpressionGenerator(random: Self.random(share))
        for _ in 0..<(Self.inputs / 32) {
            let (left, right) = (generator.expression(.bool, 2), generator.expression(.bool, 2))
            let symbol = generator.random.pick(["&&", "||"])
            ExpressionRules.checkSame("(\(left)) \(symbol) (\(right))", "(\(right)) \(symbol) (\(left))")
        }
    }

    @Test("Damaged expressions keep the rules of every evaluation", arguments: shares)
    func damage(share: UInt64) {
        var generator = ExpressionGenerator(random: Self.random(share))
        for _ in 0..<(Self.inputs / 8) {
            let whole =
                generator.random.below(2) == 0
                ? generator.random.pick(ExpressionMutator.seeds) : generator.expression(3)
            ExpressionRules.check(ExpressionMutator.mutate(whole, &generator.random))
        }
    }

    @Test("A regular expression finds exactly what its meaning says", arguments: shares)
    func patterns(share: UInt64) throws {
        var random = Self.random(share)
        let expression = try CELExpression(parsing: "text.matches(pattern)")
        for _ in 0..<(Self.inputs / 64) {
            let pattern = RandomPattern(&random, depth: 4)
            for _ in 0..<2 {
                let text = RandomPattern.text(&random)
                let string = String(String.UnicodeScalarView(text))
                let result = try expression.evaluate(
                    in: CELVariables(["text": .string(string), "pattern": .string(pattern.source)]))
                #expect(
                    result == .bool(pattern.matches(text)),
                    "\(string.debugDescription) against \(pattern.source.debugDescription)")
            }
        }
    }

    @Test("Damaged regular expressions are answered or refused", arguments: shares)
    func damagedPatterns(share: UInt64) throws {
        var random = Self.random(share)
        let expression = try CELExpression(parsing: "'aab\\n😀é-K9'.matches(p)")
        let parts = [
            "a", "b", "(", ")", "(?:", "(?i)", "(?P<n>", "|", "*", "+", "?", "{2}", "{0,3}", "{1000}", "{", "[", "[^",
            "]",
            "-", "\\d", "\\W", "\\pL", "\\p{^Greek}", "\\b", "^", "$", ".", "\\x{1F600}", "\\Q", "é", "[[:alpha:]]",
            "\\", "\0",
        ]
        for _ in 0..<(Self.inputs / 64) {
            let pattern = (0...random.below(14)).map { _ in random.pick(parts) }.joined()
            do throws(CELError) {
                _ = try expression.evaluate(in: CELVariables(["p": .string(pattern)]), limits: CELLimits(cost: 50_000))
            } catch {
                #expect(error.code == .invalidRegex || error.code == .costExceeded, "\(pattern): \(error)")
            }
        }
    }
}
