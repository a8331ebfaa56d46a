internal import GRDB
internal import WorkflowCore
package import WorkflowStore

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

extension SQLiteStore {
    /// Copies the database into one file, as it is at one instant; also while runs are driven.
    ///
    /// The copy is made in a private folder beside the file, opened and examined there (every page, every reference,
    /// the chain of hashes and the segments of every run), made durable, and only then given its name. Drivers go on
    /// meanwhile; the log grows, as it cannot start anew before the copy is made.
    /// - Parameters:
    ///   - path: absolute; its folder exists.
    ///   - replacing: whether a file of that name is replaced.
    /// - Throws: `.storeDamaged` when what was copied is not sound, `.io`, `.notPermitted`; what had the name before
    ///   still has it.
    package func backUp(to path: String, replacing: Bool) async throws(StoreError) -> StoreBackup {
        let drafts = BackupDrafts(path: path)
        drafts.removeLeftovers()
        let draft = try drafts.make()
        guard let lock = FolderLock(draft.path) else {
            throw StoreError(.io, "the folder \(draft.path) vanished while a backup was made in it; try again")
        }
        do {
            try await copy(to: draft)
            var backup = try await examine(draft)
            try drafts.finish(draft, replacing: replacing)
            backup.path = path
            lock.removeUnfinishedStore()
            return backup
        } catch {
            lock.removeUnfinishedStore()
            throw error
        }
    }

    /// Writes the copy with the journal mode that a store has.
    private func copy(to draft: StoreFolder) async throws(StoreError) {
        try makePrivateFile(draft.database)
        do {
            // In one go, so that drivers cannot make it begin again; without the pages that are free.
            try await connections.reader().read { database in
                try database.execute(sql: "VACUUM INTO ?", arguments: [draft.database])
            }
            let copy = try DatabaseQueue(path: draft.database)
            let mode = try await copy.writeWithoutTransaction { database in
                // It is made to be restored, in this folder or in another one.
                if try database.tableExists("place") { try database.execute(sql: "DELETE FROM place") }
                return try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
            }
            guard mode == "wal" else {
                throw StoreError(
                    .io, "the copy in \(draft.path) cannot be given a log; name a file on another file system")
            }
            try copy.close()
        } catch {
            throw StoreError(sqlite: error, in: draft)
        }
    }

    private func examine(_ draft: StoreFolder) async throws(StoreError) -> StoreBackup {
        var tuning = StoreTuning()
        tuning.isUnchanging = true
        let copy = try SQLiteStore(draft, .readOnly, holder, tuning)
        do throws(StoreError) {
            guard copy.id == id else { throw StoreError(.storeDamaged, "the copy of \(folder.path) has another id") }
            let facts = try await copy.diagnostics()
            if let damage = facts.damage.first {
                throw StoreError(
                    .storeDamaged,
                    "\(folder.database) cannot be backed up, its copy is damaged: \(damage); look with `workflow "
                        + "doctor`"
                )
            }
            for run in try await copy.runs(RunFilter(limit: Int.max)) {
                if let problem = try await copy.verifyJournal(of: run.uuid) {
                    throw StoreError(
                        .storeDamaged,
                        "\(folder.path) cannot be backed up: the journal of \(run.id.text) is not what was written "
                            + "(\(problem.message)); "
                            + "see `workflow journal \(run.id.text) --verify`; to keep it all as it is, copy the "
                            + "folder while no command runs")
                }
                if let segment = try await copy.changedSegment(of: run.uuid) {
                    throw StoreError(
                        .storeDamaged,
                        "\(folder.path) cannot be backed up: the segment of entries \(segment.first) to "
                            + "\(segment.last) of "
                            + "\(run.id.text) does not say what they say; `workflow journal \(run.id.text) --verify` "
                            + "tells how to remove it")
                }
            }
            let backup = StoreBackup(
                path: draft.database, bytes: facts.databaseBytes, storeID: copy.id, format: facts.format,
                runs: facts.runs, entries: facts.entries, checkpoints: facts.checkpoints)
            await copy.close()
            return backup
        } catch {
            await copy.close()
            throw error
        }
    }
}

/// The private folders in which copies for one file are made.
private struct BackupDrafts {
    let path: String

    private var parent: String { StoreFolder(path: path).parent }
    private var name: String { StoreFolder(path: path).name }
    private static let ending = ".draft"

    /// `.NAME.UUID.draft`, beside the file.
    func make() throws(StoreError) -> StoreFolder {
        let id = UniqueID(randomHigh: .random(in: .min ... .max), randomLow: .random(in: .min ... .max))
        let folder = StoreFolder(path: "\(parent == "/" ? "" : parent)/.\(name).\(id.text)\(Self.ending)")
        guard mkdir(folder.path, 0o700) == 0 else { throw .file("make the folder", folder.path, errno) }
        return folder
    }

    /// Removes what backups left that were cut off.
    func removeLeftovers() {
        for leftover in names(in: parent)
        where leftover.hasPrefix(".\(name).") && leftover.hasSuffix(Self.ending)
            && UniqueID(text: String(leftover.dropFirst(name.count + 2).dropLast(Self.ending.count))) != nil
        {
            if let lock = FolderLock("\(parent)/\(leftover)") {
                lock.removeUnfinishedStore()
                lock.unlock()
            }
        }
    }

    /// Makes the copy durable and gives it the name.
    func finish(_ draft: StoreFolder, replacing: Bool) throws(StoreError) {
        let file = open(draft.database, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .file("open", draft.database, errno) }
        let isSynced = fchmod(file, 0o600) == 0 && fsync(file) == 0
        let error = errno
        close(file)
        guard isSynced else { throw .file("sync", draft.database, error) }
        // A link, unlike a rename, fails where something is.
        guard (replacing ? rename(draft.database, path) : link(draft.database, path)) == 0 else {
            throw .file(replacing ? "replace" : "make", path, errno)
        }
        try syncFolder(parent)
    }
}
