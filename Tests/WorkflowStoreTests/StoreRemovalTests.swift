import GRDB
import Glibc
import Testing
import WorkflowCore
import WorkflowStore
import WorkflowTestKit

@testable import WorkflowStoreSQLite

@Suite("Removing runs from a store on disk")
struct StoreRemovalTests {
    /// A run with more rows than one transaction removes.
    private func longRun(_ store: SQLiteStore, _ fixture: inout StoreFixture) async throws -> CreatedRun {
        let created = try await fixture.create(in: store)
        let steps = (1...(SQLiteStore.removedRowsMax + 100)).map { fixture.finished("s\($0)") }
        _ = try await store.append(
            Append(claim: created.claim, head: 1, entries: steps, projection: StoreFixture.running))
        return created
    }

    private func counts(_ folder: TemporaryFolder) throws -> [String: Int] {
        let database = try DatabaseQueue(path: folder.location.folder.database)
        return try database.read { database in
            var counts: [String: Int] = [:]
            for table in ["runs", "journal", "checkpoints", "definitions"] {
                counts[table] = try Int.fetchOne(database, sql: "SELECT count(*) FROM \(table)")
            }
            return counts
        }
    }

    @Test("A long run goes in several transactions, with its lock file")
    func longRun() async throws {
        let folder = TemporaryFolder()
        let store = try folder.open()
        var fixture = StoreFixture()
        let created = try await longRun(store, &fixture)
        let before = store.writeCounts.transactions
        #expect(access(store.folder.lock(of: created.claim.run), F_OK) == 0)
        try await store.remove(created.claim)
        #expect(store.writeCounts.transactions == before + 2)
        #expect(access(store.folder.lock(of: created.claim.run), F_OK) != 0)
        await store.close()
        #expect(try counts(folder) == ["runs": 0, "journal": 0, "checkpoints": 0, "definitions": 1])
    }

    @Test("A removal that was cut off leaves the run gone; a sweep removes the rest")
    func cutOff() async throws {
        let folder = TemporaryFolder()
        let store = try folder.open()
        var fixture = StoreFixture()
        let created = try await longRun(store, &fixture)
        // What the first transaction of a removal does, and then the process dies.
        let claim = created.claim
        _ = try await store.connections.writer().write { connection in
            try connection.markRemoved(claim)
            return try connection.removePart(of: claim.run, rows: 10)
        }
        await store.close()

        let again = try folder.open(.existing)
        #expect(try await again.run(claim.run) == nil)
        #expect(try await again.run(named: created.record.id) == nil)
        #expect(try await again.runs(RunFilter()) == [])
        #expect(try await again.checkpoints(of: claim.run) == [])
        #expect(try await again.checkpoint(CheckpointID("chk-2026-02-02-050")) == nil)
        #expect(try await again.rawEntries(of: claim.run, after: 0, limit: 1000) == [])
        #expect(try await again.diagnostics().damage == [])
        let chosen = fixture.newRun(id: created.record.id.text)
        let entry = fixture.created(chosen)
        await #expect(throws: StoreError.runExists(created.record.id)) {
            try await again.createRun(chosen, entries: [entry], projection: StoreFixture.running)
        }
        let sweep = try await again.sweep(before: fixture.clock.now)
        #expect(sweep.finishedRemovals == [claim.run])
        #expect(sweep.definitions == 1)
        #expect(access(again.folder.lock(of: claim.run), F_OK) != 0)
        _ = try await again.createRun(chosen, entries: [entry], projection: StoreFixture.running)
        await again.close()
        #expect(try counts(folder) == ["runs": 1, "journal": 1, "checkpoints": 0, "definitions": 1])
    }

    @Test("A sweep leaves the removal that another process is at")
    func removalUnderWay() async throws {
        let folder = TemporaryFolder()
        let store = try folder.open()
        var fixture = StoreFixture()
        let created = try await longRun(store, &fixture)
        let claim = created.claim
        _ = try await store.connections.writer().write { try $0.markRemoved(claim) }
        let other = try folder.open(.existing)
        #expect(try await other.sweep(before: fixture.clock.now) == StoreSweep())
        await other.close()
        await store.close()
        #expect(try counts(folder)["runs"] == 1)
    }

    @Test("Lock files of unknown runs go when they are old and nobody holds them")
    func lockFiles() async throws {
        let folder = TemporaryFolder()
        let store = try folder.open()
        var fixture = StoreFixture()
        let kept = try await fixture.create(in: store)
        await store.release(kept.claim)
        func lockFile() throws -> String {
            let path = store.folder.lock(of: fixture.ids.next())
            try writeSmallFile(path, "pid 1 on somewhere\n")
            return path
        }
        let old = try lockFile()
        let held = try lockFile()
        let young = try lockFile()
        let now = Timestamp(millisecondsSinceEpoch: 1_800_000_000_000)
        for path in [old, held, store.folder.lock(of: kept.claim.run)] {
            var times = [timeval(tv_sec: 1_700_000_000, tv_usec: 0), timeval(tv_sec: 1_700_000_000, tv_usec: 0)]
            #expect(utimes(path, &times) == 0)
        }
        var times = [timeval(tv_sec: 1_900_000_000, tv_usec: 0), timeval(tv_sec: 1_900_000_000, tv_usec: 0)]
        #expect(utimes(young, &times) == 0)
        let lock = try FileLock(held)
        #expect(try lock.attempt(.exclusive))
        #expect(try await store.sweep(before: now).lockFiles == 1)
        #expect(access(old, F_OK) != 0)
        for path in [held, young, store.folder.lock(of: kept.claim.run)] { #expect(access(path, F_OK) == 0) }
        await store.close()
    }
}
