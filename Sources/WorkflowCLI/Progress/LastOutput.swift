internal import AttemptProtocol
internal import Glibc
internal import WorkflowExecutors

/// The newest line in the logs of steps that run: looked at where the log has grown, and only at its end.
struct LastOutput: Sendable {
    /// So much of the end of a log is read: a longer line shows its end.
    private static let bytesRead = 4096

    private var known: [String: (size: Int, line: String?)] = [:]

    /// - Parameter paths: of the logs that are shown; what was known of others is forgotten.
    mutating func lines(of paths: [String]) -> [String: String] {
        var lines: [String: String] = [:]
        var kept: [String: (size: Int, line: String?)] = [:]
        for path in paths {
            let found = look(path)
            kept[path] = found
            lines[path] = found?.line
        }
        known = kept
        return lines
    }

    private func look(_ path: String) -> (size: Int, line: String?)? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else { return nil }
        let size = Int(status.st_size)
        if size >= LogLayout(limitBytes: LogLayout.limitBytesDefault).headBytes {
            // It goes on in other files.
            let tail = try? LogTail.of(path, lines: 2)
            return (-1, tail.flatMap { LastOutput.line(in: $0.bytes) })
        }
        if let known = known[path], known.size == size { return known }
        var bytes = [UInt8](repeating: 0, count: min(size, Self.bytesRead))
        let count = pread(file, &bytes, bytes.count, off_t(size - bytes.count))
        guard count > 0 else { return nil }
        return (size, LastOutput.line(in: bytes[..<count]) ?? known[path]?.line)
    }

    /// The last line with something in it, as a terminal would leave it: what stands before a carriage return is
    /// overwritten, colours and moves are no text.
    static func line(in bytes: some BidirectionalCollection<UInt8>) -> String? {
        for piece in bytes.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }).reversed() {
            let plain = withoutSequences(piece)
            if plain.contains(where: { $0 > 0x20 }) { return DisplayLine.text(plain) }
        }
        return nil
    }

    /// Without ECMA-48 control sequences: `ESC [`, parameters, a final byte.
    private static func withoutSequences(_ bytes: some Collection<UInt8>) -> [UInt8] {
        var plain: [UInt8] = []
        var rest = Array(bytes)[...]
        while let byte = rest.popFirst() {
            guard byte == 0x1B, rest.first == UInt8(ascii: "[") else {
                plain.append(byte)
                continue
            }
            rest = rest.dropFirst().drop { !(0x40...0x7E).contains($0) }.dropFirst()
        }
        return plain
    }
}
