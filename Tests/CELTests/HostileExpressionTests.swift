import CEL
import Testing

/// Expressions written to make little cost stand for much work or memory.
@Suite("Hostile expressions")
struct HostileExpressionTests {
    /// Each operation reads 100,000 bytes, which is worth 10,000; a thousand of them must not come for less.
    @Test(
        "An operation pays for the text it reads, also where it fails and the failure is looked past",
        arguments: [
            "int(big) == 1", "uint(big) == 1u", "double(big) == 1.0", "bool(big)", "size(big) == 0", "big in {'a': 1}",
            "{'a': 1}[big] == 1", "{'a': 1}[?big].hasValue()", "{big: i}[''] == 1", "{'a': map}['a'] == map",
            "duration(big) == duration('1s')", "timestamp(big) == timestamp(0)", "open.format([]) == ''",
            "big.indexOf(i) == 0", "big.lastIndexOf(i) == 0", "big.replace(i, i) == ''",
            "''.replace('', big, i - i) == 'a'",
            "big.split(i) == []", "big.substring(-1) == ''", "big.charAt(-1) == ''", "big == other", "big < other",
            "big.contains('a')", "base64.decode(open) == b''", "fromJSON(open) == 1", "[big, 1].join() == ''",
            "big.matches('1')", "'a'.matches(big)", "[i].transformMapEntry(k, v, {big: v}) == {}",
            "[1].sortBy(k, big) == []",
            "'a'.matches('^(b{100}){190}')", "big.endsWith(other)", "other.startsWith(big + 'a')",
            "strings.quote(big) == ''",
        ])
    func paidWork(predicate: String) {
        let big = String(repeating: "0", count: 100_000)
        let variables: [String: CELValue] = [
            "big": .string(big), "other": .string(String(repeating: "0", count: 99_999) + "1"),
            "open": .string(big + "%"), "map": .map(CELMap([(big, .int(1))])),
        ]
        let limits = CELLimits(cost: 100_000)
        let error = #expect(throws: CELError.self) {
            try evaluate("range(1000).filter(i, (\(predicate)) && false || false) == [1]", variables, limits: limits)
        }
        let absorbed = #expect(throws: CELError.self) {
            try evaluate("range(1000).exists(i, (\(predicate)) && false)", variables, limits: limits)
        }
        #expect(error?.code == .costExceeded)
        #expect(absorbed?.code == .costExceeded)
    }

    @Test("A class of many properties costs more than one letter")
    func heavyClass() throws {
        let text: [String: CELValue] = ["text": .string(String(repeating: "1", count: 10_000))]
        let limits = CELLimits(cost: 20_000)
        let properties = String(repeating: "\\\\pL\\\\p{Greek}", count: 40)
        #expect(try evaluate("text.matches('[a-z]')", text, limits: limits) == .bool(false))
        let error = #expect(throws: CELError.self) {
            try evaluate("text.matches('[\(properties)]')", text, limits: limits)
        }
        #expect(error?.code == .costExceeded)
    }

    /// Forty lists, each holding the one before twice: 2^40 elements to whoever walks through them.
    private static func doubled(_ body: String) -> String {
        let names = (0...40).map { "v\($0)" }
        let binds = names.indices.dropFirst().map { "cel.bind(\(names[$0]), [\(names[$0 - 1]), \(names[$0 - 1])], " }
        return "cel.bind(v0, [1, 1], " + binds.joined() + body + String(repeating: ")", count: binds.count + 1)
    }

    @Test(
        "A value of shared parts is measured as if they were not shared",
        arguments: [
            ("v40", CELError.Code.resultTooLarge), ("toJSON(v40)", .costExceeded), ("v40 == v40", .costExceeded),
            ("'%s'.format([v40])", .costExceeded), ("[v40, v39].distinct()", .costExceeded),
            ("[v40] + [v40]", .resultTooLarge),
            ("optional.of({'a': v40})", .resultTooLarge), ("v40 in [v40]", .costExceeded),
        ])
    func sharedParts(body: String, code: CELError.Code) {
        let error = #expect(throws: CELError.self) { try evaluate(Self.doubled(body)) }
        #expect(error?.code == code)
    }

    @Test("Shared parts that are not shown cost nothing")
    func hiddenParts() throws {
        #expect(try evaluate(Self.doubled("size(v40)")) == .int(2))
    }

    @Test("JSON of text that must be escaped stays within the limit of texts")
    func escapedJSON() {
        let error = #expect(throws: CELError.self) {
            try evaluate(
                "toJSON([t, t, t])", ["t": .string(String(repeating: "\u{1}", count: 500))],
                limits: CELLimits(textBytes: 2_000))
        }
        #expect(error?.code == .resultTooLarge)
    }

    @Test("Large parts in many groups are refused instead of copied once for each")
    func nestedGroups() {
        let pattern =
            String(repeating: "(b", count: 900) + "(a{100}){190}" + String(repeating: ")", count: 900)
        let error = #expect(throws: CELError.self) { try evaluate("'a'.matches('\(pattern)')") }
        #expect(error?.code == .invalidRegex)
    }

    @Test("Many large literal patterns are read when they are needed, not all beforehand")
    func manyPatterns() throws {
        let patterns = Array(repeating: "'b'.matches('(a{100}){190}')", count: 3_000).joined(separator: " || ")
        let expression = try CELExpression(parsing: patterns)
        let error = #expect(throws: CELError.self) { try expression.evaluate(in: CELVariables()) }
        #expect(error?.code == .costExceeded)
    }

    @Test(
        "Messages stay short",
        arguments: [
            "math.greatest(range(100000).map(i, 'a'))", "int(accents)", "duration(accents)", "timestamp(accents)",
            "{'a': 1}[accents]", "[accents, accents].transformMapEntry(i, v, {v: i})", "timestamp(0).getHours(accents)",
            "'a'.matches('(' + accents)", "timestamp('0001-01-01T00:00:00.' + accents + '+01:00')",
            "{'a': 1}[bytes(accents)]", "bool(accents)", "fromJSON(accents)",
            "'%'.format([accents])",
        ])
    func messages(source: String) {
        // One character to Swift, however many code points.
        let accents = "e" + String(repeating: "\u{301}", count: 100_000)
        let error = #expect(throws: CELError.self) { try evaluate(source, ["accents": .string(accents)]) }
        #expect((error?.message.utf8.count ?? .max) < 1_000)
    }
}
