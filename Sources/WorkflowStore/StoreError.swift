/// What went wrong in a store, with what to do next in its message.
package struct StoreError: Error, Sendable, Equatable {
    package enum Code: String, Sendable, CaseIterable {
        /// There is no store where one was looked for.
        case storeMissing = "store_missing"
        /// A store's folder without its database, or one that SQLite finds damaged.
        case storeDamaged = "store_damaged"
        /// Written by a newer version of this program.
        case storeTooNew = "store_too_new"
        /// On a file system whose locks do not hold.
        case storeUnsupported = "store_unsupported"
        /// A copy of another store's folder, which nobody has adopted.
        case storeCopied = "store_copied"
        /// The store belongs to another user, or may not be read or written.
        case notPermitted = "not_permitted"
        /// Cannot be reached or is closed.
        case unavailable = "store_unavailable"
        /// Another process migrates the store.
        case migrating = "store_migrating"
        /// Disk full, read-only, or the device failed.
        case io = "store_io"
        case runExists = "run_exists"
        case noSuchRun = "no_such_run"
        /// Another live process drives the run.
        case heldByOther = "run_is_driven"
        /// The run was claimed by another driver since.
        case staleToken = "stale_token"
        /// The caller knows another newest entry than the store: a defect. Nothing was written.
        case headMismatch = "head_mismatch"
        /// An entry that no reader could take back. Nothing was written.
        case invalidEntry = "invalid_entry"
        /// Too many requests wait for the run. Nothing was written.
        case inboxFull = "inbox_full"
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
