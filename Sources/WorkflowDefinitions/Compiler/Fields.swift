import WorkflowCore

/// A mapping of the definition, read by a table of its keys.
struct Fields {
    /// The mapping, for messages: `step "vpc"`.
    let owner: String
    let position: Position
    private let entries: [Node.Entry]

    /// Tells of every key that the table does not know. Nil, with an error, when the node is no mapping.
    init?(_ node: Node, of owner: String, _ table: KeyTable, problems: ProblemList) {
        guard case .map(let entries) = node.value else {
            problems.error(
                .wrongType, "\(owner) must be a mapping, not \(node.kindDescription)", at: node.position,
                suggestion: "its keys are \(table.keys.joined(separator: ", "))")
            return nil
        }
        self.owner = owner
        self.position = node.position
        self.entries = entries
        for entry in entries where !table.keys.contains(entry.key) {
            // What is missing instead says it better.
            if entry.key == "steps", table.keys.contains("stages"), !entries.contains(where: { $0.key == "stages" }) {
                continue
            }
            UnknownKey.report(entry, of: owner, table, problems: problems)
        }
    }

    func entry(_ key: String) -> Node.Entry? {
        entries.first { $0.key == key }
    }

    subscript(_ key: String) -> Node? {
        entry(key)?.value
    }

    func has(_ key: String) -> Bool {
        entry(key) != nil
    }

    /// What a stage or step calls itself, before anything of it is checked.
    static func name(of node: Node) -> String? {
        guard case .map(let entries) = node.value else { return nil }
        return entries.first { $0.key == "name" }?.value.text
    }

    static func isWritten(_ key: String, in node: Node) -> Bool {
        guard case .map(let entries) = node.value else { return false }
        return entries.contains { $0.key == key }
    }
}

/// What is said about a key that stands where it means nothing.
enum UnknownKey {
    static func report(_ entry: Node.Entry, of owner: String, _ table: KeyTable, problems: ProblemList) {
        if let reason = switchedOffSafety(entry) {
            problems.error(
                .safetySwitchedOff, reason.message, at: entry.keyPosition, suggestion: reason.suggestion)
        } else if table.later.contains(entry.key) {
            problems.error(
                .unsupportedFeature, "\"\(entry.key)\" is not supported by this version of workflow",
                at: entry.keyPosition)
        } else if problems.isFull {
            problems.error(.unknownKey, "", at: entry.keyPosition)
        } else {
            let suggestion =
                table.otherNames[entry.key].map { "the key is called \"\($0)\" here" }
                ?? table.elsewhere[entry.key]
                ?? problems.didYouMean(entry.key, among: table.keys)
                ?? "the keys are \(table.keys.joined(separator: ", "))"
            problems.error(
                .unknownKey, "unknown key \(quoted(entry.key)) in \(owner)", at: entry.keyPosition,
                suggestion: suggestion)
        }
    }

    private static func switchedOffSafety(_ entry: Node.Entry) -> (message: String, suggestion: String)? {
        switch entry.key {
        case "auto_merge" where isSwitch(entry.value, on: true):
            return (
                "auto_merge: true would merge work that nobody has approved",
                "leave it out, and let a review or an approval step come before the merge"
            )
        case "skip_review" where isSwitch(entry.value, on: true):
            return (
                "skip_review: true would let unreviewed work through",
                "leave it out; revise: {limit: n} bounds the rounds of a review"
            )
        case "security", "guardrails":
            var isOff = isSwitch(entry.value, on: false)
            if case .map(let members) = entry.value.value {
                isOff = members.contains { $0.key == "enabled" && isSwitch($0.value, on: false) }
            }
            guard isOff else { return nil }
            return (
                "\(entry.key) cannot be switched off",
                "leave it out; set a single guardrail to action: warn where it must not stop a run"
            )
        default: return nil
        }
    }

    private static func isSwitch(_ node: Node, on: Bool) -> Bool {
        switch node.value {
        case .bool(let value): value == on
        case .string(let text): (on ? ["true", "yes", "on"] : ["false", "no", "off"]).contains(text.lowercased())
        default: false
        }
    }
}
