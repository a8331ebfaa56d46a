/// Why an attempt or a step did not succeed: data, journaled, never thrown.
package struct Failure: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Another attempt may succeed.
        case transient
        /// Another attempt would fail the same way.
        case permanent
        /// Ended by its timeout: the outcome is unknown.
        case timedOut = "timed_out"
        /// Ended by a signal that was not ours: the outcome is unknown.
        case killed
        /// Ended on request: the outcome is unknown.
        case cancelled
    }

    package var kind: Kind
    /// Stable, lower case: `exit_status`, `timeout`, `signal`, `could_not_start`, …
    package var code: String
    /// For people: names the thing.
    package var message: String
    package var exitCode: Int?

    package init(kind: Kind, code: String, message: String, exitCode: Int? = nil) {
        self.kind = kind
        self.code = code
        self.message = message
        self.exitCode = exitCode
    }

    /// Nobody knows whether the effect took place.
    package var leavesOutcomeUnknown: Bool {
        switch kind {
        case .timedOut, .killed, .cancelled: true
        case .transient, .permanent: false
        }
    }
}
