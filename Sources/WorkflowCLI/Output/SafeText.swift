internal import WorkflowExecutors

/// Text as a terminal may have it, whatever is in it: names of files, arguments and other people's data above all.
enum SafeText {
    /// Lines: control characters and those that turn the direction of text around become `\u{1b}`; line ends and tabs
    /// stay.
    ///
    /// - Parameter keepsColours: of the escape sequences, those that set a colour stay: this program's own are such.
    static func lines(_ text: String, keepsColours: Bool) -> String {
        if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) || $0 == 0x0A || $0 == 0x09 }) { return text }
        var result = String.UnicodeScalarView()
        var rest = Substring(text).unicodeScalars
        while let scalar = rest.first {
            if keepsColours, scalar == "\u{1B}", let count = colourLength(rest) {
                result.append(contentsOf: rest.prefix(count))
                rest = rest.dropFirst(count)
                continue
            }
            rest.removeFirst()
            if scalar == "\n" || DisplayLine.isSafe(scalar) {
                result.append(scalar)
            } else {
                result.append(contentsOf: escape(scalar).unicodeScalars)
            }
        }
        return String(result)
    }

    /// A name that stands within a line: its line ends and tabs are escaped as well.
    static func name(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar != "\t", DisplayLine.isSafe(scalar) {
                result.append(scalar)
            } else {
                result.append(contentsOf: escape(scalar).unicodeScalars)
            }
        }
        return String(result)
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String { "\\u{\(String(scalar.value, radix: 16))}" }

    /// How long the sequence is that sets a colour, `ESC [ 1 ; 31 m`; nil where it is another one. One that hides text,
    /// or makes it blink, sets no colour.
    private static func colourLength(_ text: Substring.UnicodeScalarView) -> Int? {
        let body = text.dropFirst()
        guard body.first == "[" else { return nil }
        let parameters = body.dropFirst().prefix { ("0"..."9").contains($0) || $0 == ";" }
        guard parameters.count <= 12, body.dropFirst(1 + parameters.count).first == "m" else { return nil }
        let numbers = String(parameters).split(separator: ";")
        let isColour =
            numbers.count == 3 && numbers[0] == "38" && numbers[1] == "5"
            || numbers.allSatisfy { number in
                Int(number).map { $0 <= 2 || (30...37).contains($0) || $0 == 39 || (90...97).contains($0) } ?? false
            }
        return isColour ? parameters.count + 3 : nil
    }
}
