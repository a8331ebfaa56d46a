internal import Glibc

/// Names that the system gives as bytes, for messages where they are no text.
enum EscapedBytes {
    static func bytes(_ text: UnsafePointer<CChar>) -> [UInt8] {
        (0..<strlen(text)).map { UInt8(bitPattern: text[$0]) }
    }

    /// For the system; to be freed.
    static func copy(_ bytes: [UInt8]) -> UnsafeMutablePointer<CChar>? {
        (bytes + [0]).withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { $0.baseAddress.flatMap { strdup($0) } }
        }
    }

    static func text(_ text: UnsafePointer<CChar>) -> String { Self.text(bytes(text)) }

    /// Printable ASCII as it is, every other byte as `\xE9`.
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { byte in
            if (0x20...0x7E).contains(byte), byte != UInt8(ascii: "\\") { return String(UnicodeScalar(byte)) }
            let digits = String(byte, radix: 16, uppercase: true)
            return "\\x" + (digits.count == 1 ? "0" : "") + digits
        }.joined()
    }
}
