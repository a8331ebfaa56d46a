/// Text in the language of man pages.
struct Roff {
    private(set) var text = ""

    /// A line whose characters have been escaped.
    mutating func line(_ line: String) {
        text += (line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" : "") + line + "\n"
    }

    mutating func macro(_ name: String, _ arguments: String...) {
        let quoted = arguments.map { "\"" + Roff.escaped($0) + "\"" }
        text += ([".\(name)"] + quoted).joined(separator: " ") + "\n"
    }

    mutating func section(_ title: String) { macro("SH", title) }

    /// A term with its meaning below.
    /// - Parameter raw: the term has been escaped.
    mutating func item(_ term: String, raw: Bool = false, _ meaning: String) {
        macro("TP")
        line(raw ? term : "\\fB\(Roff.escaped(term))\\fR")
        line(meaning.isEmpty ? "\\&" : Roff.escaped(meaning))
    }

    /// Help text: paragraphs, and indented lines that stand as they are.
    mutating func discussion(_ text: String) {
        var isExample = false
        var isBehindGap = false
        for part in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if part.allSatisfy({ $0 == " " }) {
                isBehindGap = true
                continue
            }
            let isIndented = part.hasPrefix("  ")
            if isIndented != isExample {
                if isIndented { macro("PP") }
                macro(isIndented ? "EX" : "EE")
                isExample = isIndented
                if !isIndented { macro("PP") }
            } else if isBehindGap {
                macro("PP")
            }
            isBehindGap = false
            line(Roff.escaped(isIndented ? String(part) : String(part.drop { $0 == " " })))
        }
        if isExample { macro("EE") }
    }

    /// Text without a meaning to roff: a hyphen that is typed stays one.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\e"
            case "-": escaped += "\\-"
            case "\"": escaped += "\\(dq"
            case "'": escaped += "\\(aq"
            case "`": escaped += "\\(ga"
            case "^": escaped += "\\(ha"
            case "~": escaped += "\\(ti"
            case "…": escaped += "..."
            default:
                if scalar.isASCII {
                    escaped.unicodeScalars.append(scalar)
                } else {
                    escaped += "\\[u\(Roff.hexadecimal(scalar.value))]"
                }
            }
        }
        return escaped
    }

    private static func hexadecimal(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
