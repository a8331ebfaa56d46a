internal import JSON
internal import WorkflowCore
internal import WorkflowStore

/// A run's journal under the rules of a store: a fencing token compared at every append, a hash chain, and entries that
/// are kept as bytes.
struct SimulatedJournal {
    static let run = RunID("run-simulated")

    private(set) var entries: [Entry] = []
    private(set) var token: Int64 = 0
    private var raw: [RawEntry] = []
    private var startedAttempts: Set<UniqueID> = []

    /// Takes the run for a new driver.
    mutating func claim() -> Int64 {
        token += 1
        return token
    }

    /// Appends wholly, or not at all where another driver has taken the run since.
    ///
    /// - Returns: the checkpoints given, or nil for a stale token.
    mutating func append(
        _ proposed: [ProposedEntry], token: Int64, head: Int64
    ) throws -> [(id: CheckpointID, sequence: Int64)]? {
        guard token == self.token else { return nil }
        guard head == Int64(entries.count) else {
            throw SimulationFault("a driver with the right token appends behind entry \(head) of \(entries.count)")
        }
        var saved: [(CheckpointID, Int64)] = []
        for entry in proposed {
            let sequence = Int64(entries.count + 1)
            let checkpoint = entry.checkpoint.map { _ in CheckpointID("chk-\(sequence)") }
            if let checkpoint { saved.append((checkpoint, sequence)) }
            let previous = raw.last?.hash ?? HashChain.start
            let stored = try EncodedEntry(entry, checkpoint: checkpoint).placed(
                at: sequence, of: SimulatedJournal.run, after: previous)
            raw.append(stored)
            let read = try stored.decoded(of: SimulatedJournal.run)
            let fact = checkpoint.map { entry.fact.saved(as: $0) } ?? entry.fact
            guard read == Entry(sequence: sequence, at: entry.at, actor: entry.actor, fact: fact) else {
                throw SimulationFault("entry \(sequence) is not read back as it was written: \(fact)")
            }
            entries.append(read)
            if case .attemptStarted(let started) = fact { startedAttempts.insert(started.id) }
        }
        return saved
    }

    /// The intent to start this attempt is durable.
    func hasIntent(of attempt: UniqueID) -> Bool { startedAttempts.contains(attempt) }

    /// Entries are numbered without gaps and every hash fits.
    func check() throws {
        let end = raw.last.map { (sequence: $0.sequence, hash: $0.hash) }
        if let problem = HashChain.verify(raw, of: SimulatedJournal.run, head: end) {
            throw SimulationFault("the journal is damaged: \(problem.message)")
        }
    }
}
