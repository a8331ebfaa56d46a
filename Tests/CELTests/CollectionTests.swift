import CEL
import Testing

@Suite("Lists and maps")
struct CollectionTests {
    @Test(
        "Access and membership",
        arguments: [
            ["[1, 2][1]", "2"], ["[1, 2][1u]", "2"], ["[1, 2][1.0]", "2"], ["{'a': 1}['a']", "1"], ["{'a': 1}.a", "1"],
            ["{1: 'x'}[1u]", "'x'"], ["{1u: 'x'}[1.0]", "'x'"],
            ["{true: 1}[true]", "1"], ["1 in [1.0]", "true"], ["'a' in {'a': 1}", "true"], ["1.0 in {1: 'x'}", "true"],
            ["1.5 in {1: 'x'}", "false"], ["null in [null]", "true"],
            ["size({'a': 1})", "1"], ["{'a': 1, 'b': 2}.size()", "2"], ["size(b'\\xff\\xff')", "2"],
            ["range(3)", "[0, 1, 2]"], ["range(0)", "[]"], ["lists.range(2)", "[0, 1]"],
            ["range(3).map(x, x * x)", "[0, 1, 4]"], ["[1, 2, 3, 4].slice(1, 3)", "[2, 3]"],
            ["[1, [2, [3]]].flatten()", "[1, 2, [3]]"], ["[1, [2, [3]]].flatten(2)", "[1, 2, 3]"],
            ["[[1]].flatten(0)", "[[1]]"], ["[1, 2, 1.0, 'b', 'b'].distinct()", "[1, 2, 'b']"],
            ["[3, 1, 2].sort()", "[1, 2, 3]"], ["['b', 'a'].sort()", "['a', 'b']"],
            ["sets.contains([1, 2, 3, 4], [2, 3])", "true"], ["sets.contains([], [1])", "false"],
            ["sets.equivalent([1], [1u, 1.0])", "true"],
            ["sets.equivalent([1], [1, 2])", "false"], ["sets.intersects([1], [])", "false"],
            ["sets.intersects([[1], [2, 3]], [[1, 2], [2, 3.0]])", "true"],
        ] as [Equivalence])
    func access(_ pair: Equivalence) throws { try pair.check() }

    @Test(
        "Misuse fails",
        arguments: [
            FailingExpression("[1][1]", .indexOutOfBounds), FailingExpression("[1][-1]", .indexOutOfBounds),
            FailingExpression("[1][0.5]", .invalidArgument),
            FailingExpression("[1]['a']", .invalidArgument), FailingExpression("{'a': 1}['b']", .noSuchKey),
            FailingExpression("{'a': 1}.b", .noSuchKey),
            FailingExpression("{'a': 1}[null]", .noSuchKey), FailingExpression("{1.0: 1}", .unsupportedKey),
            FailingExpression("{[]: 1}", .unsupportedKey),
            FailingExpression("{'a': 1, 'a': 2}", .duplicateKey), FailingExpression("{1: 1, 1u: 2}", .duplicateKey),
            FailingExpression("1.a", .noSuchOverload),
            FailingExpression("'a'[0]", .noSuchOverload), FailingExpression("range(-1)", .invalidArgument),
            FailingExpression("range('a')", .noSuchOverload),
            FailingExpression("[1, 'a'].sort()", .noSuchOverload), FailingExpression("[[1]].sort()", .noSuchOverload),
            FailingExpression("[1].slice(0, 2)", .indexOutOfBounds),
            FailingExpression("[1].flatten(-1)", .invalidArgument), FailingExpression("size(1)", .noSuchOverload),
        ])
    func failures(_ item: FailingExpression) { item.check() }

    @Test("A map keeps the order of its entries, looks up many and few, and equals another in any order")
    func maps() throws {
        for count in [3, 50] {
            var map = CELMap()
            var reversed = CELMap()
            for number in 0..<count {
                let isNew = map.insert(.int(Int64(number)), for: .string("k\(number)"))
                #expect(isNew)
            }
            for number in (0..<count).reversed() { reversed.insert(.int(Int64(number)), for: .string("k\(number)")) }
            #expect(map.entries.map(\.key.text) == (0..<count).map { "k\($0)" })
            #expect(map == reversed)
            #expect(CELValue.map(map).hashValue == CELValue.map(reversed).hashValue)
            #expect(map["k2"] == .int(2))
            #expect(map["k\(count)"] == nil)
            let isNew = map.insert(.null, for: .string("k1"))
            #expect(!isNew)
            #expect(map != reversed)
            #expect(map.count == count)
        }
    }
}
