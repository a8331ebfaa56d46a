internal import Hashing

/// The stable name of a step's effect, handed to the outside world so that it can refuse to do a thing twice.
///
/// Equal over all attempts; new after a rewind, in another pass of a loop and after a return to an earlier stage.
/// RFC 4648 Base32 without padding of SHA-256 over the fields, each with its length before it: 52 characters.
package enum IdempotencyKey {
    /// - Parameters:
    ///   - item: the `foreach` key; empty for a step without one.
    ///   - iterations: which pass of its stage and of every loop around it, from outside in.
    ///   - move: which move to another definition gave the step another effect; 0 for none.
    package static func make(
        run: UniqueID, step: String, item: String, rewinds: Int, iterations: [Int], move: Int = 0
    ) -> String {
        var bytes: [UInt8] = []
        func field(_ text: String) {
            withUnsafeBytes(of: UInt32(text.utf8.count).bigEndian) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: text.utf8)
        }
        field(run.text)
        field(step)
        field(item)
        field(String(rewinds))
        for iteration in iterations { field(String(iteration)) }
        // No number: it cannot be taken for another pass.
        if move > 0 { field("move \(move)") }
        return base32(SHA256.hash(of: bytes))
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    private static func base32(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        var buffer: UInt32 = 0
        var bits = 0
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(alphabet[Int(buffer >> UInt32(bits) & 31)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(buffer << UInt32(5 - bits) & 31)]) }
        return String(decoding: text, as: UTF8.self)
    }
}
