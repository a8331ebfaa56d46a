import CEL
import ExecutorKit
import JSON
import Testing
import WorkflowCore
import WorkflowDefinitions

@Suite struct CallTests {
    static let catalogue: ExecutorCatalogue = {
        let descriptor = try? ExecutorDescriptor(
            parsing: Array(
                """
                {"protocol": 1, "group": "vm", "version": "1", "operations": {"start": {
                 "summary": "s", "effect": "keyed",
                 "outputs": {"id": {"type": "string"}, "cores": {"type": "integer"}},
                 "with": {"type": "object", "required": ["name"], "additionalProperties": false, "properties": {
                  "name": {"type": "string"}, "cores": {"type": "integer", "default": 2},
                  "tags": {"type": "array", "items": {"type": "string"}}}}}}}
                """.utf8))
        return ExecutorCatalogue(descriptor.map { [.init($0)] } ?? [], present: ["vm", "http"])
    }()

    private func texts(_ keys: String) -> [String] {
        Loading.texts(Loading.step(keys), DefinitionLoader(executors: CallTests.catalogue))
    }

    private func call(_ keys: String, _ loader: DefinitionLoader) -> (Step, Call)? {
        guard let step = Loading.result(Loading.step(keys), loader).definition?.definition.stages.first?.steps.first,
            case .call(let call) = step.action
        else { return nil }
        return (step, call)
    }

    @Test func aCallKeepsItsNameAndWhatItHandsOver() throws {
        let keys = "uses: vm/start\nwith: {name: \"a-${{ attempt }}\", tags: [a]}\nretry: {limit: 2}\ntimeout: 5m"
        let (step, made) = try #require(call(keys, DefinitionLoader(executors: CallTests.catalogue)))
        #expect(made.name == ExecutorName(group: "vm", operation: "start"))
        #expect(made.with.expressions.map(\.source) == ["attempt"])
        #expect(made.isIdempotent == nil)
        #expect(made.onDoubt == nil)
        #expect(step.retry.limit == 2)
        #expect(step.timeout == .minutes(5))
    }

    @Test func theSameDefinitionIsReadAndHashedWithAndWithoutExecutors() throws {
        let yaml = Loading.step("uses: vm/start\nwith: {name: a}\nidempotent: true")
        let known = try #require(Loading.result(yaml, DefinitionLoader(executors: CallTests.catalogue)).definition)
        let unknown = Loading.result(yaml)
        #expect(unknown.calledGroups == ["vm"])
        #expect(unknown.definition?.hash == known.hash)
        let stored = try DefinitionLoader().load(canonicalJSON: known.canonicalJSON, source: known.source)
        #expect(stored.definition == known.definition)
        #expect(stored.definition.calls.map(\.text) == ["vm/start"])
    }

    @Test(arguments: [
        ("uses: vm/stop\nwith: {name: a}", "f.yaml:6:15: error: step \"first\" uses \"vm/stop\""),
        ("uses: vmm/start\nwith: {name: a}", "did you mean \"vm\"?"),
        ("uses: vm/start", "\"with\" of step \"first\" needs \"name\""),
        (
            "uses: vm/start\nwith: {name: 1}",
            "f.yaml:7:22: error: \"name\" of \"with\" of step \"first\" must be a text"
        ),
        ("uses: vm/start\nwith: {name: a, tags: [b, 3]}", "\"tags[1]\" of \"with\" of step \"first\" must be a text"),
        ("uses: vm/start\nwith: {name: a, cors: 3}", "did you mean \"cores\"?"),
        ("uses: vm/start\nwith: {name: a, cores: \"${{ run.id }}\"}", "must be a whole number, not an expression"),
        ("uses: vm/start\nwith: {name: a}\noutputs: {id: string}", "its executor declares them"),
    ])
    func whatNoExecutorTakesIsSaidWithItsPlace(_ keys: String, _ words: String) {
        let said = texts(keys)
        #expect(said.contains { $0.contains(words) }, "\(said)")
    }

    @Test(arguments: [
        "uses: vm/start\nwith: {name: \"${{ run.id }}\", cores: \"${{ 1 + 1 }}\"}",
        "uses: vm/start\nwith: {name: \"a-${{ attempt }}\"}", "uses: vm/start\nwith: {name: a, cores: 4, tags: []}",
    ])
    func whatItTakesIsNoProblem(_ keys: String) {
        #expect(texts(keys) == [])
    }

    @Test func outputsOfACallAreKnownToLaterSteps() {
        let said = Loading.texts(
            Loading.step(
                "uses: vm/start\nwith: {name: a}",
                head: "      - name: second\n        run: echo \"${{ steps.first.outputs.idd }}\""),
            DefinitionLoader(executors: CallTests.catalogue))
        #expect(
            said.contains { $0.contains("\"idd\" is none of them") && $0.contains("did you mean \"id\"?") }, "\(said)")
    }

    @Test func editorsKnowTheOperationsOfExecutors() throws {
        let schema = try DefinitionSchema.json(for: .definition, executors: CallTests.catalogue).compactText()
        #expect(schema.contains(#""uses":{"const":"vm/start"}"#))
        #expect(!(try DefinitionSchema.json(for: .definition).compactText()).contains("vm/start"))
    }
}
