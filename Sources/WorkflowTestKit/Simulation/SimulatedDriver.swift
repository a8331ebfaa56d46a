internal import WorkflowCore

/// One process that drives the run: its machine, its token and what it waits for. All of it dies with the process.
struct SimulatedDriver {
    var machine: RunMachine
    let token: Int64
    /// Attempts whose ends it listens for.
    var watched: [UniqueID] = []
    /// What the store or a command is to answer.
    var awaited: [(at: Timestamp, event: Event)] = []

    /// What may reach the driver next.
    enum Event: Equatable {
        case ended(UniqueID)
        case wait(AttemptReference)
        case probed(AttemptReference, key: String)
        case verified(AttemptReference)
        case locks(step: String, [String], request: Int64)
        case goOn
        case turn(group: String, ConcurrencyGroup.Conflict)
    }

    /// Each with the instant at which it happens.
    func events(in world: SimulatedWorld) -> [(at: Timestamp, event: Event)] {
        watched.compactMap { id in world.process(id).map { ($0.endsAt, .ended(id)) } } + awaited
    }

    mutating func forget(_ event: Event) {
        if case .ended(let id) = event {
            watched.removeAll { $0 == id }
        } else {
            awaited.removeAll { $0.event == event }
        }
    }
}

/// A driver that lost the run and does not know it yet: what it was about to start may still start, and what it was
/// about to write is still on its way.
struct SimulatedStraggler {
    var driver: SimulatedDriver
    /// Decided, and not appended yet.
    var undelivered: Decision?
    /// Their intents are durable.
    var starts: [StartOrder]
}
