internal import GRDB
internal import WorkflowCore
internal import WorkflowStore

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// What a process says about itself in a store's folder while it has the database open for writing.
///
/// - `opening.lock`, exclusively: opens and closings happen one at a time.
/// - The folder itself and `writers.lock`, shared: the process is there. Whoever gets both exclusively while opening is
///   alone, and may migrate. The folder is locked as well because a file in it can be taken for a stale one and
///   removed.
/// - `clean`: the last one to leave makes it, the next one to come removes it. Who comes alone and does not find it, or
///   finds the one of an earlier boot, comes after a crash and has the database checked.
///
/// None of it is synced: after a loss of power the machine's boot id is another.
final class WriterPresence: Sendable {
    private let folder: StoreFolder
    private let holder: LeaseHolder
    private let tuning: StoreTuning
    private let opening: FileLock
    private let writers: [FileLock]
    private let isAlone: Bool

    /// Comes in; `opening.lock` stays held until `opened()`. Blocks the thread while others open or migrate.
    init(folder: StoreFolder, holder: LeaseHolder, tuning: StoreTuning) throws(StoreError) {
        // Someone who restored a database alone has none of the folders yet.
        let missing = [folder.locks, folder.attempts, folder.logs].filter { !PathKind(of: $0).isFolder }
        for inner in missing { try makeFolder(inner, mode: 0o700) }
        if !missing.isEmpty { try syncFolder(folder.path) }
        let busy = StoreError(
            .migrating, "another process is opening or migrating \(folder.path); wait for it, then try again")
        opening = try FileLock(folder.openingLock)
        guard try opening.attempt(.exclusive, forMilliseconds: tuning.openingPatienceMilliseconds) else { throw busy }
        let writers = [try FileLock(folder: folder.path), try FileLock(folder.writersLock)]
        isAlone = try WriterPresence.attempt(writers, .exclusive, forMilliseconds: 0)
        if !isAlone {
            let patience = tuning.openingPatienceMilliseconds
            guard try WriterPresence.attempt(writers, .shared, forMilliseconds: patience) else { throw busy }
        }
        self.writers = writers
        self.folder = folder
        self.holder = holder
        self.tuning = tuning
    }

    private static func attempt(
        _ locks: [FileLock], _ kind: FileLock.Kind, forMilliseconds milliseconds: Int
    ) throws(StoreError) -> Bool {
        for lock in locks where try !lock.attempt(kind, forMilliseconds: milliseconds) { return false }
        return true
    }

    /// Whether the last process to leave said that all is well, in this boot, and the database still has all that it
    /// had.
    private func isAfterCleanEnd(_ database: Database) throws -> Bool {
        guard let end = CleanEnd(writtenIn: folder.cleanMarker), end.boot == holder.boot else { return false }
        if let logBytes = end.logBytes { return fileSize(folder.log) == logBytes }
        guard let left = end.rows else { return true }
        let found = try NewestRows(database)
        guard found.holds(left) else {
            throw StoreError(
                .storeDamaged,
                "\(folder.database) has lost the newest entries (\(found.text), and the last command left "
                    + "\(left.text)): "
                    + "\(folder.log) is gone, or is not the one that it left; put it back beside store.db, or remove "
                    + "\(folder.cleanMarker) to go on without them")
        }
        return true
    }

    /// Brings the schema up to date; after a crash sees that the log is on the disk, and looks for damage.
    func prepare(_ database: Database, version: Int) throws {
        let isAfterCrash = try isAlone ? !isAfterCleanEnd(database) : false
        if version < tuning.schema.newest {
            guard isAlone else {
                throw StoreError(
                    .migrating,
                    "\(folder.path) has to be migrated to format \(tuning.schema.newest), and other processes use it; "
                        + "let them end first")
            }
            try tuning.schema.migrate(database, from: version)
        }
        guard isAfterCrash else { return }
        try database.rewriteLog(in: folder)
        guard fileSize(folder.database) + fileSize(folder.log) < tuning.quickCheckBytes else { return }
        let verdict = try String.fetchOne(database, sql: "PRAGMA quick_check(1)")
        guard verdict == "ok" else {
            throw StoreError(
                .storeDamaged,
                "\(folder.database) is damaged (\(verdict ?? "no verdict")); look with `workflow doctor`, and restore "
                    + "it from a backup")
        }
    }

    /// Sees that the store lies in the folder that it noted, and notes where it is. A store that lies elsewhere is a
    /// copy: it needs somebody to adopt it.
    func settle(_ database: Database, id: UniqueID, _ adopter: StoreAdopter?) throws -> StoreAdoption? {
        guard tuning.knowsItsPlace, tuning.schema.hasPlace else { return nil }
        let here = try StorePlace(of: folder, boot: holder.boot)
        let noted = try StorePlace(notedIn: database)
        if let noted, !here.isFolder(of: noted) {
            guard let adopter else { throw StoreError.copied(folder, id) }
            guard isAlone else {
                throw StoreError(.migrating, "other processes use \(folder.path); let them end, then adopt it")
            }
            return try adopter.adopt(id, at: here, in: database)
        }
        if noted != here { try here.note(in: database) }
        return nil
    }

    /// The database is open: others may come.
    func opened() throws(StoreError) {
        // Left there, it would call a crash of ours a clean end.
        guard unlink(folder.cleanMarker) == 0 || errno == ENOENT else {
            throw .file("remove", folder.cleanMarker, errno)
        }
        if isAlone { _ = try WriterPresence.attempt(writers, .shared, forMilliseconds: 0) }
        opening.unlock()
    }

    /// Before the database is closed: whether nobody else has it open for writing, and nobody can come until `leave`.
    func isLast() -> Bool {
        // The lock on the door first: who loses the other one by asking for it is not seen to be gone.
        (try? opening.attempt(.exclusive)) == true
            && (try? WriterPresence.attempt(writers, .exclusive, forMilliseconds: 0)) == true
    }

    /// The database is closed. The last one to leave says that all is well; when in doubt nobody does.
    ///
    /// - Parameter rows: how far the database has come; nil where it could not be asked.
    func leave(isClean: Bool, rows: NewestRows?) {
        // Some of the log is left where a reader needed it.
        let isWhole = fileSize(folder.log) == 0
        if isClean, isWhole || rows != nil, isLast() {
            let end = CleanEnd(boot: holder.boot, rows: isWhole ? nil : rows)
            try? writeSmallFile(folder.cleanMarker, end.text)
        }
        for lock in writers { lock.unlock() }
        opening.unlock()
    }
}
