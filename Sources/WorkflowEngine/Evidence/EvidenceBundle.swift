internal import Hashing
internal import JSON
internal import WorkflowCore
internal import WorkflowStore

/// All that a run's journal proves, as one UTF-8 JSON document that can be checked without a store.
///
/// ```
/// {"workflow_evidence": 1, "run": "run-…", "uuid": "…", "workflow": "…", "labels": {…}, "status": "…", "stage": "…",
///  "created_at": "…", "created_by": "…", "host": "…", "updated_at": "…", "forked_from": null, "engine_version": "…",
///  "store": "…", "written_by": "…", "head": 17, "head_hash": "…",
///  "entries":     [{"seq": 1, "type": "…", "version": 1, "at": "…", "actor": "…", "payload": {…}, "encoding": "json",
///                   "payload_hash": "…", "hash": "…"}],
///  "definitions": [{"hash": "…", "canonical": {…}, "source": "…"}],
///  "checkpoints": [{"id": "chk-…", "seq": 9, "step": "…", "at": "…"}],
///  "decisions":   [{"seq": 5, "type": "step_approved", "at": "…", "actor": "…", "payload": {…}}],
///  "logs":        [{"step": "…", "attempt": 1, "bytes": 12, "omitted": 0, "sha256": "…"}],
///  "bundle_hash": "…"}
/// ```
/// `payload` and `canonical` are the bytes that were hashed, shown as JSON: the compact text with sorted keys of the
/// value here. What is not in that form stands as text in `payload_text` and `canonical_text`. Of logs there are sizes
/// and hashes alone; a log that is not there any more has the hash null.
///
/// The chain covers `entries`; `definitions` have the hashes that entries name; everything else but `logs`, `source`,
/// `store` and `written_by` follows from the entries and is compared with them. `bundle_hash` covers all of it,
/// whatever the layout: SHA-256 over `workflow evidence 1\n`, and then for each member in the order above, and for each
/// element of its lists, the name, a space, the number of bytes, a line feed, and the compact text with sorted keys.
enum EvidenceBundle {
    static let version: Int64 = 1

    /// In the order in which they are written and hashed.
    static let headMembers = [
        "run", "uuid", "workflow", "labels", "status", "stage", "created_at", "created_by", "host", "updated_at",
        "forked_from", "engine_version", "store", "written_by", "head", "head_hash",
    ]
    static let listMembers = ["entries", "definitions", "checkpoints", "decisions", "logs"]

    /// What is nested deeper than this is shown as text, so that the document stays within what readers take.
    private static let shownDepth = 64

    /// Bytes that were hashed, as a member: JSON where that gives the bytes back, else text.
    static func readable(_ bytes: [UInt8], as name: String) -> (name: String, value: JSONValue) {
        if depth(of: bytes) <= shownDepth, let value = try? JSONValue(parsing: bytes),
            (try? value.compactBytes()) == bytes
        {
            return (name, value)
        }
        return (name + "_text", .string(String(decoding: bytes, as: UTF8.self)))
    }

    /// The bytes behind a member that `readable` made; nil where there are none.
    static func bytes(_ name: String, in document: JSONValue) -> [UInt8]? {
        if let text = document[name + "_text"] {
            return document[name] == nil ? text.stringValue.map { Array($0.utf8) } : nil
        }
        return document[name].flatMap { try? $0.compactBytes() }
    }

    private static func depth(of bytes: [UInt8]) -> Int {
        var depth = 0
        var deepest = 0
        var isText = false
        var isEscaped = false
        for byte in bytes {
            if isEscaped {
                isEscaped = false
            } else if isText {
                if byte == UInt8(ascii: "\\") { isEscaped = true }
                if byte == UInt8(ascii: "\"") { isText = false }
            } else {
                switch byte {
                case UInt8(ascii: "\""): isText = true
                case UInt8(ascii: "["), UInt8(ascii: "{"):
                    depth += 1
                    deepest = max(deepest, depth)
                case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
                default: break
                }
            }
        }
        return deepest
    }
}

/// Makes `bundle_hash` while the members are written or read, in their order.
struct EvidenceHash {
    private var hash = SHA256()

    init() {
        hash.update("workflow evidence \(EvidenceBundle.version)\n")
    }

    /// - Parameter bytes: the compact text, with sorted keys, of a member or of one element of a list.
    mutating func add(_ name: String, _ bytes: [UInt8]) {
        hash.update("\(name) \(bytes.count)\n")
        hash.update(bytes)
    }

    var text: String { Hexadecimal.text(hash.finalize()) }
}

extension RawEntry {
    /// All columns.
    var evidence: JSONValue {
        let shown = EvidenceBundle.readable(payload, as: "payload")
        return .object([
            "seq": .int(sequence), "type": .string(type), "version": .int(Int64(version)), "at": .string(at.text),
            "actor": .string(actor), shown.name: shown.value, "encoding": .string(encoding),
            "payload_hash": .string(Hexadecimal.text(payloadHash)), "hash": .string(Hexadecimal.text(hash)),
        ])
    }

    init?(evidence json: JSONValue) {
        guard let sequence = json["seq"]?.intValue, let type = json["type"]?.stringValue,
            let version = json["version"]?.intValue, let at = json["at"]?.stringValue.flatMap({ Timestamp(text: $0) }),
            let actor = json["actor"]?.stringValue, let payload = EvidenceBundle.bytes("payload", in: json),
            let encoding = json["encoding"]?.stringValue,
            let payloadHash = json["payload_hash"]?.stringValue.flatMap(Hexadecimal.bytes),
            let hash = json["hash"]?.stringValue.flatMap(Hexadecimal.bytes)
        else { return nil }
        self.init(
            sequence: sequence, type: type, version: Int(clamping: version), at: at, actor: actor, payload: payload,
            encoding: encoding, payloadHash: payloadHash, hash: hash)
    }
}
