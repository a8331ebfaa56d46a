import CEL
import Testing

/// A host with functions of its own, and one that fails.
private struct Host: CELActivation {
    func value(of name: String) throws(CELError) -> CELValue? {
        switch name {
        case "steps": .map(CELMap([("vpc", .map(CELMap([("id", .string("v-1"))])))]))
        case "broken": throw CELError(.host, "the variable cannot be read")
        case "int": .string("a variable called int")
        default: nil
        }
    }

    func call(_ function: String, _ arguments: [CELValue]) throws(CELError) -> CELValue? {
        switch function {
        case "success": .bool(arguments.isEmpty)
        case "fail": throw CELError(.host, "as asked")
        case "size": .string("never asked for")
        default: nil
        }
    }
}

@Suite("The host of an expression")
struct HostTests {
    private func run(_ source: String) throws(CELError) -> CELValue {
        try CELExpression(parsing: source).evaluate(in: Host())
    }

    @Test("Variables and functions of the host are used, built-in functions are never asked for")
    func uses() throws {
        #expect(try run("steps.vpc.id") == .string("v-1"))
        #expect(try run("success() && size('ab') == 2") == .bool(true))
        #expect(try run("success(1)") == .bool(false))
        #expect(try run("int") == .string("a variable called int"))
        #expect(try run("type(1) == uint") == .bool(false))
    }

    @Test("The host's errors keep their code and get a place")
    func errors() throws {
        let variable = #expect(throws: CELError.self) { try run("1 + broken") }
        #expect(variable == CELError(.host, "the variable cannot be read", offset: 4, line: 1, column: 5))
        let function = #expect(throws: CELError.self) { try run("fail()") }
        #expect(function?.message == "as asked")
        #expect(try run("fail() || true") == .bool(true))
        let unknown = #expect(throws: CELError.self) { try run("nothing(1)") }
        #expect(unknown?.code == .unknownFunction)
    }

    @Test("Qualified names: the longest wins, and the innermost namespace")
    func qualifiedNames() throws {
        let names: [String: CELValue] = [
            "a.b": .map(CELMap([("c", .int(1))])), "a.b.c": .int(2), "x": .int(3), "n.x": .int(4), "n.m.x": .int(5),
            "a": .map(CELMap([("q", .int(6))])),
        ]
        func value(_ source: String, in container: String = "") throws -> CELValue {
            try CELExpression(parsing: source).evaluate(
                in: CELVariables(names, hasQualifiedNames: true, container: container))
        }
        #expect(try value("a.b.c") == .int(2))
        #expect(try value("a.b['c']") == .int(1))
        #expect(try value("a.q") == .int(6))
        #expect(try value("has(a.b.c)") == .bool(true))
        #expect(try value("x", in: "n.m") == .int(5))
        #expect(try value("x", in: "n") == .int(4))
        #expect(try value(".x", in: "n.m") == .int(3))
        #expect(try value("[7].map(x, x + .x)[0]", in: "n.m") == .int(10))
        #expect(try value("[{'b': {'c': 8}}].map(a, a.b.c)[0]") == .int(8))
        #expect(throws: CELError.self) { try value("a.b.d") }
        #expect(try value("type(timestamp(0)) == Timestamp", in: "google.protobuf") == .bool(true))
        #expect(try value("Int32Value{value: 1}", in: "google.protobuf.x") == .int(1))
    }

    @Test(
        "References are the names that lead into the host, without variables of macros",
        arguments: [
            ("steps.vpc.outputs.id", ["steps.vpc.outputs.id"]),
            ("steps['vpc'].outputs[\"id\"]", ["steps.vpc.outputs.id"]),
            ("steps[params.name].id", ["steps", "params.name"]),
            ("steps.a[0].b", ["steps.a"]), ("[1].map(x, x + y.z)", ["y.z"]), ("x.map(x, x.y)", ["x"]),
            ("has(env.HOME) ? env.HOME : ''", ["env.HOME", "env.HOME"]),
            ("f(a, b.c).d", ["a", "b.c"]), ("a.b.c()", ["a.b"]), ("math.abs(a)", ["a"]), ("a.?b.c", ["a.b.c"]),
            ("1 + 2", []), ("'a'.size()", []),
            ("cel.bind(v, a.b, v + w)", ["a.b", "w"]), ("o.?x.optMap(y, y + z)", ["o.x", "z"]), ("{'k': v}.k", ["v"]),
            (".a.b", ["a.b"]), ("(a.b).c", ["a.b.c"]),
            ("m.all(k, v, k == w && v)", ["m", "w"]), ("secrets.TOKEN", ["secrets.TOKEN"]),
        ] as [(String, [String])])
    func references(source: String, paths: [String]) throws {
        #expect(try CELExpression(parsing: source).references.map { $0.path.joined(separator: ".") } == paths)
    }

    @Test("A reference that is only looked for says so")
    func presence() throws {
        let references = try CELExpression(parsing: "has(a.b) && a.b && has(a[x].c)").references
        #expect(references.map(\.isPresenceTest) == [true, false, false, false])
    }

    @Test("References and calls know where they stand")
    func offsets() throws {
        let expression = try CELExpression(parsing: "failure() ||\n steps.a.ok && always()")
        #expect(expression.references == [CELReference(path: ["steps", "a", "ok"], offset: 14)])
        #expect(
            expression.calledFunctions == [CELCall(name: "failure", offset: 0), CELCall(name: "always", offset: 28)])
        #expect(expression.location(of: 14).line == 2)
        #expect(expression.location(of: 14).column == 2)
        #expect(try CELExpression(parsing: "size(x.map(y, int(y)))").calledFunctions.map(\.name) == ["size", "int"])
    }

    @Test("The built-in names are known")
    func knownFunctions() {
        for name in [
            "size", "has", "all", "contains", "matches", "math.greatest", "range", "toJSON", "fromJSON", "timestamp",
            "optMap", "cel.bind", "format",
        ] {
            #expect(CELExpression.knownFunctions.contains(name))
        }
        #expect(CELExpression.knownFunctions == CELExpression.knownFunctions.sorted())
        #expect(!CELExpression.knownFunctions.contains("success"))
    }

    @Test("Expressions are equal when their sources are")
    func equality() throws {
        #expect(try CELExpression(parsing: "a") == CELExpression(parsing: "a"))
        #expect(try CELExpression(parsing: "a") != CELExpression(parsing: "(a)"))
        #expect(try Set([CELExpression(parsing: "a"), CELExpression(parsing: "a")]).count == 1)
    }
}
