import GRDB
import Testing
import WorkflowCore
import WorkflowStore
import WorkflowTestKit

@testable import WorkflowStoreSQLite

/// A store on a simulated disk that is used at random, with a store in memory beside it that says what must be there.
struct DiskUse {
    /// The disk has refused something, and a caller heard of it.
    struct Failure {
        let error: StoreError
        let during: String
    }

    let folder = TemporaryFolder()
    let disk: SimulatedDisk
    /// Holds what was acknowledged.
    private var memory: InMemoryStore
    /// Beside it: what operations would have made of it whose callers heard of an error, each of them or not. Nobody
    /// knows which of these there is.
    private var unheard: [(memory: InMemoryStore, done: [(StoreOperation, StoreOutcome)])] = []
    private var use: RandomStoreUse
    private var random: SeededGenerator
    private var store: SQLiteStore?
    private var tuning = StoreTuning()
    private(set) var operations = 0

    init(
        seed: UInt64, counting kinds: SimulatedDisk.Kinds = .changes, syncsCommits: Bool = true
    ) async throws {
        var ids = SequentialIDs(series: 9)
        memory = InMemoryStore(id: ids.next())
        use = RandomStoreUse(seed: seed)
        random = SeededGenerator(seed: seed &+ 2 << 32)
        // A log that is moved often meets the fault while it is moved.
        tuning.checkpointPages = random.number(in: 4...60)
        tuning.closingPages = random.number(in: 1...60)
        tuning.syncsCommits = syncsCommits
        await (try folder.open()).close()
        disk = try SimulatedDisk(under: folder, counting: kinds)
    }

    /// Does `count` operations, some of them at once, and now and then closes and opens the store; ends early where the
    /// disk refuses.
    mutating func run(_ count: Int) async throws -> Failure? {
        for _ in 0..<count {
            if random.chance(5) { await close() }
            let store: SQLiteStore
            do throws(StoreError) {
                store = try opened()
            } catch {
                return Failure(error: error, during: "open")
            }
            let drawn = random.chance(10) ? use.appendsAtOnce() : []
            let asked = drawn.isEmpty ? [use.next()] : drawn
            operations += asked.count
            var failure: Failure?
            var failed: [StoreOperation] = []
            for (operation, outcome) in zip(asked, await DiskUse.perform(asked, on: store)) {
                if let error = outcome.error, DiskUse.isOfDisk(error) {
                    failure = Failure(error: error, during: "\(operation)")
                    failed.append(operation)
                    continue
                }
                let expected = await operation.perform(on: memory)
                guard outcome == expected else {
                    throw BrokenPromise(description: "\(operation): \(outcome), and in memory \(expected)")
                }
                use.learn(operation, outcome)
            }
            await note(unheard: failed)
            if failure != nil || disk.isOff { return failure }
        }
        return nil
    }

    private static func perform(_ operations: [StoreOperation], on store: SQLiteStore) async -> [StoreOutcome] {
        await withTaskGroup(of: (Int, StoreOutcome).self) { group in
            for (index, operation) in operations.enumerated() {
                group.addTask { (index, await operation.perform(on: store)) }
            }
            var outcomes: [Int: StoreOutcome] = [:]
            for await (index, outcome) in group { outcomes[index] = outcome }
            return operations.indices.map { outcomes[$0] ?? .done }
        }
    }

    private static func isOfDisk(_ error: StoreError) -> Bool {
        error.code == .io || error.code == .unavailable || error.code == .storeDamaged
    }

    private mutating func note(unheard operations: [StoreOperation]) async {
        var all: [(memory: InMemoryStore, done: [(StoreOperation, StoreOutcome)])] = [(memory, [])]
        for operation in operations {
            for (memory, done) in all {
                let other = InMemoryStore(copying: memory)
                let outcome = await operation.perform(on: other)
                all.append((other, done + [(operation, outcome)]))
            }
        }
        unheard = Array(all.dropFirst())
    }

    mutating func close() async {
        await store?.close()
        store = nil
        memory.abandonClaims()
        for (memory, _) in unheard { memory.abandonClaims() }
        use.abandonClaims()
    }

    private mutating func opened() throws(StoreError) -> SQLiteStore {
        if let store { return store }
        let opened = try SQLiteStore.open(folder.location, mode: .create, tuning: tuning)
        store = opened
        return opened
    }

    /// What a store holds that is not what was acknowledged, with or without what nobody heard of; nil where it is.
    func difference(in contents: StoreContents) async throws -> String? {
        guard var difference = contents.difference(from: try await StoreContents(of: memory)) else { return nil }
        for (memory, done) in unheard {
            guard let other = contents.difference(from: try await StoreContents(of: memory)) else { return nil }
            difference += "; or, with \(done.map { "\($0.0)" }): \(other)"
        }
        return difference
    }

    /// Goes on with what is there, after a failure: as the next process, which claims the runs anew.
    mutating func goOn() async throws {
        await close()
        let store = try opened()
        let contents = try await StoreContents(of: store)
        if let difference = try await difference(in: contents) { throw BrokenPromise(description: difference) }
        if contents.difference(from: try await StoreContents(of: memory)) != nil {
            for (other, done) in unheard
            where contents.difference(from: try await StoreContents(of: other)) == nil {
                memory = other
                for (operation, outcome) in done { use.learn(operation, outcome) }
                break
            }
        }
        unheard = []
        for run in contents.runs.map(\.record.uuid) {
            let claim = StoreOperation.claim(run)
            let outcome = await claim.perform(on: store)
            guard await claim.perform(on: memory) == outcome else {
                throw BrokenPromise(description: "\(claim): \(outcome)")
            }
            use.learn(claim, outcome)
        }
    }

    /// Looks at the folder as a loss of power leaves it, as the first process after it does: what is wrong, or nil.
    func problem(inImage seed: UInt64) async throws -> String? {
        let image = try disk.image(seed: seed)
        let next = LeaseHolder(host: "db-1", boot: "the next boot", processID: 1)
        do {
            // An image is a copy in another folder.
            var tuning = StoreTuning()
            tuning.knowsItsPlace = false
            let store = try SQLiteStore.open(image.location, mode: .create, holder: next, tuning: tuning)
            let contents = try await StoreContents(of: store)
            if let difference = try await difference(in: contents) {
                await store.close()
                return difference
            }
            // Every run can be driven on.
            for run in contents.runs.prefix(3) {
                var fixture = StoreFixture(series: 65_000)
                let append = Append(
                    claim: try await store.claim(run.record.uuid), head: run.record.head, entries: fixture.step(1),
                    projection: StoreFixture.running)
                _ = try await store.append(append)
            }
            await store.close()
            let database = try DatabaseQueue(path: image.location.folder.database)
            let verdict = try await database.read { try String.fetchOne($0, sql: "PRAGMA integrity_check") }
            try database.close()
            return verdict == "ok" ? nil : "integrity_check: \(verdict ?? "no verdict")"
        } catch {
            return "\(error)"
        }
    }
}
