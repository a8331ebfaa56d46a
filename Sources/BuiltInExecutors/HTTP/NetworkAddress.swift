import CCurl
import Glibc

/// An address that a connection goes to, and whether it is one of the public Internet.
///
/// Decided from the address itself, at the moment of connecting: a name that was public before may be private now.
struct NetworkAddress: Equatable {
    /// As of version 6; one of version 4 stands in `::ffff:0:0/96`.
    let bits: UInt128

    private static let mappedPrefix: UInt128 = 0xFFFF_0000_0000

    init(version4 bits: UInt32) { self.bits = NetworkAddress.mappedPrefix | UInt128(bits) }

    init(version6 bits: UInt128) { self.bits = bits }

    /// nil for what is no address of the Internet Protocol.
    init?(_ address: UnsafePointer<sockaddr>) {
        let raw = UnsafeRawPointer(address)
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            self.init(version4: UInt32(bigEndian: raw.load(as: sockaddr_in.self).sin_addr.s_addr))
        case AF_INET6:
            var bits: UInt128 = 0
            withUnsafeBytes(of: raw.load(as: sockaddr_in6.self).sin6_addr) {
                for byte in $0 { bits = bits << 8 | UInt128(byte) }
            }
            self.init(version6: bits)
        default: return nil
        }
    }

    /// Reads what `inet_pton` reads.
    init?(_ text: String) {
        var version4 = in_addr()
        var version6 = in6_addr()
        if inet_pton(AF_INET, text, &version4) == 1 {
            self.init(version4: UInt32(bigEndian: version4.s_addr))
        } else if inet_pton(AF_INET6, text, &version6) == 1 {
            var bits: UInt128 = 0
            withUnsafeBytes(of: version6) { for byte in $0 { bits = bits << 8 | UInt128(byte) } }
            self.init(version6: bits)
        } else {
            return nil
        }
    }

    var isPublic: Bool {
        if let version4 { return NetworkAddress.isPublic(version4) }
        // All that was ever given out is in 2000::/3.
        guard bits >> 125 == 0b001 else { return false }
        return !NetworkAddress.special6.contains { bits >> (128 - UInt128($0.length)) == $0.prefix }
    }

    /// The address of version 4 that is meant: mapped, translated (64:ff9b::/96) or of a tunnel (2002::/16).
    private var version4: UInt32? {
        if bits >> 32 == NetworkAddress.mappedPrefix >> 32 || bits >> 32 == 0x64_FF9B << 64 {
            return UInt32(truncatingIfNeeded: bits)
        }
        return bits >> 112 == 0x2002 ? UInt32(truncatingIfNeeded: bits >> 80) : nil
    }

    private static func isPublic(_ address: UInt32) -> Bool {
        !special4.contains { address >> (32 - $0.length) == $0.first >> (32 - $0.length) }
    }

    /// What the registry of special addresses (RFC 6890) does not let the Internet reach, and multicast.
    private static let special4: [(first: UInt32, length: UInt32)] = [
        (0x0000_0000, 8), (0x0A00_0000, 8), (0x6440_0000, 10), (0x7F00_0000, 8), (0xA9FE_0000, 16), (0xAC10_0000, 12),
        (0xC000_0000, 24), (0xC000_0200, 24), (0xC058_6300, 24), (0xC0A8_0000, 16), (0xC612_0000, 15),
        (0xC633_6400, 24), (0xCB00_7100, 24), (0xE000_0000, 4), (0xF000_0000, 4),
    ]

    /// Within 2000::/3: protocol assignments and Teredo, documentation.
    private static let special6: [(prefix: UInt128, length: Int)] = [
        (0x2001_0000 >> 9, 23), (0x2001_0DB8, 32), (0x3FFF0, 20),
    ]

    var text: String {
        if bits >> 32 == NetworkAddress.mappedPrefix >> 32 {
            return [24, 16, 8, 0].map { String(bits >> UInt128($0) & 0xFF) }.joined(separator: ".")
        }
        var address = in6_addr()
        withUnsafeMutableBytes(of: &address) { buffer in
            for place in 0..<16 { buffer[place] = UInt8(truncatingIfNeeded: bits >> UInt128(120 - 8 * place)) }
        }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(AF_INET6, &address, &text, socklen_t(text.count)) != nil else { return "?" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
