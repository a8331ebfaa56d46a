package import JSON

/// A person moved the run to an edited definition. What became of each step is told for people; the state follows from
/// the two definitions.
package struct DefinitionChanged: Sendable, Equatable {
    package var definitionHash: String
    /// Every declared parameter of the new definition that has a value.
    package var parameters: [String: JSONValue]
    package var change: DefinitionChange

    package init(definitionHash: String, parameters: [String: JSONValue], change: DefinitionChange) {
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

    package init() {}
}

extension DefinitionChanged {
    var payload: JSONValue {
        .object([
            "definition": .string(definitionHash), "params": .object(parameters),
            "reused": list(change.reused), "repeated": list(change.repeated), "new": list(change.added),
            "pending": list(change.pending), "orphaned": list(change.orphaned),
        ])
    }

    private func list(_ names: [String]) -> JSONValue { .array(names.map { .string($0) }) }

    init(_ reader: PayloadReader) throws(FactError) {
        var change = DefinitionChange()
        change.reused = try reader.textList("reused")
        change.repeated = try reader.textList("repeated")
        change.added = try reader.textList("new")
        change.pending = try reader.textList("pending")
        change.orphaned = try reader.textList("orphaned")
        self.init(
            definitionHash: try reader.text("definition"), parameters: try reader.object("params"), change: change)
    }
}
