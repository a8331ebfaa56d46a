import Glibc
import JSON
import Testing

/// Servers that do what servers do at three in the morning.
@Suite("http/request: servers that misbehave")
struct MisbehavingServerTests {
    /// Reads the request, then does what it likes.
    private static let misdeeds: [String: @Sendable (Conversation) -> Void] = [
        "silent": { $0.wait() },
        "slow head": { talk in
            talk.write(Array("HTTP/1.1 200 OK\r\nX-A: ".utf8))
            talk.wait()
        },
        "slow body": { talk in
            talk.head("HTTP/1.1 200 OK\nContent-Length: 10")
            talk.write([65])
            talk.wait()
        },
        "closes without a word": { _ in },
        "closes in the head": { $0.write(Array("HTTP/1.1 200 OK\r\nX-A: 1".utf8)) },
        "closes in the body": { talk in
            talk.head("HTTP/1.1 200 OK\nContent-Length: 10")
            talk.write([65])
        },
        "closes in a chunk": { talk in
            talk.head("HTTP/1.1 200 OK\nTransfer-Encoding: chunked")
            talk.write(Array("5\r\nab".utf8))
        },
        "garbage for a chunk": { talk in
            talk.head("HTTP/1.1 200 OK\nTransfer-Encoding: chunked")
            talk.write(Array("zz\r\nab\r\n0\r\n\r\n".utf8))
        },
        "no HTTP": { $0.write(Array("SSH-2.0-OpenSSH_9.2\r\n".utf8)) },
        "bad JSON": { $0.answer("200 OK", ["Content-Type: application/json"], "{\"a\": ") },
        "JSON that rounds": {
            $0.answer("200 OK", ["Content-Type: application/json"], #"{"id": 123456789012345678901}"#)
        },
        "endless head": { talk in
            talk.write(Array("HTTP/1.1 200 OK\r\n".utf8))
            while talk.write(Array("X-A: \(String(repeating: "a", count: 1000))\r\n".utf8)) {}
        },
        "a gigabyte, announced": { talk in
            talk.head("HTTP/1.1 200 OK\nContent-Length: 1073741824")
            while talk.write([UInt8](repeating: 65, count: 65536)) {}
        },
        "a gigabyte, not announced": { talk in
            talk.head("HTTP/1.1 200 OK\nConnection: close")
            while talk.write([UInt8](repeating: 65, count: 65536)) {}
        },
        "500": { $0.answer("500 Oh") }, "502": { $0.answer("502 Oh") }, "503": { $0.answer("503 Oh") },
        "401": { $0.answer("401 No") }, "304": { $0.head("HTTP/1.1 304 Not Modified") },
    ]

    @Test(
        "Each is named by a code, with what may be in place and whether trying again helps",
        arguments: [
            // misdeed, GET, PUT, POST, POST with honours_key
            ("silent", "timeout now", "none", "partial", "unknown"),
            ("slow head", "timeout now", "none", "partial", "partial never"),
            ("slow body", "timeout now", "none", "partial", "partial never"),
            ("closes without a word", "connection_lost now", "none", "partial", "unknown"),
            ("closes in the head", "connection_lost now", "none", "partial", "partial never"),
            ("closes in the body", "connection_lost now", "none", "partial", "partial never"),
            ("closes in a chunk", "connection_lost now", "none", "partial", "partial never"),
            ("garbage for a chunk", "connection_lost now", "none", "partial", "partial never"),
            ("no HTTP", "bad_response now", "none", "partial", "unknown"),
            ("bad JSON", "bad_response now", "none", "partial", "partial never"),
            ("JSON that rounds", "bad_response now", "none", "partial", "partial never"),
            ("endless head", "too_large never", "none", "partial", "partial"),
            ("a gigabyte, announced", "too_large never", "none", "partial", "partial"),
            ("a gigabyte, not announced", "too_large never", "none", "partial", "partial"),
            ("500", "http_500 now", "none", "partial", "unknown"),
            ("502", "http_502 now", "none", "partial", "unknown"),
            ("503", "http_503 now", "none", "none", "none"),
            ("401", "http_401 never", "none", "none", "none"),
            ("304", "http_304 never", "none", "partial", "partial"),
        ])
    func misdeed(_ name: String, _ expected: String, _ get: String, _ put: String, _ post: String) throws {
        let act = try #require(Self.misdeeds[name])
        let server = try LoopbackServer { talk in
            talk.read()
            act(talk)
        }
        func call(_ method: String, honoursKey: Bool = false) throws -> String {
            let patience: JSONValue = name.hasPrefix("s") ? "300ms" : "20s"
            return try CalledProgram.http([
                "url": server.url(), "method": .string(method), "timeout": patience, "max_body": "1MiB",
                "honours_key": .bool(honoursKey), "body": method == "GET" ? nil : "x",
            ]).verdict
        }
        let words = post.split(separator: " ")
        let code = expected.split(separator: " ")[0]
        #expect(try call("GET") == "\(expected) \(get)")
        #expect(try call("PUT") == "\(expected) \(put)")
        #expect(try call("POST", honoursKey: true) == "\(expected) \(put)")
        #expect(try call("POST") == (words.count == 2 ? "\(code) never \(words[0])" : "\(expected) \(post)"))
        // Not once more than was asked for, also where the server closed at once.
        #expect(server.heads.count == 4)
    }

    @Test("A length that is too short ends the body there")
    func shortLength() throws {
        let server = try LoopbackServer { talk in
            talk.read()
            talk.head("HTTP/1.1 200 OK\nContent-Length: 3")
            talk.write(Array("abcdef".utf8))
        }
        #expect(try CalledProgram.http(["url": server.url()]).outputs["body"] == "abc")
    }

    @Test("max_body counts what was decoded, so that a small answer cannot unpack to a large one")
    func bomb() throws {
        // 64 KiB of the letter a, as gzip.
        let packed = Self.packedLetters
        let server = try LoopbackServer { talk in
            talk.read()
            talk.answer("200 OK", ["Content-Encoding: gzip", "Content-Type: text/plain"], bytes: packed)
        }
        #expect(try CalledProgram.http(["url": server.url(), "max_body": 65535]).verdict == "too_large never none")
        let called = try CalledProgram.http(["url": server.url(), "max_body": 65536])
        #expect(called.outputFile == "body<<END\n\(String(repeating: "a", count: 65536))\nEND\n")
    }

    @Test("Interim answers and trailers are no headers of the answer, and folded lines are one")
    func head() throws {
        let server = try LoopbackServer { talk in
            talk.read()
            talk.head("HTTP/1.1 103 Early Hints\nLink: early")
            talk.head("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nX-Folded: a\n  b\nX-Latin: \u{E9}")
            talk.write(Array("3\r\nabc\r\n0\r\nX-Trailer: t\r\n\r\n".utf8))
        }
        let called = try CalledProgram.http(["url": server.url()])
        #expect(
            called.outputs["headers"]
                == ["transfer-encoding": "chunked", "x-folded": "a b", "x-latin": "\u{E9}"])
        #expect(called.outputs["body"] == "abc")
    }

