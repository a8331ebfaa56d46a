internal import WorkflowStore

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Whom a file or folder belongs to, and what its mode lets them do.
struct FileAccess: Equatable {
    let path: String
    let owner: UInt32
    /// The permission bits alone.
    let mode: mode_t
    let isFolder: Bool

    /// nil where nothing is at the path, or it cannot be looked at.
    init?(of path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.path = path
        owner = status.st_uid
        mode = status.st_mode & 0o7777
        isFolder = status.st_mode & S_IFMT == S_IFDIR
    }

    /// `rw` for a file, `rwx` for a folder.
    private var needed: mode_t { isFolder ? 0o700 : 0o600 }

    var modeText: String { "0" + String(mode, radix: 8) }

    /// Of the path and the folders above it, the one that keeps this process from reading and writing there, by its
    /// mode or its owner; nil where none does.
    static func obstacle(at path: String) -> FileAccess? {
        // From above: what lies below a locked folder cannot be looked at.
        var folders = [StoreFolder(path: path)]
        while let first = folders.last, first.path != "/", first.path.hasPrefix("/") {
            folders.append(StoreFolder(path: first.parent))
        }
        for folder in folders.reversed() {
            guard let found = FileAccess(of: folder.path) else { continue }
            let mode = folder.path == path ? (found.isFolder ? R_OK | W_OK | X_OK : R_OK | W_OK) : X_OK
            if faccessat(AT_FDCWD, folder.path, mode, AT_EACCESS) != 0, errno == EACCES { return found }
        }
        // Names come and go beside it.
        let parent = StoreFolder(path: path).parent
        let mayName = faccessat(AT_FDCWD, parent, W_OK, AT_EACCESS) == 0 || errno != EACCES
        return mayName ? nil : FileAccess(of: parent)
    }

    /// What the user who runs this program can do about it.
    var advice: String {
        guard owner == geteuid() else {
            return "\(path) belongs to \(UserName.text(owner)) and has mode \(modeText): "
                + "`\(UserName.command(as: owner))`"
        }
        let change = isFolder ? "chmod u+rwx" : "chmod u+rw"
        return mode & needed == needed
            ? "\(path) belongs to you and has mode \(modeText)"
            : "\(path) has mode \(modeText), and not even its owner may use it: `\(change) \(path)`"
    }
}

/// Users as people know them.
enum UserName {
    /// `ada`, or `uid 1000` where the machine has no name for it.
    static func text(_ user: UInt32) -> String { name(of: user) ?? "uid \(user)" }

    /// The beginning of a command that another user has to run.
    static func command(as user: UInt32) -> String { "sudo -u \(name(of: user) ?? "'#\(user)'") workflow …" }

    private static func name(of user: UInt32) -> String? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        guard getpwuid_r(user, &entry, &buffer, buffer.count, &found) == 0, found != nil, let name = entry.pw_name
        else { return nil }
        return String(cString: name)
    }
}
