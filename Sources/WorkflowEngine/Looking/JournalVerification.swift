internal import Hashing
internal import JSON
package import WorkflowCore
package import WorkflowStore

/// Whether a journal is what it was when it was written.
package struct JournalVerification: Sendable, Equatable {
    package let entries: Int64
    /// Hexadecimal hash of the newest entry.
    package let headHash: String
    package let problem: JournalProblem?
}

/// The first thing about a run that is not what was written.
package struct JournalProblem: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case chain(ChainProblem.Kind)
        /// The run's record says something else than its journal.
        case recordChanged
        /// A checkpoint's record says something else than the journal.
        case checkpointChanged
        /// An entry that is known from elsewhere is not in the journal.
        case anchorMissing
        /// A segment, from which entries are read faster, says something else than they do. The journal itself is
        /// sound.
        case segmentChanged

        /// Stable, for `-o json`.
        package var text: String {
            switch self {
            case .chain(let kind): kind.rawValue
            case .recordChanged: "record_changed"
            case .checkpointChanged: "checkpoint_changed"
            case .anchorMissing: "anchor_missing"
            case .segmentChanged: "segment_changed"
            }
        }
    }

    package let kind: Kind
    /// 0 where no entry is meant.
    package let sequence: Int64
    package let message: String
}

/// An entry that is known from elsewhere: whoever cut a journal and made its record fit cannot have changed that too.
package enum JournalAnchor: Sendable {
    /// The hash of any entry, such as the one that `journal --verify` printed once.
    case hash([UInt8])
    /// A checkpoint file or a bundle of evidence of the run.
    case file([UInt8], name: String)
}

extension Engine {
    /// Recomputes the whole chain, page by page, compares its end with the run's head, and the run's segments and the
    /// records of the run and of its checkpoints with what the journal says of them.
    package func verifyJournal(
        of run: RunID, against anchor: JournalAnchor? = nil
    ) async throws(EngineError) -> JournalVerification {
        let loader = RunLoader(store: store)
        let uuid = try await loader.record(run).uuid
        let chain = try await translated { () async throws(StoreError) in try await store.verifyJournal(of: uuid) }
        let record = try await loader.record(uuid)
        var problem = chain.map { JournalProblem(kind: .chain($0.kind), sequence: $0.sequence, message: $0.message) }
        if problem == nil, let anchor { problem = try await missing(anchor, in: record) }
        if problem == nil { problem = try await changedSegment(of: uuid) }
        if problem == nil { problem = try await changedRecord(of: uuid, loader) }
        return JournalVerification(
            entries: record.head, headHash: Hexadecimal.text(record.headHash), problem: problem)
    }

    private func changedSegment(of run: UniqueID) async throws(EngineError) -> JournalProblem? {
        let found = try await translated { () async throws(StoreError) in try await store.changedSegment(of: run) }
        return found.map { segment in
            JournalProblem(
                kind: .segmentChanged, sequence: segment.first,
                message:
                    "the segment of entries \(segment.first) to \(segment.last) does not say what they say; they are "
                    + (segment.isBelieved
                        ? "sound, but commands have read it in their place, and what was done since may rest on it: "
                            + "look at the run, and remove it"
                        : "sound, and it only makes reading them faster: remove it")
                    + " while no command uses the store, with `\(segment.remedy)`")
        }
    }

    // MARK: - Records

    /// A driver may go on meanwhile: what is compared is of one moment.
    private func changedRecord(of run: UniqueID, _ loader: RunLoader) async throws(EngineError) -> JournalProblem? {
        while true {
            let record = try await loader.record(run)
            let state = try await loader.state(of: record)
            let checkpoints = try await translated { () async throws(StoreError) in
                try await store.checkpoints(of: run)
            }
            let saved = try await savedCheckpoints(of: record)
            guard try await loader.record(run).head == record.head, state.head == record.head else { continue }
            return changed(record, state) ?? changed(checkpoints, saved.list, saved.hasMoved ? nil : state)
        }
    }

    private func changed(_ record: RunRecord, _ state: RunState) -> JournalProblem? {
        func changed(_ column: String, _ recorded: String, _ journaled: String) -> JournalProblem? {
            guard recorded != journaled else { return nil }
            return JournalProblem(
                kind: .recordChanged, sequence: 0,
                message:
                    "the record of the run was changed: its \(column) is \(recorded), and the journal says \(journaled)"
            )
        }
        guard let created = state.created else { return nil }
        func text(_ labels: [String: String]) -> String {
            (try? JSONValue.object(labels.mapValues { .string($0) }).compactText()) ?? ""
        }
        return changed("uuid", record.uuid.text, created.run.text)
            ?? changed("workflow", record.workflow, created.workflow)
            ?? changed("definition", record.definitionHash, created.definitionHash)
            ?? changed("labels", text(record.labels), text(created.labels))
            ?? changed("engine version", record.engineVersion, created.engineVersion)
            ?? changed("status", record.projection.status.rawValue, state.status.rawValue)
            ?? changed("stage", record.projection.stage, state.stageName)
            ?? changed("checkpoint", record.checkpoint?.text ?? "none", state.checkpoint?.id.text ?? "none")
    }

