/// What became of an attempt's output. Counts are bytes of masked output.
package struct LogSummary: Sendable, Hashable {
    /// All that was put into the log.
    package var bytes: Int
    /// Of these, what was dropped between head and tail to keep the cap.
    package var omittedBytes: Int
    /// What never got there because the disk was full or failing.
    package var lostBytes: Int

    package init(bytes: Int = 0, omittedBytes: Int = 0, lostBytes: Int = 0) {
        self.bytes = bytes
        self.omittedBytes = omittedBytes
        self.lostBytes = lostBytes
    }

    package var isTruncated: Bool { omittedBytes > 0 || lostBytes > 0 }
}
