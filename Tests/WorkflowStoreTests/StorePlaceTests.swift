import GRDB
import Glibc
import Testing
import WorkflowCore
import WorkflowStore
import WorkflowTestKit

@testable import WorkflowStoreSQLite

@Suite("A store that is copied")
struct StorePlaceTests {
    let folder = TemporaryFolder()
    let elsewhere = TemporaryFolder()
    var copy: StoreLocation { elsewhere.location }

    /// A store with a run, and a copy of its folder, file by file.
    private func copied() async throws -> UniqueID {
        let store = try folder.open()
        var fixture = StoreFixture()
        _ = try await fixture.create(in: store, id: "r")
        await store.close()
        try copyFolder(folder.location.folder.path, copy.folder.path)
        return store.id
    }

    private func copyFolder(_ from: String, _ to: String) throws {
        mkdir(to, 0o700)
        for name in names(in: from) {
            if PathKind(of: "\(from)/\(name)").isFolder {
                try copyFolder("\(from)/\(name)", "\(to)/\(name)")
                continue
            }
            let source = open("\(from)/\(name)", O_RDONLY)
            let target = open("\(to)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            var bytes = [UInt8](repeating: 0, count: Int(fileSize("\(from)/\(name)")))
            try #require(read(source, &bytes, bytes.count) == bytes.count)
            try #require(write(target, bytes, bytes.count) == bytes.count)
            close(source)
            close(target)
        }
    }

    private func refusal(_ location: StoreLocation) -> StoreError? {
        do throws(StoreError) {
            _ = try SQLiteStore.open(location, mode: .create)
            return nil
        } catch {
            return error
        }
    }

    private func adopt(_ location: StoreLocation) async throws -> StoreAdoption? {
        try await SQLiteStore.adopt(
            location, actor: "user:ada", reason: "the disk is gone", at: StoreFixture().clock.now)
    }

    @Test("A copy is looked at, and drives nothing before it is adopted; the original goes on as ever")
    func refused() async throws {
        let id = try await copied()
        for _ in 0..<2 {
            let error = refusal(copy)
            #expect(error?.code == .storeCopied)
            #expect(error?.message.contains("workflow store adopt --reason") == true)
            #expect(error?.message.contains(id.text) == true)
        }
        for mode in [StoreMode.existing, .readOnly] {
            let look = try SQLiteStore.open(copy, mode: mode)
            let run = try #require(try await look.run(named: RunID("r")))
            let error = await #expect(throws: StoreError.self) { try await look.claim(run.uuid) }
            #expect(error?.code == (mode == .readOnly ? .io : .storeCopied))
            await look.close()
        }
        #expect(refusal(folder.location) == nil)
    }

    @Test("Adopted, it is another store, and says who adopted it; the original stays what it was")
    func adopted() async throws {
        let id = try await copied()
        let adoption = try #require(try await adopt(copy))
        #expect(adoption.from == id && adoption.to != id)
        #expect(adoption.actor == "user:ada" && adoption.reason == "the disk is gone")
        #expect(try await adopt(copy) == nil, "once is enough")
        let store = try SQLiteStore.open(copy, mode: .create)
        #expect(store.id == adoption.to)
        #expect(try await store.adoptions() == [adoption])
        let run = try #require(try await store.run(named: RunID("r")))
        #expect(try await store.claim(run.uuid).token.number == 2)
        #expect(try await store.verifyJournal(of: run.uuid) == nil)
        await store.close()
        let original = try folder.open()
        #expect(original.id == id)
        #expect(try await original.adoptions() == [])
        await original.close()
    }

    @Test("While others use it, it is not adopted")
    func adoptedInUse() async throws {
        _ = try await copied()
        var careless = StoreTuning()
        careless.knowsItsPlace = false
        let other = try SQLiteStore.open(copy, mode: .create, tuning: careless)
        await #expect(throws: StoreError.self) { try await adopt(copy) }
        await other.close()
        #expect(try await adopt(copy) != nil)
    }

    @Test("A folder that gets another name, or a link to it, is the same folder")
    func renamed() async throws {
        let store = try folder.open()
        await store.close()
        rename(folder.path + "/.workflow", folder.path + "/other")
        symlink(folder.path + "/other", folder.path + "/link")
        for name in ["other", "link"] {
            let location = StoreLocation(folder: StoreFolder(path: "\(folder.path)/\(name)"), origin: .option)
            #expect(refusal(location) == nil, "\(name)")
            #expect(try await adopt(location) == nil)
        }
    }

    @Test("A store of an earlier version notes its folder when it is first written, and knows a copy from then on")
    func earlier() async throws {
        var first = StoreTuning()
        first.schema.migrations = Array(first.schema.migrations.prefix(3))
        await (try SQLiteStore.open(folder.location, mode: .create, tuning: first)).close()
        await (try folder.open()).close()
        try copyFolder(folder.location.folder.path, copy.folder.path)
        #expect(refusal(copy)?.code == .storeCopied)
    }

    @Test("A backup is made to be restored: in a new folder as well")
    func backup() async throws {
        let store = try folder.open()
        let file = elsewhere.path + "/copy.db"
        _ = try await store.backUp(to: file, replacing: false)
        await store.close()
        mkdir(copy.folder.path, 0o700)
        rename(file, copy.folder.database)
        #expect(refusal(copy) == nil)
    }

    @Test(
        "What counts: the folder's inode and birth, and its device within one boot",
        arguments: [
            (StorePlace(inode: 7, bornAt: 1, device: 3, boot: "a"), true),
            (StorePlace(inode: 7, bornAt: 1, device: 4, boot: "b"), true),
            (StorePlace(inode: 7, bornAt: 1, device: 4, boot: "a"), false),
            (StorePlace(inode: 8, bornAt: 1, device: 3, boot: "a"), false),
            (StorePlace(inode: 7, bornAt: 2, device: 3, boot: "b"), false),
            (StorePlace(inode: 7, bornAt: nil, device: 3, boot: "b"), true),
        ])
    func places(_ other: StorePlace, _ isSame: Bool) {
        let here = StorePlace(inode: 7, bornAt: 1, device: 3, boot: "a")
        #expect(here.isFolder(of: other) == isSame)
        #expect(other.isFolder(of: here) == isSame)
    }
}
