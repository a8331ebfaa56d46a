internal import WorkflowExecutors
internal import WorkflowStore
internal import WorkflowStoreSQLite

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The folders in which the attempts of a store's runs work, apart from the store itself.
package struct Workspace: Sendable {
    /// Absolute. What lies in it is named below.
    package let folder: String
    /// One folder for each attempt that has not been settled.
    package let attempts: String
    /// What steps wrote, kept.
    package let logs: String
    /// It is removed when the store is closed.
    let isTemporary: Bool

    /// A store's own folder.
    init(_ folder: StoreFolder) {
        (self.folder, attempts, logs, isTemporary) = (folder.path, folder.attempts, folder.logs, false)
    }

    /// A new folder for the time of a process, in `TMPDIR` or `/tmp`.
    init(temporaryBelow parent: String) throws(StoreError) {
        var template = Array((parent + "/workflow-memory-XXXXXX").utf8CString)
        guard let made = mkdtemp(&template) else {
            throw StoreError(
                .io,
                "no folder can be made in \(parent): \(String(cString: strerror(errno))); set TMPDIR to a folder that "
                    + "takes one")
        }
        folder = String(cString: made)
        (attempts, logs, isTemporary) = (folder + "/attempts", folder + "/logs", true)
    }

    /// Where it is temporary, and nothing is left of an attempt: what goes on under its supervisor writes there.
    func remove() throws {
        guard isTemporary, !FolderTree.holdsFiles(attempts) else { return }
        try FolderTree.remove(folder)
    }
}
