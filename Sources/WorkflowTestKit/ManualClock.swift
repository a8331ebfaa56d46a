package import WorkflowCore

/// A clock that stands still until it is moved.
package struct ManualClock: Sendable, Equatable {
    package private(set) var now: Timestamp

    /// Starts at 2026-02-02T10:00:00.000Z unless told otherwise.
    package init(_ now: Timestamp = Timestamp(millisecondsSinceEpoch: 1_770_026_400_000)) {
        self.now = now
    }

    package mutating func advance(by length: Milliseconds) {
        now = now.adding(length)
    }

    /// Jumps to any instant, back as well, as a machine's clock may.
    package mutating func set(to instant: Timestamp) {
        now = instant
    }

    /// A millisecond later at each call: instants that tell entries apart.
    package mutating func tick() -> Timestamp {
        advance(by: Milliseconds(1))
        return now
    }
}
