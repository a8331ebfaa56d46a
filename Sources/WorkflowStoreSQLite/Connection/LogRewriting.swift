internal import GRDB
internal import GRDBSQLite
internal import WorkflowStore

extension Database {
    /// Writes the log's bytes over themselves and syncs them, so that all that this process sees in it is on the disk.
    ///
    /// After a sync that failed, a kernel takes the lost pages for clean: who opens the store next finds the last
    /// commit whole in memory, and no later sync writes it. What is acknowledged behind it would go with it in a loss
    /// of power, or a move of the log would leave half of it in the database. Written again, the pages are dirty again.
    ///
    /// Inside a transaction that writes: nobody appends to the log or begins it anew before it ends, whatever became of
    /// the folder's lock files.
    func rewriteLog(in folder: StoreFolder) throws {
        try inTransaction(.immediate) {
            try rewriteLockedLog(in: folder)
            return .rollback
        }
    }

    private func rewriteLockedLog(in folder: StoreFolder) throws {
        var pointer: UnsafeMutablePointer<sqlite3_file>?
        let code = withUnsafeMutablePointer(to: &pointer) {
            sqlite3_file_control(sqliteConnection, "main", SQLITE_FCNTL_JOURNAL_POINTER, $0)
        }
        // There is none in a database that was only just made.
        guard code == SQLITE_OK, let file = pointer, let methods = file.pointee.pMethods?.pointee else { return }
        guard let size = methods.xFileSize, let read = methods.xRead, let write = methods.xWrite,
            let sync = methods.xSync
        else { return }
        var bytes: sqlite3_int64 = 0
        try check(size(file, &bytes), folder)
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        var offset: sqlite3_int64 = 0
        while offset < bytes {
            let count = CInt(min(sqlite3_int64(piece.count), bytes - offset))
            try check(read(file, &piece, count, offset), folder)
            try check(write(file, piece, count, offset), folder)
            offset += sqlite3_int64(count)
        }
        if bytes > 0 { try check(sync(file, SQLITE_SYNC_NORMAL), folder) }
    }

    private func check(_ code: CInt, _ folder: StoreFolder) throws {
        guard code != SQLITE_OK else { return }
        throw StoreError(
            sqlite: DatabaseError(resultCode: ResultCode(rawValue: code), message: "the log is written again"),
            in: folder)
    }
}
