/// How much an expression may ask for. Parsing looks at the first two, evaluation at the others.
package struct CELLimits: Sendable, Hashable {
    /// The longest source, in bytes of UTF-8.
    package var sourceBytes: Int
    /// How many calls, lists, maps and macros may stand inside each other. Operators and parentheses are free, because
    /// nothing here recurses over them.
    package var depth: Int
    /// What one evaluation may cost. An instruction costs 1; an operation on a list 1 more per element touched, one on
    /// text 1 more per ten bytes, a regular expression 1 more per ten steps of its automaton.
    package var cost: Int
    /// The most elements of one list or map that an operation may make.
    package var elements: Int
    /// The most bytes of one string or byte sequence that an operation may make.
    package var textBytes: Int

    package init(
        sourceBytes: Int = 100_000, depth: Int = 100, cost: Int = 5_000_000, elements: Int = 1_000_000,
        textBytes: Int = 16 << 20
    ) {
        self.sourceBytes = sourceBytes
        self.depth = depth
        self.cost = cost
        self.elements = elements
        self.textBytes = textBytes
    }

    package static let `default` = CELLimits()
}
