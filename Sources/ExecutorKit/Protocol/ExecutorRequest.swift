package import JSON

/// What `PROGRAM run|plan|probe|verify|undo OPERATION` reads on standard input: one JSON object. Both sides of the
/// protocol use this type.
package struct ExecutorRequest: Sendable, Equatable {
    /// With defaults filled in and secrets in clear: it is never written down.
    package var with: JSONValue
    /// The run's id; empty for a `plan` before there is one.
    package var run: String
    /// nil for owed work.
    package var stage: String?
    /// The step's name as it reads in the run: `deploy[eu]`.
    package var step: String
    /// The item of the innermost `foreach`; null where there is none.
    package var item: JSONValue
    /// From 1 on.
    package var attempt: Int64
    /// Empty for a `plan` before there is a run.
    package var idempotencyKey: String
    package var fencingToken: Int64
    /// A folder that the step keeps over attempts and resumes; absolute.
    package var workspace: String
    /// For `probe`, `verify`, `undo`: the outputs of the attempt in question.
    package var outputs: [String: JSONValue]
    /// The kept `record` events of all earlier attempts with this key: `{"type": "record", "kind", "data", "attempt"}`.
    package var events: [JSONValue]

    package init(
        with: JSONValue, run: String, stage: String?, step: String, item: JSONValue = .null, attempt: Int64,
        idempotencyKey: String, fencingToken: Int64, workspace: String, outputs: [String: JSONValue] = [:],
        events: [JSONValue] = []
    ) {
        self.with = with
        self.run = run
        self.stage = stage
        self.step = step
        self.item = item
        self.attempt = attempt
        self.idempotencyKey = idempotencyKey
        self.fencingToken = fencingToken
        self.workspace = workspace
        self.outputs = outputs
        self.events = events
    }

    package var json: JSONValue {
        .object([
            "protocol": .int(ExecutorDescriptor.protocolNumber), "with": with, "run": .string(run),
            "stage": stage.map(JSONValue.string) ?? .null, "step": .string(step), "item": item,
            "attempt": .int(attempt),
            "idempotency_key": .string(idempotencyKey), "fencing_token": .int(fencingToken),
            "workspace": .string(workspace), "outputs": .object(outputs), "events": .array(events),
        ])
    }

    /// Unknown members are ignored: a later version may send more.
    ///
    /// - Parameter call: what is to be done with it; all but `plan` need a run and a key.
    package init(parsing bytes: [UInt8], for call: ExecutorCall) throws(DescriptorError) {
        let json: JSONValue
        do throws(JSONError) { json = try JSONValue(parsing: bytes) } catch {
            throw DescriptorError(.notJSON, "the request is not one JSON object: \(error)")
        }
        let members = try DescriptorMembers(json, "the request")
        let with = try members.needed("with")
        guard with.objectValue != nil else {
            throw DescriptorError(.invalidMember, "\"with\" of the request must be an object")
        }
        func name(_ member: String) throws(DescriptorError) -> String {
            call == .plan ? members[member]?.stringValue ?? "" : try members.text(member)
        }
        self.init(
            with: with, run: try name("run"), stage: members["stage"]?.stringValue,
            step: try members.text("step"), item: members["item"] ?? .null, attempt: members["attempt"]?.intValue ?? 1,
            idempotencyKey: try name("idempotency_key"), fencingToken: members["fencing_token"]?.intValue ?? 0,
            workspace: members["workspace"]?.stringValue ?? "", outputs: members["outputs"]?.objectValue ?? [:],
            events: members["events"]?.arrayValue ?? [])
    }
}
