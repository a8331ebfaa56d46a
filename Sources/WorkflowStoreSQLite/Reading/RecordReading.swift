internal import GRDB
internal import JSON
internal import WorkflowCore
internal import WorkflowStore

/// A row whose columns may hold anything: what does not fit is damage, never a trap.
struct CheckedRow {
    let row: Row
    let table: String

    func text(_ column: String) throws(StoreError) -> String {
        guard let text = try optionalText(column) else { throw damaged(column) }
        return text
    }

    func optionalText(_ column: String) throws(StoreError) -> String? {
        let value: DatabaseValue = row[column]
        switch value.storage {
        case .null: return nil
        case .string(let text): return text
        case .int64, .double, .blob: throw damaged(column)
        }
    }

    func integer(_ column: String) throws(StoreError) -> Int64 {
        let value: DatabaseValue = row[column]
        guard case .int64(let number) = value.storage else { throw damaged(column) }
        return number
    }

    func bytes(_ column: String) throws(StoreError) -> [UInt8] {
        let value: DatabaseValue = row[column]
        guard case .blob(let bytes) = value.storage else { throw damaged(column) }
        return Array(bytes)
    }

    func time(_ column: String) throws(StoreError) -> Timestamp {
        try parsed(column, try text(column)) { Timestamp(text: $0) }
    }

    func optionalTime(_ column: String) throws(StoreError) -> Timestamp? {
        guard let text = try optionalText(column) else { return nil }
        return try parsed(column, text) { Timestamp(text: $0) }
    }

    func id(_ column: String) throws(StoreError) -> UniqueID {
        try parsed(column, try text(column)) { UniqueID(text: $0) }
    }

    func parsed<Value>(
        _ column: String, _ text: String, _ read: (String) -> Value?
    ) throws(StoreError) -> Value {
        guard let value = read(text) else { throw damaged(column) }
        return value
    }

    func damaged(_ column: String) -> StoreError {
        let name: DatabaseValue = row["id"] ?? .null
        return StoreError(
            .storeDamaged,
            "the column \(column) of \(name) in the table \(table) cannot be read; restore the store from a backup")
    }
}

extension RunRecord {
    static let columns = """
        uuid, id, workflow, definition, status, stage, due_at, labels, created_by, host, engine_version, created_at, \
        updated_at, head, head_hash, checkpoint, token, concurrency_group, failures, parent_run, stop
        """

    init(_ row: CheckedRow) throws(StoreError) {
        let labels = try row.parsed("labels", try row.text("labels")) { text -> [String: String]? in
            guard case .object(let members)? = try? JSONValue(parsing: text) else { return nil }
            var labels: [String: String] = [:]
            for (name, value) in members {
                guard case .string(let text) = value else { return nil }
                labels[name] = text
            }
            return labels
        }
        self.init(
            uuid: try row.id("uuid"), id: RunID(try row.text("id")), workflow: try row.text("workflow"),
            definitionHash: try row.text("definition"),
            projection: RunProjection(
                status: try row.parsed("status", try row.text("status")) { RunStatus(rawValue: $0) },
                stage: try row.text("stage"), dueAt: try row.optionalTime("due_at"),
                failures: Int(clamping: try row.integer("failures")), stop: try row.optionalText("stop")),
            labels: labels, createdBy: try row.text("created_by"), host: try row.text("host"),
            engineVersion: try row.text("engine_version"), createdAt: try row.time("created_at"),
            updatedAt: try row.time("updated_at"), head: try row.integer("head"),
            headHash: try row.bytes("head_hash"),
            checkpoint: try row.optionalText("checkpoint").map { CheckpointID($0) },
            token: FencingToken(try row.integer("token")),
            concurrencyGroup: try row.optionalText("concurrency_group"),
            parent: try row.optionalText("parent_run").map { RunID($0) })
    }
}

