import Hashing
import Testing

@Suite("SHA-256")
struct SHA256Tests {
    /// A text, how often, and the hash: FIPS 180-4, and the lengths around a block and its padding by another program.
    static let vectors: [(String, Int, String)] = [
        ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        ("a", 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"),
        ("a", 56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"),
        ("a", 63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34"),
        ("a", 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"),
        ("a", 65, "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0"),
        ("a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ]

    @Test("Hashes are those of the standard", arguments: vectors)
    func standard(_ text: String, _ times: Int, _ hash: String) {
        let bytes = Array(repeatElement(Array(text.utf8), count: times).joined())
        #expect(Hexadecimal.text(SHA256.hash(of: bytes)) == hash)
    }

    @Test("Parts of any size make the hash of the whole", arguments: [1, 7, 63, 64, 65, 1000])
    func parts(_ size: Int) {
        let bytes = (0..<2500).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var hash = SHA256()
        for start in stride(from: 0, to: bytes.count, by: size) {
            hash.update(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        #expect(hash.finalize() == SHA256.hash(of: bytes))
    }

    @Test("A copy goes on by itself, and so does what was asked for its hash")
    func copies() {
        var first = SHA256()
        first.update("ab")
        var second = first
        second.update("d")
        #expect(first.finalize() == SHA256.hash(of: Array("ab".utf8)))
        first.update("c")
        #expect(first.finalize() == SHA256.hash(of: Array("abc".utf8)))
        #expect(second.finalize() == SHA256.hash(of: Array("abd".utf8)))
    }

    @Test("A text counts by its UTF-8")
    func text() {
        var hash = SHA256()
        hash.update("é€")
        #expect(hash.finalize() == SHA256.hash(of: [0xC3, 0xA9, 0xE2, 0x82, 0xAC]))
        hash.update("")
        hash.update([])
        hash.update(UnsafeRawBufferPointer(start: nil, count: 0))
        #expect(hash.finalize() == SHA256.hash(of: [0xC3, 0xA9, 0xE2, 0x82, 0xAC]))
    }
}
