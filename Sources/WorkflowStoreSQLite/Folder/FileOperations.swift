internal import WorkflowCore
internal import WorkflowStore

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// What stands at a path.
enum PathKind: Equatable {
    case nothing
    case folder(owner: UInt32)
    case file(bytes: Int64)
    case unreadable(CInt)

    init(of path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            self = errno == ENOENT || errno == ENOTDIR ? .nothing : .unreadable(errno)
            return
        }
        self = status.st_mode & S_IFMT == S_IFDIR ? .folder(owner: status.st_uid) : .file(bytes: Int64(status.st_size))
    }

    var isFolder: Bool {
        if case .folder = self { return true }
        return false
    }
}

/// Which file or folder of this machine it is, whatever its name.
struct FileIdentity: Equatable, Sendable {
    private let device: UInt64
    private let inode: UInt64

    /// nil where nothing is at the path, or it cannot be looked at.
    init?(of path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    init?(of descriptor: CInt) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        device = UInt64(truncatingIfNeeded: status.st_dev)
        inode = UInt64(status.st_ino)
    }
}

/// Who owns the name at a path itself, also where it is a link; nil when there is none or it cannot be looked at.
func nameOwner(of path: String) -> UInt32? {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_uid : nil
}

/// The size of a file in bytes; 0 when there is none.
func fileSize(_ path: String) -> Int64 {
    if case .file(let bytes) = PathKind(of: path) { return bytes }
    return 0
}

/// When a file was last written; nil when there is none.
func modificationTime(of path: String) -> Timestamp? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    #if canImport(Darwin)
        let time = status.st_mtimespec
    #else
        let time = status.st_mtim
    #endif
    return Timestamp(millisecondsSinceEpoch: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
}

/// Makes a folder; one that is there already is fine.
func makeFolder(_ path: String, mode: mode_t) throws(StoreError) {
    guard mkdir(path, mode) == 0 || errno == EEXIST else { throw .file("make the folder", path, errno) }
}

/// Makes what is missing of a path, each part durable in its parent.
func makeFolders(_ path: String) throws(StoreError) {
    guard !PathKind(of: path).isFolder else { return }
    let parent = StoreFolder(path: path).parent
    if parent != path { try makeFolders(parent) }
    try makeFolder(path, mode: 0o777)
    try syncFolder(parent)
}

/// Makes the names in a folder durable.
func syncFolder(_ path: String) throws(StoreError) {
    let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw .file("open the folder", path, errno) }
    defer { close(folder) }
    // Some file systems cannot sync folders and say so with EINVAL: they have nothing to sync.
    guard fsync(folder) == 0 || errno == EINVAL else { throw .file("sync the folder", path, errno) }
}

/// Makes or replaces a small file. Durable only with `isDurable`, and then its name only once its folder is synced.
func writeSmallFile(_ path: String, _ text: String, isDurable: Bool = false) throws(StoreError) {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw .file("write", path, errno) }
    defer { close(file) }
    let bytes = Array(text.utf8)
    guard write(file, bytes, bytes.count) == bytes.count else { throw .file("write", path, errno) }
    guard !isDurable || fsync(file) == 0 else { throw .file("sync", path, errno) }
}

/// Makes an empty file that this user alone can read and write. Fails where anything is already.
func makePrivateFile(_ path: String) throws(StoreError) {
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw .file("make", path, errno) }
    defer { close(file) }
    // Whatever the umask took away.
    guard fchmod(file, 0o600) == 0 else { throw .file("set the mode of", path, errno) }
}

/// Why no file at all can be opened at the moment: `EMFILE` or `ENFILE`; nil when one can.
var missingDescriptor: CInt? {
    let descriptor = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return errno == EMFILE || errno == ENFILE ? errno : nil }
    close(descriptor)
    return nil
}

/// How many files this process may have open at once.
var openFileLimit: UInt64 {
    var limit = rlimit()
    #if canImport(Glibc)
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
        let kind = RLIMIT_NOFILE
    #endif
    return getrlimit(kind, &limit) == 0 ? UInt64(limit.rlim_cur) : 0
}

/// What to do about the limit of the size of files that this process has; nil where it has none.
var fileSizeAdvice: String? {
    var limit = rlimit()
    #if canImport(Glibc)
        let kind = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
    #else
        let kind = RLIMIT_FSIZE
    #endif
    guard getrlimit(kind, &limit) == 0, limit.rlim_cur != rlim_t.max else { return nil }
    return "this process may make files of \(limit.rlim_cur) bytes at most: raise that with `ulimit -f`, then try again"
}

/// The first 4 KiB of a file; nil when it cannot be read.
func readSmallFile(_ path: String) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = read(file, &bytes, bytes.count)
    guard count >= 0 else { return nil }
    return String(decoding: bytes.prefix(count), as: UTF8.self)
}

/// The names in a folder, sorted; none when it cannot be read.
func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
}

extension StoreError {
    /// A call on a file failed.
    static func file(_ action: String, _ path: String, _ error: CInt) -> StoreError {
        let reason = String(cString: strerror(error))
        switch error {
        case EACCES, EPERM:
            let advice = FileAccess.obstacle(at: path)?.advice ?? "run as the user that owns the store"
            return StoreError(.notPermitted, "cannot \(action) \(path): \(reason); \(advice)")
        case ENOSPC, EDQUOT:
            return StoreError(.io, "cannot \(action) \(path): \(reason); free space on that file system")
        case EROFS:
            return StoreError(.io, "cannot \(action) \(path): \(reason); make it writable, or name another --store")
        case EMFILE:
            return StoreError(
                .io,
                "cannot \(action) \(path): \(reason); this process may have \(openFileLimit) files open at once: raise "
                    + "that with `ulimit -n`, then try again")
        case ENFILE:
            return StoreError(
                .io,
                "cannot \(action) \(path): \(reason); the limit of open files of the whole machine is reached: raise "
                    + "the sysctl fs.file-max, then try again")
        case EFBIG:
            return StoreError(
                .io, "cannot \(action) \(path): \(reason); \(fileSizeAdvice ?? "name a --store on another file system")"
            )
        default:
            return StoreError(.io, "cannot \(action) \(path): \(reason)")
        }
    }
}
