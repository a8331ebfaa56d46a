import GRDB
import Glibc
import Testing
import WorkflowCore
import WorkflowStore
import WorkflowTestKit

@testable import WorkflowStoreSQLite

@Suite("Opening a store")
struct StoreOpeningTests {
    let folder = TemporaryFolder()
    var store: StoreFolder { folder.location.folder }

    /// Makes a store with one run, and closes it.
    func made(_ tuning: StoreTuning = StoreTuning()) async throws -> CreatedRun {
        var fixture = StoreFixture()
        let store = try SQLiteStore.open(folder.location, mode: .create, programVersion: "1.0.0", tuning: tuning)
        let created = try await fixture.create(in: store)
        await store.close()
        return created
    }

    /// Changes the database as another program would.
    func change(_ sql: String) throws {
        let database = try DatabaseQueue(path: store.database)
        try database.writeWithoutTransaction { try $0.execute(sql: sql) }
        try database.close()
    }

    func code(_ mode: StoreMode = .existing, _ tuning: StoreTuning = StoreTuning()) -> StoreError.Code? {
        do {
            _ = try SQLiteStore.open(folder.location, mode: mode, tuning: tuning)
            return nil
        } catch {
            return error.code
        }
    }

    func mode(_ path: String) -> mode_t {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    @Test("A new store is private, complete and ignored by git")
    func layout() async throws {
        _ = try await made()
        #expect(mode(store.path) == 0o700)
        for inner in [store.locks, store.attempts, store.logs] {
            #expect(PathKind(of: inner).isFolder)
            #expect(mode(inner) == 0o700)
        }
        #expect(readSmallFile(store.gitignore) == "*\n")
        #expect(names(in: folder.path) == [".workflow"])
    }

    @Test("The database and its log can be read by their owner alone, whatever the umask says")
    func databaseMode() async throws {
        let path = folder.path
        await #expect(processExitsWith: .success) { [path = path as String] in
            umask(0)
            let location = StoreLocation(folder: StoreFolder(path: path + "/.workflow"), origin: .option)
            let store = try SQLiteStore.open(location, mode: .create)
            var fixture = StoreFixture()
            _ = try await fixture.create(in: store)
            for file in ["store.db", "store.db-wal", "store.db-shm", ".gitignore", "locks/opening.lock"] {
                var status = stat()
                try #require(stat("\(store.folder.path)/\(file)", &status) == 0)
                #expect(status.st_mode & 0o777 == 0o600, "\(file)")
            }
            await store.close()
        }
        #expect(mode(store.database) == 0o600)
    }

