import CEL
import JSON
import Testing

@Suite("Values, JSON and text")
struct ValueTests {
    @Test(
        "The JSON form of values",
        arguments: [
            ("1", "1"), ("1u", "1"), ("1.0", "1.0"), ("0.0/0.0", "\"NaN\""), ("1.0/0.0", "\"Infinity\""),
            ("-1.0/0.0", "\"-Infinity\""), ("b'\\x00\\xff'", "\"AP8=\""),
            ("duration('1.5s')", "\"1.5s\""), ("timestamp(0)", "\"1970-01-01T00:00:00Z\""), ("int", "\"int\""),
            ("{2: 'b', 1: 'a', true: null}", #"{"1":"a","2":"b","true":null}"#),
            ("[null, true, 'x\"']", #"[null,true,"x\""]"#), ("optional.none()", "null"), ("[optional.of(1)]", "[1]"),
            ("{}", "{}"), ("{'é': 1, 'z': 2}", #"{"z":2,"é":1}"#),
        ])
    func json(source: String, text: String) throws {
        let value = try evaluate(source)
        #expect(try value.json().compactText() == text)
        #expect(try value.jsonText() == text)
        #expect(try evaluate("toJSON(x)", ["x": value]) == .string(text))
    }

    @Test("An unsigned integer beyond Int64 keeps its digits in text and is refused by the exact document")
    func largeUnsigned() throws {
        #expect(try evaluate("toJSON([18446744073709551615u])") == .string("[18446744073709551615]"))
        let error = #expect(throws: CELError.self) { try CELValue.uint(.max).json() }
        #expect(error?.code == .overflow)
    }

    @Test("Keys of equal text are no JSON object")
    func equalKeys() throws {
        let value = try evaluate("{1: 'a', '1': 'b'}")
        #expect(throws: CELError.self) { try value.json() }
        #expect(throws: CELError.self) { try value.jsonText() }
    }

    @Test(
        "The form inside a text",
        arguments: [
            ("'a b'", "a b"), ("null", ""), ("1", "1"), ("1.0", "1"), ("1.5", "1.5"), ("true", "true"), ("2u", "2"),
            ("[1, 'a']", "[1,\"a\"]"), ("{'a': 1}", "{\"a\":1}"),
            ("duration('90s')", "90s"), ("timestamp(0)", "1970-01-01T00:00:00Z"), ("b'abc'", "YWJj"),
            ("optional.none()", ""), ("optional.of('x')", "x"), ("int", "int"),
        ])
    func text(source: String, text: String) throws {
        #expect(try evaluate(source).textForm() == text)
    }

    @Test("Documents become values with exact integers and sorted keys, and come back the same")
    func documents() throws {
        let document: JSONValue = ["b": [1, 2.5, nil, true, "x"], "a": ["z": 9_007_199_254_740_993, "y": [:]]]
        let value = CELValue(document)
        #expect(try evaluate("toJSON(d.map(k, k))", ["d": value]) == .string(#"["a","b"]"#))
        #expect(
            try evaluate("d.a.z == 9007199254740993 && type(d.b[0]) == int && type(d.b[1]) == double", ["d": value])
                == .bool(true))
        #expect(try value.json() == document)
        #expect(try evaluate("fromJSON(toJSON(d)) == d", ["d": value]) == .bool(true))
    }

    @Test(
        "Text that is no JSON fails",
        arguments: [
            FailingExpression("fromJSON('{')", .invalidJSON),
            FailingExpression("fromJSON('{\"a\":1,\"a\":2}')", .invalidJSON),
            FailingExpression("fromJSON(1)", .noSuchOverload),
            FailingExpression("toJSON()", .noSuchOverload),
        ])
    func badJSON(_ item: FailingExpression) { item.check() }

    @Test("Swift's equality is by type and code points, and hashing agrees")
    func swiftEquality() throws {
        #expect(CELValue.int(1) != .uint(1))
        #expect(CELValue.int(1).isEqual(to: .uint(1)))
        #expect(CELValue.string("é") != .string("e\u{301}"))
        #expect(CELValue.double(.nan) == .double(.nan))
        #expect(!CELValue.double(.nan).isEqual(to: .double(.nan)))
        #expect(
            Set([CELValue.double(.nan), .double(.nan), .double(0), .double(-0.0), .null, .string("a"), .string("a")])
                .count == 4)
    }
}
