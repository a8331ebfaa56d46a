internal import GRDB
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
/// - `writers.lock`, shared: the process is there. Whoever gets it exclusively while opening is alone, and may migrate.
/// - `clean`: the last one to leave makes it, the next one to come removes it. Somebody who comes alone and does not find
///   it, or finds the one of an earlier boot, comes after a crash and has the database checked.
///
/// None of it is synced: after a loss of power the machine's boot id is another.
final class WriterPresence: Sendable {
    private let folder: StoreFolder
    private let holder: LeaseHolder
    private let tuning: StoreTuning
    private let opening: FileLock
    private let writers: FileLock
    private let isAlone: Bool

    /// Comes in; `opening.lock` stays held until `opened()`. Blocks the thread while others open or migrate.
    init(folder: StoreFolder, holder: LeaseHolder, tuning: StoreTuning) throws(StoreError) {
        // Someone who restored a database alone has none of the folders yet.
        let missing = [folder.locks, folder.attempts, folder.logs].filter { !PathKind(of: $0).isFolder }
        for inner in missing { try makeFolder(inner, mode: 0o700) }
        if !missing.isEmpty { try syncFolder(folder.path) }
        opening = try FileLock(folder.openingLock)
        guard try opening.attempt(.exclusive, forMilliseconds: tuning.openingPatienceMilliseconds) else {
            throw StoreError(
                .migrating, "another process is opening or migrating \(folder.path); wait for it, then try again")
        }
        writers = try FileLock(folder.writersLock)
        isAlone = try writers.attempt(.exclusive)
        if !isAlone { _ = try writers.attempt(.shared) }
        self.folder = folder
        self.holder = holder
        self.tuning = tuning
        if isAlone, let end = cleanEnd, end.boot == holder.boot, end.logBytes > 0, fileSize(folder.log) != end.logBytes
        {
            throw StoreError(
                .storeDamaged,
                "\(folder.log) is not the log that the last run left (\(end.logBytes) bytes, with the newest entries); put "
                    + "it back beside store.db, or remove \(folder.cleanMarker) to go on without it")
        }
    }

    /// What the marker of a clean end says; nil when there is none.
    private var cleanEnd: (boot: String, logBytes: Int64)? {
        guard let lines = readSmallFile(folder.cleanMarker)?.split(separator: "\n"), let boot = lines.first else {
            return nil
        }
        return (String(boot), lines.count > 1 ? Int64(lines[1]) ?? 0 : 0)
    }

    /// Brings the schema up to date; after a crash sees that the log is on the disk, and looks for damage.
    func prepare(_ database: Database, version: Int) throws {
        if version < tuning.schema.newest {
            guard isAlone else {
                throw StoreError(
                    .migrating,
                    "\(folder.path) has to be migrated to format \(tuning.schema.newest), and other processes use it; let "
                        + "them end first")
            }
            try tuning.schema.migrate(database, from: version)
        }
        guard isAlone, cleanEnd?.boot != holder.boot else { return }
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

    /// The database is open: others may come.
    func opened() throws(StoreError) {
        // Left there, it would call a crash of ours a clean end.
        guard unlink(folder.cleanMarker) == 0 || errno == ENOENT else {
            throw .file("remove", folder.cleanMarker, errno)
        }
        if isAlone { _ = try writers.attempt(.shared) }
        opening.unlock()
    }

    /// Before the database is closed: whether nobody else has it open for writing, and nobody can come until `leave`.
    func isLast() -> Bool {
        // The lock on the door first: who loses the other one by asking for it is not seen to be gone.
        (try? opening.attempt(.exclusive)) == true && (try? writers.attempt(.exclusive)) == true
    }

    /// The database is closed. The last one to leave says that all is well; when in doubt nobody does.
    func leave(isClean: Bool) {
        if isClean, isLast() {
            // Some of the log is left where a reader needed it.
            let logBytes = fileSize(folder.log)
            try? writeSmallFile(folder.cleanMarker, logBytes > 0 ? "\(holder.boot)\n\(logBytes)" : holder.boot)
        }
        writers.unlock()
        opening.unlock()
    }
}
