package import JSON

/// One attempt as its journal tells it: when, how it ended, and what was found out afterwards.
package struct AttemptAccount: Sendable, Equatable {
    package enum Outcome: Sendable, Equatable {
        /// It has begun, and nothing is known of an end.
        case running
        /// It was proved that it never began.
        case voided
        case succeeded(StepSucceeded.Basis)
        /// One pass of a `repeat` was done.
        case passed(Int)
        case failed(Failure)
        /// It has ended, and nobody knows how; with what a timeout or a signal left to be known.
        case inDoubt(Failure?)
        /// Nobody answered in time, or a person went on without it.
        case skipped
        case cancelled
        /// A rewind went behind it.
        case leftBehind
    }

    /// What a probe or a verify said.
    package struct Verdict: Sendable, Equatable {
        package let at: Timestamp
        package let verdict: ProbeVerdict
        package let message: String
    }

    package let step: String
    package let number: Int
    package let id: UniqueID
    package let idempotencyKey: String
    package let startedAt: Timestamp
    package let host: HostIdentity?
    package let wait: Wait?
    package let question: Question?
    package internal(set) var outcome = Outcome.running
    /// nil while it runs or is in doubt.
    package internal(set) var endedAt: Timestamp?
    /// When its end was found out, where that was later: nobody drove the run when it ended.
    package internal(set) var foundAt: Timestamp?
    /// The wait before the next attempt.
    package internal(set) var retry: Wait?
    /// Since when it is, or was, in doubt, and why.
    package internal(set) var doubtSince: Timestamp?
    package internal(set) var doubtReason: String?
    package internal(set) var probes: [Verdict] = []
    package internal(set) var verifications: [Verdict] = []
    /// What a person decided about it.
    package internal(set) var resolution: StepResolved.Decision?
    package internal(set) var checkpoint: CheckpointID?
    /// What was lost of it.
    package internal(set) var losses: AttemptLosses?
    /// What it had kept of its events.
    package internal(set) var events: [JSONValue] = []

    init(_ fact: AttemptStarted, at: Timestamp) {
        step = fact.step
        number = fact.attempt
        id = fact.id
        idempotencyKey = fact.idempotencyKey
        startedAt = at
        host = fact.host
        wait = fact.wait
        question = fact.question
    }

    /// Its end is still to be told.
    var isOpen: Bool {
        switch outcome {
        case .running, .inDoubt: true
        case .voided, .succeeded, .passed, .failed, .skipped, .cancelled, .leftBehind: false
        }
    }

    /// - Parameter really: when it ended, where its entry was written later. A clock that was set meanwhile may put
    ///   that outside of what the journal knows: it is taken into that.
    mutating func end(_ outcome: Outcome, at: Timestamp, really: Timestamp? = nil) {
        self.outcome = outcome
        endedAt = really.map { min(max($0, startedAt), at) } ?? at
        if endedAt != at { foundAt = at }
    }
}
