internal import Glibc
internal import Hashing
internal import JSON
package import WorkflowCore
internal import WorkflowExecutors
internal import WorkflowStore

/// What a bundle of evidence amounts to, to be noted apart from it.
package struct EvidenceSummary: Sendable, Equatable {
    package let run: RunID
    package let workflow: String
    package let entries: Int64
    package let decisions: Int
    package let logs: Int
    /// Hexadecimal: what `journal --verify --head` takes.
    package let headHash: String
    /// Hexadecimal, over everything in the bundle.
    package let bundleHash: String
}

extension Engine {
    /// The largest bundle that is read and written, in bytes.
    package static let evidenceBytesMax = 256 << 20

    /// Writes a run's evidence, entry by entry, up to where its journal ends now; the run may be driven meanwhile.
    ///
    /// - Parameter write: takes the next part of the text; false where nobody reads any longer, which ends it early.
    /// - Throws: what is wrong where the journal is not what was written; nothing has been written then.
    package func evidence(
        of id: RunID, _ write: @escaping @Sendable ([UInt8]) -> Bool
    ) async throws(EngineError) -> EvidenceSummary {
        if let problem = try await verifyJournal(of: id).problem {
            throw EngineError(
                .store(.storeDamaged),
                "there is no evidence of \(id.text) to give: \(problem.message); look with "
                    + "`workflow journal \(id.text) --verify`")
        }
        let loader = RunLoader(store: store)
        let record = try await loader.record(id)
        let state = try await loader.state(of: record, through: record.head)
        guard let created = state.created,
            let first = try await page(of: record, after: 0, limit: 1).first,
            let last = try await page(of: record, after: record.head - 1, limit: 1).first
        else { throw EngineError(.noSuchRun, "\(id.text) has no entries") }
        var head = EvidenceDigest.head(
            of: id, created, first: try decoded(first, of: id), last: try decoded(last, of: id), state: state)
        head["store"] = .string(store.id.text)
        head["written_by"] = .string(environment.engineVersion)
        head["head_hash"] = .string(Hexadecimal.text(last.hash))
        var text = EvidenceText(write)
        try text.open(head)
        var digest = EvidenceDigest()
        var after: Int64 = 0
        while after < record.head, text.isOpen {
            let page = try await page(of: record, after: after, limit: 1000)
            guard !page.isEmpty else { throw EngineError(.noSuchRun, "\(id.text) was removed meanwhile") }
            for entry in page where entry.sequence <= record.head {
                digest.add(try decoded(entry, of: id))
                try text.add(entry.evidence, to: "entries")
                after = entry.sequence
            }
        }
        for hash in digest.definitions { try text.add(try await definition(hash, of: record), to: "definitions") }
        for checkpoint in digest.checkpoints { try text.add(checkpoint, to: "checkpoints") }
        for decision in digest.decisions { try text.add(decision, to: "decisions") }
        for attempt in digest.attempts where text.isOpen { try text.add(try log(attempt, of: record), to: "logs") }
        return EvidenceSummary(
            run: id, workflow: record.workflow, entries: record.head, decisions: digest.decisions.count,
            logs: digest.attempts.count, headHash: Hexadecimal.text(last.hash), bundleHash: try text.close())
    }

    private func page(of record: RunRecord, after: Int64, limit: Int) async throws(EngineError) -> [RawEntry] {
        try await translated { () async throws(StoreError) in
            try await store.rawEntries(of: record.uuid, after: after, limit: limit)
        }
    }

    private func decoded(_ entry: RawEntry, of run: RunID) throws(EngineError) -> Entry {
        do throws(StoreError) { return try entry.decoded(of: run) } catch { throw EngineError(error) }
    }

