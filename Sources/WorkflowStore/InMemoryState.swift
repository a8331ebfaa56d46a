internal import WorkflowCore

/// What an `InMemoryStore` holds, and how each operation changes it: wholly, or not at all when it throws.
struct InMemoryState {
    struct Run {
        var record: RunRecord
        /// Its place in the order of creation.
        let number: Int
        var entries: [RawEntry]
        var checkpoints: [CheckpointRecord] = []
        var inbox: [InboxRequest] = []
    }

    private struct Counter: Hashable {
        enum Kind { case run, checkpoint }
        let kind: Kind
        let day: String
    }

    var runs: [UniqueID: Run] = [:]
    /// In order of creation.
    var order: [UniqueID] = []
    var ids: [RunID: UniqueID] = [:]
    var checkpoints: [CheckpointID: CheckpointRecord] = [:]
    var definitions: [String: DefinitionRecord] = [:]
    var acts: [StoreAct] = []
    var held: [UniqueID: FencingToken] = [:]
    var locks = InMemoryLocks()
    var isClosed = false
    private var counters: [Counter: Int64] = [:]
    private var lastRequest: Int64 = 0
    private var lastNumber = 0

    mutating func create(
        _ new: NewRun, _ entries: [ProposedEntry], _ projection: RunProjection
    ) throws(StoreError) -> CreatedRun {
        guard let first = entries.first else { throw StoreError(.invalidEntry, "a run needs a first entry") }
        try refuseUnstorable(entries)
        if let id = new.id, ids[id] != nil { throw .runExists(id) }
        guard runs[new.uuid] == nil else { throw StoreError(.runExists, "there is a run \(new.uuid.text) already") }
        var next = self
        let id = new.id ?? next.nextRunID(on: new.createdAt.day)
        let record = RunRecord(
            uuid: new.uuid, id: id, workflow: new.workflow, definitionHash: new.definition.hash,
            projection: projection, labels: new.labels, createdBy: new.createdBy, host: new.host,
            engineVersion: new.engineVersion, createdAt: new.createdAt, updatedAt: first.at, head: 0,
            headHash: HashChain.start, checkpoint: nil, token: FencingToken(1), parent: new.parent)
        next.lastNumber += 1
        next.runs[new.uuid] = Run(record: record, number: next.lastNumber, entries: [])
        next.order.append(new.uuid)
        next.ids[id] = new.uuid
        next.definitions[new.definition.hash] = DefinitionRecord(
            hash: new.definition.hash, canonicalJSON: new.definition.canonicalJSON, source: new.definition.source)
        for definition in new.furtherDefinitions {
            next.definitions[definition.hash] = DefinitionRecord(
                hash: definition.hash, canonicalJSON: definition.canonicalJSON, source: definition.source)
        }
        next.held[new.uuid] = record.token
        let claim = RunClaim(run: new.uuid, token: record.token)
        let receipt = try next.append(Append(claim: claim, head: 0, entries: entries, projection: projection))
        self = next
        return CreatedRun(record: runs[new.uuid]?.record ?? record, claim: claim, receipt: receipt)
    }

    mutating func claim(_ run: UniqueID) throws(StoreError) -> RunClaim {
        guard let record = runs[run]?.record else { throw .noSuchRun(run) }
        guard held[run] == nil else {
            throw StoreError(.heldByOther, "\(record.id.text) is driven by another driver of this process")
        }
        let token = FencingToken(record.token.number + 1)
        runs[run]?.record.token = token
        held[run] = token
        return RunClaim(run: run, token: token)
    }

    mutating func append(_ append: Append) throws(StoreError) -> AppendReceipt {
        try refuseUnstorable(append.entries)
        var record = try driven(append.claim).record
        guard record.head == append.head else {
            throw .headMismatch(record.id, stored: record.head, known: append.head)
        }
        var counters = counters
        var entries: [RawEntry] = []
        var saved: [CheckpointRecord] = []
        for proposed in append.entries {
            let sequence = record.head + 1
            if let subject = proposed.checkpoint {
                let count = counters[Counter(kind: .checkpoint, day: proposed.at.day), default: 0] + 1
                counters[Counter(kind: .checkpoint, day: proposed.at.day)] = count
                record.checkpoint = CheckpointID(day: proposed.at.day, count: count)
                saved.append(
                    CheckpointRecord(
                        id: CheckpointID(day: proposed.at.day, count: count), run: record.uuid, runID: record.id,
                        sequence: sequence, stage: subject.stage, step: subject.step, createdAt: proposed.at))
            }
            let entry = try EncodedEntry(proposed, checkpoint: proposed.checkpoint == nil ? nil : record.checkpoint)
                .placed(at: sequence, of: record.id, after: record.headHash)
            entries.append(entry)
            if case .runRewound(let fact) = proposed.fact { record.checkpoint = fact.checkpoint }
            record.head = sequence
            record.headHash = entry.hash
            record.updatedAt = entry.at
        }
        if let definition = append.definition {
            definitions[definition.hash] = DefinitionRecord(
                hash: definition.hash, canonicalJSON: definition.canonicalJSON, source: definition.source)
        }
        record.projection = append.projection
        self.counters = counters
        for checkpoint in saved { checkpoints[checkpoint.id] = checkpoint }
        runs[append.claim.run]?.record = record
        runs[append.claim.run]?.entries += entries
        runs[append.claim.run]?.checkpoints += saved
        runs[append.claim.run]?.inbox.removeAll { append.answeredRequests.contains($0.id) }
        for holder in append.releasing { locks.release(holder, of: record.uuid) }
        if append.projection.status.hasEnded { locks.releaseAll(of: record.uuid) }
        return AppendReceipt(
            head: record.head, checkpoints: saved.map { SavedCheckpoint(id: $0.id, sequence: $0.sequence) })
    }

