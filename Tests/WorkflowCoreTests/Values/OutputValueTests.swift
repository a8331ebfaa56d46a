import JSON
import Testing

@testable import WorkflowCore

@Suite("Types of outputs")
struct OutputValueTests {
    @Test(
        "A value has a type only if its text survives it",
        arguments: [
            ("", .string("")), ("x", "x"), ("true", true), ("false", false), ("null", .null), ("True", "True"),
            (" true", " true"), ("0", 0), ("-1", -1), ("9223372036854775807", 9_223_372_036_854_775_807),
            ("9223372036854775808", "9223372036854775808"), ("1234567890123456789012", "1234567890123456789012"),
            ("007", "007"), ("+5", "+5"), ("-0", "-0"), ("1.5", 1.5), ("1.10", "1.10"), ("1.0", .double(1)),
            ("1.", "1."),
            (".5", ".5"), ("1e5", "1e5"), ("12e4567", "12e4567"), ("1e+100", .double(1e100)), ("nan", "nan"),
            ("inf", "inf"), ("-inf", "-inf"), ("0x10", "0x10"), ("1_000", "1_000"), ("12:30", "12:30"),
            ("[1, \"a\"]", [1, "a"]), (" {\"a\": null} ", ["a": .null]), ("[1", "[1"), ("{a: 1}", "{a: 1}"),
            ("[1234567890123456789012]", "[1234567890123456789012]"), ("{\"a\": 1.10}", "{\"a\": 1.10}"),
            ("[1e5]", "[1e5]"), ("[true, -1.5, 1e+100]", [true, -1.5, .double(1e100)]),
            ("[\"1.10 \\\" 1.10\"]", ["1.10 \" 1.10"]),
            ("{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":2}"), ("\"x\"", "\"x\""), ("[1] x", "[1] x"),
            (String(repeating: "[", count: 100_000), .string(String(repeating: "[", count: 100_000))),
        ] as [(String, JSONValue)])
    func types(_ text: String, _ expected: JSONValue) {
        #expect(OutputValue.typed(text) == expected)
    }

    @Test(
        "A declared type decides",
        arguments: [
            (.string, "15.5", "15.5"), (.string, "12345678", "12345678"), (.string, "true", "true"),
            (.string, "null", "null"), (.string, "{}", "{}"), (.string, "[1,  2]", "[1,  2]"), (.string, "007", "007"),
            (.string, "", ""), (.string, " x ", " x "), (.string, "1e5", "1e5"), (.string, "a\nb", "a\nb"),
            (.number, "1.10", .double(1.1)), (.number, ".5", .double(0.5)), (.number, "1e3", .double(1000)),
            (.number, "007", 7), (.number, "+3", 3), (.number, "5.", .double(5)), (.number, "-0.50", .double(-0.5)),
            (.number, "   42", 42), (.number, "3.0", .double(3)), (.number, "1E-2", .double(0.01)),
            (.number, "1180591620717411303424", .double(1_180_591_620_717_411_303_424)),
            (.integer, "007", 7), (.integer, "+3", 3), (.integer, "3.0", 3), (.integer, "1e3", 1000),
            (.integer, "-0", 0), (.integer, "  42", 42), (.integer, "1.50e1", 15), (.integer, "0.0", 0),
            (.integer, "9007199254740993.0", 9_007_199_254_740_993),
            (.integer, "-9223372036854775808", .int(.min)), (.boolean, "true", true), (.boolean, "false\r", false),
            (.array, "[1.10, 007]", nil), (.array, "[1.10]", .array([.double(1.1)])), (.array, " [] ", []),
            (.object, "{\"a\": [1]}", ["a": [1]]), (.object, "{}", [:]),
            (.number, "abc", nil), (.number, "", nil), (.number, ".", nil), (.number, "1e", nil),
            (.number, "0x10", nil),
            (.number, "1_000", nil), (.number, "1,5", nil), (.number, "inf", nil), (.number, "nan", nil),
            (.number, "1e999", nil), (.number, "1e99999999999999999999", nil), (.number, "1 2", nil),
            (.number, "--1", nil), (.number, "null", nil), (.number, "true", nil), (.integer, "3.5", nil),
            (.number, "18446744073709551615", nil), (.object, "{\"id\":18446744073709551615}", nil),
            (.array, "[-9223372036854775809]", nil), (.integer, "9223372036854775808", nil), (.integer, "1e19", nil),
            (.integer, "1e-1", nil),
            (.integer, "[1]", nil), (.boolean, "yes", nil), (.boolean, "1", nil), (.boolean, "True", nil),
            (.array, "{}", nil), (.array, "a,b", nil), (.object, "[]", nil), (.object, "", nil), (.array, "null", nil),
        ] as [(Parameter.Kind, String, JSONValue?)])
    func declared(_ kind: Parameter.Kind, _ text: String, _ expected: JSONValue?) {
        let given = GivenOutputs(texts: ["v": text])
        #expect((try? given.typed(by: [OutputDeclaration(name: "v", kind: kind)])) == expected.map { ["v": $0] })
    }

    @Test("What a declaration does not name has the type that it looks like")
    func others() throws {
        let given = GivenOutputs(texts: ["v": "15.5", "w": "15.5", "x": "007"])
        let values = try given.typed(by: [OutputDeclaration(name: "v", kind: .string)])
        #expect(values == ["v": "15.5", "w": .double(15.5), "x": "007"])
        #expect(given.values == ["v": .double(15.5), "w": .double(15.5), "x": "007"])
    }

    @Test(
        "A failure shows the value, cut and without control characters",
        arguments: [
            ("abc", "the output v is \"abc\", which is not of the declared type integer"),
            ("\u{1B}[2J", "the output v is \"\\u{1b}[2J\", which is not of the declared type integer"),
            (
                String(repeating: "x", count: 5_000),
                "the output v is \"\(String(repeating: "x", count: 100))…\", which is not of the declared type integer"
            ),
        ])
    func message(_ text: String, _ expected: String) {
        let problem = #expect(throws: OutputProblem.self) {
            try GivenOutputs(texts: ["v": text]).typed(by: [OutputDeclaration(name: "v", kind: .integer)])
        }
        #expect(problem?.failure.code == "output_type")
        #expect(problem?.failure.message == expected)
    }

    @Test("JSON of somebody who has typed it already keeps its type")
    func values() throws {
        let text = [OutputDeclaration(name: "v", kind: .string)]
        #expect(try GivenOutputs(["v": "a"]).typed(by: text) == ["v": "a"])
        #expect(throws: OutputProblem.self) { try GivenOutputs(["v": 15]).typed(by: text) }
    }
}
