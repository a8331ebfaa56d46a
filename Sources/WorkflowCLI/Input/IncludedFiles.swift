internal import Glibc
internal import WorkflowDefinitions

/// Reads the files that definitions include: regular ones only, so that no pipe or device is ever waited for, and only
/// from folders that may be read. A definition may be anybody's: what it names would be shown where it has an error.
struct IncludedFiles {
    /// As the system knows them, without symbolic links.
    private let folders: [String]

    /// - Parameters:
    ///   - definition: the file that is read; what lies below its folder may be included.
    ///   - allowed: further folders that somebody has named.
    init(of definition: String, allowed: [String]) {
        let folder = definition.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(definition[...$0]) } ?? "."
        folders = ([folder] + allowed).compactMap(Self.realPath)
    }

    private static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// - Throws: where the file, wherever its links lead, lies in none of the folders.
    private func requireAllowed(_ path: String) throws(IncludeFailure) {
        guard let real = Self.realPath(path) else { throw Self.failure(errno) }
        guard !folders.contains(where: { real.utf8.starts(with: ($0 == "/" ? "/" : $0 + "/").utf8) }) else { return }
        throw IncludeFailure(
            message: "lies outside of the folder of the definition",
            suggestion: "move it there, or name the folder that it lies in: --allow-include FOLDER")
    }

    func read(_ path: String, bytesMax: Int) throws(IncludeFailure) -> IncludedFile {
        try requireAllowed(path)
        return try Self.contents(path, bytesMax)
    }

    private static func contents(_ path: String, _ bytesMax: Int) throws(IncludeFailure) -> IncludedFile {
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
