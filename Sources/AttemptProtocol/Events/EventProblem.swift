/// Why an event was not taken: counted, and named in the record of the attempt's end.
package struct EventProblem: Error, Sendable, Equatable {
    /// Names the event and the next move; holds nothing of a value that may be secret.
    package let message: String

    package init(_ message: String) {
        self.message = message
    }
}

/// What became of the events of an attempt.
package struct EventSummary: Sendable, Equatable {
    /// Kept events.
    package var kept = 0
    /// Events that were not taken.
    package var refused = 0
    /// Of the first one that was not taken.
    package var problem: String?

    package init(kept: Int = 0, refused: Int = 0, problem: String? = nil) {
        self.kept = kept
        self.refused = refused
        self.problem = problem
    }

    /// A longer problem is cut, so that every exit record fits.
    package static let problemBytesMax = 500

    package mutating func refuse(_ problem: EventProblem) {
        refused += 1
        guard self.problem == nil else { return }
        self.problem = String(decoding: problem.message.utf8.prefix(Self.problemBytesMax), as: UTF8.self)
    }
}
