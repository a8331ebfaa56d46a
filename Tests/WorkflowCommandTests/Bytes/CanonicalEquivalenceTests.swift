import JSON
import Testing

/// `é` as one code point and as two, `K` and the Kelvin sign: equal to Swift, and two names to everything else.
@Suite("Canonically equivalent texts")
struct CanonicalEquivalenceTests {
    private static let composed = "caf\u{E9}"
    private static let decomposed = "cafe\u{301}"

    @Test("Items with such keys are two steps, each with its own attempt, log and output")
    func items() throws {
        let folder = try TestFolder()
        try folder.write(
            "w.yaml",
            """
            name: items
            stages:
              - name: only
                steps:
                  - name: each
                    foreach: {items: ["\(Self.composed)", "\(Self.decomposed)"], as: i, key: i}
                    run: |
                      printf '%s\\n' "${{ i }}" >> seen
                      printf 'v=%s\\n' "${{ i }}" >> "$WORKFLOW_OUTPUT"
                      printf 'log %s\\n' "${{ i }}"
                      [ ! -e "fail-$(printf %s "${{ i }}" | wc -c)" ]
            """)
        try folder.write("fail-\(Self.decomposed.utf8.count)", "")
        #expect(try Command.run(["run", "w.yaml", "--run-id", "r"], in: folder).status == 1)
        let seen = folder.bytes("seen") ?? []
        #expect(
            Set(seen.split(separator: 0x0A).map(Array.init)) == [
                Array(Self.composed.utf8), Array(Self.decomposed.utf8),
            ])
        let shown = try Command.run(["show", "r", "-o", "json"], in: folder).json()
        let steps = shown["steps"]?.arrayValue ?? []
        func step(_ key: String) -> JSONValue? {
            steps.first { $0["name"]?.stringValue.map { $0.utf8.elementsEqual("each[\(key)]".utf8) } ?? false }
        }
        #expect(step(Self.composed)?["status"] == "success" && step(Self.decomposed)?["status"] == "failed", "\(shown)")
        #expect(step(Self.composed)?["outputs"]?["v"] == .string(Self.composed))
        let log = try Command.run(["logs", "r", "each[\(Self.decomposed)]"], in: folder)
        #expect(log.outputBytes.contains(0xCC) && !log.outputBytes.contains(0xC3), "\(log)")
        let resolved = try Command.run(
            ["resolve", "r", "each[\(Self.decomposed)]", "--skip", "--reason", "x"], in: folder)
        #expect(resolved.status == 0 || resolved.status == 1, "\(resolved)")
        #expect(try Command.run(["resume", "r"], in: folder).status == 0)
        #expect((folder.bytes("seen") ?? []).count(where: { $0 == 0x0A }) == 2)
        #expect(try Command.run(["journal", "r", "--verify"], in: folder).status == 0)
    }

    @Test("Values, map keys, enums and expressions are compared by code point")
    func expressions() throws {
        let folder = try TestFolder()
        try folder.write(
            "in.json", "{\"a\": \"\(Self.composed)\", \"b\": \"\(Self.decomposed)\", \"m\": {\"\(Self.composed)\": 1}}")
        for (expression, expected) in [
            ("a == b", "false"), ("a in [b]", "false"), ("b in m", "false"), ("a in m", "true"),
            ("{a: 1, b: 2}.size()", "2"), ("a.startsWith(b)", "false"), ("a.contains(b)", "false"),
        ] {
            let result = try Command.run(["eval", expression, "--input", "in.json"], in: folder)
            #expect(result.output == expected + "\n", "\(expression): \(result)")
        }
        try folder.write(
            "w.yaml",
            """
            name: enums
            params: {x: {type: string, enum: ["\(Self.composed)"]}, K: {type: string, default: d}}
            stages: [{name: only, steps: [{name: a, run: "true"}]}]
            """)
        #expect(try Command.run(["run", "w.yaml", "-p", "x=\(Self.composed)"], in: folder).status == 0)
        #expect(try Command.run(["run", "w.yaml", "-p", "x=\(Self.decomposed)"], in: folder).status == 65)
        #expect(
            try Command.run(["run", "w.yaml", "-p", "x=\(Self.composed)", "-p", "\u{212A}=v"], in: folder).status == 65)
    }

    @Test("A run of one name with such a parameter is another run")
    func parameters() throws {
        let folder = try TestFolder()
        try folder.write(
            "w.yaml",
            "name: w\nparams: {x: {type: string}}\nstages: [{name: only, steps: [{name: a, run: \"true\"}]}]\n")
        let first = ["run", "w.yaml", "--run-id", "r", "-p"]
        #expect(try Command.run(first + ["x=\(Self.composed)"], in: folder).status == 0)
        #expect(try Command.run(first + ["x=\(Self.composed)"], in: folder).status == 0)
        #expect(try Command.run(first + ["x=\(Self.decomposed)"], in: folder).status == 65)
    }

    @Test("A signal of such a name is another signal, a lock another lock")
    func signals() throws {
        let folder = try TestFolder()
        try folder.write(
            "w.yaml",
            """
            name: w
            stages: [{name: only, steps: [{name: a, uses: signal, with: {name: "\(Self.composed)"}}]}]
            """)
        #expect(try Command.run(["run", "w.yaml", "--run-id", "r", "--no-wait"], in: folder).status == 3)
        _ = try Command.run(["signal", "r", Self.decomposed], in: folder)
        #expect(try Command.run(["resume", "r", "--no-wait"], in: folder).status == 3)
        _ = try Command.run(["signal", "r", Self.composed], in: folder)
        #expect(try Command.run(["resume", "r", "--no-wait"], in: folder).status == 0)
    }

    @Test("Within one mapping such keys are refused", arguments: ["w.yaml", "p.json"])
    func mappings(_ file: String) throws {
        let folder = try TestFolder()
        try folder.write(
            "w.yaml",
            """
            name: w
            params: {x: {type: object, default: {"\(Self.composed)": \
            1\(file == "w.yaml" ? ", \"\(Self.decomposed)\": 2" : "")}}}
            stages: [{name: only, steps: [{name: a, run: "true"}]}]
            """)
        try folder.write("p.json", "{\"x\": {\"\(Self.composed)\": 1, \"\(Self.decomposed)\": 2}}")
        let result = try Command.run(["run", "w.yaml"] + (file == "p.json" ? ["--params", "p.json"] : []), in: folder)
        #expect(result.status == 65, "\(result)")
    }
}
