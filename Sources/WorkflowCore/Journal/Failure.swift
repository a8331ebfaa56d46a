internal import JSON

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
    /// What the attempt itself said about it.
    package var advice: FailureAdvice?

    package init(kind: Kind, code: String, message: String, exitCode: Int? = nil, advice: FailureAdvice? = nil) {
        self.advice = advice
        self.kind = kind
        self.code = code
        self.message = message
        self.exitCode = exitCode
    }

    /// Nobody knows whether the effect took place.
    package var leavesOutcomeUnknown: Bool {
        switch advice?.effect {
        case .unknown: return true
        case .some(.none): return false
        case .partial, nil: break
        }
        return switch kind {
        case .timedOut, .killed, .cancelled: true
        case .transient, .permanent: false
        }
    }

    /// The code by which a retry rule names an attempt that said nothing but its exit status.
    package static let plainExitCode = "exit"

    /// Whether a retry rule that names `code` means this failure.
    func isNamed(_ code: String) -> Bool {
        self.code.isSame(as: code) || self.code == "exit_status" && code == Self.plainExitCode
    }
}

/// What a failed attempt knew about its failure.
package struct FailureAdvice: Sendable, Equatable {
    /// Whether another attempt is of use.
    package enum Retry: String, Sendable, CaseIterable { case never, now, after }
    /// What the attempt had done before it failed.
    package enum Effect: String, Sendable, CaseIterable { case none, partial, unknown }

    package var retry: Retry?
    /// The least wait before the next attempt.
    package var after: Milliseconds?
    package var effect: Effect?

    /// Nil where nothing is said.
    package init?(retry: Retry?, after: Milliseconds?, effect: Effect?) {
        guard retry != nil || after != nil || effect != nil else { return nil }
        self.retry = retry
        self.after = after
        self.effect = effect
    }
}
