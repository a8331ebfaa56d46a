package import JSON

/// A person moved the run to an edited definition. What became of each step is told for people; the state follows from
/// the two definitions.
package struct DefinitionChanged: Sendable, Equatable {
    package var definitionHash: String
    /// Every declared parameter of the new definition that has a value.
    package var parameters: [String: JSONValue]
    package var change: DefinitionChange
    /// What comes after a repeated step is repeated too.
    package var repeatsFollowing: Bool
    /// Where the new definition was read from: absolute.
    package var file: String?
    package var reason: String?
    /// Those that the new definition calls.
    package var executors: [CalledExecutor]

    package init(
        definitionHash: String, parameters: [String: JSONValue], change: DefinitionChange,
        repeatsFollowing: Bool = false, file: String? = nil, reason: String? = nil, executors: [CalledExecutor] = []
    ) {
        self.executors = executors
        self.repeatsFollowing = repeatsFollowing
        self.file = file
        self.reason = reason
        self.definitionHash = definitionHash
        self.parameters = parameters
        self.change = change
    }
}

/// What a new definition means for the steps of a run, by name, in the definition's order.
package struct DefinitionChange: Sendable, Equatable {
    /// Done, and written as before: they stay done.
    package var reused: [String] = []
    /// Done, but written otherwise now: they run again.
    package var repeated: [String] = []
    /// Not in the old definition.
    package var added: [String] = []
    /// In both, and not done yet.
    package var pending: [String] = []
    /// Begun under the old definition and not in the new one: what they did stays.
    package var orphaned: [String] = []
    /// Among `reused`, those that come after one of `repeated`: what they went by is done again, and they are not.
    package var outrun: [String] = []
    /// Approvals that lose their approvers, or get others.
    package var approvers: [ApproverChange] = []

    package init() {}
}

extension DefinitionChanged {
    var payload: JSONValue {
        var members: [String: JSONValue] = [
            "definition": .string(definitionHash), "params": .object(parameters),
            "reused": list(change.reused), "repeated": list(change.repeated), "new": list(change.added),
            "pending": list(change.pending), "orphaned": list(change.orphaned),
        ]
        if !change.outrun.isEmpty { members["outrun"] = list(change.outrun) }
        if !change.approvers.isEmpty { members["approvers"] = .array(change.approvers.map(\.payload)) }
        if repeatsFollowing { members["repeats_following"] = .bool(true) }
        if let file { members["file"] = .string(file) }
        if let reason { members["reason"] = .string(reason) }
        if !executors.isEmpty { members["executors"] = .array(executors.map(\.payload)) }
        return .object(members)
    }

    private func list(_ names: [String]) -> JSONValue { .array(names.map { .string($0) }) }

    init(_ reader: PayloadReader) throws(FactError) {
        var change = DefinitionChange()
        change.reused = try reader.textList("reused")
        change.repeated = try reader.textList("repeated")
        change.added = try reader.textList("new")
        change.pending = try reader.textList("pending")
        change.orphaned = try reader.textList("orphaned")
        if reader.members["outrun"] != nil { change.outrun = try reader.textList("outrun") }
        if reader.members["approvers"] != nil {
            for value in try reader.array("approvers") {
                change.approvers.append(try ApproverChange(PayloadReader(type: reader.type, payload: value)))
            }
        }
        self.init(
            definitionHash: try reader.text("definition"), parameters: try reader.object("params"), change: change,
            repeatsFollowing: reader.members["repeats_following"] == nil ? false : try reader.flag("repeats_following"),
            file: try reader.optionalText("file"), reason: try reader.optionalText("reason"),
            executors: try CalledExecutor.list(reader))
    }
}
