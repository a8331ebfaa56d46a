/// Why a drill cannot go on.
package struct DrillFailure: Error, Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// The folder is too large to be copied.
        case invalid
        case notFound
        case notPermitted
        /// The machine: no process, no room.
        case inputOutput
        /// This program contradicts itself.
        case defect
        /// A driver ended by itself, with this exit status.
        case driver(status: Int32)
    }

    package let kind: Kind
    /// Names the thing and the next move.
    package let message: String

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}
