/// A random UUID (RFC 9562, version 4), written in lower case. Runs, attempts and stores carry one.
///
/// The core draws no random numbers: the 128 random bits come in as arguments.
package struct UniqueID: Sendable, Hashable {
    package let high: UInt64
    package let low: UInt64

    /// Sets the version and variant bits over 128 random ones.
    package init(randomHigh: UInt64, randomLow: UInt64) {
        high = randomHigh & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        low = randomLow & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    }

    /// Reads the 36-character form; nil for anything else.
    package init?(text: String) {
        guard text.utf8.count == 36 else { return nil }
        var halves: (UInt64, UInt64) = (0, 0)
        var digits = 0
        var index = -1
        for byte in text.utf8 {
            index += 1
            if index == 8 || index == 13 || index == 18 || index == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            if digits < 16 {
                halves.0 = halves.0 << 4 | UInt64(digit)
            } else {
                halves.1 = halves.1 << 4 | UInt64(digit)
            }
            digits += 1
        }
        (high, low) = halves
    }

    package var text: String {
        let digits = Array("0123456789abcdef".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(36)
        for index in 0..<32 {
            if index == 8 || index == 12 || index == 16 || index == 20 { bytes.append(UInt8(ascii: "-")) }
            let half = index < 16 ? high : low
            bytes.append(digits[Int(half >> UInt64((15 - index % 16) * 4) & 0xF)])
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