    private func definition(_ hash: String, of record: RunRecord) async throws(EngineError) -> JSONValue {
        guard let kept = try await translated({ () async throws(StoreError) in try await store.definition(hash: hash) })
        else { throw RunLoader(store: store).missingDefinition(hash, of: record) }
        let shown = EvidenceBundle.readable(kept.canonicalJSON, as: "canonical")
        return .object([
            "hash": .string(hash), shown.name: shown.value,
            "source": .string(String(decoding: kept.source, as: UTF8.self)),
        ])
    }

    /// What the log held, as its size and hash: its text may be anything.
    private func log(_ attempt: AttemptLogs.Name, of record: RunRecord) throws(EngineError) -> JSONValue {
        let path = environment.logPath(run: record.uuid, step: attempt.step, attempt: attempt.attempt)
        var hash = SHA256()
        var bytes = 0
        var omitted = 0
        var reader = LogReader(path: path)
        do throws(ExecutorError) {
            while let piece = try reader.next() {
                switch piece {
                case .bytes(let piece):
                    bytes += piece.count
                    hash.update(piece)
                case .omitted(let count): omitted += count
                }
            }
        } catch {
            throw EngineError(error)
        }
        let isThere = bytes > 0 || access(path, F_OK) == 0
        return .object([
            "step": .string(attempt.step), "attempt": .int(Int64(attempt.attempt)), "bytes": .int(Int64(bytes)),
            "omitted": .int(Int64(omitted)),
            "sha256": isThere ? .string(Hexadecimal.text(hash.finalize())) : .null,
        ])
    }
}

/// Writes the document of a bundle part by part: one element of a list on each line.
private struct EvidenceText {
    private let write: @Sendable ([UInt8]) -> Bool
    private var hash = EvidenceHash()
    private var lists = EvidenceBundle.listMembers[...]
    private var isFirstElement = true
    private var count = 0
    /// Whether somebody reads it.
    private(set) var isOpen = true

    init(_ write: @escaping @Sendable ([UInt8]) -> Bool) {
        self.write = write
    }

    mutating func open(_ head: [String: JSONValue]) throws(EngineError) {
        var text = "{\"workflow_evidence\":\(EvidenceBundle.version)"
        for name in EvidenceBundle.headMembers {
            let bytes = try bytes(of: head[name] ?? .null)
            hash.add(name, bytes)
            text += ",\n\"\(name)\":" + String(decoding: bytes, as: UTF8.self)
        }
        try put(text)
        try beginList()
    }

    private mutating func beginList() throws(EngineError) {
        guard let name = lists.first else { return }
        try put(",\n\"\(name)\":[")
        isFirstElement = true
    }

    /// Elements come list by list, in the order of the lists.
    mutating func add(_ element: JSONValue, to list: String) throws(EngineError) {
        while let name = lists.first, name != list { try endList() }
        let bytes = try bytes(of: element)
        hash.add(list, bytes)
        try put((isFirstElement ? "\n" : ",\n") + String(decoding: bytes, as: UTF8.self))
        isFirstElement = false
    }

    private mutating func endList() throws(EngineError) {
        try put("]")
        lists = lists.dropFirst()
        try beginList()
    }

    /// Returns the hash of all that was written.
    mutating func close() throws(EngineError) -> String {
        while !lists.isEmpty { try endList() }
        let hash = hash.text
        try put(",\n\"bundle_hash\":\"\(hash)\"}\n")
        return hash
    }

    private mutating func put(_ text: String) throws(EngineError) {
        let bytes = Array(text.utf8)
        count += bytes.count
        guard count <= Engine.evidenceBytesMax else {
            throw EngineError(
                .evidenceInvalid,
                "the evidence is larger than \(Engine.evidenceBytesMax >> 20) MiB, more than this "
                    + "version checks; keep the store itself (`workflow backup`)")
        }
        if isOpen { isOpen = write(bytes) }
    }

    private func bytes(of value: JSONValue) throws(EngineError) -> [UInt8] {
        do {
            return try value.compactBytes()
        } catch {
            throw EngineError(.evidenceInvalid, "the evidence cannot be written: \(error)")
        }
    }
}
