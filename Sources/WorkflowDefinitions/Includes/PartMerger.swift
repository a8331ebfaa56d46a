import WorkflowCore

/// Puts the keys of included files together: mappings by name, lists one behind the other.
struct PartMerger {
    /// The mappings whose names are joined, and what one of their names is called in messages.
    private static let mappings = [
        ("params", "parameter"), ("env", "variable"), ("secrets", "secret"), ("defaults", "default"),
    ]
    private static let lists = ["stages", "on_exit"]

    let problems: ProblemList
    private var joined: [String: [Node.Entry]] = [:]
    private var places: [String: [String: Position]] = [:]
    private var appended: [String: [Node]] = [:]
    /// Of the first key of each kind.
    private var origins: [String: Node.Entry] = [:]

    init(problems: ProblemList) {
        self.problems = problems
    }

    /// Adds the keys of one included file.
    mutating func add(_ part: [Node.Entry]) {
        for (key, kind) in PartMerger.mappings {
            guard let entry = part.first(where: { $0.key == key }) else { continue }
            guard case .map(let entries) = entry.value.value else {
                problems.error(
                    .wrongType, "\"\(key)\" must be a mapping, not \(entry.value.kindDescription)",
                    at: entry.value.position)
                continue
            }
            if origins[key] == nil { origins[key] = entry }
            join(entries, key, kind)
        }
        for key in PartMerger.lists {
            guard let entry = part.first(where: { $0.key == key }) else { continue }
            guard case .list(let items) = entry.value.value else {
                problems.error(
                    .wrongType, "\"\(key)\" must be a list, not \(entry.value.kindDescription)",
                    at: entry.value.position)
                continue
            }
            if origins[key] == nil { origins[key] = entry }
            appended[key, default: []] += items
        }
    }

    private mutating func join(_ entries: [Node.Entry], _ key: String, _ kind: String) {
        for entry in entries {
            if let first = places[key]?[entry.key] {
                problems.error(
                    .duplicateName,
                    "\(kind) \(quoted(entry.key)) is defined a second time; the first is "
                        + problems.written(first, seenFrom: entry.keyPosition),
                    at: entry.keyPosition, suggestion: "nothing is overridden: take one of the two out")
            } else {
                places[key, default: [:]][entry.key] = entry.keyPosition
                joined[key, default: []].append(entry)
            }
        }
    }

    /// The keys of the including file with what was added before its own.
    consuming func merged(into own: [Node.Entry]) -> [Node.Entry] {
        var result = own
        for (key, kind) in PartMerger.mappings {
            guard let origin = origins[key] else { continue }
            if let index = result.firstIndex(where: { $0.key == key }) {
                // What is no mapping, the compiler tells of.
                guard case .map(let entries) = result[index].value.value else { continue }
                join(entries, key, kind)
                result[index].value.value = .map(joined[key] ?? [])
            } else {
                var entry = origin
                entry.value.value = .map(joined[key] ?? [])
                result.append(entry)
            }
        }
        for key in PartMerger.lists {
            guard let items = appended[key], let origin = origins[key] else { continue }
            if let index = result.firstIndex(where: { $0.key == key }) {
                guard case .list(let last) = result[index].value.value else { continue }
                result[index].value.value = .list(items + last)
            } else {
                var entry = origin
                entry.value.value = .list(items)
                result.append(entry)
            }
        }
        return result
    }
}
