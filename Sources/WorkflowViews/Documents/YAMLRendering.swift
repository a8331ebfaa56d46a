internal import WorkflowExecutors

/// A document as YAML that the 1.1 and the 1.2 rules read alike; without a line end at the end.
///
/// Every string is in double quotes, so none can pass for another type; lists of scalars stand on one line.
package enum YAMLRendering {
    package static func text(_ document: Document) -> String {
        var text = ""
        append(document, indent: 0, isValue: false, to: &text)
        if text.hasPrefix("\n") { text.removeFirst() }
        while text.hasSuffix("\n") { text.removeLast() }
        return text
    }

    /// - Parameter isValue: behind `key:`, where a block begins on the next line.
    private static func append(_ document: Document, indent: Int, isValue: Bool, to text: inout String) {
        switch document {
        case .null, .bool, .int, .double, .string:
            if isValue { text += " " }
            text += scalar(document) + "\n"
        case .block(let value):
            appendBlock(value, indent: indent, isValue: isValue, to: &text)
        case .list(let elements):
            if elements.allSatisfy(\.isScalar) {
                text += (isValue ? " " : "") + "[" + elements.map(scalar).joined(separator: ", ") + "]\n"
                return
            }
            if isValue { text += "\n" }
            for (index, element) in elements.enumerated() {
                if index > 0 || isValue { text += spaces(indent) }
                text += "- "
                append(element, indent: indent + 2, isValue: false, to: &text)
            }
        case .map(let members):
            guard !members.isEmpty else {
                text += (isValue ? " " : "") + "{}\n"
                return
            }
            if isValue { text += "\n" }
            for (index, member) in members.enumerated() {
                if index > 0 || isValue { text += spaces(indent) }
                text += key(member.key) + ":"
                append(member.value, indent: indent + 2, isValue: true, to: &text)
            }
        }
    }

    /// `|` and the lines, where a literal block can hold them as they are.
    private static func appendBlock(_ value: String, indent: Int, isValue: Bool, to text: inout String) {
        let lines = value.split(separator: "\n", omittingEmptySubsequences: false)
        let isPlain =
            value.hasSuffix("\n") && !value.hasPrefix(" ") && !value.hasPrefix("\n") && !value.hasSuffix("\n\n")
            && value.unicodeScalars.allSatisfy { $0 == "\n" || isPrintable($0) }
        guard isPlain else {
            append(.string(value), indent: indent, isValue: isValue, to: &text)
            return
        }
        text += (isValue ? " " : "") + "|\n"
        for line in lines.dropLast() { text += (line.isEmpty ? "" : spaces(indent) + line) + "\n" }
    }

    private static func scalar(_ document: Document) -> String {
        switch document {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        case .double(let value): number(value)
        case .string(let value), .block(let value): quoted(value)
        case .list, .map: ""
        }
    }

    /// With a point also before an exponent: YAML 1.1 reads `1e+20` as text.
    private static func number(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? ".nan" : value < 0 ? "-.inf" : ".inf" }
        let text = value.description
        guard let exponent = text.firstIndex(of: "e"), !text[..<exponent].contains(".") else { return text }
        return text[..<exponent] + ".0" + text[exponent...]
    }

    private static let otherTypes: Set<String> = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]

    private static func key(_ key: String) -> String {
        let isPlain =
            !key.isEmpty
            && key.utf8.enumerated().allSatisfy { index, byte in
                switch byte {
                case 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"): true
                case 0x30...0x39, UInt8(ascii: "-"): index > 0
                default: false
                }
            }
        return isPlain && !otherTypes.contains(key.lowercased()) ? key : quoted(key)
    }

    package static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case "\r": quoted += "\\r"
            default:
                if isPrintable(scalar) {
                    quoted.unicodeScalars.append(scalar)
                } else {
                    let digits = String(scalar.value, radix: 16, uppercase: true)
                    let width = scalar.value > 0xFFFF ? 8 : scalar.value > 0xFF ? 4 : 2
                    let letter = width == 8 ? "U" : width == 4 ? "u" : "x"
                    quoted += "\\" + letter + String(repeating: "0", count: width - digits.count) + digits
                }
            }
        }
        return quoted + "\""
    }

    /// What may stand in YAML as it is, does not break a line, and does nothing to a terminal.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0xFFFE, 0xFFFF: false
        default: DisplayLine.isSafe(scalar)
        }
    }

    private static func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }
}