    private struct Saved: Equatable {
        let id: CheckpointID
        let sequence: Int64
        let step: String
        let at: Timestamp
    }

    private func savedCheckpoints(
        of record: RunRecord
    ) async throws(EngineError) -> (list: [Saved], hasMoved: Bool) {
        var saved: [Saved] = []
        var hasMoved = false
        var after: Int64 = 0
        while true {
            let page = try await translated { () async throws(StoreError) in
                try await store.entries(of: record.uuid, after: after, through: nil, limit: RunLoader.pageEntries)
            }
            for entry in page {
                after = entry.sequence
                switch entry.fact {
                case .stepSucceeded(let fact):
                    if let id = fact.checkpoint {
                        saved.append(Saved(id: id, sequence: entry.sequence, step: fact.step, at: entry.at))
                    }
                case .stepSkipped(let fact):
                    if let id = fact.checkpoint {
                        saved.append(Saved(id: id, sequence: entry.sequence, step: fact.step, at: entry.at))
                    }
                case .definitionChanged: hasMoved = true
                default: continue
                }
            }
            if page.count < RunLoader.pageEntries { return (saved, hasMoved) }
        }
    }

    /// - Parameter state: nil for a run that was moved: the new definition may have its steps elsewhere, or nowhere.
    private func changed(_ records: [CheckpointRecord], _ saved: [Saved], _ state: RunState?) -> JournalProblem? {
        func problem(_ what: String, _ sequence: Int64) -> JournalProblem {
            JournalProblem(kind: .checkpointChanged, sequence: sequence, message: what)
        }
        for (index, journaled) in saved.enumerated() {
            guard index < records.count, records[index].sequence <= journaled.sequence else {
                return problem(
                    "the record of checkpoint \(journaled.id.text), which entry \(journaled.sequence) saved, is "
                        + "missing",
                    journaled.sequence)
            }
            let record = records[index]
            guard
                Saved(id: record.id, sequence: record.sequence, step: record.step, at: record.createdAt) == journaled,
                hasStage(record, state)
            else {
                return problem(
                    "the record of checkpoint \(journaled.id.text) is not what entry \(journaled.sequence) says",
                    journaled.sequence)
            }
        }
        guard let extra = records.dropFirst(saved.count).first else { return nil }
        return problem("no entry saved checkpoint \(extra.id.text)", extra.sequence)
    }

    private func hasStage(_ record: CheckpointRecord, _ state: RunState?) -> Bool {
        guard let state, let number = state.number(ofStep: record.step) else { return true }
        return state.stageName(ofStep: number) == record.stage
    }

    // MARK: - Anchors

    private func missing(_ anchor: JournalAnchor, in record: RunRecord) async throws(EngineError) -> JournalProblem? {
        switch anchor {
        case .hash(let hash):
            guard try await sequence(of: hash, in: record) == nil else { return nil }
            return JournalProblem(
                kind: .anchorMissing, sequence: 0,
                message: "no entry has the hash \(Hexadecimal.text(hash)): the journal was cut or written anew since")
        case .file(let bytes, let name):
            let known = try anchorEntry(in: bytes, name)
            guard known.run == record.uuid else {
                throw EngineError(
                    .evidenceInvalid,
                    "\(name) is of another run than \(record.id.text): its uuid is \(known.run.text), this one's "
                        + record.uuid.text)
            }
            guard try await sequence(of: known.hash, in: record) != known.sequence else { return nil }
            return JournalProblem(
                kind: .anchorMissing, sequence: known.sequence,
                message: "entry \(known.sequence) is not the one in \(name): the journal was cut or written anew since")
        }
    }

    private func sequence(of hash: [UInt8], in record: RunRecord) async throws(EngineError) -> Int64? {
        var after: Int64 = 0
        while true {
            let page = try await translated { () async throws(StoreError) in
                try await store.rawEntries(of: record.uuid, after: after, limit: 1000)
            }
            if let entry = page.first(where: { $0.hash == hash }) { return entry.sequence }
            guard let last = page.last else { return nil }
            after = last.sequence
        }
    }

    /// The last entry that a file knows, once the file itself has been checked.
    private func anchorEntry(
        in bytes: [UInt8], _ name: String
    ) throws(EngineError) -> (run: UniqueID, sequence: Int64, hash: [UInt8]) {
        let limits = JSONLimits(bytes: CheckpointFile.bytesMax, depth: JSONLimits.writtenDepth)
        guard let document = try? JSONValue(parsing: bytes, limits: limits), document["workflow_evidence"] != nil else {
            let file = try CheckpointFile(bytes, name: name)
            return (file.uuid, Int64(file.entries.count), file.headHash)
        }
        do throws(EvidenceProblem) {
            let summary = try EvidenceCheck.check(bytes)
            guard let run = document["uuid"]?.stringValue.flatMap({ UniqueID(text: $0) }),
                let hash = Hexadecimal.bytes(summary.headHash)
            else { throw EvidenceProblem(place: "uuid", message: "is not one") }
            return (run, summary.entries, hash)
        } catch {
            throw EngineError(.evidenceInvalid, "\(name) is no sound evidence: \(error.text)")
        }
    }
}
