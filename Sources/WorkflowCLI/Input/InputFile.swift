internal import Glibc
internal import JSON
internal import WorkflowDefinitions

/// Files that people hand over on the command line, read whole and with a limit.
enum InputFile {
    /// - Throws: 66 where there is none, 77 where it may not be read, 65 above the limit, 74 otherwise.
    static func bytes(_ path: String, limit: Int = 64 << 20) throws(CommandFailure) -> [UInt8] {
        try contents(path, limit: limit).bytes
    }

    /// The bytes, and what tells two paths of one file.
    static func contents(
        _ path: String, limit: Int = 64 << 20
    ) throws(CommandFailure) -> (bytes: [UInt8], identity: String) {
        // A pipe that nobody writes to would hold up `open` itself; from there on, one that somebody writes to is
        // waited for.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(path, errno) }
        defer { close(descriptor) }
        _ = fcntl(descriptor, F_SETFL, 0)
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(path, errno) }
        if status.st_mode & S_IFMT == S_IFDIR { throw failure(path, EISDIR) }
        return (try bytes(of: descriptor, path, limit: limit), FileIdentity.text(status))
    }

    static func standardInput(limit: Int = 64 << 20) throws(CommandFailure) -> [UInt8] {
        try bytes(of: STDIN_FILENO, "standard input", limit: limit)
    }

    /// One object, written as JSON or as a YAML mapping. A file that is called `.json` is JSON.
    static func object(_ path: String, _ console: Console) throws(CommandFailure) -> [String: JSONValue] {
        let bytes = try bytes(path)
        let isJSON = path.hasSuffix(".json")
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: bytes, limits: .exact)
        } catch {
            if isJSON { throw CommandFailure(.invalid, "\(path) is not JSON: \(error)") }
            value = try yaml(bytes, path, console)
        }
        guard let object = value.objectValue else {
            throw CommandFailure(
                .invalid,
                isJSON
                    ? "\(path) holds no JSON object; write {\"name\": value}"
                    : "\(path) holds no mapping; write name: value")
        }
        return object
    }

    private static func yaml(
        _ bytes: [UInt8], _ path: String, _ console: Console
    ) throws(CommandFailure) -> JSONValue {
        let result = YAMLData.read(bytes, file: path)
        if let value = result.value { return value }
        let errors = result.diagnostics.filter { $0.severity == .error }
        for line in DiagnosticText(hasColour: console.hasColour).lines(of: errors) { console.note(line) }
        throw CommandFailure(.invalid, "\(path) cannot be read as YAML or JSON; correct it")
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
        case ENOENT, ENOTDIR:
            CommandFailure(.notFound, "there is no file \(path)" + (NearFile.suggestion(path).map { "; \($0)" } ?? ""))
        case EISDIR: CommandFailure(.notFound, "\(path) is a folder; name a file")
        case EACCES, EPERM: CommandFailure(.notPermitted, "\(path) may not be read")
        default: CommandFailure(.inputOutput, "\(path) cannot be read: \(String(cString: strerror(error)))")
        }
    }
}
