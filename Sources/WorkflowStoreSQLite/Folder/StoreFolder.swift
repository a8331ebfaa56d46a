package import WorkflowCore

/// What lies where in a store's folder (`.workflow/`).
package struct StoreFolder: Sendable, Hashable {
    /// Absolute.
    package let path: String

    package init(path: String) {
        self.path = path
    }

    /// Opened by nothing but SQLite: closing any other descriptor of it would drop SQLite's locks.
    package var database: String { path + "/store.db" }
    /// SQLite's write-ahead log: the newest appends.
    package var log: String { path + "/store.db-wal" }
    package var locks: String { path + "/locks" }
    /// One folder for each attempt that has not been settled.
    package var attempts: String { path + "/attempts" }
    /// What steps wrote, kept.
    package var logs: String { path + "/logs" }
    package var gitignore: String { path + "/.gitignore" }

    /// Held exclusively by the driver of a run for as long as it drives; never removed while the run exists.
    package func lock(of run: UniqueID) -> String { "\(locks)/\(run.text).lock" }

    /// Held exclusively while a process opens the database for writing, migrates it, or closes it as the last one.
    var openingLock: String { locks + "/opening.lock" }
    /// Held shared by every process that has the database open for writing; a migration needs it exclusively.
    var writersLock: String { locks + "/writers.lock" }
    /// Held shared by every append, exclusively by whoever moves the log into the database.
    var logLock: String { locks + "/log.lock" }
    /// There between a clean close and the next opening for writing; holds the boot id of the machine.
    var cleanMarker: String { locks + "/clean" }

    /// What keeps this process from reading and writing the store, by its mode or owner; nil where nothing does.
    var obstacle: FileAccess? {
        [path, database, log, database + "-shm"].lazy.compactMap(FileAccess.obstacle(at:)).first
    }

    /// The folder that holds this one.
    var parent: String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    /// The last part of the path.
    var name: String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }

    /// How the private sibling folders begin in which a new store is built.
    var buildPrefix: String { name + ".new-" }
}
