/// The texts in which a secret shows up in output, each as the characters that it consists of.
///
/// They are the secret itself, each of its lines (programs print a key line by line), and its base64 at each of the
/// three places where it can begin in a group of three bytes. Each character may be written in any of its spellings,
/// whatever the spellings of the others: programs differ in which characters they escape.
package enum SecretForms {
    /// A shorter secret would blank out ordinary text; such a one is refused, and lines of a secret below it are not
    /// masked.
    package static let bytesMin = 4
    /// A longer text has few spellings for each character.
    static let richBytesMax = 4096

    /// The forms of `secret` in a fixed order.
    package static func of(_ secret: String) -> [SecretForm] {
        var texts = [secret]
        let lines = secret.split(omittingEmptySubsequences: true) { $0.isNewline }.map(String.init)
        let joined = lines.joined(separator: "\n")
        let isOfLines = lines.count > 1 || !(lines.first ?? "").utf8.elementsEqual(secret.utf8)
        if isOfLines { texts += lines + [joined] }
        let encoded = isOfLines ? [secret, joined] : [secret]
        return texts.filter { $0.utf8.count >= bytesMin }.map(spelled)
            + encoded.filter { $0.utf8.count >= bytesMin }.flatMap { text in
                (0...2).flatMap { base64(text, behind: $0) }
            }
    }

    private static func spelled(_ text: String) -> SecretForm {
        let areFew = text.utf8.count > richBytesMax
        let scalars = Array(text.unicodeScalars)
        var units: [SecretForm.Unit] = []
        var at = 0
        while at < scalars.count {
            let isPair = scalars[at] == "\r" && at + 1 < scalars.count && scalars[at + 1] == "\n"
            let isFirst = at == 0
            at += isPair ? 2 : 1
            let scalar = scalars[at - 1]
            let spellings = SecretSpellings(isFirst: isFirst, isLast: at == scalars.count, areFew: areFew)
            units.append(
                SecretForm.Unit(
                    key: scalar.value | (areFew ? 1 << 24 : 0) | (at == scalars.count ? 1 << 25 : 0),
                    spellings: scalar == "\n" ? spellings.ofLineEnd() : spellings.of(scalar)))
        }
        return SecretForm(units: units, isWrapped: false)
    }

    /// The digits that are the secret's alone when `count` bytes (modulo 3) stand before it; and these with the last
    /// one, which is known where nothing or a line end follows it.
    private static func base64(_ text: String, behind count: Int) -> [SecretForm] {
        let bytes = [UInt8](repeating: 0, count: count) + Array(text.utf8)
        let first = (8 * count + 5) / 6
        let last = 8 * bytes.count / 6
        let units = (first...(8 * bytes.count - 1) / 6).map { index in
            let at = 6 * index / 8
            let pair = UInt16(bytes[at]) << 8 | UInt16(at + 1 < bytes.count ? bytes[at + 1] : 0)
            return base64Unit(Int(pair >> (10 - UInt16(6 * index % 8)) & 0x3F))
        }
        let forms = [Array(units.prefix(last - first)), units]
        return (forms[0].count == forms[1].count ? [units] : forms).map { SecretForm(units: $0, isWrapped: true) }
    }

    private static func base64Unit(_ digit: Int) -> SecretForm.Unit {
        let spellings: [[UInt8]] =
            switch digit {
            case 62: ["+", "-", "%2B", "%2b"].map { Array($0.utf8) }
            case 63: ["/", "_", "%2F", "%2f", "\\/"].map { Array($0.utf8) }
            default: [[base64Digits[digit]]]
            }
        return SecretForm.Unit(key: UInt32(base64Digits[digit]) | 1 << 26, spellings: spellings)
    }

    private static let base64Digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
}

/// One text in which a secret shows up.
package struct SecretForm: Sendable {
    /// One character.
    package struct Unit: Sendable {
        /// Equal keys behind equal characters have equal spellings.
        package var key: UInt32
        package var spellings: [[UInt8]]
    }

    package var units: [Unit]
    /// Whether a line may end between any two units, as encoders wrap base64.
    package var isWrapped: Bool
}
