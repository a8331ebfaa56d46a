import JSON
import Testing

@Suite("Texts by their bytes")
struct ExactTextTests {
    /// Canonically equivalent, and not the same: `==` says that they are equal.
    static let pairs = [
        ("\u{E9}", "e\u{301}"), ("K", "\u{212A}"), ("\u{C5}", "\u{212B}"), ("\u{AC00}", "\u{1100}\u{1161}"),
        ("a\u{323}\u{307}", "a\u{307}\u{323}"), ("A\u{30A}", "\u{212B}"),
    ]

    @Test("Canonically equivalent texts are two", arguments: pairs)
    func texts(_ left: String, _ right: String) {
        #expect(left == right)
        #expect(ExactText(left) != ExactText(right))
        #expect(ExactText(left) == ExactText(left))
        #expect(Set([ExactText(left), ExactText(right)]).count == 2)
        #expect((ExactText(left) < ExactText(right)) != (ExactText(right) < ExactText(left)))
    }

    @Test("A map keeps both", arguments: pairs)
    func maps(_ left: String, _ right: String) {
        var map: ExactMap<Int> = [left: 1]
        #expect(map[right] == nil)
        map[right] = 2
        #expect(map[left] == 1 && map[right] == 2)
        #expect(map.updateValue(3, forKey: right) == 2)
        #expect(map.removeValue(forKey: left) == 1)
        #expect(map[left] == nil && map[right, default: 0] == 3)
        #expect(map == [right: 3] && map != [left: 3])
    }

    @Test("Values are equal by their bytes, and so are keys", arguments: pairs)
    func values(_ left: String, _ right: String) throws {
        #expect(JSONValue.string(left) != .string(right))
        #expect(JSONValue.object([left: 1]) != .object([right: 1]))
        #expect(JSONValue.array([.string(left)]) != .array([.string(right)]))
        #expect(JSONValue.object([left: 1]) == .object([left: 1]))
        #expect([JSONValue.string(left)].contains(.string(right)) == false)
    }

    @Test("Two such members of one object are refused, and not for standing twice", arguments: pairs)
    func members(_ left: String, _ right: String) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: "{\"\(left)\": 1, \"\(right)\": 2}") }
        #expect(error?.code == .duplicateKey)
        #expect(error?.message.contains("differs in its bytes alone") == true)
    }
}
