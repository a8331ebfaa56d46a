import JSON
import Testing
import WorkflowCore
import WorkflowDefinitions

@Suite("Identity")
struct IdentityTests {
    private static func hash(_ yaml: String) throws -> String {
        try #require(Loading.result(yaml).definition).hash
    }

    @Test("layout, comments, quotes and the order of keys do not change the hash")
    func layout() throws {
        let original = try Self.hash(
            """
            name: w
            env: {A: 1.10, B: x}
            stages:
              - name: s
                steps:
                  - {name: a, run: "echo 1", retry: {limit: 2, delay: 5s}}
            """)
        let other = try Self.hash(
            """
            # A comment.
            stages:
            -   steps:
                -   retry:
                        delay: "5s"   # seconds
                        limit: 2
                    run: >-
                        echo
                        1
                    name: 'a'
                name: s
            env:
                B: x
                A: '1.10'
            name: "w"
            """)
        #expect(original == other)
        let table = [
            "name: w\nenv: {A: 1.1, B: x}\nstages: [{name: s, steps: [{name: a, run: echo 1, retry: {limit: 2, delay: "
                + "5s}}]}]",
            "name: w\nenv: {A: 1.10, B: x}\nstages: [{name: s, steps: [{name: a, run: echo 1, retry: {limit: 2}}]}]",
            "name: w\nenv: {A: 1.10, B: x}\nstages: [{name: s, steps: [{name: a, run: 'echo 1 ', retry: {limit: 2, "
                + "delay: 5s}}]}]",
            "name: v\nenv: {A: 1.10, B: x}\nstages: [{name: s, steps: [{name: a, run: echo 1, retry: {limit: 2, "
                + "delay: 5s}}]}]",
        ]
        for changed in table { #expect(try Self.hash(changed) != original) }
    }

    @Test("the canonical form is the model as written: sorted, exact, without defaults")
    func canonicalForm() throws {
        let stored = try #require(
            Loading.result(
                """
                stages: [{steps: [{run: "echo é\\t\\"", name: a, timeout: 90s}], name: s}]
                params: {n: {type: integer, default: 9223372036854775807}, x: {type: number, default: 0.1}}
                name: w
                env: {B: 0x1F, A: yes}
                """
            ).definition)
        #expect(
            String(decoding: stored.canonicalJSON, as: UTF8.self)
                == #"{"env":{"A":"yes","B":"0x1F"},"name":"w","#
                + #""params":{"n":{"default":9223372036854775807,"type":"integer"},"#
                + #""x":{"default":0.1,"type":"number"}},"#
                + #""stages":[{"name":"s","steps":[{"name":"a","run":"echo é\t\"","#
                + #""timeout":"90s"}]}]}"#)
        #expect(stored.hash.count == 64)
    }

    @Test("the hash is SHA-256 of the canonical form")
    func knownHash() throws {
        // printf '%s' '{"name":"w","stages":[{"name":"s","steps":[{"name":"a","run":"x"}]}]}' | sha256sum
        let hash = try Self.hash("name: w\nstages: [{name: s, steps: [{name: a, run: x}]}]")
        #expect(hash == "edfd9f131959e72fd4a06eb1c7ce6eac7b381450c4ea27fb2c9299f21d28a424")
    }

    @Test("what a run keeps reads back as what was loaded")
    func roundTrip() throws {
        let yaml =
            GoodFileTests.example + """

                  - {name: ask, uses: approval, with: {prompt: "${{ params.cluster }}?"}}
                  - {name: nap, uses: sleep, with: {for: "${{ params.nodes }}s"}, if: failure()}
                """
        let stored = try #require(Loading.result(yaml).definition)
        let again = try Loading.everything.load(canonicalJSON: stored.canonicalJSON, source: stored.source)
        #expect(again == stored)
    }

    @Test("damaged and foreign stored definitions are told apart from good ones")
    func damaged() throws {
        let table: [(String, DefinitionError.Code)] = [
            ("", .definitionDamaged), ("{", .definitionDamaged), ("{\"name\":\"w\"}", .definitionNotUnderstood),
            ("[]", .definitionNotUnderstood),
            (
                "{\"name\":\"w\",\"new\":1,\"stages\":[{\"name\":\"s\",\"steps\":[{\"name\":\"a\",\"run\":\"x\"}]}]}",
                .definitionNotUnderstood
            ),
        ]
        for (json, code) in table {
            let error = #expect(throws: DefinitionError.self) {
                try Loading.everything.load(canonicalJSON: Array(json.utf8), source: [])
            }
            #expect(error?.code == code, "\(json): \(error?.message ?? "")")
        }
    }

    @Test("a definition of 10,000 steps loads from YAML and from what a run keeps")
    func manySteps() throws {
        var yaml = "name: big\nparams: {n: {type: integer, default: 1}}\nstages:\n  - name: s\n    steps:\n"
        for step in 0..<10_000 {
            yaml +=
                "      - name: step_\(step)\n        run: echo \"${{ params.n }}\" \"$X\"\n        env: {X: \"a\"}\n"
            if step > 0 { yaml += "        if: steps.step_\(step - 1).status == 'success'\n" }
        }
        let clock = ContinuousClock()
        var result = LoadResult(diagnostics: [], definition: nil)
        let fromYAML = clock.measure { result = Loading.result(yaml) }
        let stored = try #require(result.definition)
        #expect(stored.definition.stages[0].steps.count == 10_000)
        var again: StoredDefinition?
        let fromJSON = try clock.measure {
            again = try Loading.everything.load(canonicalJSON: stored.canonicalJSON, source: stored.source)
        }
        #expect(again == stored)
        print("10,000 steps: \(fromYAML) from YAML, \(fromJSON) from canonical JSON")
    }
}
