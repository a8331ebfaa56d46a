/// How a capped log lies on disk: the head in the file itself, the tail in segments beside it, `PATH.OFFSET`, each
/// named by the position in the stream at which it starts. Only the two newest segments are kept, so the names tell
/// what is missing.
package struct LogLayout: Sendable, Equatable {
    /// A cap below this is raised to it.
    package static let limitBytesMin = 4096
    /// The cap of an attempt's log unless something else is asked for.
    package static let limitBytesDefault = 64 << 20

    package let headBytes: Int
    package let segmentBytes: Int

    /// Half of the cap for the head, a quarter for each segment.
    package init(limitBytes: Int) {
        let limit = max(limitBytes, Self.limitBytesMin)
        headBytes = limit / 2
        segmentBytes = limit / 4
    }

    /// The piece of the log that holds `position`: nil is the head.
    package func segmentStart(of position: Int) -> Int? {
        position < headBytes ? nil : headBytes + (position - headBytes) / segmentBytes * segmentBytes
    }

    package static func segmentPath(_ path: String, start: Int) -> String {
        "\(path).\(start)"
    }

    /// The start of the segment that `name` names, for the log of name `log`.
    package static func segmentStart(inName name: String, ofLog log: String) -> Int? {
        guard name.utf8.count > log.utf8.count + 1, name.hasPrefix(log + ".") else { return nil }
        let digits = name.utf8.dropFirst(log.utf8.count + 1)
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(String(decoding: digits, as: UTF8.self))
    }
}
