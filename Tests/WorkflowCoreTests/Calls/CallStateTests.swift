import ExecutorKit
import JSON
import Testing
import WorkflowCore

/// What a run knows of its calls, from its journal alone.
@Suite struct CallStateTests {
    static func executor(
        _ effect: OperationEffect, supports: [ExecutorDescriptor.Verb] = [], version: String = "1"
    ) -> CalledExecutor {
        CalledExecutor(
            group: "vm", path: "/x/workflow-uses-vm", version: version, descriptorHash: "d", programHash: "p",
            operations: [
                "start": OperationTraits(
                    effect: effect, supports: supports, outputs: [OutputDeclaration(name: "cores", kind: .integer)],
                    stop: StopPolicy(signal: .int, to: .leader, graceMilliseconds: 1, kill: .never),
                    defaults: ["size": "small"])
            ])
    }

    private func state(_ keys: String, _ executors: [CalledExecutor]) throws -> RunState {
        let definition = try Definitions.load(
            "name: w\nsecrets: {s: {env: S}}\nstages: [{name: s, steps: [{name: a, uses: vm/start, \(keys)}]}]")
        var created = TestRun.created("w")
        created.executors = executors
        var random = SystemRandomNumberGenerator()
        let (machine, _) = try RunMachine.create(
            created, program: Program(definition), driver: TestRun.driver(.run), host: TestRun.host,
            actor: "person:ada",
            at: Timestamp(millisecondsSinceEpoch: 0), using: &random)
        return machine.state
    }

    @Test(arguments: [
        ("none", "with: {}", true, DoubtPolicy.retry), ("keyed", "with: {}", true, .retry),
        ("unsafe", "with: {}", false, .ask), ("unsafe", "idempotent: true", true, .retry),
        ("none", "idempotent: false", false, .ask), ("keyed", "on_doubt: fail", true, .fail),
    ])
    func theEffectDecidesUnlessTheStepSaysOtherwise(
        _ effect: String, _ keys: String, _ isRepeatable: Bool, _ doubt: DoubtPolicy
    ) throws {
        let word = try #require(OperationEffect.Word(rawValue: effect))
        let state = try state(keys, [CallStateTests.executor(.word(word))])
        #expect(state.isRepeatable(0) == isRepeatable)
        #expect(state.doubtPolicy(ofStep: 0) == doubt)
        #expect(state.courseIfLost(ofStep: 0) == (doubt == .retry ? .again : doubt == .ask ? .ask : .fail))
    }

    @Test(arguments: [
        ("with.size == 'small' ? 'none' : 'unsafe'", "with: {}", true),
        ("with.size == 'small' ? 'none' : 'unsafe'", "with: {size: large}", false),
        ("with.size", "with: {size: keyed}", true), ("with.nothing", "with: {}", false),
        ("with.secret == 'x' ? 'none' : 'none'", "with: {secret: \"${{ secrets.s }}\"}", false),
        ("1", "with: {}", false),
    ])
    func anEffectMayDependOnWhatIsHandedOver(_ source: String, _ keys: String, _ isRepeatable: Bool) throws {
        let effect = try OperationEffect(["cel": .string(source)], "effect")
        #expect(try state(keys, [CallStateTests.executor(effect)]).isRepeatable(0) == isRepeatable)
    }

    @Test func withoutARecordOfItsExecutorACallIsUnsafe() throws {
        let state = try state("with: {}", [])
        #expect(!state.isRepeatable(0))
        #expect(!state.hasProbe(0))
    }

    @Test func aProbeOfTheExecutorIsTheStepsOwn() throws {
        let state = try state("with: {}", [CallStateTests.executor(.word(.unsafe), supports: [.probe])])
        #expect(state.hasProbe(0))
        #expect(!state.hasVerify(0))
        #expect(state.courseIfLost(ofStep: 0) == .probe)
    }

    @Test func aCallIsRenderedAsItsRequest() throws {
        let state = try state(
            "with: {size: \"${{ run.id }}-${{ attempt }}\", s: \"${{ secrets.s }}\", n: 3}",
            [CallStateTests.executor(.word(.none))])
        let command = try state.command(
            .run, ofStep: "a", runID: RunID("r-1"), token: FencingToken(7), idempotencyKey: "k", secrets: ["s": "hush"])
        let call = try #require(command.call)
        #expect(call.name.text == "vm/start")
        #expect(call.call == .run)
        #expect(call.request.with == ["size": "r-1-1", "s": "hush", "n": 3])
        #expect(call.request.fencingToken == 7)
        #expect(call.request.stage == "s")
        #expect(command.script == "")
        #expect(!(state.commandForPeople(.run, ofStep: 0)?.script.contains("hush") ?? true))
        #expect(throws: ExpressionFailure.self) {
            try state.command(
                .probe, ofStep: "a", runID: RunID("r-1"), token: FencingToken(7), idempotencyKey: "k", secrets: [:])
        }
    }

    @Test func aChangedExecutorIsNamed() {
        let old = CallStateTests.executor(.word(.none))
        var new = old
        #expect(new.changes(since: old) == [])
        new.programHash = "q"
        #expect(new.changes(since: old) == ["the program of the executor vm is another"])
        new.descriptorHash = "e"
        #expect(new.changes(since: old) == ["the executor vm describes itself otherwise"])
        new.version = "2"
        new.path = "/y/workflow-uses-vm"
        #expect(
            new.changes(since: old) == [
                "the executor vm was /x/workflow-uses-vm, is /y/workflow-uses-vm",
                "the executor vm was of version 1, is of version 2",
            ])
    }
}
