internal import JSON
internal import WorkflowExecutors

/// A document as JSON, indented by two spaces; without a line end at the end. What would do something to a terminal, or
/// be seen by nobody, stands in it as `\u009b`.
package enum JSONRendering {
    package static func text(_ document: Document) -> String {
        var bytes: [UInt8] = []
        append(document, depth: 0, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func append(_ document: Document, depth: Int, to bytes: inout [UInt8]) {
        switch document {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .int(let value): JSONText.append(value, to: &bytes)
        case .double(let value):
            do {
                try JSONText.append(value, to: &bytes)
            } catch {
                JSONText.append(NumberText.of(nonFinite: value), to: &bytes)
            }
        case .string(let value), .block(let value): append(value, to: &bytes)
        case .list(let elements):
            let isShort = elements.allSatisfy(\.isScalar)
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(contentsOf: (isShort ? ", " : ",").utf8) }
                if !isShort { breakLine(depth + 1, &bytes) }
                append(element, depth: depth + 1, to: &bytes)
            }
            if !isShort { breakLine(depth, &bytes) }
            bytes.append(UInt8(ascii: "]"))
        case .map(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                breakLine(depth + 1, &bytes)
                append(member.key, to: &bytes)
                bytes.append(contentsOf: ": ".utf8)
                append(member.value, depth: depth + 1, to: &bytes)
            }
            if !members.isEmpty { breakLine(depth, &bytes) }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
        guard text.unicodeScalars.contains(where: isHidden) else { return JSONText.append(text, to: &bytes) }
        var quoted: [UInt8] = []
        JSONText.append(text, to: &quoted)
        for scalar in String(decoding: quoted, as: UTF8.self).unicodeScalars {
            guard isHidden(scalar) else {
                bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
                continue
            }
            let digits = String(scalar.value, radix: 16)
            bytes.append(contentsOf: ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
        }
    }

    /// Beyond the control characters that every writer of JSON escapes; all of them are of the first plane.
    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value >= 0x7F && !DisplayLine.isSafe(scalar)
    }

    private static func breakLine(_ depth: Int, _ bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
    }
}

/// Numbers where JSON has none.
package enum NumberText {
    package static func of(nonFinite value: Double) -> String {
        value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity"
    }
}
