import Glibc
import Testing
import WorkflowCore
import WorkflowStore
import WorkflowTestKit

@testable import WorkflowStoreSQLite

@Suite("Locks between processes")
struct StoreLockTests {
    let folder = TemporaryFolder()

    static func open(_ path: String) throws(StoreError) -> SQLiteStore {
        let location = StoreLocation(folder: StoreFolder(path: path + "/.workflow"), origin: .option)
        return try SQLiteStore.open(location, mode: .create)
    }

    static func release(
        _ claim: RunClaim, _ head: Int64, in store: SQLiteStore, status: RunStatus = .running
    ) async throws {
        let projection = RunProjection(status: status, stage: "planning", dueAt: nil)
        _ = try await store.append(
            Append(claim: claim, head: head, entries: [], projection: projection, releasing: [""]))
    }

    /// Takes the locks again and again, checking by a file that nobody else has them.
    static func contend(_ path: String, series: UInt64, rounds: Int) async throws {
        let store = try open(path)
        var fixture = StoreFixture(series: series)
        let claim = try await fixture.create(in: store).claim
        let names = [LockName(.lock, "a"), LockName(.lock, "b"), LockName(.concurrency, "g")]
        for _ in 0..<rounds {
            while try await !store.takeLocks(names, holder: "", claim: claim, at: fixture.clock.now).isEmpty {
                await Task.yield()
            }
            let file = Glibc.open(path + "/critical", O_CREAT | O_EXCL | O_WRONLY, 0o600)
            try #require(file >= 0, "two have the locks")
            close(file)
            unlink(path + "/critical")
            try await release(claim, 1, in: store)
        }
        try await release(claim, 1, in: store, status: .completed)
        await store.close()
    }

