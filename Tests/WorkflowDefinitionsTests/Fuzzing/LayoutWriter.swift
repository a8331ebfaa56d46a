import JSON

/// Writes a value as YAML in one of its many layouts: block or flow, any quotes, any order of keys, comments anywhere.
struct LayoutWriter {
    private var numbers: SeededNumbers

    init(seed: UInt64) {
        numbers = SeededNumbers(seed: seed)
    }

    mutating func yaml(_ value: JSONValue) -> String {
        comment(0) + block(value, indent: 0) + "\n" + comment(0)
    }

    private mutating func coin(_ sides: Int = 2) -> Bool { Int.random(in: 0..<sides, using: &numbers) == 0 }

    private mutating func comment(_ indent: Int) -> String {
        guard coin(4) else { return "" }
        let margin = String(repeating: " ", count: indent)
        return ["\(margin)# a comment: with {all}, [of] \"it\"\n", "\n", "\(margin)#\n\n"].randomElement(
            using: &numbers) ?? ""
    }

    /// Without the line end at its end. What it begins with stands behind `indent` spaces already.
    private mutating func block(_ value: JSONValue, indent: Int) -> String {
        let margin = String(repeating: " ", count: indent)
        switch value {
        case .object(let members) where !members.isEmpty && !coin(5):
            return members.sorted { $0.key < $1.key }.shuffled(using: &numbers).enumerated().map { number, member in
                let lead = number == 0 ? "" : comment(indent) + margin
                return lead + scalar(member.key, isKey: true) + ":" + inner(member.value, indent: indent)
            }.joined(separator: "\n")
        case .array(let elements) where !elements.isEmpty && !coin(5):
            return elements.enumerated().map { number, element in
                let lead = number == 0 ? "" : comment(indent) + margin
                return lead + "-" + inner(element, indent: indent)
            }.joined(separator: "\n")
        default: return flow(value)
        }
    }

    /// What follows a `:` or `-`.
    private mutating func inner(_ value: JSONValue, indent: Int) -> String {
        let step = Int.random(in: 1...4, using: &numbers)
        let margin = String(repeating: " ", count: indent + step)
        switch value {
        case .object(let members) where !members.isEmpty:
            return coin(4) ? " " + flow(value) : "\n" + margin + block(value, indent: indent + step)
        case .array(let elements) where !elements.isEmpty:
            return coin(4) ? " " + flow(value) : "\n" + margin + block(value, indent: indent + step)
        case .string(let text) where canBeLiteral(text) && coin():
            let ends = text.hasSuffix("\n\n") || text == "\n" ? "+" : text.hasSuffix("\n") ? "" : "-"
            let lines = (text.hasSuffix("\n") ? String(text.dropLast()) : text)
                .split(separator: "\n", omittingEmptySubsequences: false)
            return " |\(step)\(ends)\n" + lines.map { $0.isEmpty ? "" : margin + $0 }.joined(separator: "\n")
        default: return " " + flow(value) + (coin(6) ? "   # why" : "")
        }
    }

    private func canBeLiteral(_ text: String) -> Bool {
        !text.isEmpty && text.contains { $0 != "\n" } && !text.hasSuffix("\n\n")
            && text.unicodeScalars.allSatisfy { $0 == "\n" || (0x20..<0x7F).contains($0.value) }
    }

    private mutating func flow(_ value: JSONValue) -> String {
        switch value {
        case .object(let members):
            let inside = members.sorted { $0.key < $1.key }.shuffled(using: &numbers).map { member in
                scalar(member.key, isKey: true) + ": " + flow(member.value)
            }
            return "{" + inside.joined(separator: coin() ? ", " : ",  ") + (coin(4) && !inside.isEmpty ? ", }" : "}")
        case .array(let elements):
            return "[ " + elements.map { flow($0) }.joined(separator: ", ") + "]"
        case .string(let text): return scalar(text, isKey: false)
        case .bool(let value):
            return (value ? ["true", "True", "TRUE"] : ["false", "False", "FALSE"]).randomElement(using: &numbers) ?? ""
        case .null: return ["null", "~", "Null"].randomElement(using: &numbers) ?? ""
        case .int(let number): return coin(3) && number >= 0 ? "+\(number)" : "\(number)"
        case .double(let number): return "\(number)"
        }
    }

    private mutating func scalar(_ text: String, isKey: Bool) -> String {
        let isWord =
            text.utf8.allSatisfy { (97...122).contains($0) || $0 == UInt8(ascii: "_") } && text.utf8.count > 3
            && !["true", "false", "null", "none"].contains(text)
        if isWord, coin() { return text }
        if !text.contains("\n"), text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value < 0x7F }), coin() {
            return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
        }
        var bytes: [UInt8] = []
        JSONText.append(text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
