import Glibc
import Synchronization
import Testing
import WorkflowCore
import WorkflowStore
import WorkflowTestKit

@testable import WorkflowStoreSQLite

@Suite("Lock files that are removed")
struct FileLockTests {
    let folder = TemporaryFolder()
    var path: String { folder.path + "/locks/a.lock" }

    init() { mkdir(folder.path + "/locks", 0o700) }

    @Test("A file that lost its name between the opening and the lock counts for nothing")
    func removedBeforeLock() throws {
        let early = try FileLock(path)
        unlink(path)
        let late = try FileLock(path)
        #expect(try late.attempt(.exclusive))
        #expect(try !early.attempt(.exclusive), "both meet at the file that has the name")
        #expect(try !early.attempt(.shared))
        late.unlock()
        #expect(try early.attempt(.exclusive))
        #expect(try !late.attempt(.shared))
    }

    @Test("A holder whose file was removed takes the new one, or hears that another has it")
    func regained() throws {
        let holder = try FileLock(path)
        #expect(try holder.attempt(.exclusive))
        #expect(try !holder.regain(.exclusive), "it has its name")
        unlink(path)
        #expect(try holder.regain(.exclusive))
        let other = try FileLock(path)
        #expect(try !other.attempt(.exclusive))
        unlink(path)
        let newcomer = try FileLock(path)
        #expect(try newcomer.attempt(.exclusive))
        #expect(try !holder.attempt(.exclusive))
        #expect(try !other.attempt(.shared))
    }

    @Test("Others replace the file by one of their own", arguments: [true, false])
    func replaced(_ isLocked: Bool) throws {
        let holder = try FileLock(path)
        #expect(try holder.attempt(.shared))
        let other = try FileLock(path + ".new")
        if isLocked { #expect(try other.attempt(.exclusive)) }
        rename(path + ".new", path)
        #expect(try holder.attempt(.shared) == !isLocked)
    }

    @Test("A file that moves with its folder is still the one that is locked")
    func moved() throws {
        let holder = try FileLock(path)
        #expect(try holder.attempt(.exclusive))
        rename(folder.path + "/locks", folder.path + "/moved")
        #expect(try holder.attempt(.exclusive))
        #expect(try !holder.regain(.exclusive))
        let other = try FileLock(folder.path + "/moved/a.lock")
        #expect(try !other.attempt(.shared))
    }

    @Test("A look at a file that is gone finds nobody, and makes none")
    func looks() throws {
        #expect(try FileLock(existing: path) == nil)
        let holder = try FileLock(path)
        #expect(try holder.attempt(.exclusive))
        let look = try #require(try FileLock(existing: path))
        #expect(try !look.attempt(.shared))
        unlink(path)
        holder.unlock()
        #expect(try look.attempt(.shared))
        #expect(PathKind(of: path) == .nothing)
    }

    @Test("A run whose lock file was removed is seen to be driven again with its next entry, and its claim still holds")
    func drivenRun() async throws {
        var fixture = StoreFixture()
        let store = try folder.open()
        let created = try await fixture.create(in: store, id: "r")
        let run = created.claim.run
        unlink(store.folder.lock(of: run))
        let append = Append(
            claim: created.claim, head: 1, entries: fixture.step(1), projection: StoreFixture.running)
        _ = try await store.append(append)
        #expect(try await store.isClaimed(run))
        #expect(readSmallFile(store.folder.lock(of: run))?.contains("head 0000000000000000003") == true)
        let error = await #expect(throws: StoreError.self) { try await store.claim(run) }
        #expect(error?.code == .heldByOther)
        await store.close()
    }

    @Test("A driver that comes between loses nothing: the token decides")
    func twoDrivers() async throws {
        var fixture = StoreFixture()
        let first = try folder.open()
        let created = try await fixture.create(in: first, id: "r")
        unlink(first.folder.lock(of: created.claim.run))
        let second = try folder.open()
        let claim = try await second.claim(created.claim.run)
        let append = Append(
            claim: created.claim, head: 1, entries: fixture.step(1), projection: StoreFixture.running)
        let error = await #expect(throws: StoreError.self) { try await first.append(append) }
        #expect(error?.code == .staleToken)
        let next = Append(claim: claim, head: 1, entries: fixture.step(2), projection: StoreFixture.running)
        #expect(try await second.append(next).head == 3)
        await first.close()
        await second.close()
    }

    @Test("A writer that is there is seen though its lock files are gone")
    func presence() async throws {
        var newer = StoreTuning()
        newer.schema.migrations.append("CREATE TABLE extra (x INTEGER) STRICT;")
        let older = try folder.open()
        for name in names(in: older.folder.locks) { unlink("\(older.folder.locks)/\(name)") }
        let error = #expect(throws: StoreError.self) {
            try SQLiteStore.open(folder.location, mode: .create, tuning: newer)
        }
        #expect(error?.code == .migrating)
        // Nor does another that leaves call it a clean end.
        await (try folder.open()).close()
        #expect(PathKind(of: older.folder.cleanMarker) == .nothing)
        await older.close()
        #expect(PathKind(of: older.folder.cleanMarker) != .nothing)
    }

    @Test("Lock files that are removed at random beside drivers and commands that come and go")
    func storm() async throws {
        let path = folder.path
        let series: [UInt64] = [100, 200]
        let isOver = Over()
        await withTaskGroup { group in
            for first in series {
                group.addTask {
                    await #expect(processExitsWith: .success) { [path = path as String, first = first as UInt64] in
                        try await StoreCrashTests.drive(path, runs: 3, steps: 150, series: first)
                    }
                    isOver.count.add(1, ordering: .relaxed)
                }
            }
            group.addTask {
                var random = SeededGenerator(seed: 7)
                let folder = StoreFolder(path: path + "/.workflow")
                while isOver.count.load(ordering: .relaxed) < series.count {
                    for name in names(in: folder.locks) where random.chance(50) { unlink("\(folder.locks)/\(name)") }
                    if let store = try? SQLiteStore.open(self.folder.location, mode: .existing) {
                        // As a command that writes.
                        _ = try? await store.connections.writer()
                        await store.close()
                    }
                    await Task.yield()
                }
            }
        }
        let store = try folder.open()
        var crash = StoreCrashTests()
        crash.folder = folder
        #expect(try await crash.verify(store, series: series) == 900)
        #expect(try await store.diagnostics().damage == [])
        await store.close()
    }

    private final class Over: Sendable {
        let count = Atomic(0)
    }
}
