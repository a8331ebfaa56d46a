internal import Hashing
internal import JSON
internal import WorkflowCore
internal import WorkflowDefinitions
internal import WorkflowStore

/// What of a bundle is not as it was written, and where.
package struct EvidenceProblem: Error, Sendable, Equatable {
    /// `entries[3]`, `head_hash`; empty for the document.
    package let place: String
    package let message: String

    package var text: String { place.isEmpty ? message : "\(place): \(message)" }
}

/// Checks a bundle of evidence by itself: nothing of it is believed that does not follow from its chain.
package enum EvidenceCheck {
    /// - Throws: the first problem.
    package static func check(_ bytes: [UInt8]) throws(EvidenceProblem) -> EvidenceSummary {
        let document = try document(bytes)
        let run = RunID(try text("run", document))
        guard RunID.isValid(run.text) else { throw EvidenceProblem(place: "run", message: "is not the name of a run") }
        let entries = try entries(document, of: run)
        var digest = EvidenceDigest()
        for entry in entries.decoded { digest.add(entry) }
        let state = try state(of: run, entries.decoded, try definitions(document, digest))
        try checkHead(document, run, entries.decoded, state, headHash: entries.headHash)
        try checkLists(document, digest)
        let hash = try bundleHash(document)
        guard hash == (try text("bundle_hash", document)) else {
            throw EvidenceProblem(
                place: "bundle_hash",
                message: "does not fit: the hash or size of a log, the source of a definition, the store, or the hash "
                    + "itself was changed")
        }
        return EvidenceSummary(
            run: run, workflow: try text("workflow", document), entries: Int64(entries.decoded.count),
            decisions: digest.decisions.count, logs: digest.attempts.count, headHash: entries.headHash, bundleHash: hash
        )
    }

    // MARK: - The document

    private static func document(_ bytes: [UInt8]) throws(EvidenceProblem) -> JSONValue {
        let document: JSONValue
        do {
            document = try JSONValue(
                parsing: bytes, limits: JSONLimits(bytes: Engine.evidenceBytesMax, depth: JSONLimits.writtenDepth))
        } catch {
            throw EvidenceProblem(place: "", message: "it is no JSON document, or was cut: \(error)")
        }
        guard let version = document["workflow_evidence"]?.intValue else {
            throw EvidenceProblem(place: "", message: "`workflow evidence` did not write it")
        }
        guard version == EvidenceBundle.version else {
            throw EvidenceProblem(
                place: "workflow_evidence",
                message: "it is of the format \(version), and this version of workflow reads format "
                    + "\(EvidenceBundle.version): use the version that wrote it")
        }
        let known = Set(["workflow_evidence", "bundle_hash"] + EvidenceBundle.headMembers + EvidenceBundle.listMembers)
        for name in (document.objectValue ?? [:]).keys.sorted() where !known.contains(name) {
            throw EvidenceProblem(place: name, message: "was added: evidence has no such member")
        }
        for name in EvidenceBundle.headMembers where document[name] == nil {
            throw EvidenceProblem(place: name, message: "is missing")
        }
        return document
    }

    private static func text(_ name: String, _ document: JSONValue) throws(EvidenceProblem) -> String {
        guard let text = document[name]?.stringValue else { throw EvidenceProblem(place: name, message: "is no text") }
        return text
    }

    private static func list(_ name: String, _ document: JSONValue) throws(EvidenceProblem) -> [JSONValue] {
        guard let list = document[name]?.arrayValue else { throw EvidenceProblem(place: name, message: "is no list") }
        return list
    }

    private static func bundleHash(_ document: JSONValue) throws(EvidenceProblem) -> String {
        var hash = EvidenceHash()
        do {
            for name in EvidenceBundle.headMembers { hash.add(name, try (document[name] ?? .null).compactBytes()) }
            for name in EvidenceBundle.listMembers {
                for element in try list(name, document) { hash.add(name, try element.compactBytes()) }
            }
        } catch let problem as EvidenceProblem {
            throw problem
        } catch {
            throw EvidenceProblem(place: "", message: "\(error)")
        }
        return hash.text
    }

    // MARK: - The chain

    private static func entries(
        _ document: JSONValue, of run: RunID
    ) throws(EvidenceProblem) -> (decoded: [Entry], headHash: String) {
        var verifier = ChainVerifier(run: run)
        var decoded: [Entry] = []
        var headHash: [UInt8] = []
        for (index, json) in try list("entries", document).enumerated() {
            let place = "entries[\(index)]"
            guard let entry = RawEntry(evidence: json) else {
                throw EvidenceProblem(place: place, message: "is incomplete, or a column in it is of another kind")
            }
            if let problem = verifier.check(entry) { throw EvidenceProblem(place: place, message: problem.message) }
            do throws(StoreError) {
                decoded.append(try entry.decoded(of: run))
            } catch {
                throw EvidenceProblem(place: place, message: error.message)
            }
            headHash = entry.hash
        }
        return (decoded, Hexadecimal.text(headHash))
    }

    private static func definitions(
        _ document: JSONValue, _ digest: EvidenceDigest
    ) throws(EvidenceProblem) -> [String: StoredDefinition] {
        var definitions: [String: StoredDefinition] = [:]
        let members = try list("definitions", document)
        for (index, member) in members.enumerated() {
            let place = "definitions[\(index)]"
            guard let hash = member["hash"]?.stringValue, let source = member["source"]?.stringValue,
                let canonical = EvidenceBundle.bytes("canonical", in: member)
            else { throw EvidenceProblem(place: place, message: "is incomplete") }
            let stored: StoredDefinition
            do throws(DefinitionError) {
                stored = try DefinitionLoader().load(canonicalJSON: canonical, source: Array(source.utf8))
            } catch {
                throw EvidenceProblem(place: place, message: error.message)
            }
            guard stored.hash == hash else {
                throw EvidenceProblem(place: place, message: "the definition was changed: it does not have its hash")
            }
            definitions[hash] = stored
        }
        guard members.map({ $0["hash"]?.stringValue }) == digest.definitions.map(Optional.some) else {
            throw EvidenceProblem(place: "definitions", message: "are not those that the entries name")
        }
        return definitions
    }

    // MARK: - What follows from it

    private static func state(
        of run: RunID, _ entries: [Entry], _ definitions: [String: StoredDefinition]
    ) throws(EvidenceProblem) -> RunState {
        guard case .runCreated(let created)? = entries.first?.fact, let first = definitions[created.definitionHash]
        else { throw EvidenceProblem(place: "entries", message: "the first one creates no run") }
        var state = RunState(Program(first.definition))
        state.runID = run
        for hash in definitions.keys.sorted() {
            if let stored = definitions[hash] { state.learn(Program(stored.definition), hash: hash) }
        }
        do throws(JournalContradiction) {
            for entry in entries { try state.apply(entry) }
        } catch {
            throw EvidenceProblem(
                place: "entries[\(error.sequence - 1)]", message: "contradicts what stands before it: \(error.message)")
        }
        return state
    }

    private static func checkHead(
        _ document: JSONValue, _ run: RunID, _ entries: [Entry], _ state: RunState, headHash: String
    ) throws(EvidenceProblem) {
        guard document["head_hash"]?.stringValue == headHash else {
            throw EvidenceProblem(
                place: "head_hash",
                message: "is not the hash of the last entry: entries are missing at the end, or "
                    + "it was changed")
        }
        guard let created = state.created, let first = entries.first, let last = entries.last else {
            throw EvidenceProblem(place: "entries", message: "there are none")
        }
        let head = EvidenceDigest.head(of: run, created, first: first, last: last, state: state)
        for name in EvidenceBundle.headMembers {
            guard let expected = head[name], document[name] != expected else { continue }
            let written = (try? expected.compactText()) ?? ""
            throw EvidenceProblem(place: name, message: "was changed: the entries say \(written)")
        }
    }

    private static func checkLists(_ document: JSONValue, _ digest: EvidenceDigest) throws(EvidenceProblem) {
        for (name, expected) in [("checkpoints", digest.checkpoints), ("decisions", digest.decisions)] {
            let written = try list(name, document)
            for (index, element) in written.enumerated() where index >= expected.count || expected[index] != element {
                throw EvidenceProblem(place: "\(name)[\(index)]", message: "is not what the entries say")
            }
            guard written.count == expected.count else {
                throw EvidenceProblem(place: name, message: "\(expected.count - written.count) are missing at the end")
            }
        }
        let logs = try list("logs", document).map { log in
            (log["step"]?.stringValue, log["attempt"]?.intValue)
        }
        guard logs.count == digest.attempts.count,
            zip(logs, digest.attempts).allSatisfy({ $0.0 == $1.step && $0.1 == Int64($1.attempt) })
        else { throw EvidenceProblem(place: "logs", message: "are not those of the attempts in the entries") }
    }
}
