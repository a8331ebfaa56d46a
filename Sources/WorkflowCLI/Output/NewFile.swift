internal import Glibc

/// Files that commands write for people: whole or not at all, and never over what is there unless asked to.
enum NewFile {
    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// Whether a regular file has just these bytes.
    static func holds(_ bytes: [UInt8], _ path: String) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, Int(status.st_size) == bytes.count else {
            return false
        }
        return (try? InputFile.bytes(path, limit: bytes.count)) == bytes
    }

    /// - Throws: 64 where the file is there and must not be replaced, 66 without its folder, 77 without permission, 74.
    static func write(_ bytes: [UInt8], to path: String, replacing: Bool) throws(CommandFailure) {
        let draft = "\(path).\(getpid()).draft"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(path, errno) }
        defer { unlink(draft) }
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                let error = errno
                close(descriptor)
                throw failure(path, error)
            }
            sent += count
        }
        guard close(descriptor) == 0 else { throw failure(path, errno) }
        // A link, unlike a rename, fails where something is.
        guard (replacing ? rename(draft, path) : link(draft, path)) == 0 else { throw failure(path, errno) }
    }

    private static func failure(_ path: String, _ error: Int32) -> CommandFailure {
        switch error {
        case EEXIST: CommandFailure(.usage, "\(path) is there already; --force overwrites it")
        case ENOENT, ENOTDIR: CommandFailure(.notFound, "the folder of \(path) does not exist; make it first")
        case EISDIR: CommandFailure(.usage, "\(path) is a folder; name a file")
        case EACCES, EPERM, EROFS: CommandFailure(.notPermitted, "\(path) may not be written")
        default: CommandFailure(.inputOutput, "\(path) cannot be written: \(String(cString: strerror(error)))")
        }
    }
}
