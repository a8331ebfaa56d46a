import Glibc

/// Writes an attempt's output to its log and keeps head and tail when it grows beyond the cap.
///
/// A full disk does not stop the step: what cannot be written is counted as lost, and the next bytes are tried again.
package struct LogWriter: ~Copyable {
    private let path: String
    private let layout: LogLayout
    private var file: Descriptor
    /// Start of the segment that is open, nil for the head.
    private var openSegment: Int?
    /// Position in the stream of what is written.
    private var position: Int
    private var omittedBytes = 0
    private var lostBytes = 0

    /// Makes the log, readable to its owner alone. What another attempt of the same name left there is replaced: probes
    /// share one path, and so does an attempt that was voided with the one that follows it.
    package init(path: String, limitBytes: Int) throws(SystemError) {
        file = try Descriptor.open(path, O_WRONLY | O_APPEND | O_CREAT | O_TRUNC | O_NOFOLLOW)
        self.path = path
        layout = LogLayout(limitBytes: limitBytes)
        position = 0
    }

    package mutating func append(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let segment = layout.segmentStart(of: position)
            guard segment == openSegment || open(segment: segment) else {
                lostBytes += rest.count
                return
            }
            let room = (segment.map { $0 + layout.segmentBytes } ?? layout.headBytes) - position
            let count = rest.withUnsafeBytes { write(file.number, $0.baseAddress, min(room, $0.count)) }
            if count < 0 {
                if errno == EINTR { continue }
                lostBytes += rest.count
                return
            }
            position += count
            rest = rest.dropFirst(count)
        }
    }

    package var summary: LogSummary {
        LogSummary(bytes: position, omittedBytes: omittedBytes, lostBytes: lostBytes)
    }

    private mutating func open(segment: Int?) -> Bool {
        guard let segment else { return true }
        let name = LogLayout.segmentPath(path, start: segment)
        guard let next = try? Descriptor.open(name, O_WRONLY | O_APPEND | O_CREAT | O_TRUNC | O_NOFOLLOW) else {
            return false
        }
        file = next
        openSegment = segment
        let oldest = segment - 2 * layout.segmentBytes
        if oldest >= layout.headBytes, unlink(LogLayout.segmentPath(path, start: oldest)) == 0 {
            omittedBytes += layout.segmentBytes
        }
        return true
    }
}
