package import JSON
package import WorkflowCore

/// What a person decided about the store as a whole. Acts are only added: the newest of its kind holds.
package struct StoreAct: Sendable, Equatable {
    /// `set`, …
    package var kind: String
    package var payload: JSONValue
    package var actor: Actor
    package var at: Timestamp

    package init(kind: String, payload: JSONValue, actor: Actor, at: Timestamp) {
        self.kind = kind
        self.payload = payload
        self.actor = actor
        self.at = at
    }
}

extension StoreIdentity {
    private static let kind = "set"
    private static let setting = "identity"

    /// What a store's acts, oldest first, come to.
    package init(_ acts: [StoreAct]) {
        let newest = acts.last { $0.kind == Self.kind && $0.payload["name"]?.stringValue == Self.setting }
        self = newest?.payload["value"]?.stringValue.flatMap(StoreIdentity.init(rawValue:)) ?? .login
    }

    /// The act that makes it hold.
    package func act(reason: String?, by actor: Actor, at: Timestamp) -> StoreAct {
        var payload: [String: JSONValue] = ["name": .string(Self.setting), "value": .string(rawValue)]
        payload["reason"] = reason.map { .string($0) }
        return StoreAct(kind: Self.kind, payload: .object(payload), actor: actor, at: at)
    }
}
