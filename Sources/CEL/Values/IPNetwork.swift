/// A range of addresses as classless routing (CIDR, RFC 4632) writes it: an address and how many of its first bits all
/// members share. The bits behind them may be set, and count in comparisons.
package struct IPNetwork: Sendable, Hashable {
    let address: IPAddress
    /// 0 to 32 in version 4, to 128 in version 6.
    let prefixLength: Int

    init(address: IPAddress, prefixLength: Int) {
        self.address = address
        self.prefixLength = prefixLength
    }

    /// Nil for anything but an address, a slash and a length without zeros in front.
    init?(_ text: some StringProtocol) {
        guard text.utf8.count <= IPAddress.textLimit, let slash = text.lastIndex(of: "/"),
            let address = IPAddress(text[..<slash]),
            let length = IPAddress.decimal(text[text.index(after: slash)...].utf8),
            length <= (address.family == 4 ? 32 : 128)
        else { return nil }
        self.init(address: address, prefixLength: length)
    }

    /// The same range with the other bits cleared.
    var masked: IPNetwork {
        let others = (address.family == 4 ? 32 : 128) - prefixLength
        let mask = others == 128 ? 0 : UInt128.max << UInt128(others)
        let bits = address.bits & mask
        let first =
            address.family == 4
            ? IPAddress(version4: UInt32(truncatingIfNeeded: bits)) : IPAddress(version6: bits)
        return IPNetwork(address: first, prefixLength: prefixLength)
    }

    /// Addresses of the other version are in no range.
    func contains(_ other: IPAddress) -> Bool {
        other.family == address.family
            && IPNetwork(address: other, prefixLength: prefixLength).masked.address == masked.address
    }

    func contains(_ other: IPNetwork) -> Bool {
        other.prefixLength >= prefixLength && contains(other.address)
    }

    package var text: String { "\(address.text)/\(prefixLength)" }
}
