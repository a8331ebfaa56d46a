/// An address of the Internet Protocol, version 4 or 6.
package struct IPAddress: Sendable {
    /// As an address of version 6. One of version 4 stands in `::ffff:0:0/96`, so that `::ffff:c0a8:1` is equal to
    /// `192.168.0.1`.
    let bits: UInt128
    /// 4 or 6, as it was written.
    let family: Int

    /// What stands before the 32 bits of version 4.
    static let mappedPrefix: UInt128 = 0xFFFF_0000_0000

    init(version4 bits: UInt32) {
        self.bits = Self.mappedPrefix | UInt128(bits)
        family = 4
    }

    init(version6 bits: UInt128) {
        self.bits = bits
        family = 6
    }

    /// The 32 bits, also of an address of version 6 that holds one of version 4.
    private var version4: UInt32? {
        bits >> 32 == Self.mappedPrefix >> 32 ? UInt32(truncatingIfNeeded: bits) : nil
    }

    // MARK: Kinds of addresses (RFC 4291, RFC 6890)

    var isUnspecified: Bool { version4.map { $0 == 0 } ?? (bits == 0) }

    var isLoopback: Bool { version4.map { $0 >> 24 == 127 } ?? (bits == 1) }

    var isMulticast: Bool { version4.map { $0 >> 28 == 0xE } ?? (bits >> 120 == 0xFF) }

    var isLinkLocalMulticast: Bool { version4.map { $0 >> 8 == 0xE0_0000 } ?? (bits >> 112 & 0xFF0F == 0xFF02) }

    var isLinkLocalUnicast: Bool { version4.map { $0 >> 16 == 0xA9FE } ?? (bits >> 118 == 0x3FA) }

    /// One address that can be routed, private ones included.
    var isGlobalUnicast: Bool {
        version4 != .max && !isUnspecified && !isLoopback && !isMulticast && !isLinkLocalUnicast
    }

    // MARK: Text

    /// Four decimal numbers, or the canonical form of RFC 5952.
    package var text: String {
        if family == 4 {
            return [24, 16, 8, 0].map { String(bits >> UInt128($0) & 0xFF) }.joined(separator: ".")
        }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: bits >> (112 - 16 * UInt128($0))) }
        func written(_ groups: some Collection<UInt16>) -> String {
            groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard let zeros = Self.longestZeros(groups) else { return written(groups) }
        return written(groups[..<zeros.lowerBound]) + "::" + written(groups[zeros.upperBound...])
    }

    /// The first of the longest runs of two or more zeros.
    private static func longestZeros(_ groups: [UInt16]) -> Range<Int>? {
        var longest = 0..<1
        var start = 0
        for (index, group) in groups.enumerated() {
            if group != 0 {
                start = index + 1
            } else if index + 1 - start > longest.count {
                longest = start..<(index + 1)
            }
        }
        return longest.count > 1 ? longest : nil
    }
}

extension IPAddress: Hashable {
    package static func == (left: Self, right: Self) -> Bool { left.bits == right.bits }

    package func hash(into hasher: inout Hasher) { hasher.combine(bits) }
}
