import JSON
import Testing
import WorkflowCore
import WorkflowDefinitions

@Suite("Parameters")
struct ParameterTests {
    private static func definition() throws -> Definition {
        try #require(
            Loading.definition(
                """
                name: w
                params:
                  cluster: {pattern: "^[a-z-]+$", required: true}
                  nodes: {type: integer, default: 3, min: 1, max: 50}
                  env: {enum: [staging, production], default: staging}
                  ratio: {type: number}
                  fast: {type: boolean, default: false}
                  zones: {type: array}
                  tags: {type: object, default: {a: 1}}
                stages: [{name: s, steps: [{name: a, run: x}]}]
                """))
    }

    @Test("given values, defaults, and null for what is neither")
    func defaults() throws {
        let values = try ParameterResolver.resolve(try Self.definition(), given: ["cluster": .text("a-b")])
        #expect(
            values == [
                "cluster": "a-b", "nodes": 3, "env": "staging", "ratio": nil, "fast": false, "zones": nil,
                "tags": ["a": 1],
            ])
    }

    @Test("texts are read as the declared type says")
    func texts() throws {
        let values = try ParameterResolver.resolve(
            try Self.definition(),
            given: [
                "cluster": .text("x"), "nodes": .text("7"), "ratio": .text("2"), "fast": .text("true"),
                "zones": .text("[\"a\", 1]"), "tags": .text("{\"b\": null}"), "env": .text("production"),
            ])
        #expect(
            values == [
                "cluster": "x", "nodes": 7, "ratio": 2, "fast": true, "zones": ["a", 1], "tags": ["b": nil],
                "env": "production",
            ])
    }

    @Test("values keep their type; a whole number is an integer however it was written")
    func values() throws {
        let values = try ParameterResolver.resolve(
            try Self.definition(), given: ["cluster": .value("x"), "nodes": .value(.double(4)), "ratio": .value(0.5)])
        #expect(values["nodes"] == .int(4))
        #expect(values["ratio"] == .double(0.5))
    }

    @Test("all problems are told at once")
    func problems() throws {
        let definition = try Self.definition()
        let error = #expect(throws: ParameterError.self) {
            try ParameterResolver.resolve(
                definition,
                given: [
                    "node": .text("1"), "nodes": .text("51"), "env": .text("prod"), "ratio": .text("x"),
                    "fast": .text("yes"),
                    "zones": .text("a,b"), "tags": .value("x"),
                ])
        }
        #expect(
            error?.problems.map(\.text) == [
                #"parameter "cluster" is required; give it with -p cluster=…"#,
                #"parameter "env" must be one of "staging", "production", not "prod""#,
                #"parameter "fast" must be a boolean, not "yes"; write true"#,
                #"w has no parameter "node"; did you mean "nodes"?"#,
                #"parameter "nodes" must be at most 50, not 51"#,
                #"parameter "ratio" must be a number, not "x""#,
                #"parameter "tags" must be an object, not "x""#,
                #"parameter "zones" must be an array, not "a,b"; write it as JSON: ["a", "b"]"#,
            ])
        #expect(error?.problems.first?.code == .missingKey)
    }

    @Test(
        "patterns, ranges and types",
        arguments: [
            ("cluster", GivenParameter.text("A"), #"parameter "cluster" must match ^[a-z-]+$, and "A" does not"#),
            ("cluster", .value(5), #"parameter "cluster" must be a string, not 5; put it in quotes"#),
            ("nodes", .text("0"), #"parameter "nodes" must be at least 1, not 0"#),
            ("nodes", .text("1.5"), #"parameter "nodes" must be an integer, not "1.5""#),
            ("nodes", .text(""), #"parameter "nodes" must be an integer, not """#),
            ("nodes", .value("3"), #"parameter "nodes" must be an integer, not "3""#),
            ("ratio", .text("NaN"), #"parameter "ratio" must be a number, not "NaN""#),
            ("fast", .value(1), #"parameter "fast" must be a boolean, not 1"#),
        ])
    func single(name: String, given: GivenParameter, expected: String) throws {
        let definition = try Self.definition()
        var all: [String: GivenParameter] = ["cluster": .text("x")]
        all[name] = given
        let error = #expect(throws: ParameterError.self) { try ParameterResolver.resolve(definition, given: all) }
        #expect(error?.message == expected)
    }
}
