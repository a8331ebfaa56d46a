import AttemptProtocol
import Glibc

/// The last lines of a log, found from its end: the cost does not depend on how long the log is.
package struct LogTail: Sendable, Equatable {
    /// Raw bytes, beginning at the start of a line unless that line is longer than `bytesMax`.
    package var bytes: [UInt8]
    /// Whether the log holds more before them.
    package var isPartial: Bool
    /// Where they end in the stream: a reader goes on there.
    package var position = 0

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
        let segments = try LogFiles.segmentStarts(of: path)
        let files = [(path, 0)] + segments.map { (LogLayout.segmentPath(path, start: $0), $0) }
        var bytes: [UInt8] = []
        var position: Int?
        var feeds = 0
        for (name, start) in files.reversed() {
            guard let file = try Descriptor.openIfPresent(name, O_RDONLY) else { continue }
            var end = Int(try file.status(name).st_size)
            let stop = position ?? start + end
            position = stop
            guard lines > 0 else { return LogTail(bytes: [], isPartial: stop > 0, position: stop) }
            while end > 0 {
                let from = max(0, end - blockBytes)
                let block = try file.read(at: from, count: end - from, name)
                // The line feed at the very end closes the last line, it does not begin another.
                var index = bytes.isEmpty ? block.count - 1 : block.count
                while let feed = block[..<index].lastIndex(of: UInt8(ascii: "\n")) {
                    feeds += 1
                    if feeds == lines {
                        return LogTail(bytes: block[(feed + 1)...] + bytes, isPartial: true, position: stop)
                    }
                    index = feed
                }
                bytes = block + bytes
                guard bytes.count < bytesMax else {
                    return LogTail(bytes: bytes.suffix(bytesMax), isPartial: true, position: stop)
                }
                end = from
            }
        }
        return LogTail(bytes: bytes, isPartial: false, position: position ?? 0)
    }
}