    @Test("Nothing that listens, and no such name: nothing was sent")
    func unreachable() throws {
        let port = try LoopbackServer { _ in }.port
        #expect(
            try CalledProgram.http(["url": .string("http://127.0.0.1:\(port)/"), "method": "POST"]).verdict
                == "connect now none")
        let lost = try CalledProgram.http(["url": "http://no-such-host.invalid/", "method": "POST"])
        #expect(lost.verdict == "dns now none")
        #expect(lost.failure?["message"]?.stringValue?.contains("no-such-host.invalid") == true)
    }

    @Test(
        "429 is a limit of rates, and says when to come back",
        arguments: [
            ("17", "rate_limit after none 17s"), ("Thu, 01 Jan 1970 00:00:00 GMT", "rate_limit after none 0s"),
            ("soon", "rate_limit now none"), ("Fri, 01 Jan 2100 00:00:00 GMT", "rate_limit after none 86400s"),
        ])
    func rateLimit(_ after: String, _ verdict: String) throws {
        let server = try LoopbackServer { talk in
            talk.read()
            talk.answer("429 Slow down", ["Retry-After: \(after)"])
        }
        #expect(try CalledProgram.http(["url": server.url(), "method": "POST"]).verdict == verdict)
        let never = try CalledProgram.http(["url": server.url(), "retry_statuses": [503]])
        #expect(never.verdict == "rate_limit never none")
    }

    @Test("A signal ends a request, with what may be in place")
    func signal() throws {
        let server = try LoopbackServer { talk in
            talk.read()
            talk.wait()
        }
        for (method, effect) in [("GET", "none"), ("POST", "unknown")] {
            let seen = server.heads.count
            let called = try CalledProgram.http(["url": server.url(), "method": .string(method)]) { pid in
                while server.heads.count == seen { usleep(1000) }
                kill(pid, SIGTERM)
            }
            #expect(called.status == 143)
            #expect(called.verdict == "cancelled now \(effect)")
        }
    }

    static let packedLetters: [UInt8] =
        [
            0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xFF, 0xED, 0xC1, 0x81, 0x00, 0x00, 0x00, 0x00, 0x80,
            0x20, 0xD6, 0xFD, 0x25, 0x16, 0xA9, 0x0A,
        ]
        + [UInt8](repeating: 0, count: 63)
        + [0x6A, 0xFF, 0x91, 0x20, 0xC3, 0x00, 0x00, 0x01, 0x00]
}
