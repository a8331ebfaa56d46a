import WorkflowCore

/// A value of a definition with its place in the file: what the YAML reader makes and the compiler takes.
struct Node: Sendable {
    enum Value: Sendable {
        case null
        case bool(Bool)
        case int(Int64)
        case double(Double)
        case string(String)
        /// A number that JSON cannot hold exactly; the text says which and why.
        case unrepresentable(String)
        case list([Node])
        /// In the order written; no two keys are equal.
        case map([Entry])
    }

    enum Style: Sendable {
        case plain, quoted
        /// Literal or folded.
        case block
        /// A list or mapping in brackets.
        case flow
        /// Not from YAML.
        case none
    }

    struct Entry: Sendable {
        var key: String
        var keyPosition: Position
        var value: Node
    }

    var value: Value
    var position: Position
    /// Where the text of a scalar ends.
    var end: Position
    /// What a plain scalar was written as, where it is not read as text.
    var plainText: String?
    var style: Style

    init(
        _ value: Value, position: Position = .none, end: Position = .none, plainText: String? = nil,
        style: Style = .none
    ) {
        self.value = value
        self.position = position
        self.end = end
        self.plainText = plainText
        self.style = style
    }

    /// For messages: `a list`, `the number 3`.
    var kindDescription: String {
        switch value {
        case .null: "nothing"
        case .bool(let value): "the boolean \(value)"
        case .int(let value): "the number \(value)"
        case .double(let value): "the number \(value)"
        case .string(let text): text.utf8.count <= 40 ? "the text \(quoted(text))" : "a text"
        case .unrepresentable(let text): "the number \(text)"
        case .list: "a list"
        case .map: "a mapping"
        }
    }

    /// The first number in it that JSON cannot hold.
    var firstUnrepresentable: (text: String, position: Position)? {
        switch value {
        case .unrepresentable(let text): return (text, position)
        case .list(let items):
            for item in items { if let found = item.firstUnrepresentable { return found } }
            return nil
        case .map(let entries):
            for entry in entries { if let found = entry.value.firstUnrepresentable { return found } }
            return nil
        default: return nil
        }
    }

    var text: String? {
        if case .string(let text) = value { return text }
        return nil
    }
}