    /// As a database does, which encodes outside of its transaction: before anything is asked about the run. (What is
    /// given a checkpoint can be encoded once that has its name.)
    private func refuseUnstorable(_ entries: [ProposedEntry]) throws(StoreError) {
        for entry in entries where entry.checkpoint == nil { _ = try EncodedEntry(entry, checkpoint: nil) }
    }

    mutating func takeLocks(
        _ request: LockRequest, claim: RunClaim, at: Timestamp
    ) throws(StoreError) -> [LockObstacle] {
        let run = try driven(claim)
        guard !run.record.projection.status.hasEnded else { throw .ended(run.record.id) }
        let (obstacles, hasChanged) = locks.take(request, runID: run.record.id, number: run.number, at: at) {
            held[$0] != nil
        }
        // Asking again for what it has, or is still not free, writes nothing at all.
        if hasChanged, let group = request.group { runs[claim.run]?.record.concurrencyGroup = group }
        return obstacles
    }

    /// The run, if the claim still is the right to drive it.
    private func driven(_ claim: RunClaim) throws(StoreError) -> Run {
        guard let run = runs[claim.run] else { throw .noSuchRun(claim.run) }
        guard run.record.token == claim.token, held[claim.run] == claim.token else { throw .staleToken(run.record.id) }
        return run
    }

    func entries(of run: UniqueID, after: Int64, through: Int64?, limit: Int) -> [RawEntry] {
        guard let entries = runs[run]?.entries, limit > 0 else { return [] }
        let first = Int(clamping: max(after, 0))
        let end = min(entries.count, Int(clamping: through ?? Int64.max))
        guard first < end else { return [] }
        return Array(entries[first..<end].prefix(limit))
    }

    mutating func enqueue(_ request: NewInboxRequest) throws(StoreError) {
        _ = try request.encodedPayload()
        guard let run = runs[request.run] else { throw .noSuchRun(request.run) }
        guard run.inbox.count < inboxLimit else { throw .inboxFull(run.record.id) }
        lastRequest += 1
        runs[request.run]?.inbox.append(InboxRequest(id: lastRequest, request: request))
    }

    mutating func remove(_ claim: RunClaim) throws(StoreError) {
        let run = try driven(claim)
        runs[claim.run] = nil
        order.removeAll { $0 == claim.run }
        ids[run.record.id] = nil
        held[claim.run] = nil
        locks.releaseAll(of: claim.run)
        for checkpoint in run.checkpoints { checkpoints[checkpoint.id] = nil }
        if let (day, count) = run.record.id.dayAndCount {
            counters[Counter(kind: .run, day: day)] = max(counters[Counter(kind: .run, day: day), default: 0], count)
        }
    }

    mutating func sweep() -> StoreSweep {
        var needed = Set(runs.values.map(\.record.definitionHash))
        for run in runs.values {
            for entry in run.entries where entry.type == Fact.definitionChangedType {
                needed.formUnion(
                    definitions.keys.filter { String(decoding: entry.payload, as: UTF8.self).contains($0) })
            }
        }
        let count = definitions.count
        definitions = definitions.filter { needed.contains($0.key) }
        return StoreSweep(definitions: count - definitions.count)
    }

    /// The next number of the day whose id nobody chose before.
    private mutating func nextRunID(on day: String) -> RunID {
        var count = counters[Counter(kind: .run, day: day), default: 0]
        var id: RunID
        repeat {
            count += 1
            id = RunID(day: day, count: count)
        } while ids[id] != nil
        counters[Counter(kind: .run, day: day)] = count
        return id
    }
}