extension CheckpointRecord {
    /// To be followed by a condition.
    static let query = """
        SELECT checkpoints.id, runs.uuid, checkpoints.run, checkpoints.seq, checkpoints.stage, checkpoints.step,
            checkpoints.created_at
        FROM checkpoints JOIN runs ON runs.id = checkpoints.run AND \(Schema.isPresent)
        """

    init(_ row: CheckedRow) throws(StoreError) {
        self.init(
            id: CheckpointID(try row.text("id")), run: try row.id("uuid"), runID: RunID(try row.text("run")),
            sequence: try row.integer("seq"), stage: try row.text("stage"), step: try row.text("step"),
            createdAt: try row.time("created_at"))
    }
}

extension LockHolding {
    /// To be followed by a condition.
    static let query = """
        SELECT locks.name AS id, locks.kind, runs.uuid, locks.run, locks.holder, locks.since
        FROM locks JOIN runs ON runs.id = locks.run
        """

    init(_ row: CheckedRow) throws(StoreError) {
        let kind = try row.parsed("kind", try row.text("kind")) { LockName.Kind(rawValue: $0) }
        self.init(
            name: LockName(kind, try row.text("id")), run: try row.id("uuid"), runID: RunID(try row.text("run")),
            holder: try row.text("holder"), since: try row.time("since"))
    }
}

extension InboxRequest {
    /// How much of a payload is read: whatever a writer writes.
    private static let limits = JSONLimits(bytes: NewInboxRequest.largestPayload, depth: JSONLimits.writtenDepth)

    /// One bad request stops no driver: it comes as one of `unreadableKind`.
    init(_ row: CheckedRow, run: UniqueID) {
        // The table's own key: SQLite lets nothing but an integer be it.
        let id = (try? row.integer("id")) ?? 0
        do throws(StoreError) {
            let payload = try row.parsed("payload", try row.text("payload")) {
                try? JSONValue(parsing: $0, limits: InboxRequest.limits)
            }
            self.init(
                id: id,
                request: NewInboxRequest(
                    run: run, kind: try row.text("kind"), payload: payload, actor: try row.text("actor"),
                    at: try row.time("at")))
        } catch {
            self.init(
                id: id,
                request: NewInboxRequest(
                    run: run, kind: InboxRequest.unreadableKind, payload: .string(error.message), actor: "",
                    at: Timestamp(millisecondsSinceEpoch: 0)))
        }
    }
}

extension DefinitionRecord {
    init(_ row: CheckedRow) throws(StoreError) {
        self.init(
            hash: try row.text("hash"), canonicalJSON: try row.bytes("canonical"), source: try row.bytes("source"))
    }
}

extension RunFilter {
    /// The conditions as SQL, and the values that they are about.
    var condition: (sql: String, arguments: StatementArguments) {
        var conditions = [Schema.isPresent]
        var arguments: [any DatabaseValueConvertible] = []
        if !statuses.isEmpty {
            conditions.append("status IN (\(statuses.map { _ in "?" }.joined(separator: ", ")))")
            for status in statuses { arguments.append(status.rawValue) }
        }
        if let workflow {
            conditions.append("workflow = ?")
            arguments.append(workflow)
        }
        for (name, value) in labels.sorted(by: { $0.key < $1.key }) {
            conditions.append("EXISTS (SELECT 1 FROM json_each(labels) WHERE key = ? AND value = ?)")
            arguments.append(name)
            arguments.append(value)
        }
        if let createdSince {
            conditions.append("created_at >= ?")
            arguments.append(createdSince.text)
        }
        if let parent {
            conditions.append("parent_run = ?")
            arguments.append(parent.text)
        }
        if isChild { conditions.append("parent_run IS NOT NULL") }
        if let before {
            conditions.append("number < (SELECT number FROM runs WHERE id = ?)")
            arguments.append(before.text)
        }
        return ("WHERE " + conditions.joined(separator: " AND "), StatementArguments(arguments))
    }
}
