import CEL
import Testing

/// Feeds damaged expressions to the parser and evaluator. Whatever comes out is right, as long as something comes out.
@Suite("Damaged expressions")
struct MutationTests {
    static let seeds = [
        "steps.vpc.outputs['id'] == 'v-1' && has(a.b) || !failure()",
        "[1, 2u, 3.5e2, -4].map(x, x % 2 == 0, x * 10).filter(y, y > 1)",
        "{'a': 1, ?'b': optional.none()}.?a.orValue(3)",
        "'%s %.2f'.format(['é', 1.5]) + r'\\d' + '''x''' + string(b'\\xff\\101')",
        "timestamp('2009-02-13T23:31:30Z').getHours('Europe/Paris') > 0 ? duration('1h') : duration('2m')",
        "'hubba'.matches('(?i)^[a-z\\\\d]+(b|c){1,2}$') && 'a,b'.split(',').join('-').replace('a', 'b') == ''",
        "cel.bind(x, math.greatest(1, 2), [x].transformMapEntry(i, v, {v: i}))",
        "google.protobuf.Int32Value{value: 5} in range(10) || size(toJSON(fromJSON('[1]'))) < 0x1F",
        "a.`b-c`[0].d.exists_one(k, v, k in v) ? .x.y : \"\\u00e9\\U0001F600\" // end",
    ]

    private static let pieces: [String] =
        "( ) [ ] { } . , : ? + - * / % ! < <= > >= == != && || in true false null a x 1 2u .5 1e9 'a' \"b\" r'\\' b'\\x00' \\ ` _ é 😀 // \n has size map all"
        .split(separator: " ").map(String.init) + [
            " ", "0", "9223372036854775808", "'''", "\"\"\"", ".?", "[?", "map(x,", "cel.bind(", "range(99999999)",
        ]

    static func run(_ source: String) {
        guard let expression = try? CELExpression(parsing: source, limits: CELLimits(sourceBytes: 2_000)) else {
            return
        }
        let variables = CELVariables(["a": .map(CELMap([("b", .list([.int(1)]))])), "x": .string("é")])
        let value = try? expression.evaluate(
            in: variables, limits: CELLimits(cost: 20_000, elements: 1_000, textBytes: 10_000))
        _ = try? value?.jsonText()
        _ = expression.references
    }

    static func mutate(_ rounds: Int, seed: UInt64) {
        var random = SplitMix(state: seed)
        for _ in 0..<rounds {
            var scalars = Array(seeds[Int.random(in: 0..<seeds.count, using: &random)].unicodeScalars)
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let at = Int.random(in: 0...scalars.count, using: &random)
                let piece = pieces[Int.random(in: 0..<pieces.count, using: &random)].unicodeScalars
                switch Int.random(in: 0..<5, using: &random) {
                case 0: scalars.insert(contentsOf: piece, at: at)
                case 1: scalars.removeSubrange(at..<min(at + 3, scalars.count))
                case 2: scalars.replaceSubrange(at..<min(at + 1, scalars.count), with: piece)
                case 3:
                    let other = seeds[Int.random(in: 0..<seeds.count, using: &random)].unicodeScalars
                    scalars = Array(scalars[..<at]) + other.suffix(Int.random(in: 0...other.count, using: &random))
                default:
                    let end = Int.random(in: at...scalars.count, using: &random)
                    scalars.insert(contentsOf: scalars[at..<end], at: at)
                }
            }
            run(String(String.UnicodeScalarView(scalars)))
        }
    }

    @Test("Thousands of damaged expressions neither crash nor hang", arguments: 0..<4 as Range<UInt64>)
    func mutations(seed: UInt64) {
        Self.mutate(1_000, seed: seed)
    }

    @Test("Damaged regular expressions neither crash nor hang", arguments: 0..<4 as Range<UInt64>)
    func patterns(seed: UInt64) throws {
        let expression = try CELExpression(parsing: "'aab\\n😀é-K9'.matches(p)")
        let parts = [
            "a", "b", "(", ")", "(?:", "(?i)", "(?P<n>", "|", "*", "+", "?", "{2}", "{0,3}", "{", "[", "[^", "]", "-",
            "\\d", "\\W", "\\pL", "\\b", "^", "$", ".", "\\x{1F600}", "\\Q", "é", "[[:alpha:]]", "\\",
        ]
        var random = SplitMix(state: seed)
        for _ in 0..<1_000 {
            let pattern = (0..<Int.random(in: 1...14, using: &random)).map { _ in
                parts[Int.random(in: 0..<parts.count, using: &random)]
            }.joined()
            _ = try? expression.evaluate(in: CELVariables(["p": .string(pattern)]), limits: CELLimits(cost: 50_000))
        }
    }
}

/// A seeded generator, so that a failure can be repeated (the SplitMix64 algorithm of Steele, Lea and Flood, 2014).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
