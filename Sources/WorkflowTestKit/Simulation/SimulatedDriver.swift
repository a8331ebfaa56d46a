internal import WorkflowCore

/// One process that drives the run: its machine, its token and what it waits for. All of it dies with the process.
struct SimulatedDriver {
    var machine: RunMachine
    let token: Int64
    /// Attempts whose ends it listens for.
    var watched: [UniqueID] = []
    var waits: [(attempt: AttemptReference, due: Timestamp)] = []
    var probes: [(attempt: AttemptReference, key: String, at: Timestamp)] = []

    /// What may reach the driver next, each with the instant at which it happens.
    enum Event {
        case ended(UniqueID)
        case wait(AttemptReference)
        case probed(AttemptReference, key: String)
    }

    func events(in world: SimulatedWorld) -> [(at: Timestamp, event: Event)] {
        watched.compactMap { id in world.process(id).map { ($0.endsAt, .ended(id)) } }
            + waits.map { ($0.due, .wait($0.attempt)) }
            + probes.map { ($0.at, .probed($0.attempt, key: $0.key)) }
    }

    mutating func forget(_ event: Event) {
        switch event {
        case .ended(let id): watched.removeAll { $0 == id }
        case .wait(let attempt): waits.removeAll { $0.attempt == attempt }
        case .probed(let attempt, _): probes.removeAll { $0.attempt == attempt }
        }
    }
}

/// A driver that lost the run and does not know it yet: what it was about to start may still start.
struct SimulatedStraggler {
    let machine: RunMachine
    let token: Int64
    var starts: [StartOrder]
}
