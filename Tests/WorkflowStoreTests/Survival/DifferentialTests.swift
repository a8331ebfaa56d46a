import Testing
import WorkflowCore
import WorkflowStore
import WorkflowStoreSQLite
import WorkflowTestKit

/// Random operations, the same on the store in memory and on SQLite: the simplest store says what the other must do.
///
/// Ten thousand seeds: `WORKFLOW_SURVIVAL_SEEDS=1-10000 swift test --skip-build --filter SurvivalDifferentialTests`.
@Suite("Survival: SQLite does what the store in memory does")
struct SurvivalDifferentialTests {
    /// Seeds that once found a difference.
    static let regressions: [UInt64] = [5010]
    static let operations = 60

    @Test("Results, errors and all that can be read are equal after each operation")
    func equal() async throws {
        var counts: [String: Int] = [:]
        let seeds = SurvivalDifferentialTests.regressions + Array(SurvivalSeeds.range(1...20))
        for seed in seeds {
            do {
                try await compare(seed, &counts)
            } catch {
                Issue.record("seed \(seed): \(error)")
                break
            }
        }
        print(
            "differential: \(seeds.count) seeds, \(counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })")
        // A comparison in which nothing is refused, or nothing done, compares nothing.
        for name in ["created", "claimed", "appended", "asked", "done", "stale_token", "head_mismatch", "run_exists"] {
            #expect(counts[name, default: 0] > 3, "\(name)")
        }
    }

    private func compare(_ seed: UInt64, _ counts: inout [String: Int]) async throws {
        let folder = TemporaryFolder()
        var ids = SequentialIDs(series: 9)
        let memory = InMemoryStore(id: ids.next())
        var sqlite = try folder.open()
        var use = RandomStoreUse(seed: seed)
        var random = SeededGenerator(seed: seed &+ 1 << 32)
        for number in 1...SurvivalDifferentialTests.operations {
            let operation = use.next()
            let expected = await operation.perform(on: memory)
            let outcome = await operation.perform(on: sqlite)
            guard outcome == expected else {
                throw BrokenPromise(
                    description: "operation \(number), \(operation): \(outcome), and in memory \(expected)")
            }
            use.learn(operation, outcome)
            counts[name(of: outcome), default: 0] += 1
            let contents = try await StoreContents(of: sqlite)
            if let difference = contents.difference(from: try await StoreContents(of: memory)) {
                throw BrokenPromise(description: "after operation \(number), \(operation): \(difference)")
            }
            for run in use.knownRuns where try await sqlite.isClaimed(run) != memory.isClaimed(run) {
                throw BrokenPromise(description: "after operation \(number), \(operation): claimed or not")
            }
            let filter = filter(&random)
            let listed = try await sqlite.runs(filter)
            guard try await memory.runs(filter) == listed else {
                throw BrokenPromise(description: "after operation \(number): \(filter)")
            }
            if random.chance(4) {
                await sqlite.close()
                memory.abandonClaims()
                use.abandonClaims()
                sqlite = try folder.open(random.chance(50) ? .create : .existing)
            }
        }
        await sqlite.close()
    }

    private func filter(_ random: inout SeededGenerator) -> RunFilter {
        var filter = RunFilter(limit: random.number(in: 1...5))
        if random.chance(30) { filter.statuses = [.running, .failed] }
        if random.chance(30) { filter.workflow = "deploy" }
        if random.chance(30) { filter.labels = ["env": "prod"] }
        if random.chance(30) { filter.createdSince = Timestamp(millisecondsSinceEpoch: 1_770_026_500_000) }
        return filter
    }

    private func name(of outcome: StoreOutcome) -> String {
        switch outcome {
        case .created: "created"
        case .claimed: "claimed"
        case .appended: "appended"
        case .asked: "asked"
        case .done: "done"
        case .failed(let error): error.code.rawValue
        }
    }
}
