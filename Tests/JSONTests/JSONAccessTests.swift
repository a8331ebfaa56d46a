import JSON
import Testing

@Suite("Looking into JSON")
struct JSONAccessTests {
    private let value: JSONValue = ["s": "x", "i": 3, "d": 2.5, "b": true, "a": [1, nil], "o": ["k": 1]]

    @Test("An accessor answers for its own kind")
    func own() {
        #expect(value["s"]?.stringValue == "x")
        #expect(value["i"]?.intValue == 3)
        #expect(value["i"]?.doubleValue == 3)
        #expect(value["d"]?.doubleValue == 2.5)
        #expect(value["b"]?.boolValue == true)
        #expect(value["a"]?.arrayValue == [1, nil])
        #expect(value["a"]?[1]?.isNull == true)
        #expect(value["o"]?.objectValue == ["k": 1])
        #expect(value["o"]?["k"] == 1)
    }

    @Test("An accessor answers nil for another kind, a missing key and an index out of range")
    func other() {
        #expect(value["s"]?.intValue == nil)
        #expect(value["i"]?.stringValue == nil)
        #expect(value["d"]?.intValue == nil)
        #expect(value["none"] == nil)
        #expect(value["a"]?[2] == nil)
        #expect(value["a"]?[-1] == nil)
        #expect(value["a"]?["k"] == nil)
        #expect(value["b"]?[0] == nil)
    }
}
