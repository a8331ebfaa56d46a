import Hashing
import Testing

@Suite("Hexadecimal")
struct HexadecimalTests {
    @Test("Every byte goes there and back")
    func everyByte() {
        let bytes = [UInt8](0...255)
        let text = Hexadecimal.text(bytes)
        #expect(text.hasPrefix("000102") && text.hasSuffix("fdfeff"))
        #expect(Hexadecimal.bytes(text) == bytes)
        #expect(Hexadecimal.text(bytes[254...]) == "feff")
        #expect(Hexadecimal.text([UInt8]()).isEmpty && Hexadecimal.bytes("") == [])
    }

    @Test("What is not written so is refused", arguments: ["a", "0g", "AB", " 0", "0x", "é", "٠٠", "a\u{301}b"])
    func refused(_ text: String) {
        #expect(Hexadecimal.bytes(text) == nil)
    }
}
