internal import JSON
internal import WorkflowCore
internal import WorkflowStore

/// A run's journal under the rules of a store: a fencing token compared at every append, a hash chain, and entries that
/// are kept as bytes.
struct SimulatedJournal {
    static let run = RunID("run-simulated")

    private(set) var entries: [Entry] = []
    private(set) var token: Int64 = 0
    private(set) var raw: [RawEntry] = []
    /// For each entry, the token that it was written under.
    private(set) var authors: [Int64] = []
    /// For each claim, the newest entry at that time.
    private(set) var claims: [(token: Int64, head: Int)] = []
    /// Entries that a loss of power leaves.
    private var synced = 0
    private var startedAttempts: Set<UniqueID> = []
    private let mutation: Mutation?

    init(_ mutation: Mutation?) {
        self.mutation = mutation
    }

    /// Takes the run for a new driver.
    mutating func claim() -> Int64 {
        token += 1
        claims.append((token, entries.count))
        return token
    }

    /// Appends wholly, or not at all where another driver has taken the run since.
    ///
    /// - Returns: the checkpoints given, or nil for a stale token.
    mutating func append(
        _ proposed: [ProposedEntry], token: Int64, head: Int64
    ) throws -> [(id: CheckpointID, sequence: Int64)]? {
        guard token == self.token || mutation == .tokenNotCompared else { return nil }
        guard head == Int64(entries.count) else {
            throw SimulationFault(
                "a driver with token \(token) of \(self.token) appends behind entry \(head) of \(entries.count)",
                by: .oneDriver)
        }
        var saved: [(CheckpointID, Int64)] = []
        for entry in proposed {
            let sequence = Int64(entries.count + 1)
            let checkpoint = entry.checkpoint.map { _ in CheckpointID("chk-\(sequence)") }
            if let checkpoint { saved.append((checkpoint, sequence)) }
            let stored = try place(try EncodedEntry(entry, checkpoint: checkpoint), at: sequence)
            raw.append(stored)
            authors.append(token)
            var read = try stored.decoded(of: SimulatedJournal.run)
            if mutation == .numbersSkipped {
                read = Entry(sequence: sequence, at: read.at, actor: read.actor, fact: read.fact)
            }
            let fact = checkpoint.map { entry.fact.saved(as: $0) } ?? entry.fact
            guard read == Entry(sequence: sequence, at: entry.at, actor: entry.actor, fact: fact) else {
                throw SimulationFault("entry \(sequence) is not read back as it was written: \(fact)", by: .chainHolds)
            }
            entries.append(read)
            if case .attemptStarted(let started) = fact { startedAttempts.insert(started.id) }
        }
        if mutation != .appendNotSynced || entries.count.isMultiple(of: 3) { synced = entries.count }
        return saved
    }

    private func place(_ entry: EncodedEntry, at sequence: Int64) throws -> RawEntry {
        let previous = raw.last?.hash ?? HashChain.start
        let number = mutation == .numbersSkipped && sequence > 5 ? sequence + 1 : sequence
        var stored = entry.placed(at: number, of: SimulatedJournal.run, after: previous)
        if mutation == .actorNotCovered {
            let actor = stored.actor
            stored.actor = ""
            stored.hash = HashChain.hash(of: stored, run: SimulatedJournal.run, after: previous)
            stored.actor = actor
        }
        return stored
    }

    /// The power fails: what was not synced is gone.
    mutating func losePower() {
        entries.removeSubrange(synced...)
        raw.removeSubrange(synced...)
        authors.removeSubrange(synced...)
    }

    /// The intent to start this attempt is durable.
    func hasIntent(of attempt: UniqueID) -> Bool { startedAttempts.contains(attempt) }

    /// Entries are numbered without gaps and every hash fits.
    func check() throws {
        if let problem = verify(raw) { throw SimulationFault("the journal is damaged: \(problem.message)") }
    }

    /// What an audit of these entries finds, knowing which one was the newest.
    private func verify(_ audited: [RawEntry]) -> ChainProblem? {
        let end = raw.last.map { (sequence: $0.sequence, hash: $0.hash) }
        var audited = audited
        switch mutation {
        case .chainUnchecked: return nil
        case .actorNotCovered: for place in audited.indices { audited[place].actor = "" }
        default: break
        }
        return HashChain.verify(audited, of: SimulatedJournal.run, head: end)
    }

    /// Somebody changes the journal behind the engine's back, in each of the ways that there are: an audit finds it.
    func checkTampering(using random: inout SeededGenerator) throws {
        guard raw.count > 2 else { return }
        let place = random.number(in: 1...raw.count - 2)
        for way in Tampering.allCases {
            var changed = raw
            switch way {
            case .actor: changed[place].actor += "x"
            case .time: changed[place].at = changed[place].at.adding(.seconds(1))
            case .type: changed[place].type = changed[place].type == "run_paused" ? "run_ended" : "run_paused"
            case .payload: changed[place].payload.append(UInt8(ascii: " "))
            case .payloadAndItsHash:
                changed[place].payload = Array("{}  ".utf8)
                changed[place].payloadHash = HashChain.payloadHash(changed[place].payload)
            case .removed: changed.remove(at: place)
            case .swapped: changed.swapAt(place, place + 1)
            case .cutOff: changed.removeLast()
            case .doubled: changed.insert(changed[place], at: place)
            }
            guard verify(changed) != nil else {
                throw SimulationFault("entry \(place + 1) was changed (\(way.rawValue)), and an audit does not see it")
            }
        }
    }

    private enum Tampering: String, CaseIterable {
        case actor, time, type, payload, payloadAndItsHash, removed, swapped, cutOff, doubled
    }
}
