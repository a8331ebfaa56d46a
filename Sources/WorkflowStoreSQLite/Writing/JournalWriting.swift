internal import WorkflowCore
internal import WorkflowStore

/// The end of a run's journal, as its row has it.
private struct RunHead {
    let id: RunID
    let token: Int64
    let head: Int64
    let hash: [UInt8]
}

/// New entries in their places, with the checkpoints that they were given.
private struct Chained {
    var entries: [RawEntry] = []
    var checkpoints: [(saved: SavedCheckpoint, subject: CheckpointSubject, at: Timestamp)] = []
    /// The run's newest checkpoint after the entries; nil when they leave it.
    var newest: CheckpointID?
    var head: Int64
    var hash: [UInt8]
}

/// Entries whose payloads were encoded before the transaction, where no checkpoint's name has to go into them.
struct EncodedEntries: Sendable {
    private let entries: [(proposed: ProposedEntry, encoded: EncodedEntry?)]

    init(_ proposed: [ProposedEntry]) throws(StoreError) {
        var entries: [(ProposedEntry, EncodedEntry?)] = []
        entries.reserveCapacity(proposed.count)
        for entry in proposed {
            entries.append((entry, entry.checkpoint == nil ? try EncodedEntry(entry, checkpoint: nil) : nil))
        }
        self.entries = entries
    }

    var isEmpty: Bool { entries.isEmpty }

    /// Chains the entries behind `head`, naming their checkpoints.
    fileprivate func chained(
        to head: Int64, _ hash: [UInt8], of run: RunID, on connection: WriterConnection
    ) throws -> Chained {
        var chained = Chained(head: head, hash: hash)
        for (proposed, encoded) in entries {
            let sequence = chained.head + 1
            var columns = encoded
            if let subject = proposed.checkpoint {
                let day = proposed.at.day
                let id = CheckpointID(day: day, count: try connection.countUp("checkpoint", on: day))
                chained.checkpoints.append((SavedCheckpoint(id: id, sequence: sequence), subject, proposed.at))
                chained.newest = id
                columns = try EncodedEntry(proposed, checkpoint: id)
            }
            if case .runRewound(let fact) = proposed.fact { chained.newest = fact.checkpoint }
            guard let columns else { continue }
            let entry = columns.placed(at: sequence, of: run, after: chained.hash)
            chained.entries.append(entry)
            chained.head = sequence
            chained.hash = entry.hash
        }
        return chained
    }
}

extension WriterConnection {
    /// Appends to a run's journal, in a transaction.
    func append(_ append: Append, _ entries: EncodedEntries) throws -> AppendReceipt {
        let uuid = append.claim.run.text
        let found = try self[.runHead].first(.text(uuid)) { row in
            RunHead(id: RunID(row.text(0)), token: row.integer(1), head: row.integer(2), hash: row.bytes(3))
        }
        guard let run = found else { throw StoreError.noSuchRun(append.claim.run) }
        guard run.token == append.claim.token.number else { throw StoreError.staleToken(run.id) }
        guard run.head == append.head else {
            throw StoreError.headMismatch(run.id, stored: run.head, known: append.head)
        }
        if let definition = append.definition {
            try self[.insertDefinition].run(
                .text(definition.hash), .blob(definition.canonicalJSON), .blob(definition.source),
                .text((append.entries.first?.at ?? Timestamp(millisecondsSinceEpoch: 0)).text))
        }
        let chained = try entries.chained(to: run.head, run.hash, of: run.id, on: self)
        try insert(chained, into: run.id)
        try writeSegments(of: run.id, from: run.head, to: chained.head)
        try self[.moveRun].run(
            .text(uuid), .text(append.projection.status.rawValue), .text(append.projection.stage),
            .optional(append.projection.dueAt?.text), .integer(chained.head), .blob(chained.hash),
            .optional(chained.newest?.text), .optional(chained.entries.last?.at.text),
            .integer(Int64(append.projection.failures)), .optional(append.projection.stop))
        for request in append.answeredRequests {
            try self[.removeRequest].run(.integer(request), .text(run.id.text))
        }
        try releaseLocks(append, of: run.id)
        return AppendReceipt(head: chained.head, checkpoints: chained.checkpoints.map(\.saved))
    }

