#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// An exclusive lock on a folder of ours itself, never on one that a link leads to.
struct FolderLock: ~Copyable {
    private let descriptor: CInt
    private let path: String

    /// nil when another holds it, when the folder is gone, or when it is not ours.
    init?(_ path: String) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        var named = stat()
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, fstat(descriptor, &status) == 0, status.st_uid == geteuid(),
            lstat(path, &named) == 0, named.st_dev == status.st_dev, named.st_ino == status.st_ino
        else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        self.path = path
    }

    deinit {
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Removes the folder, if nothing is in it but what a builder makes.
    borrowing func removeUnfinishedStore() {
        let unfinished = StoreFolder(path: "")
        let database = unfinished.database.dropFirst()
        for name in [
            unfinished.gitignore.dropFirst(), database, database + "-journal", database + "-wal", database + "-shm",
        ] {
            unlinkat(descriptor, String(name), 0)
        }
        for inner in [unfinished.locks, unfinished.attempts, unfinished.logs].map({ String($0.dropFirst()) }) {
            let folder = openat(descriptor, inner, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
            guard folder >= 0 else { continue }
            unlinkat(folder, "clean", 0)
            close(folder)
            unlinkat(descriptor, inner, AT_REMOVEDIR)
        }
        // Fails where anything else is in it, and where the name is another's by now.
        rmdir(path)
    }

    /// Only keeps the lock until here.
    consuming func unlock() {}
}
