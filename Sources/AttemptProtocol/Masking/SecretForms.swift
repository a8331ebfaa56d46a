/// The byte sequences in which a secret shows up in output: itself, each of its lines (programs print a key line by line),
/// and what JSON writers make of them.
package enum SecretForms {
    /// A shorter secret would blank out ordinary text; such a one is refused, and lines of a secret below it are not masked.
    package static let bytesMin = 4

    /// The forms of `secret` in a fixed order, without repetition.
    package static func of(_ secret: String) -> [[UInt8]] {
        var texts = [secret]
        let lines = secret.split(omittingEmptySubsequences: true) { $0.isNewline }.map(String.init)
        if lines.count > 1 || lines.first != secret {
            texts += lines
            texts.append(lines.joined(separator: "\n"))
            texts.append(lines.joined(separator: "\r\n"))
        }
        var forms: [[UInt8]] = []
        var seen: Set<[UInt8]> = []
        for text in texts {
            for form in [Array(text.utf8)] + JSONEscapes.all.map({ $0.escaped(text) })
            where form.count >= bytesMin && seen.insert(form).inserted {
                forms.append(form)
            }
        }
        return forms
    }
}

/// One way in which JSON writers escape text (RFC 8259, section 7, leaves much of it to taste).
private struct JSONEscapes {
    /// `/` as `\/`, as PHP writes it.
    var slash: Bool
    /// `<`, `>` and `&` as `\u003c`…, as Go writes them.
    var markup: Bool
    /// All that is not ASCII as `\u…`, as Python writes it.
    var beyondASCII: Bool
    var capitals: Bool

    static let all: [JSONEscapes] = [false, true].flatMap { slash in
        [false, true].flatMap { markup in
            [false, true].flatMap { beyondASCII in
                [false, true].map {
                    JSONEscapes(slash: slash, markup: markup, beyondASCII: beyondASCII, capitals: $0)
                }
            }
        }
    }

    func escaped(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": bytes += Array(#"\""#.utf8)
            case "\\": bytes += Array(#"\\"#.utf8)
            case "\n": bytes += Array(#"\n"#.utf8)
            case "\r": bytes += Array(#"\r"#.utf8)
            case "\t": bytes += Array(#"\t"#.utf8)
            case "\u{8}": bytes += Array(#"\b"#.utf8)
            case "\u{C}": bytes += Array(#"\f"#.utf8)
            case "/" where slash: bytes += Array(#"\/"#.utf8)
            case "<" where markup, ">" where markup, "&" where markup: append(UInt16(scalar.value), to: &bytes)
            case "\u{2028}" where markup, "\u{2029}" where markup: append(UInt16(scalar.value), to: &bytes)
            case _ where scalar.value < 0x20: append(UInt16(scalar.value), to: &bytes)
            case _ where scalar.value > 0x7E && beyondASCII:
                for unit in UTF16.encode(scalar) ?? .init() { append(unit, to: &bytes) }
            default: bytes += Array(String(scalar).utf8)
            }
        }
        return bytes
    }

    private func append(_ unit: UInt16, to bytes: inout [UInt8]) {
        let digits = String(unit, radix: 16, uppercase: capitals)
        bytes += Array("\\u".utf8) + Array(repeating: 0x30, count: 4 - digits.utf8.count) + Array(digits.utf8)
    }
}
