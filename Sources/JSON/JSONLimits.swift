/// How much JSON is read before the reader refuses the rest.
package struct JSONLimits: Sendable, Hashable {
    /// The longest text, in bytes.
    package var bytes: Int
    /// How many arrays and objects may stand inside each other.
    package var depth: Int

    package init(bytes: Int = 64 << 20, depth: Int = 128) {
        self.bytes = bytes
        self.depth = depth
    }

    package static let `default` = JSONLimits()

    /// Deeper values than this are never written. It leaves room around a value that was read at the default depth.
    package static let writtenDepth = 256
}
