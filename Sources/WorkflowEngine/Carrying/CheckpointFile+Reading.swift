internal import Hashing
internal import JSON
internal import WorkflowCore
internal import WorkflowDefinitions
internal import WorkflowStore

// A file from another machine is believed in nothing: its chain, its definitions and every entry are checked.

extension CheckpointFile {
    /// - Parameter name: the file, for messages.
    init(_ bytes: [UInt8], name: String) throws(EngineError) {
        func invalid(_ problem: String) -> EngineError {
            EngineError(.checkpointFileInvalid, "\(name) is not a checkpoint that can be resumed: \(problem)")
        }
        let document: JSONValue
        do {
            document = try JSONValue(
                parsing: bytes, limits: JSONLimits(bytes: Self.bytesMax, depth: JSONLimits.writtenDepth))
        } catch {
            throw invalid(
                bytes.isEmpty
                    ? "it is empty. Export it anew"
                    : "it is no JSON document (\(error)). It may have been cut or changed on its way: export it anew")
        }
        guard let version = document["workflow_checkpoint"]?.intValue else {
            throw invalid("`workflow checkpoint export` did not write it")
        }
        guard version == Self.version else {
            throw invalid(
                "it is of the format \(version), and this version of workflow reads format \(Self.version): use the "
                    + "version that wrote it")
        }
        func text(_ key: String) throws(EngineError) -> String {
            guard let text = document[key]?.stringValue else { throw invalid("its \"\(key)\" is missing") }
            return text
        }
        checkpoint = CheckpointID(try text("checkpoint"))
        run = RunID(try text("run"))
        guard CheckpointID.isName(checkpoint.text), RunID.isValid(run.text) else {
            throw invalid("the names of its checkpoint and of its run are not such names")
        }
        guard let uuid = UniqueID(text: try text("uuid")) else { throw invalid("its \"uuid\" is not one") }
        self.uuid = uuid
        workflow = try text("workflow")
        engineVersion = try text("engine_version")
        labels = (document["labels"]?.objectValue ?? [:]).compactMapValues(\.stringValue)
        definitions = []
        for member in document["definitions"]?.arrayValue ?? [] {
            guard let hash = member["hash"]?.stringValue, let canonical = member["canonical"]?.stringValue,
                let source = member["source"]?.stringValue
            else { throw invalid("a definition in it is incomplete") }
            definitions.append(
                DefinitionRecord(hash: hash, canonicalJSON: Array(canonical.utf8), source: Array(source.utf8)))
        }
        entries = []
        for member in document["entries"]?.arrayValue ?? [] {
            guard let entry = RawEntry(member) else {
                throw invalid("entry \(entries.count + 1) is incomplete")
            }
            entries.append(entry)
        }
        unfinished = []
        for member in document["unfinished"]?.arrayValue ?? [] {
            guard let type = member["type"]?.stringValue, let version = member["version"]?.intValue,
                let at = member["at"]?.stringValue.flatMap({ Timestamp(text: $0) }),
                let actor = member["actor"]?.stringValue, let payload = member["payload"]
            else { throw invalid("an unfinished attempt in it is incomplete") }
            do {
                let fact = try Fact(type: type, version: Int(clamping: version), payload: payload)
                unfinished.append(Unfinished(at: at, actor: Actor(name: actor, payload: payload), fact: fact))
            } catch {
                throw invalid(error.message)
            }
        }
        if let problem = HashChain.verify(entries, of: run) {
            throw invalid("\(problem.message). It was damaged or changed on its way: export it anew")
        }
        guard Hexadecimal.text(headHash) == (try text("head_hash")), !entries.isEmpty else {
            throw invalid("entries are missing at its end. Export it anew")
        }
    }
}

extension RawEntry {
    fileprivate init?(_ json: JSONValue) {
        guard let sequence = json["seq"]?.intValue, let type = json["type"]?.stringValue,
            let version = json["version"]?.intValue, let at = json["at"]?.stringValue.flatMap({ Timestamp(text: $0) }),
            let actor = json["actor"]?.stringValue, let payload = json["payload"]?.stringValue,
            let encoding = json["encoding"]?.stringValue,
            let payloadHash = json["payload_hash"]?.stringValue.flatMap(Hexadecimal.bytes),
            let hash = json["hash"]?.stringValue.flatMap(Hexadecimal.bytes)
        else { return nil }
        self.init(
            sequence: sequence, type: type, version: Int(clamping: version), at: at, actor: actor,
            payload: Array(payload.utf8), encoding: encoding, payloadHash: payloadHash, hash: hash)
    }
}
