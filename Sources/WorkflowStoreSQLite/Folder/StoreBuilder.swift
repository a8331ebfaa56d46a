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

/// Makes a new store: whole in a private sibling folder first, then renamed into place.
///
/// So nobody ever sees half a store, and of several that build at the same time one wins. Each builder holds a lock on
/// its own folder while it lives; a folder that nobody has locked was left by a builder that died, and is removed.
struct StoreBuilder {
    let folder: StoreFolder
    /// Of this program, for the record.
    let programVersion: String
    let holder: LeaseHolder
    let schema: Schema

    /// Makes the store, or finds that another made it meanwhile. Returns whether it did make it.
    func build() throws(StoreError) -> Bool {
        let now = now()
        guard (Timestamp(millisecondsSinceEpoch: 0)...Timestamp.latest).contains(now) else {
            throw StoreError(
                .invalidEntry,
                "a store cannot be made in \(folder.parent): the time, \(now.millisecondsSinceEpoch) ms since 1970, "
                    + "is out of range; set the clock of this machine")
        }
        try makeFolders(folder.parent)
        try NetworkFileSystem.check(folder.parent)
        removeLeftovers()
        // Another builder may take a newborn folder for a leftover: then it is made again.
        for _ in 0..<8 {
            let draft = StoreFolder(path: "\(folder.parent)/\(folder.buildPrefix)\(randomID().text)")
            try makeFolder(draft.path, mode: 0o700)
            if let lock = FolderLock(draft.path) {
                let isPlaced = try finish(draft, lock)
                lock.unlock()
                return isPlaced
            }
        }
        throw StoreError(.io, "cannot make a store in \(folder.parent): its unfinished folders vanish; try again")
    }

    /// Folders that builders left behind, dead or alive.
    static func unfinished(besides folder: StoreFolder) -> [String] {
        names(in: folder.parent)
            .filter { name in
                // Nobody else's folder ends in the UUID that a builder gave it.
                name.hasPrefix(folder.buildPrefix)
                    && UniqueID(text: String(name.dropFirst(folder.buildPrefix.count))) != nil
            }
            .map { "\(folder.parent)/\($0)" }
    }

    private func removeLeftovers() {
        for leftover in StoreBuilder.unfinished(besides: folder) {
            if let lock = FolderLock(leftover) {
                lock.removeUnfinishedStore()
                lock.unlock()
            }
        }
    }

    private func finish(_ draft: StoreFolder, _ lock: borrowing FolderLock) throws(StoreError) -> Bool {
        var isPlaced = false
        defer { if !isPlaced { lock.removeUnfinishedStore() } }
        for inner in [draft.locks, draft.attempts, draft.logs] { try makeFolder(inner, mode: 0o700) }
        try writeSmallFile(draft.gitignore, "*\n", isDurable: true)
        try writeSmallFile(draft.cleanMarker, holder.boot)
        try buildDatabase(draft)
        try syncFolder(draft.path)
        isPlaced = try place(draft)
        try syncFolder(folder.parent)
        return isPlaced
    }

    /// Writes the schema with one sync: whatever comes before the switch to the log's mode reaches the disk with it.
    private func buildDatabase(_ draft: StoreFolder) throws(StoreError) {
        // SQLite gives the log and its index the mode of the database.
        try makePrivateFile(draft.database)
        do {
            let database = try DatabaseQueue(path: draft.database)
            try database.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF")
                try schema.migrate(database, from: 0)
                try database.execute(
                    sql: "INSERT INTO store (only_row, id, created_at, version) VALUES (1, ?, ?, ?)",
                    arguments: [randomID().text, now().text, programVersion])
                // The folder stays the same when it gets its name.
                if schema.hasPlace { try StorePlace(of: draft, boot: holder.boot).note(in: database) }
                try database.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
                try database.execute(sql: "PRAGMA synchronous = FULL")
                #if canImport(Darwin)
                    try database.execute(sql: "PRAGMA fullfsync = ON")
                #endif
                try database.execute(sql: "PRAGMA journal_mode = WAL")
            }
            try database.close()
        } catch {
            throw StoreError(sqlite: error, in: draft)
        }
    }

    /// Renames the finished folder into place. False when another store, or anything else, is there already: rename(2)
    /// replaces no file by a folder, and no folder that holds anything.
    private func place(_ draft: StoreFolder) throws(StoreError) -> Bool {
        if rename(draft.path, folder.path) == 0 { return true }
        if errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR { return false }
        throw .file("make the store", folder.path, errno)
    }

    private func randomID() -> UniqueID {
        UniqueID(randomHigh: .random(in: .min ... .max), randomLow: .random(in: .min ... .max))
    }

    private func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(millisecondsSinceEpoch: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
