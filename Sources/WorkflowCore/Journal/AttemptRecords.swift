package import JSON

/// The `record` events of one attempt: what it had done so far, in its own words.
package struct AttemptRecords: Sendable, Equatable {
    /// The attempt's number.
    package let attempt: Int
    /// Whose effect it was to have.
    package let idempotencyKey: String
    package let events: [JSONValue]
}

extension Fact {
    /// What the attempt that this entry ends had kept of its events.
    package var events: [JSONValue] {
        switch self {
        case .attemptFailed(let fact): fact.events
        case .attemptInDoubt(let fact): fact.events
        case .stepSucceeded(let fact): fact.events
        case .stepRepeated(let fact): fact.events
        default: []
        }
    }

    /// The step of whose attempt's end it tells.
    var endedStep: String? {
        switch self {
        case .attemptFailed(let fact): fact.step
        case .attemptInDoubt(let fact): fact.step
        case .stepSucceeded(let fact): fact.step
        case .stepRepeated(let fact): fact.step
        default: nil
        }
    }

    /// The same entry with `events`, where it ends an attempt.
    func with(events: [JSONValue]) -> Fact {
        switch self {
        case .attemptFailed(var fact):
            fact.events = events
            return .attemptFailed(fact)
        case .attemptInDoubt(var fact):
            fact.events = events
            return .attemptInDoubt(fact)
        case .stepSucceeded(var fact):
            fact.events = events
            return .stepSucceeded(fact)
        case .stepRepeated(var fact):
            fact.events = events
            return .stepRepeated(fact)
        default: return self
        }
    }
}
