/// How much JSON is read before the reader refuses the rest.
package struct JSONLimits: Sendable, Hashable {
    /// The longest text, in bytes.
    package var bytes: Int
    /// How many arrays and objects may stand inside each other.
    package var depth: Int
    /// Whether an integer that is neither an `Int64` nor a `Double` becomes the nearest `Double`, or is refused.
    package var roundsIntegers: Bool

    package init(bytes: Int = 64 << 20, depth: Int = 128, roundsIntegers: Bool = true) {
        self.bytes = bytes
        self.depth = depth
        self.roundsIntegers = roundsIntegers
    }

    package static let `default` = JSONLimits()

    /// For what people and steps hand to a run: two ids that differ in their last digit are two.
    package static let exact = JSONLimits(roundsIntegers: false)

    /// Deeper values than this are never written. It leaves room around a value that was read at the default depth.
    package static let writtenDepth = 256
}