    @Test("Too few open files are an I/O error that names the limit, never a lack of permission")
    func fewDescriptors() async throws {
        _ = try await made()
        let path = folder.path
        await #expect(processExitsWith: .success) { [path = path as String] in
            let location = StoreLocation(folder: StoreFolder(path: path + "/.workflow"), origin: .option)
            let first = dup(0)
            close(first)
            var refusals = 0
            var openings = 0
            for limit in UInt64(first)..<UInt64(first) + 48 {
                for mode in [StoreMode.create, .existing] {
                    var before = rlimit()
                    getrlimit(openFileLimitKind, &before)
                    var few = rlimit(rlim_cur: rlim_t(limit), rlim_max: before.rlim_max)
                    setrlimit(openFileLimitKind, &few)
                    var opened: SQLiteStore?
                    var refusal: StoreError?
                    do throws(StoreError) {
                        opened = try SQLiteStore.open(location, mode: mode)
                    } catch {
                        refusal = error
                    }
                    setrlimit(openFileLimitKind, &before)
                    if let refusal {
                        refusals += 1
                        #expect(refusal.code == .io, "\(limit): \(refusal.message)")
                        #expect(refusal.message.contains("ulimit -n"), "\(limit): \(refusal.message)")
                    }
                    if let opened {
                        openings += 1
                        await opened.close()
                    }
                }
            }
            #expect(refusals > 4 && openings > 4)
        }
    }

    @Test("The folders above a new store are made")
    func parents() async throws {
        let location = StoreLocation(folder: StoreFolder(path: folder.path + "/a/b/store"), origin: .option)
        await (try SQLiteStore.open(location, mode: .create)).close()
        #expect(PathKind(of: folder.path + "/a/b/store/store.db") != .nothing)
    }

    @Test("A store keeps its id and its runs")
    func reopened() async throws {
        let created = try await made()
        let first = try folder.open(.existing)
        let second = try folder.open(.create)
        let third = try folder.open(.readOnly)
        #expect(first.id == second.id && second.id == third.id)
        for store in [first, second, third] {
            #expect(try await store.run(named: created.record.id) == created.record)
            await store.close()
        }
    }

    @Test("Looking where there is no store makes none", arguments: [StoreMode.existing, .readOnly])
    func missing(_ mode: StoreMode) {
        #expect(code(mode) == .storeMissing)
        #expect(names(in: folder.path) == [])
    }

    @Test("A folder without its database is an error, never a new store", arguments: [true, false])
    func withoutDatabase(_ wasStore: Bool) async throws {
        if wasStore { _ = try await made() } else { mkdir(store.path, 0o700) }
        for name in ["store.db", "store.db-wal", "store.db-shm"] { unlink("\(store.path)/\(name)") }
        let before = names(in: store.path)
        #expect(code(.create) == .storeDamaged)
        #expect(code(.existing) == .storeDamaged)
        #expect(names(in: store.path) == before)
    }

    @Test(
        "What is no store's database is refused",
        arguments: ["", "garbage that is no database at all, of some length, to be read as a header by SQLite"])
    func noDatabase(_ content: String) async throws {
        _ = try await made()
        for name in ["store.db-wal", "store.db-shm"] { unlink("\(store.path)/\(name)") }
        try writeSmallFile(store.database, String(repeating: content, count: 20))
        #expect(code(.create) == .storeDamaged)
        #expect(code(.existing) == .storeDamaged)
        #expect(code(.readOnly) == .storeDamaged)
    }

    @Test("A database of another program is refused")
    func otherProgram() async throws {
        _ = try await made()
        try change("PRAGMA application_id = 7")
        #expect(code(.create) == .storeDamaged)
    }

    @Test("A store of a newer program is refused", arguments: [StoreMode.create, .existing, .readOnly])
    func tooNew(_ mode: StoreMode) async throws {
        _ = try await made()
        try change("PRAGMA user_version = 99")
        #expect(code(mode) == .storeTooNew)
    }

    @Test("A table that is gone is damage")
    func tableGone() async throws {
        let created = try await made()
        try change("DROP TABLE journal")
        #expect(code() == .storeDamaged)
        #expect(created.record.head == 1)
    }

    @Test("A database restored alone gets its folders again")
    func restored() async throws {
        let created = try await made()
        for inner in [store.locks, store.attempts, store.logs] {
            for name in names(in: inner) { unlink("\(inner)/\(name)") }
            rmdir(inner)
        }
        let again = try folder.open(.create)
        #expect(try await again.claim(created.claim.run).token > created.claim.token)
        await again.close()
    }

    @Test("Damage is found when a store is opened after a crash, and only then")
    func quickCheck() async throws {
        var tuning = StoreTuning()
        tuning.closingPages = 1
        _ = try await made(tuning)
        // A page of the journal's table, after the header of a b-tree page.
        let file = Glibc.open(store.database, O_WRONLY)
        for page in 4..<12 { pwrite(file, [UInt8](repeating: 0xA5, count: 64), 64, off_t(page * 4096)) }
        Glibc.close(file)
        await (try SQLiteStore.open(folder.location, mode: .create)).close()
        unlink(store.cleanMarker)
        #expect(code(.create) == .storeDamaged)
        #expect(code(.existing) == nil, "a look does not check")
    }

    @Test("The mark of a clean end is there between a clean close and the next opening for writing")
    func cleanMarker() async throws {
        let first = try folder.open()
        #expect(PathKind(of: store.cleanMarker) == .nothing)
        let second = try folder.open()
        await first.close()
        #expect(PathKind(of: store.cleanMarker) == .nothing, "another writes")
        await second.close()
        #expect(readSmallFile(store.cleanMarker) == LeaseHolder.current().boot)
        let look = try folder.open(.existing)
        #expect(PathKind(of: store.cleanMarker) != .nothing, "a look leaves it")
        await look.close()
    }

    @Test("Leftovers of dead builders are removed; a live builder's folder stays")
    func leftovers() async throws {
        var ids = SequentialIDs()
        let dead = ".workflow.new-\(ids.next().text)"
        let alive = ".workflow.new-\(ids.next().text)"
        let foreign = ".workflow.new-plan"
        // A link to what is not the builder's, with files of the names that a builder makes.
        let link = ".workflow.new-\(ids.next().text)"
        let target = "\(folder.path)/precious"
        mkdir(target, 0o700)
        try writeSmallFile(target + "/store.db", "precious")
        symlink(target, "\(folder.path)/\(link)")
        for name in [dead, alive, foreign] {
            let path = "\(folder.path)/\(name)"
            mkdir(path, 0o700)
            mkdir(path + "/locks", 0o700)
            try writeSmallFile(path + "/locks/clean", "")
            try writeSmallFile(path + "/store.db", "half")
        }
        let lock = Glibc.open("\(folder.path)/\(alive)", O_RDONLY | O_DIRECTORY)
        #expect(flock(lock, LOCK_EX) == 0)
        _ = try await made()
        #expect(names(in: folder.path) == [".workflow", alive, link, foreign, "precious"])
        #expect(readSmallFile(target + "/store.db") == "precious")
        #expect(names(in: "\(folder.path)/\(foreign)") == ["locks", "store.db"], "it is no builder's")
        Glibc.close(lock)
    }

    @Test("Of many who make the store at once one wins, and all open it")
    func race() async throws {
        let location = folder.location
        let ids = try await withThrowingTaskGroup(of: UniqueID.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let store = try SQLiteStore.open(location, mode: .create)
                    await store.close()
                    return store.id
                }
            }
            var ids: Set<UniqueID> = []
            for try await id in group { ids.insert(id) }
            return ids
        }
        #expect(ids.count == 1)
        #expect(names(in: folder.path) == [".workflow"])
    }

    @Test("Who opens a store while another opens or migrates it is told so")
    func migrating() async throws {
        _ = try await made()
        let lock = try FileLock(store.openingLock)
        #expect(try lock.attempt(.exclusive))
        var tuning = StoreTuning()
        tuning.openingPatienceMilliseconds = 5
        #expect(code(.create, tuning) == .migrating)
        await (try folder.open(.existing)).close()
    }

    @Test("An older store is migrated by the first writer that is alone, and read by the older program no more")
    func migration() async throws {
        let created = try await made()
        var newer = StoreTuning()
        newer.schema.migrations.append("CREATE TABLE extra (x INTEGER) STRICT;")
        let older = try folder.open(.create)
        func open(_ mode: StoreMode) throws(StoreError) -> SQLiteStore {
            try SQLiteStore.open(folder.location, mode: mode, tuning: newer)
        }
        for mode in [StoreMode.create, .existing] {
            #expect(throws: StoreError.self) { try open(mode) }
        }
        await older.close()
        #expect(throws: StoreError.self) { try open(.readOnly) }
        let migrated = try open(.existing)
        #expect(try await migrated.run(named: created.record.id) == created.record)
        #expect(try await migrated.diagnostics().format == newer.schema.newest)
        await migrated.close()
        #expect(code(.create) == .storeTooNew)
    }

    @Test(
        "A store of an earlier format is migrated whole and its runs go on",
        arguments: [StoreMode.create, .existing])
    func firstFormat(_ mode: StoreMode) async throws {
        var first = StoreTuning()
        first.schema.migrations = Array(first.schema.migrations.prefix(4))
        var fixture = StoreFixture()
        let old = try SQLiteStore.open(folder.location, mode: .create)
        let created = try await fixture.create(in: old)
        _ = try await old.append(
            Append(claim: created.claim, head: 1, entries: fixture.step(1), projection: StoreFixture.running))
        await old.close()
        // As the fourth format left it; stores that older versions wrote are among the fixtures.
        try change(
            """
            DROP TABLE environment_key;
            DROP TABLE acts; ALTER TABLE runs DROP COLUMN stop; DROP TABLE place; DROP TABLE adoptions;
            PRAGMA user_version = 4
            """)
        // A migration that breaks off leaves the earlier format.
        var broken = StoreTuning()
        broken.schema.migrations += ["CREATE TABLE half (x INTEGER) STRICT; CREATE TABLE store (x INTEGER) STRICT;"]
        #expect(code(.create, broken) == .storeDamaged)
        await (try SQLiteStore.open(folder.location, mode: .existing, tuning: first)).close()

        let store = try SQLiteStore.open(folder.location, mode: mode)
        #expect(store.id == old.id)
        let claim = try await store.claim(created.claim.run)
        #expect(
            try await store.takeLocks([LockName(.lock, "x")], holder: "s", claim: claim, at: fixture.clock.now) == [])
        let receipt = try await store.append(
            Append(
                claim: claim, head: 3, entries: fixture.step(2), projection: StoreFixture.running, releasing: ["s"]))
        #expect(receipt.checkpoints.map(\.id.text) == ["chk-2026-02-02-002"])
        #expect(try await store.locks(of: nil) == [])
        #expect(try await store.verifyJournal(of: claim.run) == nil)
        #expect(try await store.diagnostics().format == Schema().newest)
        #expect(try await store.diagnostics().damage == [])
        await store.close()
        #expect(code(.existing, first) == .storeTooNew)
    }

    @Test("A store opened read-only is looked at and never written")
    func readOnly() async throws {
        let created = try await made()
        let look = try folder.open(.readOnly)
        #expect(try await look.entries(of: created.claim.run, after: 0, through: nil, limit: 9).count == 1)
        await #expect(throws: StoreError.self) { try await look.claim(created.claim.run) }
        var fixture = StoreFixture(series: 2)
        let error = await #expect(throws: StoreError.self) { try await fixture.create(in: look) }
        #expect(error?.code == .io)
        #expect(error?.message.contains("read-only") == true)
        await look.close()
    }

    @Test("A store that this user cannot write is looked at, and says so when it is to be written")
    func unwritable() async throws {
        _ = try await made()
        let path = folder.path
        await #expect(processExitsWith: .success) { [path = path as String] in
            chmod(path + "/.workflow", 0o500)
            chmod(path + "/.workflow/locks", 0o500)
            // Root may write everywhere; nobody may not.
            if geteuid() == 0 {
                chmod(path, 0o755)
                let locks = names(in: path + "/.workflow/locks").map { "/locks/\($0)" }
                for name in ["", "/locks", "/store.db", "/store.db-wal", "/store.db-shm"] + locks {
                    chown(path + "/.workflow" + name, 65_534, 65_534)
                }
                try #require(setgid(65_534) == 0 && setuid(65_534) == 0)
            }
            let location = StoreLocation(folder: StoreFolder(path: path + "/.workflow"), origin: .option)
            let store = try SQLiteStore.open(location, mode: .existing)
            let runs = try await store.runs(RunFilter())
            try #require(runs.count == 1)
            let error = await #expect(throws: StoreError.self) { try await store.claim(runs[0].uuid) }
            #expect(error?.code == .notPermitted)
            #expect(error?.message.contains("has mode 0500") == true, "\(error?.message ?? "")")
            #expect(error?.message.contains("chmod u+rwx") == true, "\(error?.message ?? "")")
            await store.close()
        }
        chmod(path + "/.workflow", 0o700)
    }

    @Test("File systems of the network are known by what the kernel says of them")
    func networkFileSystems() throws {
        #expect(try NetworkFileSystem.name(at: "/tmp") == nil)
        let line = "36 35 0:43 / /mnt/far rw,relatime shared:1 - fuse.sshfs host:/srv rw,user_id=0"
        #expect(NetworkFileSystem.mountType(line, device: "0:43") == "sshfs")
        #expect(NetworkFileSystem.mountType(line, device: "0:44") == nil)
        #expect(NetworkFileSystem.mountType("36 35", device: "0:43") == nil)
        let shared = "36 35 0:43 / /mnt/host rw,relatime - virtiofs host rw"
        #expect(NetworkFileSystem.mountType(shared, device: "0:43") == "virtiofs")
        let error = #expect(throws: StoreError.self) { try NetworkFileSystem.check("/tmp/\(folder.path)/nowhere") }
        #expect(error?.code == .io)
        #expect(error?.message.contains("nowhere") == true)
    }

    @Test("doctor's facts")
    func diagnostics() async throws {
        var fixture = StoreFixture(series: 2)
        let store = try folder.open()
        let created = try await fixture.create(in: store)
        _ = try await store.append(
            Append(
                claim: created.claim, head: 1, entries: fixture.step(1), projection: StoreFixture.running))
        try writeSmallFile(store.folder.lock(of: fixture.ids.next()), "")
        mkdir("\(folder.path)/.workflow.new-\(fixture.ids.next().text)", 0o700)
        let facts = try await store.diagnostics()
        #expect(facts.runs == 1 && facts.entries == 3 && facts.checkpoints == 1 && facts.requests == 0)
        #expect(facts.damage == [] && facts.writeError == nil)
        #expect(facts.journalMode == "wal" && facts.format == Schema().newest)
        #expect(facts.databaseBytes > 0 && facts.logBytes > 0)
        #expect(facts.leftovers.count == 2)
        await store.close()
    }

    @Test(
        "The versions of SQLite that need the log's lock",
        arguments: [
            (3_006_023, false), (3_007_000, true), (3_040_001, true), (3_051_002, true), (3_051_003, false),
        ])
    func logResetBug(_ version: Int32, _ isAffected: Bool) {
        #expect(StoreDiagnostics.hasLogResetBug(version) == isAffected)
    }
}

/// `RLIMIT_NOFILE`, in the type that glibc's `setrlimit` takes.
private let openFileLimitKind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
