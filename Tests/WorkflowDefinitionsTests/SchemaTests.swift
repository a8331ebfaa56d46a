import Foundation
import JSON
import Testing
import WorkflowDefinitions

@Suite("The JSON Schema of definitions")
struct SchemaTests {
    private static let definition = SchemaValidator(root: DefinitionSchema.json(for: .definition))

    /// Nil where the text cannot be read as data at all.
    private static func problems(_ yaml: String, _ schema: SchemaValidator = definition) -> [String]? {
        YAMLData.read(Array(yaml.utf8), file: "f.yaml").value.map(schema.problems)
    }

    @Test("every shipped definition is valid")
    func shipped() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "workflows").resolvingSymlinksInPath()
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "yaml" }
        #expect(files.count >= 2)
        for file in files {
            let bytes = [UInt8](try Data(contentsOf: file))
            #expect(Loading.everything.load(bytes, file: file.path()).definition != nil, "\(file.path())")
            #expect(Self.problems(String(decoding: bytes, as: UTF8.self)) == [], "\(file.path())")
        }
    }

    @Test("what init writes is valid, and loads without a word")
    func starting() {
        let text = StartingDefinition.text(for: "My Deploy.yaml")
        #expect(Loading.result(text).diagnostics.map(\.text) == [])
        #expect(Self.problems(text) == [])
    }

    private static let samples =
        [Case("the language's own example", GoodFileTests.example)] + ReferenceDiagnosticTests.cases
        + ConditionDiagnosticTests.cases + StructureDiagnosticTests.cases + LimitDiagnosticTests.cases
        + ValueDiagnosticTests.cases + YAMLDiagnosticTests.cases

    @Test("what the loader takes, the schema takes", arguments: samples)
    func takesWhatLoads(sample: Case) {
        guard Loading.result(sample.yaml).definition != nil else { return }
        #expect(Self.problems(sample.yaml) == [])
    }

    /// Errors that a schema can see.
    private static let shapely: Set<DiagnosticCode> = [
        .unknownKey, .missingKey, .conflictingKeys, .wrongType, .invalidDuration, .invalidName, .emptyList,
        .unlimited, .reservedVariable, .keyNotApplicable, .unknownExecutor,
    ]

    @Test("what the loader refuses for its shape, the schema refuses", arguments: samples)
    func refusesWhatDoesNotLoad(sample: Case) {
        let errors = Loading.result(sample.yaml).diagnostics.filter { $0.severity == .error }
        // Whether a retry has a limit depends on the defaults.
        guard sample.name != "retry without a limit" else { return }
        guard errors.contains(where: { Self.shapely.contains($0.code) }), let problems = Self.problems(sample.yaml)
        else { return }
        #expect(!problems.isEmpty, "\(errors.map(\.text).joined(separator: "\n"))")
    }

    private static let good: [String] = [
        "{name: g, steps: [{name: h, run: x, needs: []}]}", "{include: more.yaml}", "{include: [a.yaml, b.yaml]}",
        "{name: a, uses: sleep, with: {for: 10s}}", "{name: a, uses: sleep, with: {for: '${{ params.x }}'}}",
        "{name: a, uses: sleep, with: {until: '2026-02-02T10:00:00Z'}}",
        "{name: a, uses: signal, with: {name: go, timeout: 1d, on_timeout: skip}}",
        "{name: a, uses: http/request, with: {url: x}, retry: {limit: 1}, timeout: 5s, probe: exit 0}",
        "{name: a, uses: approval, with: {prompt: Really?, approvers: [ann]}, if: true}",
        "{name: a, run: x, shell: [bash, -c], outputs: {a: string, b: {type: array}}, env: {A: 1, B: , C: true}}",
        "{name: a, run: x, foreach: {items: [1, {a: 2}], as: i, key: i}, repeat: {until: 'true', limit: 3, delay: 0s}}",
    ]

    private static let bad: [(step: String, problem: String)] = [
        ("{name: a}", "/stages/0/steps/0: required run"),
        ("{name: a, run: x, uses: sleep, with: {for: 1s}}", "/stages/0/steps/0/uses: not allowed"),
        ("{run: x}", "/stages/0/steps/0: required name"),
        ("{name: 1a, run: x}", "/stages/0/steps/0/name: pattern"),
        ("{name: a, run: x, timeout: 0s}", "/stages/0/steps/0/timeout: pattern"),
        ("{name: a, run: x, timeout: 10}", "/stages/0/steps/0/timeout: type"),
        ("{name: a, run: x, retry: {limit: 101}}", "/stages/0/steps/0/retry/limit: maximum"),
        ("{name: a, run: x, retry: infinite}", "/stages/0/steps/0/retry: type"),
        ("{name: a, run: x, with: {a: 1}}", "/stages/0/steps/0/with: not allowed"),
        ("{name: a, run: x, env: {WORKFLOW_STEP: x}}", "/stages/0/steps/0/env/WORKFLOW_STEP: not"),
        ("{name: a, run: x, env: {A: [x]}}", "/stages/0/steps/0/env/A: type"),
        ("{name: a, uses: sleep, with: {for: 1s, until: x}}", "/stages/0/steps/0/with: maxProperties"),
        ("{name: a, uses: sleep, with: {fo: 1s}}", "/stages/0/steps/0/with/fo: not allowed"),
        ("{name: a, uses: sleep}", "/stages/0/steps/0: required with"),
        ("{name: a, uses: slep, with: {}}", "/stages/0/steps/0/uses: enum"),
        ("{name: a, uses: A/b, with: {}}", "/stages/0/steps/0/uses: pattern"),
        ("{name: a, uses: a/b, with: {}, undo: x}", "/stages/0/steps/0/undo: not allowed"),
        ("{name: a, uses: signal, with: {for: 1s}}", "/stages/0/steps/0/with: required name"),
        ("{name: a, uses: approval, with: {prompt: x, approvers: []}}", "/stages/0/steps/0/with/approvers: minItems"),
        ("{name: a, steps: [{name: b, run: x}], timeout: 1m}", "/stages/0/steps/0/timeout: not allowed"),
        ("{name: a, steps: []}", "/stages/0/steps/0/steps: minItems"),
        ("{include: a.yaml, name: a}", "/stages/0/steps/0/name: not allowed"),
        ("{name: a, run: x, foreach: {items: list}}", "/stages/0/steps/0/foreach/items: pattern"),
        ("{name: a, run: x, repeat: {until: 'x'}}", "/stages/0/steps/0/repeat: required limit"),
        ("{name: a, run: x, if: 1}", "/stages/0/steps/0/if: type"),
        ("{name: a, run: x, shell: 5}", "/stages/0/steps/0/shell: type"),
        ("{name: a, run: x, shell: []}", "/stages/0/steps/0/shell: minItems"),
        ("{name: a, run: x, outputs: {b: strin}}", "/stages/0/steps/0/outputs/b: enum"),
        ("{name: a, run: x, outputs: {b: {typ: string}}}", "/stages/0/steps/0/outputs/b/typ: not allowed"),
    ]

    @Test("good steps pass, and the loader agrees")
    func goodSteps() {
        for step in Self.good {
            let yaml = "name: w\nparams: {x: {}}\nstages: [{name: s, steps: [\(step)]}]"
            #expect(Self.problems(yaml) == [], "\(step)")
            if !step.contains("include") { #expect(Loading.texts(yaml) == [], "\(step)") }
        }
    }

    @Test("bad steps are refused where they are bad, and the loader agrees")
    func badSteps() {
        for (step, problem) in Self.bad {
            let yaml = "name: w\nstages: [{name: s, steps: [\(step)]}]"
            #expect(Self.problems(yaml)?.contains(problem) == true, "\(step): \(Self.problems(yaml) ?? [])")
            #expect(Loading.result(yaml).definition == nil, "\(step)")
        }
    }

    @Test("a definition needs a name, and stages or an include")
    func root() {
        #expect(Self.problems("name: w") == [": required stages"])
        #expect(Self.problems("include: a.yaml") == [": required name"])
        #expect(Self.problems("name: w\ninclude: a.yaml") == [])
        #expect(Self.problems("name: w\ninclude: []")?.contains("/include: minItems") == true)
        #expect(Self.problems("name: w\nstages: []")?.contains("/stages: minItems") == true)
    }

    @Test("included files have schemas of their own")
    func included() {
        let part = SchemaValidator(root: DefinitionSchema.json(for: .part))
        let steps = SchemaValidator(root: DefinitionSchema.json(for: .steps))
        #expect(Self.problems("params: {p: {type: string}}\ninclude: x.yaml", part) == [])
        #expect(Self.problems("name: w", part) == ["/name: not allowed"])
        #expect(Self.problems("steps: [{name: a, run: x}, {include: x.yaml}]", steps) == [])
        #expect(Self.problems("stages: []", steps) == ["/stages: not allowed", ": required steps"])
    }

    @Test("every key of every mapping has a description, and no mapping takes unknown keys")
    func described() {
        func check(_ schema: JSONValue, _ path: String) {
            if let properties = schema["properties"]?.objectValue, schema["additionalProperties"] == false {
                for (key, value) in properties {
                    #expect(value["description"]?.stringValue?.isEmpty == false, "\(path)/\(key)")
                }
            }
            for (name, inner) in schema["$defs"]?.objectValue ?? [:] {
                #expect(name == "step_item" || inner["additionalProperties"] == false, "\(name)")
                check(inner, name)
            }
        }
        for file in DefinitionSchema.File.allCases { check(DefinitionSchema.json(for: file), file.rawValue) }
        #expect(DefinitionSchema.json(for: .definition)["properties"]?["stages"]?["items"] != nil)
    }
}
