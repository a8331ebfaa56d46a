import GRDB
import Glibc
import JSON
import Testing
import WorkflowCore
import WorkflowStore
import WorkflowTestKit

@testable import WorkflowStoreSQLite

/// What the last command left is asked of the database itself: other programs may do with its log what SQLite lets
/// them.
@Suite("The mark of a clean end, and programs that look at the store meanwhile")
struct CleanEndTests {
    let folder = TemporaryFolder()
    var store: StoreFolder { folder.location.folder }

    /// Another program with the database open in a transaction that reads; it may not write, and leaves the log as it
    /// is.
    private func reader() async throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.allowsUnsafeTransactions = true
        let reader = try DatabaseQueue(path: store.database, configuration: configuration)
        try await reader.unsafeRead { database in
            try database.execute(sql: "BEGIN; SELECT count(*) FROM journal")
        }
        return reader
    }

    private func end(_ reader: DatabaseQueue) async throws {
        try await reader.unsafeRead { try $0.execute(sql: "ROLLBACK") }
        try reader.close()
    }

    /// A store with a run in its log, which a reader kept there when the last command left.
    private func left(by work: (SQLiteStore, inout StoreFixture) async throws -> Void) async throws -> DatabaseQueue {
        let first = try folder.open()
        var fixture = StoreFixture()
        _ = try await fixture.create(in: first, id: "before")
        await first.close()
        let reader = try await reader()
        let store = try folder.open()
        try await work(store, &fixture)
        await store.close()
        try #require(fileSize(self.store.log) > 0)
        try #require(CleanEnd(writtenIn: self.store.cleanMarker)?.rows != nil)
        return reader
    }

    private func left() async throws -> DatabaseQueue {
        try await left { store, fixture in _ = try await fixture.create(in: store, id: "newest") }
    }

    private func openingError() -> StoreError? {
        do throws(StoreError) {
            _ = try folder.open()
            return nil
        } catch {
            return error
        }
    }

    private func expectWhole() async throws {
        let store = try folder.open()
        #expect(try await store.run(named: RunID("newest")) != nil)
        var fixture = StoreFixture(series: 2)
        _ = try await fixture.create(in: store, id: "next")
        await store.close()
    }

    @Test("A program that looked, and moved the log into the database as it left, has lost nothing")
    func movedByReader() async throws {
        let reader = try await left()
        try await end(reader)
        // The last one to leave that may write.
        let other = try DatabaseQueue(path: store.database)
        #expect(try await other.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM runs") } == 2)
        try other.close()
        #expect(PathKind(of: store.log) == .nothing)
        try await expectWhole()
    }

    @Test(
        "Nor has one that copied or emptied the log, or wrote more",
        arguments: [
            "PRAGMA wal_checkpoint(PASSIVE)", "PRAGMA wal_checkpoint(TRUNCATE)",
            "CREATE TABLE other (x); DROP TABLE other",
            "VACUUM", "PRAGMA journal_mode = DELETE; PRAGMA journal_mode = WAL",
        ])
    func movedByOther(_ sql: String) async throws {
        let reader = try await left()
        try await end(reader)
        let other = try DatabaseQueue(path: store.database)
        try await other.writeWithoutTransaction { try $0.execute(sql: sql) }
        try other.close()
        try await expectWhole()
    }

    @Test("A log that is gone with the newest entries is damage, and put back it is the store again")
    func missingLog() async throws {
        let reader = try await left()
        try await end(reader)
        rename(store.log, folder.path + "/log")
        unlink(store.database + "-shm")
        for _ in 0..<2 {
            let error = openingError()
            #expect(error?.code == .storeDamaged)
            #expect(error?.message.contains(store.log) == true && error?.message.contains("entry 2") == true)
        }
        rename(folder.path + "/log", store.log)
        try await expectWhole()
    }

    @Test("So is one that was cut, and one of an earlier time")
    func otherLog() async throws {
        let reader = try await left()
        try await end(reader)
        let log = try #require(bytes(store.log))
        truncate(store.log, off_t(log.count / 2))
        unlink(store.database + "-shm")
        #expect(openingError()?.code == .storeDamaged)
        try write(log, to: store.log)
        unlink(store.database + "-shm")
        try await expectWhole()
    }

    @Test("A request that was taken and is gone with the log is damage as well")
    func missingRequest() async throws {
        let reader = try await left { store, fixture in
            let run = try #require(try await store.run(named: RunID("before")))
            try await store.enqueue(
                NewInboxRequest(
                    run: run.uuid, kind: "pause", payload: .object([:]), actor: "user:bob", at: fixture.clock.now))
        }
        try await end(reader)
        unlink(store.log)
        unlink(store.database + "-shm")
        #expect(openingError()?.message.contains("request 1") == true)
        // Whoever knows what was lost goes on without it.
        unlink(store.cleanMarker)
        await (try folder.open()).close()
    }

    @Test("The mark of an earlier version, which has the log's size, is no reason to refuse a store")
    func earlierMark() async throws {
        let reader = try await left()
        let size = fileSize(store.log)
        try writeSmallFile(store.cleanMarker, "\(LeaseHolder.current().boot)\n\(size)")
        try await end(reader)
        let other = try DatabaseQueue(path: store.database)
        _ = try await other.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM runs") }
        try other.close()
        #expect(fileSize(store.log) != size)
        try await expectWhole()
    }

    @Test(
        "Marks are read as they are written, and what is cut says less",
        arguments: [
            ("boot\nrun 1 entry 20 request 3\n", NewestRows(run: 1, entry: 20, request: 3), nil),
            ("boot", nil, nil), ("boot\n4096", nil, 4096), ("boot\nrun 1 entry", nil, nil),
            ("boot\nrun 1 entry 2 request x", nil, nil),
        ] as [(String, NewestRows?, Int64?)])
    func marks(_ text: String, _ rows: NewestRows?, _ logBytes: Int64?) throws {
        let path = folder.path + "/mark"
        try writeSmallFile(path, text)
        let end = try #require(CleanEnd(writtenIn: path))
        #expect(end.boot == "boot" && end.rows == rows && end.logBytes == logBytes)
        if rows != nil { #expect(end.text == text) }
        try writeSmallFile(path, "")
        #expect(CleanEnd(writtenIn: path) == nil)
    }

    @Test("After a crash the log is written again only while no other program can write to it")
    func rewriting() async throws {
        let first = try folder.open()
        await first.close()
        unlink(store.cleanMarker)
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: store.database, configuration: configuration)
        try await other.writeWithoutTransaction {
            try $0.execute(sql: "BEGIN IMMEDIATE; UPDATE store SET version = 'x'")
        }
        var tuning = StoreTuning()
        tuning.busyTimeoutMilliseconds = 20
        let error = #expect(throws: StoreError.self) {
            try SQLiteStore.open(folder.location, mode: .create, tuning: tuning)
        }
        #expect(error?.code == .unavailable)
        try await other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        await (try folder.open()).close()
        try other.close()
    }

    private func bytes(_ path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: Int(fileSize(path)))
        return read(file, &bytes, bytes.count) == bytes.count ? bytes : nil
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        try #require(Glibc.write(file, bytes, bytes.count) == bytes.count)
        close(file)
    }
}