    /// Makes a run with its first entries, in a transaction.
    func createRun(
        _ run: NewRun, labels: [UInt8], _ entries: EncodedEntries, _ projection: RunProjection, holder: LeaseHolder
    ) throws -> CreatedRun {
        if let id = run.id, try hasRun(id) { throw StoreError.runExists(id) }
        guard try self[.hasRunUUID].first(.text(run.uuid.text), read: { _ in true }) == nil else {
            throw StoreError(.runExists, "there is a run \(run.uuid.text) already")
        }
        let id = try run.id ?? nextRunID(on: run.createdAt.day)
        let definition = run.definition
        for definition in [definition] + run.furtherDefinitions {
            try self[.insertDefinition].run(
                .text(definition.hash), .blob(definition.canonicalJSON), .blob(definition.source),
                .text(run.createdAt.text))
        }
        let chained = try entries.chained(to: 0, HashChain.start, of: id, on: self)
        let token = FencingToken(1)
        let record = RunRecord(
            uuid: run.uuid, id: id, workflow: run.workflow, definitionHash: definition.hash, projection: projection,
            labels: run.labels, createdBy: run.createdBy, host: run.host, engineVersion: run.engineVersion,
            createdAt: run.createdAt, updatedAt: chained.entries.last?.at ?? run.createdAt, head: chained.head,
            headHash: chained.hash, checkpoint: chained.newest, token: token, parent: run.parent)
        try self[.insertRun].run(
            .text(run.uuid.text), .text(id.text), .text(run.workflow), .text(definition.hash),
            .text(projection.status.rawValue), .text(projection.stage), .optional(projection.dueAt?.text),
            .utf8(labels), .text(run.createdBy), .text(run.host), .text(run.engineVersion),
            .text(run.createdAt.text), .text(record.updatedAt.text), .integer(chained.head), .blob(chained.hash),
            .optional(record.checkpoint?.text), .integer(token.number), .text(holder.host), .text(holder.boot),
            .integer(Int64(holder.processID)), .optional(run.forkedFrom),
            .integer(Int64(projection.failures)), .optional(run.parent?.text), .optional(projection.stop))
        try insert(chained, into: id)
        try writeSegments(of: id, from: 0, to: chained.head)
        return CreatedRun(
            record: record, claim: RunClaim(run: run.uuid, token: token),
            receipt: AppendReceipt(head: chained.head, checkpoints: chained.checkpoints.map(\.saved)))
    }

    /// Requires a run's journal to have every entry that was acknowledged.
    ///
    /// - Parameters:
    ///   - noted: the newest one, as the last driver noted it.
    ///   - lock: the file where it did.
    func requireJournal(of run: UniqueID, upTo noted: Int64, as lock: String) throws {
        let end = try self[.runHead].first(.text(run.text)) { (id: $0.text(0), head: $0.integer(2)) }
        guard let end, end.head < noted else { return }
        throw StoreError(
            .storeDamaged,
            "the journal of \(end.id) ends with entry \(end.head), and its last driver had saved entry \(noted): the "
                + "end of store.db-wal is lost, or store.db is an older copy; put the newest back, or empty \(lock) "
                + "to go on from entry \(end.head)")
    }

    /// Raises a run's fencing token, in a transaction.
    func raiseToken(of run: UniqueID, holder: LeaseHolder) throws -> FencingToken {
        let token = try self[.raiseToken].first(
            .text(run.text), .text(holder.host), .text(holder.boot), .integer(Int64(holder.processID))
        ) { $0.integer(0) }
        guard let token else { throw StoreError.noSuchRun(run) }
        return FencingToken(token)
    }

    /// Leaves a request in the inbox of a run, in a transaction.
    func enqueue(_ request: NewInboxRequest, payload: [UInt8]) throws {
        guard let id = try self[.runHead].first(.text(request.run.text), read: { RunID($0.text(0)) }) else {
            throw StoreError.noSuchRun(request.run)
        }
        let waiting = try self[.countRequests].first(.text(id.text)) { $0.integer(0) } ?? 0
        guard waiting < Int64(inboxLimit) else { throw StoreError.inboxFull(id) }
        try self[.insertRequest].run(
            .text(id.text), .text(request.kind), .utf8(payload), .text(request.actor), .text(request.at.text))
    }

    /// Writes down what a person decided about the store, in a transaction.
    func add(_ act: StoreAct, payload: [UInt8]) throws {
        try self[.insertAct].run(.text(act.kind), .utf8(payload), .text(act.actor.name), .text(act.at.text))
    }

    private func insert(_ chained: Chained, into run: RunID) throws {
        for entry in chained.entries {
            try self[.insertEntry].run(
                .text(run.text), .integer(entry.sequence), .text(entry.type), .integer(Int64(entry.version)),
                .text(entry.at.text), .text(entry.actor), .utf8(entry.payload), .text(entry.encoding),
                .blob(entry.payloadHash), .blob(entry.hash))
        }
        for (saved, subject, at) in chained.checkpoints {
            try self[.insertCheckpoint].run(
                .text(run.text), .integer(saved.sequence), .text(saved.id.text), .text(subject.stage),
                .text(subject.step), .text(at.text))
        }
    }

    /// The next number of its kind on a UTC day, from 1.
    fileprivate func countUp(_ kind: String, on day: String) throws -> Int64 {
        try self[.countUp].first(.text(kind), .text(day)) { $0.integer(0) } ?? 1
    }

    private func hasRun(_ id: RunID) throws -> Bool {
        try self[.hasRunID].first(.text(id.text)) { _ in true } ?? false
    }

    /// The next number of the day whose id nobody chose before.
    private func nextRunID(on day: String) throws -> RunID {
        while true {
            let id = RunID(day: day, count: try countUp("run", on: day))
            if try !hasRun(id) { return id }
        }
    }
}
