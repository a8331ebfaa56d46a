import Glibc
import JSON
import Testing

/// A server with a certificate of its own making, by the program `openssl` where there is one.
@Suite("http/request: TLS")
struct HTTPTLSTests {
    private static let openssl: String? = ["/usr/bin/openssl", "/usr/local/bin/openssl"].first { access($0, X_OK) == 0 }

    @Test(
        "A certificate of an unknown authority is refused before anything is sent, and taken where its file is named",
        .enabled(if: HTTPTLSTests.openssl != nil, "there is no program openssl: install openssl"))
    func selfSigned() throws {
        let openssl = try #require(Self.openssl)
        var template = Array("/tmp/workflow-tls-XXXXXX".utf8CString)
        _ = try #require(mkdtemp(&template))
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            for name in ["key.pem", "cert.pem"] { unlink("\(folder)/\(name)") }
            rmdir(folder)
        }
        let made = try spawn([
            openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
            "subjectAltName=DNS:localhost", "-keyout", "\(folder)/key.pem", "-out", "\(folder)/cert.pem",
        ])
        var status: Int32 = 0
        #expect(waitpid(made, &status, 0) == made)
        try #require(status == 0)
        // Its port has to be chosen for it: one that was free a moment ago.
        let port = try LoopbackServer { _ in }.port
        let server = try spawn([
            openssl, "s_server", "-accept", "127.0.0.1:\(port)", "-key", "\(folder)/key.pem", "-cert",
            "\(folder)/cert.pem", "-www", "-quiet",
        ])
        defer {
            kill(server, SIGKILL)
            waitpid(server, &status, 0)
        }
        func call(_ host: String, _ more: [String: JSONValue] = [:]) throws -> CalledProgram {
            var with = more
            with["url"] = .string("https://\(host):\(port)/")
            return try CalledProgram.http(.object(with))
        }
        var refused = try call("localhost", ["method": "POST"])
        for _ in 0..<200 where refused.failureCode == "connect" {
            usleep(20_000)
            refused = try call("localhost", ["method": "POST"])
        }
        #expect(refused.verdict == "tls never none")
        #expect(refused.log.contains("name its file with ca"))
        let taken = try call("localhost", ["ca": .string("\(folder)/cert.pem")])
        #expect(taken.outputs["status"] == 200, "\(taken.log)")
        // The name counts, not the authority alone.
        #expect(try call("127.0.0.1", ["ca": .string("\(folder)/cert.pem")]).verdict == "tls never none")
        #expect(try call("localhost", ["ca": .string("\(folder)/none.pem")]).verdict == "tls never none")
    }

    @Test("A server that speaks no TLS is a failure of TLS")
    func plain() throws {
        let server = try LoopbackServer { talk in talk.answer("200 OK") }
        let called = try CalledProgram.http(["url": .string("https://127.0.0.1:\(server.port)/"), "method": "POST"])
        #expect(called.verdict == "tls now none")
    }

    private func spawn(_ arguments: [String]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for number in 0...2 { posix_spawn_file_actions_addopen(&actions, Int32(number), "/dev/null", O_RDWR, 0) }
        let argv = arguments.map { strdup($0) } + [nil]
        defer { for pointer in argv { free(pointer) } }
        var pid: pid_t = 0
        try #require(posix_spawn(&pid, arguments[0], &actions, nil, argv, [nil]) == 0)
        return pid
    }
}
