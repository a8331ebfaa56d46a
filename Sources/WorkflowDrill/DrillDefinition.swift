internal import JSON
package import WorkflowCore
internal import WorkflowDefinitions

/// The definition as it is drilled: the user's own, with one step at a time and without waits.
///
/// One step at a time, also while one is in doubt, so that between two steps there is a moment at which nothing runs;
/// waits, delays and the turn among other runs say nothing about what survives a crash.
package enum DrillDefinition {
    package static func of(_ stored: StoredDefinition) throws(DrillFailure) -> StoredDefinition {
        do {
            guard var root = try JSONValue(parsing: stored.canonicalJSON).objectValue else { throw unreadable }
            root["max_parallel"] = 1
            root["concurrency"] = nil
            if var defaults = root["defaults"]?.objectValue {
                if let retry = defaults["retry"] { defaults["retry"] = withoutDelay(retry) }
                root["defaults"] = .object(defaults)
            }
            root["stages"] = root["stages"]?.arrayValue.map { stages in
                .array(
                    stages.map { stage in
                        guard var members = stage.objectValue, let steps = members["steps"] else { return stage }
                        members["steps"] = self.steps(steps)
                        return .object(members)
                    })
            }
            if let steps = root["on_exit"] { root["on_exit"] = self.steps(steps) }
            return try DefinitionLoader().load(
                canonicalJSON: try JSONValue.object(root).compactBytes(), source: stored.source)
        } catch {
            throw unreadable
        }
    }

    private static func steps(_ list: JSONValue) -> JSONValue {
        guard let steps = list.arrayValue else { return list }
        return .array(
            ordered(steps).map { step in
                guard var members = step.objectValue else { return step }
                members["needs"] = nil
                if var foreach = members["foreach"]?.objectValue {
                    foreach["max_parallel"] = 1
                    members["foreach"] = .object(foreach)
                }
                if let inner = members["steps"] { members["steps"] = self.steps(inner) }
                if let retry = members["retry"] { members["retry"] = withoutDelay(retry) }
                if var loop = members["repeat"]?.objectValue {
                    loop["delay"] = nil
                    members["repeat"] = .object(loop)
                }
                if members["uses"] == "sleep" { members["with"] = ["for": "0s"] }
                return .object(members)
            })
    }

    /// One after the other, each behind all that it needs, else as they stand. The definition was checked: there is no
    /// cycle, and what is needed is there.
    private static func ordered(_ steps: [JSONValue]) -> [JSONValue] {
        var done: Set<String> = []
        var left = Array(steps.enumerated())
        var order: [JSONValue] = []
        while !left.isEmpty {
            let next =
                left.firstIndex { number, step in
                    let before = number == 0 ? [] : [steps[number - 1]["name"]?.stringValue ?? ""]
                    let needs = step["needs"]?.arrayValue?.compactMap(\.stringValue) ?? before
                    return needs.allSatisfy { done.contains($0) }
                } ?? 0
            let step = left.remove(at: next).element
            done.insert(step["name"]?.stringValue ?? "")
            order.append(step)
        }
        return order
    }

    private static func withoutDelay(_ retry: JSONValue) -> JSONValue {
        guard var members = retry.objectValue else { return retry }
        members["max_delay"] = nil
        members["delay"] = "0s"
        return .object(members)
    }

    private static var unreadable: DrillFailure {
        DrillFailure(.defect, "the definition cannot be made ready for a drill; please report it")
    }
}
