import Hashing
import JSON

/// The identity of a definition: the JSON that its hash is taken of, which holds no layout, comments or order of keys.
enum CanonicalForm {
    /// The tree in which every plain scalar of an `env` is the text that it was written as, so that `1.10` stays.
    static func withEnvironmentAsText(_ root: Node) -> Node {
        mapped(root) { key, value in
            switch key {
            case "env": environmentAsText(value)
            case "stages": listed(value) { mapped($0, stageEntry) }
            case "steps", "on_exit": listed(value) { mapped($0, stepEntry) }
            default: value
            }
        }
    }

    private static func stageEntry(_ key: String, _ value: Node) -> Node {
        switch key {
        case "env": environmentAsText(value)
        case "steps": listed(value) { mapped($0, stepEntry) }
        default: value
        }
    }

    private static func stepEntry(_ key: String, _ value: Node) -> Node {
        stageEntry(key, value)
    }

    private static func environmentAsText(_ node: Node) -> Node {
        mapped(node) { _, value in
            guard let text = value.plainText else { return value }
            var value = value
            value.value = .string(text)
            value.plainText = nil
            return value
        }
    }

    private static func mapped(_ node: Node, _ change: (String, Node) -> Node) -> Node {
        guard case .map(var entries) = node.value else { return node }
        for index in entries.indices { entries[index].value = change(entries[index].key, entries[index].value) }
        var node = node
        node.value = .map(entries)
        return node
    }

    private static func listed(_ node: Node, _ change: (Node) -> Node) -> Node {
        guard case .list(let items) = node.value else { return node }
        var node = node
        node.value = .list(items.map(change))
        return node
    }

    /// Nil where a number has no exact JSON form; the compiler has told of it.
    static func json(_ node: Node) -> JSONValue? {
        switch node.value {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .int(let value): return .int(value)
        case .double(let value): return .double(value)
        case .string(let text): return .string(text)
        case .unrepresentable: return nil
        case .list(let items):
            var elements: [JSONValue] = []
            elements.reserveCapacity(items.count)
            for item in items {
                guard let element = json(item) else { return nil }
                elements.append(element)
            }
            return .array(elements)
        case .map(let entries):
            var members: [String: JSONValue] = [:]
            members.reserveCapacity(entries.count)
            for entry in entries {
                guard let member = json(entry.value) else { return nil }
                members[entry.key] = member
            }
            return .object(members)
        }
    }

    /// The tree of stored JSON; it has no places.
    static func node(of json: JSONValue) -> Node {
        switch json {
        case .null: Node(.null)
        case .bool(let value): Node(.bool(value))
        case .int(let value): Node(.int(value))
        case .double(let value): Node(.double(value))
        case .string(let text): Node(.string(text))
        case .array(let elements): Node(.list(elements.map(node(of:))))
        case .object(let members):
            Node(
                .map(
                    members.sorted { JSONText.precedes($0.key, $1.key) }
                        .map { Node.Entry(key: $0.key, keyPosition: .none, value: node(of: $0.value)) }))
        }
    }

    /// Lower-case hexadecimal SHA-256.
    static func hash(of bytes: [UInt8]) -> String {
        Hexadecimal.text(SHA256.hash(of: bytes))
    }
}
