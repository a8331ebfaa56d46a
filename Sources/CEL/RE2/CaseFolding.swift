/// Which code points differ only in case, by Unicode's simple mappings, as RE2's `(?i)` has it.
enum CaseFolding {
    /// Code points that the mappings of no other one lead to: the Kelvin sign is a `k`, but `k` is no Kelvin sign.
    private static let hidden: [UInt32] = [
        0xB5, 0x17F, 0x1C5, 0x1C8, 0x1CB, 0x1F2, 0x345, 0x3C2, 0x3D0, 0x3D1, 0x3D5, 0x3D6, 0x3F0, 0x3F1, 0x3F4, 0x3F5,
        0x1E9B, 0x1E9E, 0x1FBE, 0x2126, 0x212A, 0x212B,
    ]

    /// The other code points that are the same letter.
    static func others(of scalar: UInt32) -> [UInt32] {
        if scalar < 128 {
            guard (scalar | 0x20) &- 0x61 < 26 else { return [] }
            switch scalar | 0x20 {
            case 0x6B: return [scalar ^ 0x20, 0x212A]
            case 0x73: return [scalar ^ 0x20, 0x17F]
            default: return [scalar ^ 0x20]
            }
        }
        let letter = folded(scalar)
        return ([letter, upper(letter)] + hidden.filter { folded($0) == letter }).filter { $0 != scalar }
    }

    private static func folded(_ scalar: UInt32) -> UInt32 { lower(upper(scalar)) }

    private static func upper(_ scalar: UInt32) -> UInt32 {
        // The dotless i has the I for its capital but is another letter.
        guard scalar != 0x131, let mapped = Unicode.Scalar(scalar)?.properties.uppercaseMapping else { return scalar }
        return single(mapped) ?? scalar
    }

    private static func lower(_ scalar: UInt32) -> UInt32 {
        guard let mapped = Unicode.Scalar(scalar)?.properties.lowercaseMapping else { return scalar }
        return single(mapped) ?? scalar
    }

    /// Nil for a mapping to several code points, which is no simple one.
    private static func single(_ mapped: String) -> UInt32? {
        var scalars = mapped.unicodeScalars.makeIterator()
        guard let first = scalars.next(), scalars.next() == nil else { return nil }
        return first.value
    }
}
