internal import Hashing
internal import JSON
internal import WorkflowCore
internal import WorkflowDefinitions
internal import WorkflowStore

/// A run up to one of its checkpoints, as one UTF-8 JSON document that another machine can go on from.
///
/// ```
/// {"workflow_checkpoint": 1, "checkpoint": "chk-…", "run": "run-…", "uuid": "…", "workflow": "…", "labels": {…},
///  "engine_version": "…", "head_hash": "…",
///  "definitions": [{"hash": "…", "canonical": "…", "source": "…"}],
///  "entries":    [{"seq": 1, "type": "…", "version": 1, "at": "…", "actor": "…", "payload": "…", "encoding": "json",
///                  "payload_hash": "…", "hash": "…"}],
///  "unfinished": [{"type": "…", "version": 1, "at": "…", "actor": "…", "payload": "…"}]}
/// ```
/// `entries` are the journal from its beginning to the checkpoint's entry, byte by byte, so that the chain of hashes
/// can be verified without the store. `unfinished` are what follows of it to where attempts stand that had not ended at
/// the export; the checkpoint's own entry is the last of `entries`. Hashes are lower-case hexadecimal.
struct CheckpointFile: Sendable {
    struct Unfinished: Sendable, Equatable {
        let at: Timestamp
        let actor: Actor
        let fact: Fact
    }

    var checkpoint: CheckpointID
    var run: RunID
    var uuid: UniqueID
    var workflow: String
    var labels: [String: String]
    var engineVersion: String
    var definitions: [DefinitionRecord]
    var entries: [RawEntry]
    var unfinished: [Unfinished]

    static let version: Int64 = 1
    /// The largest file that is read, in bytes.
    package static let bytesMax = 512 << 20

    var headHash: [UInt8] { entries.last?.hash ?? HashChain.start }

    /// The same for the same content, however the file is laid out: a file that comes twice is one run.
    var identity: UniqueID {
        var hash = SHA256()
        hash.update("workflow checkpoint file 1\n")
        hash.update(uuid.text)
        hash.update(headHash)
        for entry in unfinished {
            let payload = (try? entry.fact.payload.compactText()) ?? ""
            hash.update("\(entry.fact.type) \(payload.utf8.count)\n")
            hash.update(payload)
        }
        let digest = hash.finalize()
        func word(_ range: Range<Int>) -> UInt64 { digest[range].reduce(0) { $0 << 8 | UInt64($1) } }
        return UniqueID(randomHigh: word(0..<8), randomLow: word(8..<16))
    }

    // MARK: - Writing

    func text() throws(EngineError) -> String {
        let document: JSONValue = .object([
            "workflow_checkpoint": .int(Self.version), "checkpoint": .string(checkpoint.text),
            "run": .string(run.text), "uuid": .string(uuid.text), "workflow": .string(workflow),
            "labels": .object(labels.mapValues { .string($0) }), "engine_version": .string(engineVersion),
            "head_hash": .string(Hexadecimal.text(headHash)),
            "definitions": .array(
                definitions.map {
                    .object([
                        "hash": .string($0.hash),
                        "canonical": .string(String(decoding: $0.canonicalJSON, as: UTF8.self)),
                        "source": .string(String(decoding: $0.source, as: UTF8.self)),
                    ])
                }),
            "entries": .array(entries.map(Self.entry)),
            "unfinished": .array(
                unfinished.map {
                    .object([
                        "type": .string($0.fact.type), "version": .int(Int64(Fact.payloadVersion)),
                        "at": .string($0.at.text), "actor": .string($0.actor.name),
                        "payload": $0.actor.added(to: $0.fact.payload),
                    ])
                }),
        ])
        do {
            return try document.compactText()
        } catch {
            throw EngineError(.checkpointFileInvalid, "the checkpoint cannot be written: \(error)")
        }
    }

    private static func entry(_ entry: RawEntry) -> JSONValue {
        .object([
            "seq": .int(entry.sequence), "type": .string(entry.type), "version": .int(Int64(entry.version)),
            "at": .string(entry.at.text), "actor": .string(entry.actor),
            "payload": .string(String(decoding: entry.payload, as: UTF8.self)), "encoding": .string(entry.encoding),
            "payload_hash": .string(Hexadecimal.text(entry.payloadHash)), "hash": .string(Hexadecimal.text(entry.hash)),
        ])
    }
}
