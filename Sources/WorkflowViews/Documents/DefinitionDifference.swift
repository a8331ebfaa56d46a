package import JSON
internal import WorkflowExecutors

/// What differs between two definitions, by step: of each the keys that are written otherwise.
///
/// Layout, comments and the order of keys are no difference: compared is what a definition's hash is taken of.
package struct DefinitionDifference: Sendable, Equatable {
    package struct Change: Sendable, Equatable {
        package enum Kind: String, Sendable { case added, removed, changed }

        package let kind: Kind
        /// A stage, a step, or `workflow` for what stands above them.
        package let name: String
        /// Where a step stands: its stage, and the groups around it.
        package let place: String
        /// Of `changed`: the keys that differ, `stage` where a step stands elsewhere.
        package let keys: [String]

        package init(kind: Kind, name: String, place: String, keys: [String]) {
            self.kind = kind
            self.name = name
            self.place = place
            self.keys = keys
        }
    }

    package let workflow: [String]
    package let stages: [Change]
    package let steps: [Change]

    /// - Parameters:
    ///   - old: the canonical form of the definition that a run follows.
    package init(from old: JSONValue, to new: JSONValue) {
        workflow = Self.differingKeys(old, new, except: ["stages", "on_exit"])
        stages = Self.changes(from: Self.stages(old), to: Self.stages(new))
        steps = Self.changes(from: Self.steps(old), to: Self.steps(new))
    }

    package var isEmpty: Bool { workflow.isEmpty && stages.isEmpty && steps.isEmpty }

    // MARK: - Parts of a definition

    /// A stage or a step, without what stands in it.
    private struct Part {
        let name: String
        let place: String
        let members: JSONValue
    }

    private static func stages(_ definition: JSONValue) -> [Part] {
        (definition["stages"]?.arrayValue ?? []).map {
            Part(name: $0["name"]?.stringValue ?? "", place: "", members: without("steps", $0))
        }
    }

    private static func steps(_ definition: JSONValue) -> [Part] {
        var parts: [Part] = []
        for stage in definition["stages"]?.arrayValue ?? [] {
            add(stage["steps"], in: stage["name"]?.stringValue ?? "", to: &parts)
        }
        add(definition["on_exit"], in: "on_exit", to: &parts)
        return parts
    }

    private static func add(_ steps: JSONValue?, in place: String, to parts: inout [Part]) {
        for step in steps?.arrayValue ?? [] {
            let name = step["name"]?.stringValue ?? ""
            parts.append(Part(name: name, place: place, members: without("steps", step)))
            add(step["steps"], in: place + "/" + name, to: &parts)
        }
    }

    private static func without(_ key: String, _ value: JSONValue) -> JSONValue {
        guard case .object(var members) = value else { return value }
        members[key] = nil
        return .object(members)
    }

    // MARK: - Comparing

    private static func changes(from old: [Part], to new: [Part]) -> [Change] {
        var before: [[UInt8]: Part] = [:]
        for part in old { before[Array(part.name.utf8)] = part }
        var changes: [Change] = []
        var isKept: Set<[UInt8]> = []
        for part in new {
            guard let former = before[Array(part.name.utf8)] else {
                changes.append(Change(kind: .added, name: part.name, place: part.place, keys: []))
                continue
            }
            isKept.insert(Array(part.name.utf8))
            var keys = differingKeys(former.members, part.members, except: ["name"])
            if !former.place.utf8.elementsEqual(part.place.utf8) { keys.append("stage") }
            if !keys.isEmpty {
                changes.append(Change(kind: .changed, name: part.name, place: part.place, keys: keys))
            }
        }
        for part in old where !isKept.contains(Array(part.name.utf8)) {
            changes.append(Change(kind: .removed, name: part.name, place: part.place, keys: []))
        }
        return changes
    }

    private static func differingKeys(_ old: JSONValue, _ new: JSONValue, except: Set<String>) -> [String] {
        let (former, present) = (old.objectValue ?? [:], new.objectValue ?? [:])
        return Set(former.keys).union(present.keys).subtracting(except)
            .filter { bytes(former[$0]) != bytes(present[$0]) }
            .sorted(by: JSONText.precedes)
    }

    /// Compared byte by byte, as the hash is taken.
    private static func bytes(_ value: JSONValue?) -> [UInt8]? { value.flatMap { try? $0.compactBytes() } }

    // MARK: - Telling

    package func lines() -> [String] {
        var lines = workflow.isEmpty ? [] : ["~ workflow: \(workflow.joined(separator: ", "))"]
        lines += stages.map { line($0, "stage ") }
        return lines + steps.map { line($0, "") }
    }

    private func line(_ change: Change, _ what: String) -> String {
        let name = what + DisplayLine.text(Array(change.name.utf8))
        let place = change.place.isEmpty ? "" : "  (\(DisplayLine.text(Array(change.place.utf8))))"
        switch change.kind {
        case .added: return "+ \(name)\(place)"
        case .removed: return "- \(name)\(place)"
        case .changed: return "~ \(name): \(change.keys.joined(separator: ", "))\(place)"
        }
    }

    package func members() -> [Document.Member] {
        [
            Document.Member(key: "equal", value: .bool(isEmpty)),
            Document.Member(key: "workflow_keys", value: .list(workflow.map { .string($0) })),
            Document.Member(key: "stages", value: .list(stages.map(document))),
            Document.Member(key: "steps", value: .list(steps.map(document))),
        ]
    }

    private func document(_ change: Change) -> Document {
        .members([
            "name": .string(change.name), "change": .string(change.kind.rawValue), "place": .string(change.place),
            "keys": .list(change.keys.map { .string($0) }),
        ])
    }
}
