/// Makes what a step printed safe for a terminal.
package enum DisplayLine {
    /// A longer line is cut.
    package static let charactersMax = 500

    /// One line without its line feed: valid UTF-8, control characters escaped as `\u{1b}`, cut at 500 characters.
    package static func text(_ bytes: some BidirectionalCollection<UInt8>) -> String {
        var text = ""
        var characters = 0
        // A carriage return before the line feed belongs to the line's end.
        let line = bytes.last == UInt8(ascii: "\r") ? bytes.dropLast(1) : bytes.dropLast(0)
        for scalar in String(decoding: line.prefix(charactersMax * 4), as: UTF8.self).unicodeScalars {
            guard characters < charactersMax else { break }
            characters += 1
            if isSafe(scalar) {
                text.unicodeScalars.append(scalar)
            } else {
                text += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        return text
    }

    /// Neither a control character nor one that turns the direction of text around or breaks a line.
    package static func isSafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09: true
        case 0..<0x20, 0x7F...0x9F, 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x206F, 0xFEFF: false
        default: true
        }
    }
}
