/// Text of others, fit for one line of a log.
enum DisplayText {
    /// Control characters become spaces, what is no UTF-8 becomes U+FFFD; longer text ends in `…`.
    static func line(_ text: some StringProtocol, limit: Int = 300) -> String {
        var shown = String.UnicodeScalarView()
        var isSpace = true
        for scalar in text.unicodeScalars {
            guard shown.count < limit else { return String(shown) + "…" }
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || isBidi(scalar)
            if isControl || scalar == " " {
                if !isSpace { shown.append(" ") }
                isSpace = true
            } else {
                shown.append(scalar)
                isSpace = false
            }
        }
        return String(shown)
    }

    private static func isBidi(_ scalar: Unicode.Scalar) -> Bool {
        (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
            || (0x200E...0x200F).contains(scalar.value) || (0x2028...0x2029).contains(scalar.value)
    }

    /// `64 KiB`, `1.5 MiB`, `12 bytes`.
    static func size(_ bytes: Int) -> String {
        if bytes < 1024 { return bytes == 1 ? "1 byte" : "\(bytes) bytes" }
        let (unit, name) = bytes < 1 << 20 ? (1 << 10, "KiB") : bytes < 1 << 30 ? (1 << 20, "MiB") : (1 << 30, "GiB")
        let tenths = bytes * 10 / unit
        return tenths % 10 == 0 ? "\(tenths / 10) \(name)" : "\(tenths / 10).\(tenths % 10) \(name)"
    }
}
