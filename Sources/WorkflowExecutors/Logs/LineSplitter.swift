/// Cuts a growing output into lines that can be shown, keeping no more of a line than is shown of it.
package struct LineSplitter: Sendable {
    /// A line of 500 characters has at most this many bytes; the rest of a longer one is skipped as it arrives.
    private static let bytesKept = DisplayLine.charactersMax * 4 + 1

    private var line: [UInt8] = []
    private var hasLine = false

    package init() {}

    /// The lines that `bytes` completes.
    package mutating func lines(adding bytes: some BidirectionalCollection<UInt8>) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                lines.append(DisplayLine.text(line))
                line.removeAll(keepingCapacity: true)
                hasLine = false
            } else {
                hasLine = true
                if line.count < Self.bytesKept { line.append(byte) }
            }
        }
        return lines
    }

    /// The line that has no line feed yet, if there is one.
    package mutating func finish() -> String? {
        guard hasLine else { return nil }
        defer {
            line.removeAll()
            hasLine = false
        }
        return DisplayLine.text(line)
    }
}
