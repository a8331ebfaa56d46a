import Testing

@testable import WorkflowExecutors

@Suite("Outputs of a step")
struct OutputFileTests {
    @Test(
        "Lines and blocks are read, the last value of a key counts",
        arguments: [
            ("", [:]), ("\n\n", [:]), ("a=1", ["a": "1"]), ("a=1\na=2\n", ["a": "2"]), ("a=", ["a": ""]),
            ("a=b=c\n", ["a": "b=c"]), ("a=b<<c\n", ["a": "b<<c"]), ("_A-9= x \n", ["_A-9": " x "]),
            ("k<<END\none\n\ntwo\nEND\nb=1\n", ["k": "one\n\ntwo", "b": "1"]), ("k<<END\nEND\n", ["k": ""]),
            ("k<<E O F\n END\nE O F", ["k": " END"]), ("k<<END\n[1,\n2]\nEND\n", ["k": "[1,\n2]"]),
            ("k<<END\na=1\nb<<X\nEND\n", ["k": "a=1\nb<<X"]), ("a=1\r\n", ["a": "1\r"]), ("é=1", nil),
        ] as [(String, [String: String]?)])
    func lines(_ text: String, _ expected: [String: String]?) {
        #expect((try? OutputFile.parse(Array(text.utf8), secrets: [])) == expected)
    }

    @Test(
        "An error names the line, and the key where there is one",
        arguments: [
            ("a=1\nnonsense\n", 2, "neither"), ("a=1\n\n=x\n", 3, "no key"), ("1a=x", 1, "\"1a\""),
            ("a b=x", 1, "\"a b\""), ("a=1\nk<<END\nx\n", 2, "value of k"), ("k<<\n", 1, "k<<END"),
            ("a=1\nk=\u{0}\n", 2, "NUL"), ("\u{1B}[2J=x", 1, "\\u{1b}"),
        ])
    func errors(_ text: String, _ line: Int, _ part: String) {
        let error = #expect(throws: OutputError.self) { try OutputFile.parse(Array(text.utf8), secrets: []) }
        #expect(error?.code == .invalid)
        #expect(error?.line == line)
        #expect(error?.message.contains("line \(line) ") == true)
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
    }

    @Test("What is not UTF-8 is refused by key, and too much by size")
    func refused() {
        let invalid = #expect(throws: OutputError.self) {
            try OutputFile.parse(Array("a=1\nk=".utf8) + [0xFF], secrets: [])
        }
        #expect(invalid?.line == 2)
        #expect(invalid?.message.contains("value of k is not UTF-8") == true)
        let long = Array("a=".utf8) + [UInt8](repeating: 0x78, count: OutputFile.bytesMax)
        #expect(throws: OutputError.self) { try OutputFile.parse(long, secrets: []) }
        #expect(throws: OutputError.self) {
            try OutputFile.parse(Array((String(repeating: "k", count: 257) + "=1").utf8), secrets: [])
        }
    }

    @Test(
        "Secrets are masked wherever they show up",
        arguments: [
            ("a=x-token-1-y", ["a": "x-***-y"]),
            ("token-1=1", nil),
            ("a={\"token-1\": [\"token-1\", {\"b\": \"xtoken-1\"}]}", ["a": "{\"***\":[\"***\",{\"b\":\"x***\"}]}"]),
            ("a=[\"tok\\u0065n-1\"]", ["a": "[\"***\"]"]),
            ("a=12345678", ["a": "***"]), ("a=[12345678, 1]", ["a": "[\"***\",1]"]), ("a=true", ["a": "true"]),
            ("a=[\"multi\", \"part\"]", ["a": "[***]"]),
            ("a<<END\nline one\nline two\nEND", ["a": "***"]),
        ] as [(String, [String: String]?)])
    func masking(_ text: String, _ expected: [String: String]?) {
        let secrets = ["token-1", "12345678", "\"multi\",\"part\"", "line one\nline two"]
        let outputs = try? OutputFile.parse(Array(text.utf8), secrets: secrets)
        #expect(outputs == expected ?? ["***": "1"])
    }

    @Test("Secrets do not show up in errors")
    func maskedErrors() {
        for text in ["token-1 =x", "token-1<<END", "token-1=\u{0}"] {
            let error = #expect(throws: OutputError.self) {
                try OutputFile.parse(Array(text.utf8), secrets: ["token-1"])
            }
            #expect(error?.message.contains("token-1") == false)
            #expect(error?.message.contains("***") == true)
        }
    }
}
