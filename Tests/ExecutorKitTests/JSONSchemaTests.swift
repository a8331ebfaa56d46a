import ExecutorKit
import JSON
import Testing

@Suite struct JSONSchemaTests {
    private func schema(_ text: String) throws -> JSONSchema {
        try JSONSchema(try JSONValue(parsing: text), at: "the schema")
    }

    private func told(_ schema: String, _ value: String) throws -> [String] {
        try self.schema(schema).problems(with: try JSONValue(parsing: value)).map(\.description)
    }

    @Test(arguments: [
        (#"{"type": "string"}"#, #""a""#, []),
        (#"{"type": "string"}"#, "3", ["must be a text, not 3"]),
        (#"{"type": "integer"}"#, "3.0", []),
        (#"{"type": "integer"}"#, "3.5", ["must be a whole number, not 3.5"]),
        (#"{"type": "number"}"#, "3", []),
        (#"{"type": ["string", "null"]}"#, "true", ["must be a text or null, not true"]),
        (#"{"enum": ["a", "b"]}"#, #""c""#, [#"must be one of "a", "b", not "c""#]),
        (#"{"const": 1}"#, "1.0", []),
        (#"{"minimum": 1, "maximum": 3}"#, "4", ["must be at most 3, not 4"]),
        (#"{"exclusiveMinimum": 0}"#, "0", ["must be above 0, not 0"]),
        (#"{"minLength": 1}"#, #""""#, ["must not be empty"]),
        (#"{"pattern": "^a+$"}"#, #""ab""#, [#"must match ^a+$, and "ab" does not"#]),
        (
            #"{"items": {"type": "integer"}, "minItems": 3}"#, #"[1, "x"]"#,
            ["must have at least 3 elements, and has 2", #"[1] must be a whole number, not "x""#]
        ),
        (#"{"uniqueItems": true}"#, "[1, 2, 1]", ["must not have the same element twice"]),
        (
            #"{"required": ["a"], "properties": {"a": {}}, "additionalProperties": false}"#, #"{"b": 1}"#,
            [#"needs "a""#, "b is not known here"]
        ),
        (#"{"additionalProperties": {"type": "string"}}"#, #"{"x": 1}"#, ["x must be a text, not 1"]),
        (
            #"{"properties": {"h": {"type": "object", "properties": {"n": {"type": "boolean"}}}}}"#,
            #"{"h": {"n": "yes"}}"#,
            [#"h.n must be true or false, not "yes""#]
        ),
        (
            #"{"oneOf": [{"type": "string"}, {"type": "integer"}]}"#, "true",
            ["must be a text or a whole number, not true"]
        ),
        (#"{"oneOf": [{"type": "number"}, {"type": "integer"}]}"#, "1", ["fits 2 of its forms, and must fit one"]),
        (
            #"{"anyOf": [{"type": "string", "minLength": 2}, {"type": "integer"}]}"#, #""a""#,
            ["must have at least 2 characters, and has 1"]
        ),
        (
            #"{"allOf": [{"minimum": 2}, {"maximum": 1}]}"#, "1.5",
            ["must be at least 2, not 1.5", "must be at most 1, not 1.5"]
        ),
    ])
    func aValueIsCheckedByEachKeyword(_ schema: String, _ value: String, _ problems: [String]) throws {
        #expect(try told(schema, value) == problems)
    }

    @Test func whatAnExpressionGivesIsCheckedAsFarAsItIsKnown() throws {
        let schema = try schema(
            #"{"type": "object", "properties": {"n": {"type": "integer", "minimum": 5}, "s": {"type": "string"}}}"#)
        #expect(schema.problems(with: .object([("n", .unknown([]))])).isEmpty)
        #expect(schema.problems(with: .object([("n", .unknown([.integer]))])).isEmpty)
        #expect(
            schema.problems(with: .object([("n", .unknown([.string])), ("s", .unknown([.string]))])).map(\.description)
                == ["n must be a whole number, not an expression that gives a text"])
    }

    @Test func anUnknownMemberKnowsItsNeighbours() throws {
        let schema = try schema(#"{"properties": {"url": {}, "method": {}}, "additionalProperties": false}"#)
        let problem = try #require(schema.problems(with: ["urll": 1]).first)
        #expect(problem.kind == .unknown("urll", known: ["method", "url"]))
        #expect(problem.path == [.member("urll")])
    }

    @Test func defaultsAreFilledInInside() throws {
        let schema = try schema(
            """
            {"properties": {"times": {"default": 1}, "poll": {"properties": {"every": {"default": "1s"}}},
             "list": {"items": {"properties": {"x": {"default": null}}}}}}
            """)
        #expect(schema.withDefaults(["text": "a"]) == ["text": "a", "times": 1])
        #expect(schema.withDefaults(["times": 2, "poll": [:]]) == ["times": 2, "poll": ["every": "1s"]])
        #expect(schema.withDefaults(["list": [[:]]]) == ["times": 1, "list": [["x": nil]]])
    }

    @Test(arguments: [
        ("not", #"{"not": {}}"#), ("$ref", ##"{"$ref": "#"}"##), ("if", #"{"if": {}}"#),
        ("patternProperties", #"{"patternProperties": {}}"#), ("tpye", #"{"tpye": "string"}"#),
    ])
    func aKeywordThatIsNotCheckedIsRefusedByName(_ keyword: String, _ text: String) throws {
        let json = try JSONValue(parsing: text)
        let error = try #require(throws: DescriptorError.self) { try JSONSchema(json, at: "\"with\"") }
        #expect(error.code == .unsupportedKeyword)
        #expect(error.message.hasPrefix("\"\(keyword)\" of \"with\""))
    }

    @Test func anExpressionNamesItsVariables() throws {
        let schema = try schema(#"{"type": "string", "format": "cel", "variables": {"status": {"type": "integer"}}}"#)
        #expect(schema.isExpression)
        #expect(schema.variables.map(\.name) == ["status"])
        #expect(throws: DescriptorError.self) {
            try self.schema(#"{"variables": {}, "type": "string", "variables2": 1}"#)
        }
    }
}
