package import JSON

// What happens to steps that hold others: `foreach`, groups and `repeat`.

/// The items of a `foreach` were evaluated: every resume uses these.
package struct ItemsEvaluated: Sendable, Equatable {
    package var step: String
    package var items: [JSONValue]
    /// As many as items, no two equal; nil where the items are named by their positions.
    package var keys: [String]?

    package init(step: String, items: [JSONValue], keys: [String]?) {
        self.step = step
        self.items = items
        self.keys = keys
    }
}

/// The steps of a group may start.
package struct GroupEntered: Sendable, Equatable {
    package var step: String

    package init(step: String) { self.step = step }
}

/// One pass of a `repeat` was done and another one follows, unless the limit was reached.
package struct StepRepeated: Sendable, Equatable {
    package var step: String
    /// The pass that was done, from 1; never restarts but where the step is set back.
    package var iteration: Int
    /// What the pass wrote; empty for groups, whose steps have their own.
    package var outputs: [String: JSONValue]
    /// The wait before the next pass; nil where there is none.
    package var wait: Wait?
    package var losses: AttemptLosses?
    /// When the pass ended, where that was found out later.
    package var endedAt: Timestamp?
    /// What its last attempt had kept of its events, in their order.
    package var events: [JSONValue] = []

    package init(
        step: String, iteration: Int, outputs: [String: JSONValue], wait: Wait?, losses: AttemptLosses? = nil
    ) {
        self.losses = losses
        self.step = step
        self.iteration = iteration
        self.outputs = outputs
        self.wait = wait
    }
}

extension ItemsEvaluated {
    var payload: JSONValue {
        object(
            ["step": .string(step), "items": .array(items)],
            ["keys": keys.map { .array($0.map { .string($0) }) }])
    }

    init(_ reader: PayloadReader) throws(FactError) {
        self.init(
            step: try reader.text("step"), items: try reader.array("items"),
            keys: reader.members["keys"] == nil ? nil : try reader.textList("keys"))
    }
}

extension StepRepeated {
    var payload: JSONValue {
        object(
            ["step": .string(step), "iteration": .int(Int64(iteration)), "outputs": .object(outputs)],
            [
                "wait": wait?.payload, "losses": losses?.payload, "ended_at": endedAt.map { .string($0.text) },
                "events": events.isEmpty ? nil : .array(events),
            ])
    }

    init(_ reader: PayloadReader) throws(FactError) {
        self.init(
            step: try reader.text("step"), iteration: try reader.count("iteration"),
            outputs: try reader.object("outputs"),
            wait: try reader.optional("wait").map { (w) throws(FactError) in try Wait(w) },
            losses: try AttemptLosses.read(reader))
        endedAt = try reader.optionalTimestamp("ended_at")
        events = try reader.optionalArray("events")
    }
}
