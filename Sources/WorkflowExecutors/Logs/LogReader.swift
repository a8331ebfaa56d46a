import AttemptProtocol
import Glibc

/// Reads an attempt's log from its beginning, as raw bytes, while it may still grow; see `LogLayout` for how it lies on
/// disk.
package struct LogReader: ~Copyable {
    package enum Piece: Sendable, Equatable {
        case bytes([UInt8])
        /// So many bytes were dropped here to keep the cap.
        case omitted(Int)
    }

    package static let pieceBytesMax = 65_536

    package let path: String
    private var file: Descriptor?
    private var isOpen = false
    /// Where the open file starts in the stream.
    private var start = 0
    private var position = 0

    /// - Parameter position: where to begin in the stream.
    package init(path: String, from position: Int = 0) {
        self.path = path
        self.position = position
    }

    /// The path of the file that is being read.
    var currentPath: String { start == 0 ? path : LogLayout.segmentPath(path, start: start) }

    /// The next piece; nil when there is nothing more now.
    package mutating func next() throws(ExecutorError) -> Piece? {
        do throws(SystemError) {
            if !isOpen {
                start = position > 0 ? try LogFiles.segmentStarts(of: path).last { $0 <= position } ?? 0 : 0
                isOpen = try open(currentPath)
            }
            guard isOpen else { return nil }
            while true {
                if let bytes = try read() { return .bytes(bytes) }
                let segments = try LogFiles.segmentStarts(of: path)
                // Only now is it certain that the open file is complete, if a later one exists.
                if let bytes = try read() { return .bytes(bytes) }
                guard let next = segments.first(where: { $0 >= position && $0 > start }) else { return nil }
                let segment = LogLayout.segmentPath(path, start: next)
                // One that was dropped since the folder was listed is passed over on the next turn.
                guard try open(segment) else { continue }
                start = next
                let missing = next - position
                position = next
                if missing > 0 { return .omitted(missing) }
            }
        } catch {
            throw ExecutorError(.log, "the log \(path) cannot be read: \(error)", cause: error)
        }
    }

    private mutating func open(_ path: String) throws(SystemError) -> Bool {
        do {
            file = try Descriptor.open(path, O_RDONLY)
            return true
        } catch  where error.number == ENOENT {
            return false
        }
    }

    private mutating func read() throws(SystemError) -> [UInt8]? {
        let offset = position - start
        guard let bytes = try file?.read(at: offset, count: Self.pieceBytesMax, path), !bytes.isEmpty else {
            return nil
        }
        position += bytes.count
        return bytes
    }
}

/// The files of one log.
enum LogFiles {
    /// Where the segments start in the stream, ascending.
    static func segmentStarts(of path: String) throws(SystemError) -> [Int] {
        guard let slash = path.lastIndex(of: "/") else { return [] }
        let name = String(path[path.index(after: slash)...])
        return try AttemptFolders.names(in: String(path[..<slash]))
            .compactMap { LogLayout.segmentStart(inName: $0, ofLog: name) }.sorted()
    }
}
