internal import GRDB
internal import WorkflowCore
internal import WorkflowStore

extension StoreError {
    /// What an error of SQLite means for the store, and the next move.
    init(sqlite error: any Error, in folder: StoreFolder) {
        if let error = error as? StoreError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            self.init(.io, "\(folder.database): \(error)")
            return
        }
        let path = folder.database
        let detail = "SQLite \(error.extendedResultCode.rawValue), \(error.message ?? "no message")"
        switch error.resultCode {
        case .SQLITE_FULL:
            self.init(.io, "no space is left for \(path) (\(detail)); free space on that file system, then try again")
        case .SQLITE_IOERR:
            let advice = fileSizeAdvice.map { "\($0), or look" } ?? "look"
            self.init(.io, "reading or writing \(path) failed (\(detail)); \(advice) at the disk and its free space")
        case .SQLITE_READONLY:
            let advice = folder.obstacle?.advice ?? "make its folder and file system writable, then try again"
            self.init(.io, "\(path) is read-only (\(detail)); \(advice)")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self.init(
                .storeDamaged,
                "\(path) is damaged (\(detail)); look with `workflow doctor`, and restore it from a backup")
        case .SQLITE_CONSTRAINT:
            self.init(
                .storeDamaged,
                "\(path) contradicts itself (\(detail)); look with `workflow doctor`, and restore it from a backup")
        case .SQLITE_ERROR:
            self.init(
                .storeDamaged,
                "\(path) lacks something that a store has (\(detail)); look with `workflow doctor`, and restore it "
                    + "from a backup")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(
                .unavailable,
                "another process has kept \(path) locked for too long (\(detail)); find out what it waits for, then "
                    + "try again")
        case .SQLITE_CANTOPEN:
            self = .cannotOpen(folder, detail)
        case .SQLITE_PERM, .SQLITE_AUTH:
            let advice = folder.obstacle?.advice ?? "run as the user that owns the store"
            self.init(.notPermitted, "\(path) may not be used (\(detail)); \(advice)")
        case .SQLITE_TOOBIG:
            self.init(.invalidEntry, "an entry is too large for \(path) (\(detail))")
        default:
            self.init(.io, "using \(path) failed (\(detail))")
        }
    }

    private static func cannotOpen(_ folder: StoreFolder, _ detail: String) -> StoreError {
        switch PathKind(of: folder.database) {
        case .nothing: .databaseMissing(folder)
        case .unreadable(let error): .file("open", folder.database, error)
        case .folder, .file:
            // SQLite says the same of a process that has no descriptor left.
            if let error = missingDescriptor {
                .file("open", folder.database, error)
            } else if let obstacle = folder.obstacle {
                StoreError(.notPermitted, "\(folder.database) cannot be opened (\(detail)); \(obstacle.advice)")
            } else {
                StoreError(
                    .io,
                    "\(folder.database) cannot be opened (\(detail)); look at the disk, and whether \(openFileLimit) "
                        + "open files are enough for this process (`ulimit -n`), then try again")
            }
        }
    }

    static func databaseMissing(_ folder: StoreFolder) -> StoreError {
        StoreError(
            .storeDamaged,
            "\(folder.path) is there without its database store.db; restore it from a backup, or remove the folder to "
                + "begin a new store")
    }

    static func copied(_ folder: StoreFolder, _ id: UniqueID) -> StoreError {
        StoreError(
            .storeCopied,
            "\(folder.path) is a copy of the store \(id.text), or was moved from another file system: two of them "
                + "would drive the same runs; if nobody goes on with the other one, `workflow store adopt --reason "
                + "TEXT --store \(folder.path)` makes this one a store of its own")
    }

    /// Every call after `close`.
    static let closed = StoreError(.unavailable, "the store is closed")
}
