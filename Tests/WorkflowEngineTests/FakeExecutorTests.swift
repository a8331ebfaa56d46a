import AttemptProtocol
import JSON
import Synchronization
import Testing
import WorkflowCore
import WorkflowDefinitions
import WorkflowEngine
import WorkflowExecutors
import WorkflowStore
import WorkflowTestKit

/// Starts no process: every attempt ends at once, as it is told to.
private final class FakeExecutor: AttemptExecutor {
    let place: AttemptPlace
    private let scripts = Mutex<[String: String]>([:])
    private let launched = Mutex<[String]>([])
    private let tokens = Mutex<[String]>([])

    init(_ place: AttemptPlace) { self.place = place }

    /// The steps in the order in which their attempts were started.
    var starts: [String] { launched.withLock { $0 } }

    var handedOver: [String] { tokens.withLock { $0 } }

    let masks = LearnedMasks()

    func prepare(_ id: AttemptIdentity) {}

    func launch(_ id: AttemptIdentity, _ spec: CommandSpec) {
        launched.withLock { $0.append(spec.environment["WORKFLOW_STEP"] ?? "") }
        if let token = spec.environment["T"] { tokens.withLock { $0.append(token) } }
        scripts.withLock { $0[id.attemptID] = spec.script }
    }

    func conclusion(of id: AttemptIdentity, secrets: [String], followingLeftovers: Bool) async -> AttemptConclusion {
        let script = scripts.withLock { $0[id.attemptID] } ?? ""
        let status: Int32 = script == "fail" ? 1 : 0
        return .ended(
            AttemptEnd(
                outcome: .ended(.exited(status)), outputs: .success(["script": script]), startedAtMilliseconds: 0,
                endedAtMilliseconds: 0, durationMilliseconds: 0))
    }

    func verdict(of id: AttemptIdentity, secrets: [String]) -> AttemptVerdict { .neverBegan(.unclaimed) }
    func look(at id: AttemptIdentity) -> AttemptVerdict { .neverBegan(.unclaimed) }
    func requestCancel(_ id: AttemptIdentity, grace: Duration, kills: Bool) {}
    func keptEvents(of id: AttemptIdentity) -> [JSONValue] { [] }
    func progress(ofAttempt id: String) -> AttemptProgress? { nil }
    func isNotEnding(attempt id: String) -> Bool { false }
    func endStillRunning(_ id: AttemptIdentity, stop: StopOrder, grace: Duration) async -> [ProcessStatus] { [] }
    func endSupervisor(of id: AttemptIdentity) async -> Int32? { nil }
    func discard(_ id: AttemptIdentity) {}
    func makeFolder(_ path: String) {}
    func leftovers() -> [String] { [] }
    func leftover(_ attemptID: String) -> AttemptLeftover? { nil }
    func removeLeftover(_ attemptID: String) {}
}

/// Every secret is its own name.
private struct NamedSecrets: SecretSource {
    func available(of secrets: [Secret], in folder: String, _ environment: EngineEnvironment) -> FoundSecrets {
        var found = FoundSecrets()
        for secret in secrets { found.values[secret.name] = "value of \(secret.name)" }
        return found
    }
}

/// Counts upwards.
private final class CountedRandom: EngineRandom {
    private let count = Mutex<UInt64>(0)

    func next() -> UInt64 {
        count.withLock { count in
            count += 1
            return count
        }
    }
}

@Suite("An engine that is given its executor, its random source and its secrets")
struct FakeExecutorTests {
    @Test("It drives a run without a process, and two runs from the same source have the same ids")
    func driven() async throws {
        let (first, starts) = try await drive()
        #expect(starts == ["a", "b", "c"])
        let (second, _) = try await drive()
        #expect(first == second)
        #expect(first.count { $0.hasPrefix("stepSucceeded") } == 2)
    }

    private func drive() async throws -> ([String], [String]) {
        let host = MachineIdentity(machineID: "host-1", bootID: "boot-1", name: "db-1")
        var ids = SequentialIDs()
        let store = InMemoryStore(id: ids.next())
        let executor = FakeExecutor(AttemptPlace(host: host, storeID: store.id.text))
        let engine = Engine(
            store: store, executor: executor,
            environment: EngineEnvironment(
                variables: [:], user: "alice", umask: 0o22, workingDirectory: "/", host: host, processID: 1,
                engineVersion: "1.0.0", logsFolder: "/nowhere"),
            clock: WokenClock(), random: CountedRandom(), secrets: NamedSecrets())
        let yaml = """
            name: fake
            secrets: {token: {env: NO_SUCH_VARIABLE}}
            stages: [{name: s, steps: [
              {name: a, run: one, env: {T: "${{ secrets.token }}"}}, {name: b, run: fail, continue_on_error: true},
              {name: c, run: "${{ steps.a.outputs.script }}"}]}]
            """
        let loaded = DefinitionLoader().load(Array(yaml.utf8), file: "fake.yaml")
        let definition = try #require(loaded.definition, "\(loaded.diagnostics)")
        let result = try await engine.start(
            StartRequest(
                definition: definition, parameters: [:], runID: RunID("r"), labels: [:], actor: "user:alice"),
            patience: .timers, control: RunControl(), observer: Recorder())
        #expect(result.end == .ended(.completed))
        #expect(executor.handedOver == ["value of token"])
        let record = try #require(try await store.run(named: RunID("r")))
        let entries = try await store.entries(of: record.uuid, after: 0, through: nil, limit: 1000)
        return (entries.map { "\($0.fact)" }, executor.starts)
    }
}
