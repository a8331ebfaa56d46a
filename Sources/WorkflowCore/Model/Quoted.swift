/// A text in double quotes for a message: control characters escaped, cut after 100 characters.
package func quoted(_ text: String) -> String {
    let isPlain =
        text.utf8.count <= 100 && text.utf8.allSatisfy { (0x20..<0x7F).contains($0) && $0 != 0x22 && $0 != 0x5C }
    if isPlain { return "\"" + text + "\"" }
    var shown = "\""
    var count = 0
    for scalar in text.unicodeScalars {
        guard count < 100 else {
            shown += "…"
            break
        }
        count += 1
        switch scalar {
        case "\"": shown += "\\\""
        case "\\": shown += "\\\\"
        case "\n": shown += "\\n"
        case "\t": shown += "\\t"
        default:
            if scalar.properties.generalCategory == .control {
                shown += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                shown.unicodeScalars.append(scalar)
            }
        }
    }
    return shown + "\""
}
