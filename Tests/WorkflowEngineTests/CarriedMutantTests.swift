import JSON
import Testing
import WorkflowCore
import WorkflowDefinitions
import WorkflowEngine
import WorkflowStore
import WorkflowTestKit

/// Files that were exported here, and then changed by a hand that knows how to chain them: what is taken in can be
/// driven to an end, and nothing is taken in that waits for ever.
@Suite("Carried files whose entries chain and make no sense", .timeLimit(.minutes(10)))
struct CarriedMutantTests {
    static let yaml = #"""
        name: carried
        max_parallel: 3
        concurrency: {group: prod}
        stages:
          - name: preparing
            steps:
              - {name: first, run: x, outputs: {id: string}}
              - {name: flaky, run: x, retry: {limit: 2, delay: 1ms}}
              - {name: lost, run: x, probe: x}
              - {name: doubtful, run: x}
              - {name: skipped, if: "false", run: x}
              - {name: tolerated, run: x, continue_on_error: true}
              - {name: ask, uses: approval, with: {prompt: "go?", timeout: 1h}}
              - {name: dns, uses: signal, with: {name: dns, timeout: 1h}}
              - {name: nap, uses: sleep, with: {for: 1s}}
          - name: working
            on_failure: {return_to: working, limit: 1}
            steps:
              - name: each
                foreach: {items: [a, b, c], as: item, max_parallel: 2}
                steps:
                  - {name: load, run: x}
                  - {name: check, run: x}
              - name: locked
                locks: [dc]
                steps:
                  - {name: inner, run: x}
                  - name: poll
                    run: x
                    outputs: {id: string}
                    repeat: {until: "steps.poll.outputs.id == '3'", limit: 9}
              - {name: once, run: x}
              - {name: mend, if: failure(), run: x}
          - name: validating
            steps:
              - {name: late, run: x}
              - {name: last, run: x}
        on_exit:
          - {name: tell, run: x}
        """#

    /// How the attempts of that definition end.
    private static func outcome(_ attempt: AttemptReference) -> Input {
        func fails(_ kind: Failure.Kind) -> Input {
            .attemptEnded(attempt, .failed(Failure(kind: kind, code: "exit", message: "exit 1", exitCode: 1)))
        }
        switch (attempt.step, attempt.attempt) {
        case ("flaky", 1), ("each[1].check", 1): return fails(.transient)
        case ("once", 1), ("late", 1), ("tolerated", 1): return fails(.permanent)
        case ("lost", 1), ("doubtful", 1): return .attemptLost(attempt, reason: "its supervisor was killed")
        default: return PureDrive.success(attempt)
        }
    }

    /// A run that has had all of that happen, was paused, failed, was resumed, and had repeated what failed.
    private func exported(_ bench: EngineBench) async throws -> JSONValue {
        let loaded = DefinitionLoader().load(Array(Self.yaml.utf8), file: "carried.yaml")
        let stored = try #require(loaded.definition, "\(loaded.diagnostics)")
        var ids = SequentialIDs()
        let uuid = ids.next()
        var drive = PureDrive(RunState(Program(stored.definition)), outcome: Self.outcome)
        try drive.create(
            RunCreated(
                run: uuid, workflow: "carried", definitionHash: stored.hash, parameters: [:], labels: [:],
                context: ExecutionContext(
                    user: "ada", host: "db-1", umask: 0o022, workingDirectory: "/srv", environmentSalt: "",
                    environmentHashes: [:]),
                engineVersion: "1.0.0"))
        try drive.take(.pauseAsked(reason: "lunch", by: PureDrive.person))
        for status in [RunStatus.failed, .failed, .completed] {
            #expect(try drive.toItsEnd() == status)
            try drive.attach(.resume)
        }
        try drive.take(.retryFailedAsked(by: PureDrive.person))
        #expect(try drive.toItsEnd() == .completed)
        let made = try await bench.memory.createRun(
            NewRun(
                uuid: uuid, id: EngineBench.run, workflow: "carried", definition: stored, labels: [:],
                createdBy: "login:ada", host: "db-1", engineVersion: "1.0.0",
                createdAt: Timestamp(millisecondsSinceEpoch: 0)),
            entries: drive.entries, projection: RunProjection(status: .completed, stage: "complete", dueAt: nil))
        await bench.memory.release(made.claim)
        let last = try #require(try await bench.memory.checkpoints(of: uuid).last)
        return try await export(last.id, from: bench)
    }

    private func export(_ checkpoint: CheckpointID, from bench: EngineBench) async throws -> JSONValue {
        try JSONValue(
            parsing: try await bench.engine().export(
                checkpoint, handsOver: false, actor: "login:ada", control: RunControl(), observer: bench.recorder))
    }

    /// Takes a file in, and drives the run to an end.
    ///
    /// - Returns: what is wrong; nil where it was refused as senseless, or came to an end.
    private func problem(_ file: String, _ bench: EngineBench, refused: inout Int) async throws -> String? {
        var ids = SequentialIDs(series: 7)
        let store = InMemoryStore(id: ids.next())
        let run: RunID
        do throws(EngineError) {
            run = try await bench.engine(over: store).take(in: Array(file.utf8), name: "file", actor: "login:ada")
        } catch {
            refused += 1
            return error.code == .checkpointFileInvalid ? nil : "refused as \(error.code): \(error.message)"
        }
        let state = try await bench.engine(over: store).view(of: run).state
        var drive = PureDrive(state)
        do {
            try drive.attach(.resume)
            return try drive.toItsEnd() == nil ? "it waits for ever, \(drive.state.status.rawValue)" : nil
        } catch {
            return "it cannot be driven: \(error)"
        }
    }

    @Test("As it was exported, it is taken in and comes to its end")
    func sound() async throws {
        let bench = try EngineBench()
        let exported = try await exported(bench)
        var refused = 0
        let file = try exported.compactText()
        #expect(try await problem(file, bench, refused: &refused) == nil)
        #expect(refused == 0)
        // Each of its checkpoints is a file of its own.
        let run = try #require(try await bench.memory.run(named: EngineBench.run))
        for checkpoint in try await bench.memory.checkpoints(of: run.uuid) {
            let file = try await export(checkpoint.id, from: bench).compactText()
            #expect(try await problem(file, bench, refused: &refused) == nil, "\(checkpoint.id.text)")
        }
        #expect(refused == 0)
    }

    @Test("Changed in any of hundreds of ways and chained anew, it is refused, or it comes to an end")
    func mutants() async throws {
        let bench = try EngineBench()
        let file = try #require(CarriedFile(try await exported(bench)))
        // Every fifth of them, so that each way of changing an entry is met many times; of the shorter run below all.
        let mutants = file.mutants().enumerated().filter { $0.offset.isMultiple(of: 5) }.map(\.element)
        var refused = 0
        for mutant in mutants {
            let problem = try await problem(mutant.text, bench, refused: &refused)
            #expect(problem == nil, "\(mutant.change)")
        }
        print("carried mutants: \(mutants.count), refused \(refused)")
        #expect(mutants.count >= 380 && refused > mutants.count / 2)
    }

    @Test("Of a real run too, whose steps were processes")
    func realRun() async throws {
        let bench = try EngineBench()
        _ = try await bench.drive(try bench.request(SurvivalStoreBoundaryTests.steps)).get()
        let run = try #require(try await bench.memory.run(named: EngineBench.run))
        let last = try #require(try await bench.memory.checkpoints(of: run.uuid).last)
        let file = try #require(CarriedFile(try await export(last.id, from: bench)))
        let mutants = file.mutants()
        var refused = 0
        for mutant in mutants {
            let problem = try await problem(mutant.text, bench, refused: &refused)
            #expect(problem == nil, "\(mutant.change)")
        }
        print("mutants of a real run: \(mutants.count), refused \(refused)")
        #expect(mutants.count >= 400 && refused > mutants.count / 2)
    }
}
