/// Whether a text can be part of a definition at all, found out without reading it as YAML.
enum KnownKeys {
    private static let keys = Set(
        KeyTable.workflow.keys + KeyTable.steps.keys + Array(KeyTable.workflow.otherNames.keys))

    /// True where a known key stands at the beginning of a line, or behind the bracket of a mapping. What is empty, or
    /// holds nothing but comments, has nothing to hide.
    static func appear(in bytes: [UInt8]) -> Bool {
        var isEmpty = true
        for line in bytes.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            var rest = line[...]
            if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
            rest = rest.drop { $0 == 0x20 || $0 == 0x09 }
            guard let first = rest.first, first != UInt8(ascii: "#"), !rest.elementsEqual("---".utf8) else { continue }
            isEmpty = false
            if rest.first == UInt8(ascii: "{") { rest = rest.dropFirst().drop { $0 == 0x20 } }
            let quote = rest.first.flatMap { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'") ? $0 : nil }
            if quote != nil { rest = rest.dropFirst() }
            let key = rest.prefix(while: NameRules.isNamePart)
            rest = rest.dropFirst(key.count)
            if quote != nil { rest = rest.dropFirst() }
            rest = rest.drop { $0 == 0x20 }
            guard rest.first == UInt8(ascii: ":"), keys.contains(String(decoding: key, as: UTF8.self)) else { continue }
            return true
        }
        return isEmpty
    }
}
