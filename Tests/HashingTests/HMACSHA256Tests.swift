import Hashing
import Testing

@Suite("HMAC-SHA-256")
struct HMACSHA256Tests {
    /// RFC 4231, cases 1 to 4, 6 and 7: key, message, code.
    static let cases: [([UInt8], [UInt8], String)] = [
        (
            [UInt8](repeating: 0x0B, count: 20), Array("Hi There".utf8),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xAA, count: 20), [UInt8](repeating: 0xDD, count: 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        (
            Array(1...25), [UInt8](repeating: 0xCD, count: 50),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
        ),
        (
            [UInt8](repeating: 0xAA, count: 131), Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
        (
            [UInt8](repeating: 0xAA, count: 131),
            Array(
                ("This is a test using a larger than block-size key and a larger than block-size data. The key needs "
                    + "to be hashed before being used by the HMAC algorithm.").utf8),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
        ),
    ]

    @Test("Codes are those of RFC 4231", arguments: cases)
    func standard(_ key: [UInt8], _ message: [UInt8], _ code: String) {
        let hmac = HMACSHA256(key: key)
        #expect(Hexadecimal.text(hmac.code(of: message)) == code)
        #expect(hmac.code(of: message) == hmac.code(of: message))
    }

    @Test(
        "Keys around a block's size",
        arguments: [
            (63, "b07fd16917c5262ad2c7b351207403bec6ab7d1f3926d21ba40ace106c3938d5"),
            (64, "11581ebc1f05ecefdee13d63845c1a43b219a7bc8e0e90d3396baeb2a55677d7"),
            (65, "64fe4bbddcb2a92f94cfea8110bd7ca1aaf32e8093d49fa604534abd7cb2a3ae"),
        ])
    func block(_ count: Int, _ code: String) {
        #expect(Hexadecimal.text(HMACSHA256(key: [UInt8](repeating: 1, count: count)).code(of: [])) == code)
    }
}