    @Test("Of two processes with two stores each, one has the locks at a time, and all get them")
    func contention() async throws {
        let path = folder.path
        await (try Self.open(path)).close()
        // The children need nothing of this process: waiting for them takes its threads.
        await withTaskGroup { group in
            for series: UInt64 in [1, 3] {
                group.addTask {
                    await #expect(processExitsWith: .success) { [path = path as String, series = series as UInt64] in
                        async let other: Void = StoreLockTests.contend(path, series: series + 1, rounds: 10)
                        try await StoreLockTests.contend(path, series: series, rounds: 10)
                        try await other
                    }
                }
            }
        }
        let store = try folder.open()
        #expect(try await store.locks(of: nil) == [])
        #expect(try await store.runs(RunFilter(statuses: [.completed])).count == 4)
        await store.close()
    }

    @Test("The locks of a run whose driver was killed stay until its next driver gives them up")
    func killedHolder() async throws {
        let path = folder.path
        let store = try folder.open()
        var fixture = StoreFixture(series: 7)
        let created = try await fixture.create(in: store)
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let store = try StoreLockTests.open(path)
            var fixture = StoreFixture(series: 8)
            let claim = try await fixture.create(in: store, id: "killed").claim
            let names = [LockName(.lock, "x"), LockName(.concurrency, "g")]
            let obstacles = try await store.takeLocks(names, holder: "drain[2]", claim: claim, at: fixture.clock.now)
            try #require(obstacles.isEmpty)
            kill(getpid(), SIGKILL)
        }
        let killed = try #require(try await store.run(named: RunID("killed")))
        func names() -> [LockName] { [LockName(.lock, "free"), LockName(.lock, "x"), LockName(.concurrency, "g")] }
        func obstacles() async throws -> [LockObstacle] {
            try await store.takeLocks(names(), holder: "", claim: created.claim, at: fixture.clock.now)
        }
        for _ in 0..<2 {
            let found = try await obstacles()
            #expect(found.map(\.reason) == [.held, .held])
            #expect(found.map(\.by.runID) == [killed.id, killed.id])
            #expect(found.map(\.by.holder) == ["drain[2]", "drain[2]"])
        }
        let claim = try await store.claim(killed.uuid)
        // The intent was not journaled: the step starts again, and takes again.
        let again = try await store.takeLocks(
            [LockName(.lock, "x"), LockName(.concurrency, "g")], holder: "drain[2]", claim: claim,
            at: fixture.clock.tick())
        #expect(again == [])
        #expect(try await obstacles().count == 2)
        try await Self.release(claim, 1, in: store, status: .failed)
        #expect(try await obstacles() == [])
        #expect(try await store.locks(of: nil).map(\.run) == [LockName](names()).map { _ in created.claim.run })
        await store.close()
    }

    @Test("An older run that waits goes first while a live process drives it, and not when that was killed")
    func killedWaiter() async throws {
        let path = folder.path
        let group = LockName(.concurrency, "g")
        let store = try folder.open()
        var fixture = StoreFixture(series: 7)
        let now = fixture.clock.now
        let holder = try await fixture.create(in: store).claim
        #expect(try await store.takeLocks([group], holder: "", claim: holder, at: now) == [])
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let store = try StoreLockTests.open(path)
            var fixture = StoreFixture(series: 8)
            let claim = try await fixture.create(in: store, id: "older").claim
            let group = LockName(.concurrency, "g")
            let obstacles = try await store.takeLocks([group], holder: "", claim: claim, at: fixture.clock.now)
            try #require(obstacles.map(\.reason) == [.held])
            kill(getpid(), SIGKILL)
        }
        let younger = try await fixture.create(in: store).claim
        try await Self.release(holder, 1, in: store)
        #expect(try await store.takeLocks([group], holder: "", claim: younger, at: now) == [])
        try await Self.release(younger, 1, in: store)

        // Driven again, it has kept its place.
        let other = try folder.open()
        let older = try #require(try await other.run(named: RunID("older")))
        _ = try await other.claim(older.uuid)
        let first = try await store.takeLocks([group], holder: "", claim: younger, at: now)
        #expect(first.map(\.reason) == [.queued])
        #expect(first.map(\.by.run) == [older.uuid])
        let written = store.writeCounts.transactions
        #expect(try await store.takeLocks([group], holder: "", claim: younger, at: now) == first)
        #expect(store.writeCounts.transactions == written)
        await other.close()
        #expect(try await store.takeLocks([group], holder: "", claim: younger, at: now) == [])
        await store.close()
    }

    @Test("Asking again for what is taken, or for what one has, writes nothing")
    func writesNothing() async throws {
        var fixture = StoreFixture()
        let store = try folder.open()
        let a = try await fixture.create(in: store).claim
        let b = try await fixture.create(in: store).claim
        let (x, g) = (LockName(.lock, "x"), LockName(.concurrency, "g"))
        let now = fixture.clock.now
        func written(_ names: [LockName], _ claim: RunClaim) async throws -> Int {
            let before = store.writeCounts.transactions
            _ = try await store.takeLocks(names, holder: "", claim: claim, at: now)
            return store.writeCounts.transactions - before
        }
        #expect(try await written([x, g], a) == 1)
        #expect(try await written([x, g], a) == 0)
        #expect(try await written([], a) == 0)
        #expect(try await written([x], b) == 0, "nobody queues for it")
        #expect(try await written([x, g], b) == 1, "it takes its place in the queue")
        #expect(try await written([x, g], b) == 0)
        await store.close()
    }

    @Test("A driver whose token was raised while its request waited takes nothing")
    func staleWhileWaiting() async throws {
        var fixture = StoreFixture()
        let first = try folder.open()
        let second = try folder.open()
        let created = try await fixture.create(in: first)
        // As another host would: the lock file does not stand in its way.
        _ = try await second.connections.writer().write { connection in
            try connection.raiseToken(of: created.claim.run, holder: LeaseHolder.current())
        }
        let now = fixture.clock.now
        for _ in 0..<2 {
            let error = await #expect(throws: StoreError.self) {
                try await first.takeLocks([LockName(.lock, "x")], holder: "", claim: created.claim, at: now)
            }
            #expect(error?.code == .staleToken)
        }
        #expect(try await second.locks(of: nil) == [])
        await first.close()
        await second.close()
    }
}
