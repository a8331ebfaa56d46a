/// A number with its noun: `1 run`, `2 runs`.
package enum Counted {
    /// - Parameter many: where that is not `one` with an s.
    package static func text(_ count: some BinaryInteger, _ one: String, _ many: String? = nil) -> String {
        "\(count) " + noun(count, one, many)
    }

    /// The noun alone.
    package static func noun(_ count: some BinaryInteger, _ one: String, _ many: String? = nil) -> String {
        count == 1 ? one : many ?? one + "s"
    }
}
