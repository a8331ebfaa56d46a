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
    /// Beside it: what an operation would have made of it whose caller heard of an error. Nobody knows which of the two
    /// there is.
    private var unheard: (memory: InMemoryStore, operation: StoreOperation, outcome: StoreOutcome)?
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

    /// Does `count` operations, and now and then closes and opens the store; ends early where the disk refuses.
    mutating func run(_ count: Int) async throws -> Failure? {
        for _ in 0..<count {
            if random.chance(5) { await close() }
            let operation: StoreOperation
            let outcome: StoreOutcome
            do throws(StoreError) {
                let store = try opened()
                operation = use.next()
                operations += 1
                outcome = await operation.perform(on: store)
            } catch {
                return Failure(error: error, during: "open")
            }
            if let error = outcome.error, error.code == .io || error.code == .unavailable || error.code == .storeDamaged
            {
                let other = InMemoryStore(copying: memory)
                unheard = (other, operation, await operation.perform(on: other))
                return Failure(error: error, during: "\(operation)")
            }
            let expected = await operation.perform(on: memory)
            guard outcome == expected else {
                throw BrokenPromise(description: "\(operation): \(outcome), and in memory \(expected)")
            }
            use.learn(operation, outcome)
            if disk.isOff { return nil }
        }
        return nil
    }

    mutating func close() async {
        await store?.close()
        store = nil
        memory.abandonClaims()
        unheard?.memory.abandonClaims()
        use.abandonClaims()
    }

    private mutating func opened() throws(StoreError) -> SQLiteStore {
        if let store { return store }
        let opened = try SQLiteStore.open(folder.location, mode: .create, tuning: tuning)
        store = opened
        return opened
    }

    /// What a store holds that is not what was acknowledged, with or without what nobody heard of; nil where it is one of
    /// the two.
    func difference(in contents: StoreContents) async throws -> String? {
        let difference = contents.difference(from: try await StoreContents(of: memory))
        guard let difference, let unheard else { return difference }
        let other = contents.difference(from: try await StoreContents(of: unheard.memory))
        return other.map { "\(difference); or, with \(unheard.operation): \($0)" }
    }

    /// Goes on with what is there, after a failure: as the next process, which claims the runs anew.
    mutating func goOn() async throws {
        await close()
        let store = try opened()
        let contents = try await StoreContents(of: store)
        if let difference = try await difference(in: contents) { throw BrokenPromise(description: difference) }
        if let (other, operation, outcome) = unheard,
            contents.difference(from: try await StoreContents(of: memory)) != nil
        {
            memory = other
            use.learn(operation, outcome)
        }
        unheard = nil
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
            let store = try SQLiteStore.open(image.location, mode: .create, holder: next)
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
