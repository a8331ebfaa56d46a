extension IPAddress {
    /// The longest address has 45 bytes; longer text is not looked through.
    static let textLimit = 50

    /// Nil for anything but four decimal numbers, or eight groups of version 6 of which `::` may stand for some. There
    /// are no zones (`fe80::1%en0`), and no address of version 4 within `::ffff:`, which would have two spellings.
    init?(_ text: some StringProtocol) {
        guard text.utf8.count <= Self.textLimit else { return nil }
        if text.utf8.contains(UInt8(ascii: ":")) {
            guard let bits = Self.version6(Array(text.utf8)) else { return nil }
            self.init(version6: bits)
        } else {
            guard let bits = Self.version4(Array(text.utf8)[...]) else { return nil }
            self.init(version4: bits)
        }
    }

    private static func version4(_ text: ArraySlice<UInt8>) -> UInt32? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bits: UInt32 = 0
        for part in parts {
            guard let number = decimal(part), number < 256 else { return nil }
            bits = bits << 8 | UInt32(number)
        }
        return bits
    }

    private static func version6(_ text: [UInt8]) -> UInt128? {
        let colon = UInt8(ascii: ":")
        guard let gap = text.indices.dropLast().first(where: { text[$0] == colon && text[$0 + 1] == colon }) else {
            guard let groups = groups(text[...]), groups.count == 8 else { return nil }
            return joined(groups)
        }
        guard let before = groups(text[..<gap]), let after = groups(text[(gap + 2)...]),
            before.count + after.count < 8, !text[..<gap].contains(UInt8(ascii: "."))
        else { return nil }
        let zeros = [UInt16](repeating: 0, count: 8 - before.count - after.count)
        let bits = joined(before + zeros + after)
        let isMapped = bits >> 32 == mappedPrefix >> 32
        return isMapped && text.contains(UInt8(ascii: ".")) ? nil : bits
    }

    private static func joined(_ groups: [UInt16]) -> UInt128 { groups.reduce(0) { $0 << 16 | UInt128($1) } }

    /// Groups between single colons; the last may be written as an address of version 4, which is two groups.
    private static func groups(_ text: ArraySlice<UInt8>) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        var groups: [UInt16] = []
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, let bits = version4(part) {
                groups += [UInt16(truncatingIfNeeded: bits >> 16), UInt16(truncatingIfNeeded: bits)]
                continue
            }
            guard (1...4).contains(part.count) else { return nil }
            var group: UInt16 = 0
            for digit in part {
                guard let value = Lexer.hexValue(digit) else { return nil }
                group = group << 4 | UInt16(value)
            }
            groups.append(group)
        }
        return groups
    }

    /// A number of up to three digits without zeros in front.
    static func decimal(_ digits: some Collection<UInt8>) -> Int? {
        guard (1...3).contains(digits.count), digits.allSatisfy(Lexer.isDigit) else { return nil }
        guard digits.count == 1 || digits.first != UInt8(ascii: "0") else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }
}
