import JSON
import Testing

@Suite("Writing JSON")
struct JSONWriterTests {
    @Test(
        "Values have one canonical compact text",
        arguments: [
            (nil, "null"), (true, "true"), (false, "false"), (0, "0"), (7, "7"), (-10, "-10"),
            (.int(.max), "9223372036854775807"), (.int(.min), "-9223372036854775808"),
            (1.0, "1.0"), (0.1, "0.1"), (-0.0, "-0.0"), (1e300, "1e+300"), (.double(.leastNonzeroMagnitude), "5e-324"),
            (123456.789, "123456.789"),
            ("", "\"\""), ("a\"\\/\n\r\t\u{8}\u{c}\u{1}\u{7f}é😀", "\"a\\\"\\\\/\\n\\r\\t\\b\\f\\u0001\u{7f}é😀\""),
            ([], "[]"), ([:], "{}"), ([1, [2], [:]], "[1,[2],{}]"),
            (["b": 1, "a": [nil], "B": 2, "": 3], #"{"":3,"B":2,"a":[null],"b":1}"#),
            (
                ["z": 1, "é": 2, "😀": 3, "\u{FFFD}": 4, "aa": 5, "a": 6],
                "{\"a\":6,\"aa\":5,\"z\":1,\"é\":2,\"\u{FFFD}\":4,\"😀\":3}"
            ),
        ] as [(JSONValue, String)])
    func compact(value: JSONValue, text: String) throws {
        #expect(try value.compactText() == text)
    }

    @Test("Keys are ordered by bytes, not by Swift's normalized order")
    func keyOrder() throws {
        let value: JSONValue = ["e\u{301}x": 1, "ez": 2, "é": 3]
        #expect(try Array(value.compactText().utf8) == Array("{\"ez\":2,\"e\u{301}x\":1,\"é\":3}".utf8))
    }

    @Test("Every double reads back as the same double", arguments: 0..<8)
    func doublesRoundTrip(seed: Int) throws {
        var random = SplitMix(state: UInt64(seed))
        for _ in 0..<2_000 {
            let double = Double(bitPattern: random.next())
            guard double.isFinite else { continue }
            #expect(try JSONValue(parsing: JSONValue.double(double).compactBytes()) == .double(double))
        }
    }

    @Test("A double that is not finite is refused, and nothing of its value stays behind")
    func notFinite() throws {
        var writer = JSONWriter()
        try writer.write(1)
        for value in [Double.nan, .infinity, -.infinity] {
            let error = #expect(throws: JSONError.self) { try writer.write(["a": [.double(value)]]) }
            #expect(error?.code == .notFinite)
        }
        try writer.write([2])
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "1[2]")
    }

    @Test("A value nested too deep is refused")
    func depth() throws {
        var value: JSONValue = []
        for _ in 0..<JSONLimits.writtenDepth { value = [value] }
        #expect(throws: Never.self) { try value.compactBytes() }
        value = [value]
        let error = #expect(throws: JSONError.self) { try value.compactBytes() }
        #expect(error?.code == .tooDeep)
    }

    @Test("The pretty form indents by two spaces and keeps empty containers on one line")
    func pretty() throws {
        let value: JSONValue = ["b": [1, ["c": []]], "a": [:]]
        #expect(
            try value.prettyText() == """
                {
                  "a": {},
                  "b": [
                    1,
                    {
                      "c": []
                    }
                  ]
                }
                """)
    }
}
