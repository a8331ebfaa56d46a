internal import Glibc
internal import JSON

/// Files that people hand over on the command line, read whole and with a limit.
enum InputFile {
    /// - Throws: 66 where there is none, 77 where it may not be read, 65 above the limit, 74 otherwise.
    static func bytes(_ path: String, limit: Int = 64 << 20) throws(CommandFailure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path, errno) }
        defer { close(descriptor) }
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { throw failure(path, EISDIR) }
        return try bytes(of: descriptor, path, limit: limit)
    }

    static func standardInput(limit: Int = 64 << 20) throws(CommandFailure) -> [UInt8] {
        try bytes(of: STDIN_FILENO, "standard input", limit: limit)
    }

    /// One JSON object.
    static func object(_ path: String) throws(CommandFailure) -> [String: JSONValue] {
        let value: JSONValue
        let bytes = try bytes(path)
        do {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw CommandFailure(.invalid, "\(path) is not JSON: \(error)")
        }
        guard let object = value.objectValue else {
            throw CommandFailure(.invalid, "\(path) holds no JSON object; write {\"name\": value}")
        }
        return object
    }

    private static func bytes(of descriptor: Int32, _ name: String, limit: Int) throws(CommandFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &piece, piece.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw failure(name, errno)
            }
            if count == 0 { return bytes }
            bytes += piece[..<count]
            // One byte more than the limit is enough for whoever reads on to say that it is too large.
            guard bytes.count <= limit else {
                throw CommandFailure(.invalid, "\(name) is larger than \(limit >> 20) MiB")
            }
        }
    }

    private static func failure(_ path: String, _ error: Int32) -> CommandFailure {
        switch error {
        case ENOENT, ENOTDIR: CommandFailure(.notFound, "there is no file \(path)")
        case EISDIR: CommandFailure(.notFound, "\(path) is a folder; name a file")
        case EACCES, EPERM: CommandFailure(.notPermitted, "\(path) may not be read")
        default: CommandFailure(.inputOutput, "\(path) cannot be read: \(String(cString: strerror(error)))")
        }
    }
}
