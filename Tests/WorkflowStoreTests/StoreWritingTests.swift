import Dispatch
import GRDB
import Glibc
import JSON
import Testing
import WorkflowCore
import WorkflowStore
import WorkflowTestKit

@testable import WorkflowStoreSQLite

@Suite("Writing to a store on SQLite")
struct StoreWritingTests {
    let folder = TemporaryFolder()

    func append(_ created: CreatedRun, _ fixture: inout StoreFixture, head: Int64 = 1) -> Append {
        Append(claim: created.claim, head: head, entries: fixture.step(1), projection: StoreFixture.running)
    }

    /// Runs SQL as another process would.
    func change(_ sql: String) throws {
        let database = try DatabaseQueue(path: folder.location.folder.database)
        try database.writeWithoutTransaction { try $0.execute(sql: sql) }
        try database.close()
    }

    /// A connection that may leave a transaction open.
    func unbracketed(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    func refusal(of id: String, _ fixture: inout StoreFixture, in store: SQLiteStore) async -> StoreError? {
        do throws(StoreError) {
            _ = try await fixture.create(in: store, id: id)
            return nil
        } catch {
            return error
        }
    }

    typealias Outcome = Result<AppendReceipt, StoreError>

    func attempt(_ append: Append, _ store: SQLiteStore) async -> Outcome {
        do throws(StoreError) { return .success(try await store.append(append)) } catch { return .failure(error) }
    }

    /// Keeps a store's writer from taking anything until `release` is called.
    func hold(_ store: SQLiteStore) throws -> DispatchSemaphore {
        let gate = DispatchSemaphore(value: 0)
        try #require(store.connections.openedWriter).database.asyncWriteWithoutTransaction { _ in gate.wait() }
        return gate
    }

    /// Waits until so many writes wait for the writer.
    func untilWaiting(_ count: Int, in store: SQLiteStore) async throws {
        let writer = try #require(store.connections.openedWriter)
        while writer.waitingCount < count { await Task.yield() }
    }

    @Test("Making a run, claiming it and each append are one transaction each")
    func oneTransaction() async throws {
        var fixture = StoreFixture()
        let store = try folder.open()
        let created = try await fixture.create(in: store)
        #expect(store.writeCounts.transactions == 1)
        _ = try await store.append(append(created, &fixture))
        #expect(store.writeCounts.transactions == 2)
        await store.release(created.claim)
        _ = try await store.claim(created.claim.run)
        #expect(store.writeCounts.transactions == 3)
        await store.close()
    }

    @Test("Appends that wait at the same time share a transaction, and a refused one fails alone")
    func groupCommit() async throws {
        var fixture = StoreFixture()
        let store = try folder.open()
        var appends: [Append] = []
        for _ in 0..<10 { appends.append(append(try await fixture.create(in: store), &fixture)) }
        appends[4].head = 7
        let before = store.writeCounts.transactions
        let gate = try hold(store)
        let outcomes = await withTaskGroup(of: (Int, Outcome).self) { group in
            for (index, append) in appends.enumerated() { group.addTask { (index, await attempt(append, store)) } }
            try? await untilWaiting(10, in: store)
            gate.signal()
            var outcomes: [Int: Outcome] = [:]
            for await (index, outcome) in group { outcomes[index] = outcome }
            return outcomes
        }
        #expect(store.writeCounts.transactions == before + 1)
        for index in appends.indices where index != 4 {
            #expect(try outcomes[index]?.get().head == 3)
        }
        guard case .failure(let refusal)? = outcomes[4] else {
            Issue.record("the append to a wrong head took place")
            return
        }
        #expect(refusal.code == .headMismatch)
        #expect(try await store.rawEntries(of: appends[4].claim.run, after: 0, limit: 9).count == 1)
        let ids = outcomes.values.compactMap { try? $0.get() }.flatMap(\.checkpoints).map(\.id.text)
        #expect(Set(ids).count == 9)
        #expect(!ids.contains("chk-2026-02-02-010"), "the refused append gave its number back")
        await store.close()
    }

    @Test("A driver whose token was raised while its append waited appends nothing")
    func staleWhileWaiting() async throws {
        var fixture = StoreFixture()
        let store = try folder.open()
        let created = try await fixture.create(in: store)
        let late = append(created, &fixture)
        let gate = try hold(store)
        let error = await withTaskGroup(of: StoreError?.self) { group in
            group.addTask { await #expect(throws: StoreError.self) { try await store.append(late) } }
            try? await untilWaiting(1, in: store)
            #expect(throws: Never.self) { try change("UPDATE runs SET token = token + 1") }
            gate.signal()
            return await group.next() ?? nil
        }
        #expect(error?.code == .staleToken)
        #expect(try await store.rawEntries(of: created.claim.run, after: 0, limit: 9).count == 1)
        #expect(try await store.checkpoints(of: created.claim.run) == [])
        await store.close()
    }

    @Test("A run is driven through one store at a time, in one process as in two")
    func claimedElsewhere() async throws {
        var fixture = StoreFixture()
        let first = try folder.open()
        let second = try folder.open(.existing)
        let created = try await fixture.create(in: first)
        let before = try await second.run(created.claim.run)
        let error = await #expect(throws: StoreError.self) { try await second.claim(created.claim.run) }
        #expect(error?.code == .heldByOther)
        let holder = LeaseHolder.current()
        #expect(error?.message.contains("pid \(holder.processID) on \(holder.host)") == true)
        #expect(try await second.isClaimed(created.claim.run))
        #expect(try await second.run(created.claim.run) == before, "nothing was written")
        await first.close()
        #expect(try await second.isClaimed(created.claim.run) == false)
        let claim = try await second.claim(created.claim.run)
        #expect(claim.token.number == 2)
        await second.close()
    }

    @Test("Asking whether a run is driven never keeps a driver from claiming it")
    func askingDoesNotClaim() async throws {
        var fixture = StoreFixture()
        let store = try folder.open()
        let created = try await fixture.create(in: store)
        await store.release(created.claim)
        let asked = try #require(try FileLock(existing: store.folder.lock(of: created.claim.run)))
        #expect(try asked.attempt(.shared))
        async let claim = store.claim(created.claim.run)
        // The claim goes on as soon as the question is over.
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(5)) { asked.unlock() }
        #expect(try await claim.token.number == 2)
        await store.close()
    }

    @Test("A journal verifies while its driver appends to it")
    func verifiedWhileDriven() async throws {
        var fixture = StoreFixture()
        let store = try folder.open()
        let created = try await fixture.create(in: store)
        try await withThrowingTaskGroup { group in
            group.addTask { [fixture] in
                var fixture = fixture
                var head: Int64 = 1
                for step in 1...200 {
                    let append = Append(
                        claim: created.claim, head: head, entries: fixture.step(step),
                        projection: StoreFixture.running)
                    head = try await store.append(append).head
                }
            }
            group.addTask {
                for _ in 0..<20 {
                    let problem = try await store.verifyJournal(of: created.claim.run)
                    #expect(problem == nil)
                }
            }
            try await group.waitForAll()
        }
        #expect(try await store.run(created.claim.run)?.head == 401)
        #expect(try await store.verifyJournal(of: created.claim.run) == nil)
        await store.close()
    }

    @Test("Two stores append to one database")
    func twoStores() async throws {
        let stores = [try folder.open(), try folder.open()]
        var claims: [(SQLiteStore, CreatedRun)] = []
        for (index, store) in stores.enumerated() {
            var fixture = StoreFixture(series: UInt64(index + 1))
            claims.append((store, try await fixture.create(in: store)))
        }
        try await withThrowingTaskGroup { group in
            for (index, (store, created)) in claims.enumerated() {
                group.addTask {
                    var fixture = StoreFixture(series: UInt64(index + 5))
                    var head: Int64 = 1
                    for step in 1...50 {
                        let append = Append(
                            claim: created.claim, head: head, entries: fixture.step(step),
                            projection: StoreFixture.running)
                        head = try await store.append(append).head
                    }
                }
            }
            try await group.waitForAll()
        }
        var ids: Set<CheckpointID> = []
        for (store, created) in claims {
            let raw = try await store.rawEntries(of: created.claim.run, after: 0, limit: 1000)
            #expect(raw.count == 101)
            #expect(HashChain.verify(raw, of: created.record.id) == nil)
            for checkpoint in try await store.checkpoints(of: created.claim.run) { ids.insert(checkpoint.id) }
        }
        #expect(ids.count == 100)
        for store in stores { await store.close() }
    }

    @Test("A full database refuses the append whole, says so, and goes on when there is room again")
    func full() async throws {
        var fixture = StoreFixture()
        let store = try folder.open()
        let created = try await fixture.create(in: store)
        let database = try #require(store.connections.openedWriter).database
        let pages = try await database.writeWithoutTransaction { database in
            let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            try database.execute(sql: "PRAGMA max_page_count = \(pages + 2)")
            return pages
        }
        #expect(pages > 0)
        let large = [fixture.finished("s", outputs: ["x": .string(String(repeating: "x", count: 100_000))])]
        let big = Append(claim: created.claim, head: 1, entries: large, projection: StoreFixture.running)
        let error = await #expect(throws: StoreError.self) { try await store.append(big) }
        #expect(error?.code == .io)
        #expect(error?.message.contains("free space") == true)
        #expect(try await store.run(created.claim.run) == created.record)
        try await database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = 100000") }
        #expect(try await store.append(big).checkpoints.map(\.id.text) == ["chk-2026-02-02-001"])
        await store.close()
    }

    @Test("After a commit that failed nothing more is written, and nothing acknowledged is lost")
    func failedCommit() async throws {
        let path = folder.path
        await #expect(processExitsWith: .success) { [path = path as String] in
            let location = StoreLocation(folder: StoreFolder(path: path + "/.workflow"), origin: .option)
            var fixture = StoreFixture()
            let store = try SQLiteStore.open(location, mode: .create)
            let created = try await fixture.create(in: store, id: "r")
            _ = try await store.append(
                Append(
                    claim: created.claim, head: 1, entries: fixture.step(1), projection: StoreFixture.running))
            // No file of this process may grow from here on: the log cannot take the next commit.
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: rlim_t(fileSize(store.folder.log)), rlim_max: .max)
            try #require(setrlimit(fileSizeLimit, &limit) == 0)
            for _ in 0..<2 {
                let error = await #expect(throws: StoreError.self) {
                    try await store.append(
                        Append(
                            claim: created.claim, head: 3, entries: fixture.step(2),
                            projection: StoreFixture.running))
                }
                #expect(error?.code == .io)
            }
            #expect(store.writeCounts.hasFailedCommit)
            limit.rlim_cur = .max
            setrlimit(fileSizeLimit, &limit)
            let error = await #expect(throws: StoreError.self) { try await store.claim(created.claim.run) }
            #expect(error != nil)
            await store.close()
            #expect(PathKind(of: store.folder.cleanMarker) == .nothing)
        }
        let again = try folder.open()
        let record = try #require(try await again.run(named: RunID("r")))
        let raw = try await again.rawEntries(of: record.uuid, after: 0, limit: 99)
        #expect(raw.count >= 3)
        #expect(HashChain.verify(raw, of: record.id, head: (record.head, record.headHash)) == nil)
        #expect(try await again.claim(record.uuid).token.number == 2)
        await again.close()
    }

    @Test("The log is moved into the database between appends, and emptied at the end when it is long")
    func checkpoints() async throws {
        var tuning = StoreTuning()
        tuning.checkpointPages = 50
        tuning.closingPages = 10
        let store = try SQLiteStore.open(folder.location, mode: .create, tuning: tuning)
        var fixture = StoreFixture()
        let created = try await fixture.create(in: store)
        var head: Int64 = 1
        for step in 1...100 {
            let append = Append(
                claim: created.claim, head: head, entries: fixture.step(step), projection: StoreFixture.running)
            head = try await store.append(append).head
        }
        #expect(store.writeCounts.checkpoints > 3)
        #expect(fileSize(store.folder.log) < 80 * 4200)
        await store.close()
        #expect(fileSize(store.folder.log) == 0)
    }

    @Test("After the last writer has left, the database alone is the store")
    func databaseAlone() async throws {
        let first = try folder.open()
        let second = try folder.open()
        var fixture = StoreFixture()
        let created = try await fixture.create(in: first)
        _ = try await second.run(created.claim.run)
        await first.close()
        #expect(fileSize(first.folder.log) > 0, "another writes")
        await second.close()
        #expect(fileSize(first.folder.log) == 0)
        unlink(first.folder.log)
        unlink(first.folder.database + "-shm")
        let again = try folder.open()
        #expect(try await again.entries(of: created.claim.run, after: 0, through: nil, limit: 9).count == 1)
        await again.close()
    }

    @Test("A lock of the log that never comes free is named")
    func heldLogLock() async throws {
        var tuning = StoreTuning()
        tuning.busyTimeoutMilliseconds = 20
        let store = try SQLiteStore.open(folder.location, mode: .create, tuning: tuning)
        let other = try FileLock(store.folder.logLock)
        #expect(try other.attempt(.exclusive))
        var fixture = StoreFixture()
        let error = await refusal(of: "r", &fixture, in: store)
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains(store.folder.logLock) == true)
        other.unlock()
        await store.close()
    }

    @Test("A request that cannot be read is one bad request, and one that could not be is refused")
    func badRequests() async throws {
        let store = try folder.open()
        var fixture = StoreFixture()
        let created = try await fixture.create(in: store)
        var deep = JSONValue.null
        for _ in 0..<200 { deep = .array([deep]) }
        var request = NewInboxRequest(
            run: created.claim.run, kind: "signal", payload: deep, actor: "user:bob", at: fixture.clock.now)
        try await store.enqueue(request)
        try await store.enqueue(request)
        try change("UPDATE inbox SET payload = '{' WHERE id = 1")
        let found = try await store.inbox(of: created.claim.run)
        #expect(found.map(\.request.kind) == [InboxRequest.unreadableKind, "signal"])
        #expect(found.last?.request == request)
        for _ in 0..<200 { deep = .array([deep]) }
        for payload in [deep, .string(String(repeating: "x", count: NewInboxRequest.largestPayload))] {
            request.payload = payload
            let refused = request
            let error = await #expect(throws: StoreError.self) { try await store.enqueue(refused) }
            #expect(error?.code == .invalidEntry)
        }
        await store.close()
    }

    @Test("A run that was refused leaves no lock behind")
    func refusedRunLock() async throws {
        let store = try folder.open()
        var fixture = StoreFixture()
        _ = try await fixture.create(in: store, id: "r")
        let before = names(in: store.folder.locks)
        #expect(await refusal(of: "r", &fixture, in: store)?.code == .runExists)
        #expect(names(in: store.folder.locks) == before)
        await store.close()
    }

    @Test("The log is left alone while another process appends")
    func checkpointWaits() async throws {
        var tuning = StoreTuning()
        tuning.checkpointPages = 20
        let store = try SQLiteStore.open(folder.location, mode: .create, tuning: tuning)
        let other = try FileLock(store.folder.logLock)
        #expect(try other.attempt(.shared))
        var fixture = StoreFixture()
        let created = try await fixture.create(in: store)
        var head: Int64 = 1
        for step in 1...20 {
            let append = Append(
                claim: created.claim, head: head, entries: fixture.step(step), projection: StoreFixture.running)
            head = try await store.append(append).head
        }
        #expect(store.writeCounts.checkpoints == 0)
        other.unlock()
        // The next writes find the lock free; a checkpoint comes after the answer to the one that caused it.
        for step in 21...22 {
            let append = Append(
                claim: created.claim, head: head, entries: fixture.step(step), projection: StoreFixture.running)
            head = try await store.append(append).head
        }
        #expect(store.writeCounts.checkpoints > 0)
        await store.close()
    }

    @Test("Closing finishes the appends that wait, and takes no more")
    func closingFinishes() async throws {
        var fixture = StoreFixture()
        let store = try folder.open()
        var appends: [Append] = []
        for _ in 0..<5 { appends.append(append(try await fixture.create(in: store), &fixture)) }
        let gate = try hold(store)
        let heads = await withTaskGroup(of: Int64?.self) { group in
            for append in appends { group.addTask { try? await attempt(append, store).get().head } }
            try? await untilWaiting(5, in: store)
            group.addTask {
                await store.close()
                return nil
            }
            while !store.connections.isClosed { await Task.yield() }
            gate.signal()
            var heads: [Int64] = []
            for await head in group { if let head { heads.append(head) } }
            return heads
        }
        #expect(heads == [3, 3, 3, 3, 3])
        let again = try folder.open(.existing)
        #expect(try await again.runs(RunFilter()).map(\.head) == [3, 3, 3, 3, 3])
        await again.close()
    }

    @Test("Reading goes on while another process holds a transaction open")
    func readersDoNotWait() async throws {
        var fixture = StoreFixture()
        let store = try folder.open()
        let created = try await fixture.create(in: store)
        let other = try unbracketed(store.folder.database)
        try await other.writeWithoutTransaction { database in
            try database.execute(sql: "BEGIN IMMEDIATE; UPDATE runs SET token = 9")
        }
        #expect(try await store.run(created.claim.run)?.token.number == 1)
        try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        try other.close()
        await store.close()
    }

    @Test("A transaction of another process that does not end is an error after a while")
    func busy() async throws {
        var tuning = StoreTuning()
        tuning.busyTimeoutMilliseconds = 20
        var fixture = StoreFixture()
        let store = try SQLiteStore.open(folder.location, mode: .create, tuning: tuning)
        let created = try await fixture.create(in: store)
        let other = try unbracketed(store.folder.database)
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let waiting = append(created, &fixture)
        let error = await #expect(throws: StoreError.self) { try await store.append(waiting) }
        #expect(error?.code == .unavailable)
        try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        #expect(try await store.append(waiting).head == 3)
        try other.close()
        await store.close()
    }
}

/// `RLIMIT_FSIZE`, in the type that glibc's `setrlimit` takes.
private let fileSizeLimit = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
