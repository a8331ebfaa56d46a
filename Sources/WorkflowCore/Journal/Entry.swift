/// One record of a run's journal, as the store keeps it.
package struct Entry: Sendable, Equatable {
    /// From 1, without gaps, in one run.
    package let sequence: Int64
    package let at: Timestamp
    /// Who caused it.
    package let actor: Actor
    package let fact: Fact

    package init(sequence: Int64, at: Timestamp, actor: Actor, fact: Fact) {
        self.sequence = sequence
        self.at = at
        self.actor = actor
        self.fact = fact
    }
}

/// An entry before the store has given it its place.
package struct ProposedEntry: Sendable, Equatable {
    package let at: Timestamp
    package let actor: Actor
    package let fact: Fact
    /// The store gives the entry a checkpoint as it appends it, and writes its name into the fact.
    package let checkpoint: CheckpointSubject?

    package init(at: Timestamp, actor: Actor, fact: Fact, checkpoint: CheckpointSubject? = nil) {
        self.at = at
        self.actor = actor
        self.fact = fact
        self.checkpoint = checkpoint
    }
}

/// The finished step that a checkpoint stands behind.
package struct CheckpointSubject: Sendable, Hashable {
    package let step: String
    package let stage: String

    package init(step: String, stage: String) {
        self.step = step
        self.stage = stage
    }
}

/// The actor of everything that no person asked for.
package let engineActor: Actor = "engine"
