import Testing

@Suite("eval")
struct EvalTests {
    @Test(
        "Values as JSON",
        arguments: [
            ("1 + 2", "3"), ("1.5", "1.5"), ("0.0 / 0.0", "\"NaN\""), ("1.0 / 0.0", "\"Infinity\""),
            ("-1.0 / 0.0", "\"-Infinity\""), ("b'abc'", "\"YWJj\""), ("duration('90s')", "\"90s\""),
            ("timestamp('2026-02-02T10:15:30Z')", "\"2026-02-02T10:15:30Z\""), ("type(1)", "\"int\""),
            ("{1: 'a', true: 'b'}", "{\"1\":\"a\",\"true\":\"b\"}"), ("null", "null"), ("-3", "-3"),
            ("18446744073709551615u", "18446744073709551615"), ("[1, 'x', false]", "[1,\"x\",false]"),
        ])
    func json(expression: String, expected: String) throws {
        let result = try Command.run(["eval", expression, "-o", "json"], in: try TestFolder())
        #expect(result.status == 0, "\(result)")
        #expect(result.output == expected + "\n")
    }

    @Test("Text is as in definitions: strings bare, null empty")
    func text() throws {
        let folder = try TestFolder()
        #expect(try Command.run(["eval", "'a' + 'b'"], in: folder).output == "ab\n")
        #expect(try Command.run(["eval", "null"], in: folder).output == "\n")
        #expect(folder.names() == [])
    }

    @Test("A dash reads the expression from standard input")
    func standardInput() throws {
        let result = try Command.run(["eval", "-"], in: try TestFolder(), input: Array("'abc'.size()\n".utf8))
        #expect(result.output == "3\n")
    }

    @Test("The members of the input are the variables")
    func input() throws {
        let folder = try TestFolder()
        try folder.write("in.json", #"{"params": {"nodes": 4}}"#)
        #expect(try Command.run(["eval", "params.nodes * 2", "--input", "in.json"], in: folder).output == "8\n")
        #expect(try Command.run(["eval", "1", "--input", "none.json"], in: folder).status == 66)
        try folder.write("list.json", "[1]")
        #expect(try Command.run(["eval", "1", "--input", "list.json"], in: folder).status == 65)
    }

    @Test("What cannot be parsed or evaluated is 65", arguments: ["1 +", "x", "1 / 0", "[1][3]", "nope()"])
    func failures(expression: String) throws {
        let result = try Command.run(["eval", expression, "-o", "json"], in: try TestFolder())
        #expect(result.status == 65)
        #expect(result.output == "")
        #expect(result.error.hasPrefix("error: "))
    }

    @Test(
        "Text that YAML could take for another type is quoted",
        arguments: [
            ("'no'", "\"no\""), ("'007'", "\"007\""), ("'a\\nb\\u0085'", "\"a\\nb\\x85\""), ("1e20", "1.0e+20"),
            ("{'no': 1, 'b': [1, 'x']}", "b: [1, \"x\"]\n\"no\": 1"),
            ("{'a': {'b': {}}, 'c': []}", "a:\n  b: {}\nc: []"),
        ])
    func yaml(expression: String, expected: String) throws {
        #expect(try Command.run(["eval", expression, "-o", "yaml"], in: try TestFolder()).output == expected + "\n")
    }
}
