import GRDB
import Glibc
import Testing
import WorkflowCore
import WorkflowStore
import WorkflowTestKit

@testable import WorkflowStoreSQLite

@Suite("Backing a store up")
struct StoreBackupTests {
    @Test("A backup opens as a store with the same runs, and nothing else is left beside it")
    func backup() async throws {
        let folder = TemporaryFolder()
        let store = try folder.open()
        var fixture = StoreFixture()
        let created = try await fixture.create(in: store)
        _ = try await store.append(
            Append(claim: created.claim, head: 1, entries: fixture.step(1), projection: StoreFixture.running))
        let file = folder.path + "/backup.db"
        let backup = try await store.backUp(to: file, replacing: false)
        #expect(backup.runs == 1 && backup.entries == 3 && backup.checkpoints == 1)
        #expect(backup.storeID == store.id)
        var status = stat()
        #expect(stat(file, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(Int64(status.st_size) == backup.bytes)
        // Appends go on after it, and the copy does not know of them.
        _ = try await store.append(
            Append(claim: created.claim, head: 3, entries: fixture.step(2), projection: StoreFixture.running))
        await store.close()
        #expect(names(in: folder.path) == [".workflow", "backup.db"])

        let restored = TemporaryFolder()
        try makeFolder(restored.location.folder.path, mode: 0o700)
        #expect(rename(file, restored.location.folder.database) == 0)
        let copy = try restored.open(.existing)
        #expect(copy.id == store.id)
        #expect(try await copy.run(created.claim.run)?.head == 3)
        #expect(try await copy.verifyJournal(of: created.claim.run) == nil)
        let claim = try await copy.claim(created.claim.run)
        _ = try await copy.append(
            Append(claim: claim, head: 3, entries: fixture.step(2), projection: StoreFixture.running))
        await copy.close()
    }

    @Test("What is there is replaced only on demand, and stays when the copy fails")
    func replacing() async throws {
        let folder = TemporaryFolder()
        let store = try folder.open()
        var fixture = StoreFixture()
        let created = try await fixture.create(in: store)
        let file = folder.path + "/backup.db"
        try writeSmallFile(file, "precious")
        await #expect(throws: StoreError.self) { try await store.backUp(to: file, replacing: false) }
        #expect(readSmallFile(file) == "precious")

        // A journal that was changed is not copied over a good backup.
        let id = created.record.id.text
        _ = try await store.append(
            Append(claim: created.claim, head: 1, entries: fixture.step(1), projection: StoreFixture.running))
        await store.close()
        let database = try DatabaseQueue(path: folder.location.folder.database)
        try await database.writeWithoutTransaction { database in
            try database.execute(
                sql: "UPDATE journal SET actor = 'user:mallory' WHERE run = ? AND seq = 2", arguments: [id])
        }
        try database.close()
        let changed = try folder.open(.existing)
        await #expect {
            try await changed.backUp(to: file, replacing: true)
        } throws: { error in
            (error as? StoreError)?.code == .storeDamaged && (error as? StoreError)?.message.contains(id) == true
        }
        #expect(readSmallFile(file) == "precious")
        await changed.close()
        #expect(names(in: folder.path) == [".workflow", "backup.db"])
    }

    @Test("What a backup left that was cut off is removed by the next one; what lives stays")
    func leftovers() async throws {
        let folder = TemporaryFolder()
        let store = try folder.open()
        var fixture = StoreFixture()
        let dead = "\(folder.path)/.backup.db.\(fixture.ids.next().text).draft"
        let alive = "\(folder.path)/.backup.db.\(fixture.ids.next().text).draft"
        for draft in [dead, alive] {
            try makeFolder(draft, mode: 0o700)
            try writeSmallFile(draft + "/store.db", "half")
        }
        let lock = FolderLock(alive)
        _ = try await store.backUp(to: folder.path + "/backup.db", replacing: false)
        #expect(access(dead, F_OK) != 0)
        #expect(access(alive + "/store.db", F_OK) == 0)
        lock?.unlock()
        await store.close()
    }

    @Test("A backup that is put beside the locks of its store refuses runs that went on, and no others")
    func inPlace() async throws {
        let folder = TemporaryFolder()
        let store = try folder.open()
        var fixture = StoreFixture()
        let went = try await fixture.create(in: store)
        let stood = try await fixture.create(in: store)
        let file = folder.path + "/backup.db"
        _ = try await store.backUp(to: file, replacing: false)
        _ = try await store.append(
            Append(claim: went.claim, head: 1, entries: fixture.step(1), projection: StoreFixture.running))
        await store.close()

        let place = folder.location.folder
        for path in [place.database, place.log, place.database + "-shm"] { unlink(path) }
        #expect(rename(file, place.database) == 0)
        let restored = try folder.open(.existing)
        await #expect {
            try await restored.claim(went.claim.run)
        } throws: { error in
            (error as? StoreError)?.code == .storeDamaged
                && (error as? StoreError)?.message.contains("store.db is an older copy") == true
        }
        _ = try await restored.claim(stood.claim.run)
        await restored.close()
    }
}
