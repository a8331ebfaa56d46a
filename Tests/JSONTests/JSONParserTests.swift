import JSON
import Testing

@Suite("Reading JSON")
struct JSONParserTests {
    @Test(
        "Valid texts give their values",
        arguments: [
            ("null", .null), (" true ", true), ("\t\r\n false", false),
            ("0", 0), ("-0", 0), ("42", 42), ("9223372036854775807", .int(.max)),
            ("-9223372036854775808", .int(.min)), ("9223372036854775808", 9223372036854775808.0),
            ("1.0", 1.0), ("-1.5e3", -1500.0), ("1E-2", 0.01), ("-0.0", .double(-0.0)), ("1e-400", 0.0),
            ("12345678901234567890123", 12345678901234567890123.0), ("18446744073709551615", 18446744073709551615.0),
            ("\"\"", ""), ("\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\"", "a\"\\/\u{8}\u{c}\n\r\tz"),
            ("\"\\u00e9\\uD83D\\uDE00\"", "é😀"), ("\"\\n\"", "\n"), ("\"é😀\"", "é😀"),
            ("[]", []), ("[ ]", []), ("{}", [:]), ("{ }", [:]),
            ("[1,[2,[]],{\"a\":[]}]", [1, [2, []], ["a": []]]),
            ("{\"a\":1,\"b\":{\"c\":null}}", ["a": 1, "b": ["c": nil]]),
        ] as [(String, JSONValue)])
    func valid(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == value)
    }

    @Test(
        "Invalid texts are refused with a code and the byte where reading stopped",
        arguments: [
            ("", .unexpectedEnd, 0), ("   ", .unexpectedEnd, 3), ("nul", .unexpectedEnd, 3),
            ("nulL", .unexpectedCharacter, 0), ("tru3", .unexpectedCharacter, 0), ("1 2", .unexpectedCharacter, 2),
            ("[1", .unexpectedEnd, 2), ("[1,]", .unexpectedCharacter, 3), ("[1 2]", .unexpectedCharacter, 3),
            ("{\"a\":1,}", .unexpectedCharacter, 7), ("{a:1}", .unexpectedCharacter, 1),
            ("{\"a\"}", .unexpectedCharacter, 4),
            ("{\"a\":1,\"a\":2}", .duplicateKey, 7), ("01", .invalidNumber, 0), ("-", .invalidNumber, 0),
            ("1.", .invalidNumber, 0), (".5", .unexpectedCharacter, 0), ("1e", .invalidNumber, 0),
            ("+1", .unexpectedCharacter, 0),
            ("1e400", .numberOutOfRange, 0), ("NaN", .unexpectedCharacter, 0), ("\"", .unexpectedEnd, 0),
            ("\"a\nb\"", .unexpectedCharacter, 2), ("\"\\x\"", .invalidEscape, 1), ("\"\\u12zz\"", .invalidEscape, 1),
            ("\"\\uD800\"", .invalidEscape, 1), ("\"\\uDC00\\uD800\"", .invalidEscape, 1),
            ("'a'", .unexpectedCharacter, 0),
            ("\u{FEFF}1", .unexpectedCharacter, 0), ("[1]]", .unexpectedCharacter, 3),
            ("// x\n1", .unexpectedCharacter, 0),
        ] as [(String, JSONError.Code, Int)])
    func invalid(text: String, code: JSONError.Code, offset: Int) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(error?.code == code)
        #expect(error?.offset == offset)
    }

    @Test(
        "Where integers stay exact, one that would be rounded is refused",
        arguments: [
            ("9223372036854775809", 0), ("[-9223372036854775809]", 1), ("{\"id\":18446744073709551615}", 6),
            ("12345678901234567890123", 0), (String(repeating: "9", count: 300), 0), ("9223372036854775808", nil),
            ("[12345678901234567890123.0,1e22]", nil), ("-9223372036854775808", nil),
        ] as [(String, Int?)])
    func exact(text: String, offset: Int?) throws {
        do throws(JSONError) {
            _ = try JSONValue(parsing: text, limits: .exact)
            #expect(offset == nil)
        } catch {
            #expect(error.code == .numberOutOfRange && error.offset == offset)
        }
    }

    @Test(
        "Text that is not UTF-8 is refused",
        arguments: [[0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0xFF]] as [[UInt8]])
    func invalidUTF8(bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
    }

    @Test("Nesting is limited, and the limit itself is allowed")
    func depth() throws {
        let allowed = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
        #expect(throws: Never.self) { try JSONValue(parsing: allowed) }
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: "[\(allowed)]") }
        #expect(error?.code == .tooDeep)
        #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: "[{\"a\":", count: 1_000_000)) }
    }

    @Test("A text longer than the limit is refused before it is read")
    func size() {
        let error = #expect(throws: JSONError.self) {
            try JSONValue(parsing: "[1,2,3]", limits: JSONLimits(bytes: 6))
        }
        #expect(error?.code == .tooLarge)
    }

    @Test("Mutated texts never crash, and what is read is written and read again the same")
    func mutations() throws {
        let seed = Array(#"{"a":[1,-2.5e3,"x\u00e9\n",null,true,{"b":{}}],"c":"\"","d":9223372036854775807}"#.utf8)
        let alphabet = Array(#"{}[]:,"\u0aeE+-.tfn 19"#.utf8) + [0x00, 0x80, 0xC3, 0xFF]
        var random = SplitMix(state: 7)
        for _ in 0..<5_000 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[at] = alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
                case 1: bytes.remove(at: at)
                default: bytes.insert(alphabet[Int.random(in: 0..<alphabet.count, using: &random)], at: at)
                }
            }
            guard let value = try? JSONValue(parsing: bytes) else { continue }
            #expect(try JSONValue(parsing: value.compactBytes()) == value)
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
