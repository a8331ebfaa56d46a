/// Appends JSON text to a byte buffer: canonical (keys sorted by their UTF-8 bytes, which is also the order of their
/// scalars; doubles in their shortest form that reads back as the same double), compact or indented by two spaces.
///
/// One writer can write many values after each other; the journal keeps one and clears it between entries.
package struct JSONWriter {
    package private(set) var bytes: [UInt8] = []
    private let isPretty: Bool
    private var depth = 0

    package init(pretty: Bool = false) {
        isPretty = pretty
    }

    /// Forgets what was written and keeps the memory.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
    }

    /// Fails on a double that is not finite, and on a value nested deeper than `JSONLimits.writtenDepth`. What was
    /// appended before the failure is taken back.
    package mutating func write(_ value: JSONValue) throws(JSONError) {
        let start = bytes.count
        do {
            try append(value)
        } catch {
            bytes.removeSubrange(start...)
            depth = 0
            throw error
        }
    }

    private mutating func append(_ value: JSONValue) throws(JSONError) {
        switch value {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: value ? "true".utf8 : "false".utf8)
        case .int(let value): JSONText.append(value, to: &bytes)
        case .double(let value): try JSONText.append(value, to: &bytes)
        case .string(let value): JSONText.append(value, to: &bytes)
        case .array(let elements): try append(elements)
        case .object(let members): try append(members)
        }
    }

    private mutating func append(_ elements: [JSONValue]) throws(JSONError) {
        guard !elements.isEmpty else { return bytes.append(contentsOf: "[]".utf8) }
        try open(UInt8(ascii: "["))
        var isFirst = true
        for element in elements {
            separate(isFirst: isFirst)
            isFirst = false
            try append(element)
        }
        close(UInt8(ascii: "]"))
    }

    private mutating func append(_ members: [String: JSONValue]) throws(JSONError) {
        guard !members.isEmpty else { return bytes.append(contentsOf: "{}".utf8) }
        try open(UInt8(ascii: "{"))
        var isFirst = true
        for (key, value) in members.sorted(by: { JSONText.precedes($0.key, $1.key) }) {
            separate(isFirst: isFirst)
            isFirst = false
            JSONText.append(key, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            if isPretty { bytes.append(UInt8(ascii: " ")) }
            try append(value)
        }
        close(UInt8(ascii: "}"))
    }

    private mutating func open(_ bracket: UInt8) throws(JSONError) {
        guard depth < JSONLimits.writtenDepth else {
            throw JSONError(.tooDeep, "the value is nested deeper than \(JSONLimits.writtenDepth)")
        }
        bytes.append(bracket)
        depth += 1
    }

    private mutating func separate(isFirst: Bool) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        breakLine()
    }

    private mutating func close(_ bracket: UInt8) {
        depth -= 1
        breakLine()
        bytes.append(bracket)
    }

    private mutating func breakLine() {
        guard isPretty else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
    }
}

extension JSONValue {
    /// The canonical compact text, in UTF-8. Equal values have equal bytes.
    package func compactBytes() throws(JSONError) -> [UInt8] {
        var writer = JSONWriter()
        try writer.write(self)
        return writer.bytes
    }

    package func compactText() throws(JSONError) -> String {
        String(decoding: try compactBytes(), as: UTF8.self)
    }

    /// Indented by two spaces, keys sorted, without a line end at the end.
    package func prettyText() throws(JSONError) -> String {
        var writer = JSONWriter(pretty: true)
        try writer.write(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
