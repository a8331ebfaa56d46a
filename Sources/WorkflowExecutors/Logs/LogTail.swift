import AttemptProtocol
import Glibc

/// The last lines of a log, found from its end: the cost does not depend on how long the log is.
package struct LogTail: Sendable, Equatable {
    /// Raw bytes, beginning at the start of a line unless that line is longer than `bytesMax`.
    package var bytes: [UInt8]
    /// Whether the log holds more before them.
    package var isPartial: Bool

    /// More than this is never read, however many lines are asked for.
    package static let bytesMax = 4 << 20
    private static let blockBytes = 65_536

    /// The last `lines` lines; none where there is no log. A last line without its line feed counts as a line.
    package static func of(_ path: String, lines: Int) throws(ExecutorError) -> LogTail {
        do throws(SystemError) {
            return try read(path, lines: lines)
        } catch {
            throw ExecutorError(.log, "the log \(path) cannot be read: \(error)", cause: error)
        }
    }

    private static func read(_ path: String, lines: Int) throws(SystemError) -> LogTail {
        guard lines > 0 else { return LogTail(bytes: [], isPartial: true) }
        let segments = try LogFiles.segmentStarts(of: path)
        let files = [path] + segments.map { LogLayout.segmentPath(path, start: $0) }
        var bytes: [UInt8] = []
        var feeds = 0
        for name in files.reversed() {
            guard let file = try Descriptor.openIfPresent(name, O_RDONLY) else { continue }
            var end = Int(try file.status(name).st_size)
            while end > 0 {
                let start = max(0, end - blockBytes)
                let block = try file.read(at: start, count: end - start, name)
                // The line feed at the very end closes the last line, it does not begin another.
                var index = bytes.isEmpty ? block.count - 1 : block.count
                while let feed = block[..<index].lastIndex(of: UInt8(ascii: "\n")) {
                    feeds += 1
                    if feeds == lines { return LogTail(bytes: block[(feed + 1)...] + bytes, isPartial: true) }
                    index = feed
                }
                bytes = block + bytes
                guard bytes.count < bytesMax else { return LogTail(bytes: bytes.suffix(bytesMax), isPartial: true) }
                end = start
            }
        }
        return LogTail(bytes: bytes, isPartial: false)
    }
}
