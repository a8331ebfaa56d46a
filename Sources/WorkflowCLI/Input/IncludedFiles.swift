internal import Glibc
internal import WorkflowDefinitions

/// Reads the files that definitions include: regular ones only, so that no pipe or device is ever waited for.
enum IncludedFiles {
    static func read(_ path: String, bytesMax: Int) throws(IncludeFailure) -> IncludedFile {
        // Looked at before it is opened: opening a device may do something.
        var status = stat()
        guard stat(path, &status) == 0 else { throw failure(errno) }
        try requireRegular(status)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(errno) }
        defer { close(descriptor) }
        guard fstat(descriptor, &status) == 0 else { throw failure(errno) }
        try requireRegular(status)
        guard status.st_size <= bytesMax else { throw tooLarge }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(status.st_size))
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &piece, piece.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw failure(errno)
            }
            if count == 0 { break }
            bytes += piece[..<count]
            guard bytes.count <= bytesMax else { throw tooLarge }
        }
        return IncludedFile(bytes: bytes, identity: FileIdentity.text(status))
    }

    private static let tooLarge = IncludeFailure(
        message: "would make the definition larger than 10 MiB", suggestion: "keep data in files that the steps read")

    private static func requireRegular(_ status: stat) throws(IncludeFailure) {
        let what: String
        switch status.st_mode & S_IFMT {
        case S_IFREG: return
        case S_IFDIR: what = "a folder"
        case S_IFIFO: what = "a pipe"
        case S_IFSOCK: what = "a socket"
        default: what = "a device"
        }
        throw IncludeFailure(message: "is \(what)", suggestion: "name a file")
    }

    private static func failure(_ error: Int32) -> IncludeFailure {
        switch error {
        case ENOENT, ENOTDIR:
            IncludeFailure(
                message: "does not exist", suggestion: "paths are relative to the file that they stand in")
        case ELOOP: IncludeFailure(message: "is a symbolic link that leads nowhere but to itself")
        case EACCES, EPERM: IncludeFailure(message: "may not be read")
        default: IncludeFailure(message: "cannot be read: \(String(cString: strerror(error)))")
        }
    }
}

/// What tells two paths of one file.
enum FileIdentity {
    static func text(_ status: stat) -> String { "\(status.st_dev):\(status.st_ino)" }
}
