/// Why the outputs of a step cannot be taken: a permanent failure of the step, not of ours.
package struct OutputError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// A line is neither `key=value` nor the beginning of `key<<END`, or holds what no output can.
        case invalid = "output_invalid"
        case tooLarge = "output_too_large"
        /// The step put something else in the place of the file.
        case unreadable = "output_unreadable"
        /// The file is not the one that the supervisor recorded.
        case changed = "output_changed"
    }

    package let code: Code
    /// Names line, key and the next move; secrets are masked.
    package let message: String
    /// From 1, where the error is in a line.
    package let line: Int?

    package init(_ code: Code, _ message: String, line: Int? = nil) {
        self.code = code
        self.message = message
        self.line = line
    }

    package var description: String { message }
}
