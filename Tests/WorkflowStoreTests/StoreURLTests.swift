import Testing
import WorkflowStore

@Suite("How a store is named")
struct StoreURLTests {
    @Test(
        arguments: [
            ("a/b", StoreURL.sqlite(path: "a/b")), ("/a", .sqlite(path: "/a")), ("sqlite:a", .sqlite(path: "a")),
            ("sqlite:///a/b", .sqlite(path: "/a/b")), ("sqlite:/a", .sqlite(path: "/a")), ("memory:", .memory),
            ("memory", .sqlite(path: "memory")), ("./memory:", .sqlite(path: "./memory:")),
            ("MEMORY:", .sqlite(path: "MEMORY:")),
        ])
    func read(_ text: String, _ url: StoreURL) throws {
        #expect(try StoreURL(parsing: text, source: "--store") == url)
    }

    @Test(
        arguments: [
            ("", StoreError.Code.storeMissing), ("sqlite:", .storeMissing), ("a\0b", .storeMissing),
            ("memory:x", .unavailable), ("memory://", .unavailable), ("postgres://h/d", .unavailable),
            ("postgresql://h/d", .unavailable), ("mysql://h", .unavailable), ("s3://b", .unavailable),
        ])
    func refused(_ text: String, _ code: StoreError.Code) {
        let error = #expect(throws: StoreError.self) { try StoreURL(parsing: text, source: "--store") }
        #expect(error?.code == code)
        #expect(error?.message.contains("--store") == true)
    }
}
