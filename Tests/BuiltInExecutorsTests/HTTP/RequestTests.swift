import Glibc
import JSON
import Testing

/// What is sent, and what is made of an answer that is as it should be.
@Suite("http/request: requests and answers")
struct HTTPRequestTests {
    @Test("A request carries method, headers, key and body; the answer becomes outputs")
    func post() throws {
        let server = try LoopbackServer { talk in
            talk.read()
            talk.answer(
                "201 Created", ["Content-Type: application/json", "X-A: 1", "x-a: 2", "Set-Cookie: a=1"],
                #"{"id": 9007199254740993, "ok": true}"#)
        }
        let called = try CalledProgram.http([
            "url": .string("http://ada:pass@127.0.0.1:\(server.port)/things?token=t0ken&b=2"), "method": "POST",
            "headers": ["X-Token": "s3cret", "X-Count": 3, "X-Empty": ""], "body": ["name": "ä", "tags": [1, 2]],
        ])
        #expect(called.status == 0)
        #expect(
            called.outputs == [
                "status": 201, "body": ["id": .int(9_007_199_254_740_993), "ok": true],
                "headers": [
                    "content-type": "application/json", "x-a": "1, 2", "set-cookie": ["a=1"], "content-length": "36",
                ],
            ])
        #expect(called.failure == nil)
        let head = try #require(server.heads.first).split(whereSeparator: \.isNewline).map(String.init)
        #expect(head.first == "POST /things?token=t0ken&b=2 HTTP/1.1")
        #expect(
            Set(head.dropFirst()).isSuperset(of: [
                "Host: 127.0.0.1:\(server.port)", "Authorization: Basic YWRhOnBhc3M=", "X-Token: s3cret", "X-Count: 3",
                "X-Empty:", "Idempotency-Key: key-1", "Content-Type: application/json", "Content-Length: 26",
                "User-Agent: workflow",
            ]), "\(head)")
        #expect(server.bodies == [#"{"name":"ä","tags":[1,2]}"#])
        // The log has two lines, and nothing that may be a secret.
        let lines = called.log.split(separator: "\n").map(String.init)
        #expect(
            lines.first
                == "POST http://127.0.0.1:\(server.port)/things?token=…&b=… (26 bytes of application/json)")
        #expect(lines.last?.hasPrefix("201 Created, 36 bytes of application/json in ") == true)
        #expect(lines.count == 2)
        for secret in ["ada", "pass", "t0ken", "s3cret"] { #expect(!called.log.contains(secret)) }
    }

    @Test(
        "A body is a text or JSON, and its type follows unless it is given",
        arguments: [
            ("hello", [:], "text/plain; charset=utf-8", "hello"),
            ("", [:], "text/plain; charset=utf-8", ""),
            ([1, nil], [:], "application/json", "[1,null]"),
            (false, [:], "application/json", "false"),
            ("a=1", ["content-type": "application/x-www-form-urlencoded"], "application/x-www-form-urlencoded", "a=1"),
            (["a": 1], ["Content-Type": "application/vnd.x+json"], "application/vnd.x+json", #"{"a":1}"#),
        ] as [(JSONValue, JSONValue, String, String)])
    func bodies(_ body: JSONValue, _ headers: JSONValue, _ type: String, _ sent: String) throws {
        let server = try LoopbackServer { talk in
            talk.read()
            talk.answer("204 No Content")
        }
        let called = try CalledProgram.http([
            "url": server.url(), "method": "PUT", "body": body, "headers": headers,
        ])
        #expect(called.status == 0)
        #expect(called.outputs["body"] == .some(.null))
        #expect(server.bodies == [sent])
        #expect(server.header("content-type") == [type])
        #expect(server.header("content-length") == ["\(sent.utf8.count)"])
    }

    @Test(
        "A method without a body says so, and only what acts has a key",
        arguments: [
            ("GET", [], []), ("HEAD", [], []), ("OPTIONS", [], []), ("DELETE", [], ["key-1"]),
            ("POST", ["0"], ["key-1"]), ("PUT", ["0"], ["key-1"]), ("PATCH", ["0"], ["key-1"]),
        ] as [(String, [String], [String])])
    func methods(_ method: String, _ length: [String], _ key: [String]) throws {
        let server = try LoopbackServer { talk in
            talk.read()
            talk.head("HTTP/1.1 200 OK\nContent-Length: 3\nConnection: close")
            if method != "HEAD" { talk.write(Array("abc".utf8)) }
        }
        let called = try CalledProgram.http(["url": server.url(), "method": .string(method)])
        #expect(called.status == 0)
        #expect(called.outputs["body"] == (method == "HEAD" ? .null : "abc"))
        #expect(server.heads.first?.hasPrefix("\(method) / HTTP/1.1") == true)
        #expect(server.header("content-length") == length)
        #expect(server.header("content-type") == [])
        #expect(server.header("idempotency-key") == key)
    }

    @Test("A key that is given goes instead of the step's")
    func ownKey() throws {
        let server = try LoopbackServer { talk in
            talk.read()
            talk.answer("200 OK")
        }
        let called = try CalledProgram.http([
            "url": server.url(), "method": "POST", "headers": ["idempotency-key": "mine"],
        ])
        #expect(called.status == 0)
        #expect(server.header("idempotency-key") == ["mine"])
    }

    @Test(
        "The body is JSON where its type says so, else text",
        arguments: [
            ("application/json", #"{"a": [1, 2.5]}"#, "auto", ["a": [1, 2.5]]),
            ("application/problem+json; charset=utf-8", "\u{FEFF}[true]", "auto", [true]),
            ("Text/JSON", "null", "auto", nil),
            ("text/plain", #"{"a": 1}"#, "auto", #"{"a": 1}"#),
            ("text/plain", #"{"a": 1}"#, "json", ["a": 1]),
            ("application/json", "007", "text", "007"),
            ("application/octet-stream", "42", "auto", "42"),
            ("application/json", "", "auto", nil),
        ] as [(String, String, String, JSONValue)])
    func readings(_ type: String, _ text: String, _ reading: String, _ value: JSONValue) throws {
        let server = try LoopbackServer { talk in
            talk.read()
            talk.answer("200 OK", ["Content-Type: \(type)"], text)
        }
        let called = try CalledProgram.http(["url": server.url(), "response": .string(reading)])
        #expect(called.status == 0)
        #expect(called.outputs["body"] == value)
    }

    @Test("A server of version 6 is reached by its address")
    func version6() throws {
        let server: LoopbackServer
        do {
            server = try LoopbackServer(version6: true) { talk in
                talk.read()
                talk.answer("200 OK", [], "six")
            }
        } catch {
            // A machine without IPv6: said, not passed over.
            print("skipped: no IPv6 on the loopback interface (\(error))")
            return
        }
        let called = try CalledProgram.http(["url": .string("http://[::1]:\(server.port)/")])
        #expect(called.outputs["body"] == "six")
        #expect(called.log.contains("GET http://[::1]:\(server.port)/\n"))
    }

    @Test(
        "What cannot be a request is refused before anything is sent",
        arguments: [
            (["url": "ftp://127.0.0.1/"], "begins with ftp:, and only http and https are spoken"),
            (["url": "file:///etc/passwd"], "begins with file:"),
            (["url": "127.0.0.1:80/x"], "the url "),
            (["url": "http://"], "is no URL"),
            (["url": "http://127.0.0.1/\r\nX: y"], "holds a line end"),
            (["url": "http://127.0.0.1:99999/"], "is no URL"),
            (["url": 7], "with: url must be a text"),
            (["url": "http://h/", "methd": "GET"], "methd is not known here"),
            (["url": "http://h/", "method": "get"], "method must be one of"),
            (["url": "http://h/", "headers": ["x": "a\r\nInjected: 1"]], "the value of the header x holds a line end"),
            (["url": "http://h/", "headers": ["x": "a\n"]], "trim it"),
            (["url": "http://h/", "headers": ["x\r\ny": "a"]], "has no name that HTTP allows"),
            (["url": "http://h/", "headers": ["a b": "a"]], "has no name that HTTP allows"),
            (["url": "http://h/", "headers": ["X": "1", "x": "2"]], "is there twice"),
            (["url": "http://h/", "headers": ["Content-Length": "1"]], "follows from the body"),
            (["url": "http://h/", "method": "HEAD", "body": "x"], "a HEAD request has no body"),
            (["url": "http://h/", "expect": "status =="], "expect is no expression"),
            (["url": "http://h/", "expect": "state == 1"], "expect looks at \"state\""),
            (["url": "http://h/", "poll": ["until": "true"]], "needs \"limit\""),
            (["url": "http://h/", "method": "POST", "poll": ["until": "true", "limit": 2]], "must be GET or HEAD"),
            (["url": "http://h/", "timeout": "100 years"], "timeout must match"),
            (["url": "http://h/", "timeout": "99h"], "a day at most"),
            (["url": "http://h/", "max_body": "2TiB"], "max_body"),
            (["url": "http://h/", "max_body": "9999999MiB"], "max_body must be a number of bytes"),
        ] as [(JSONValue, String)])
    func refused(_ with: JSONValue, _ message: String) throws {
        let called = try CalledProgram.http(with)
        #expect(called.status == 1)
        #expect(called.verdict == "invalid_request never none")
        #expect(called.failure?["message"]?.stringValue?.contains(message) == true, "\(called.log)")
    }

    @Test("A plan names what would be sent and sends nothing")
    func plan() throws {
        let server = try LoopbackServer { talk in talk.read() }
        let called = try CalledProgram.http(
            [
                "url": .string("http://u:p@127.0.0.1:\(server.port)/x?key=abc"), "method": "POST", "body": [1],
                "headers": ["Authorization": "Bearer t"], "expect": "status == 201",
            ], call: "plan")
        #expect(called.status == 0)
        #expect(
            called.log == """
                POST http://127.0.0.1:\(server.port)/x?key=…
                headers: Authorization, Content-Type, Idempotency-Key, User-Agent
                body: 3 bytes of application/json
                expects: status == 201
                nothing was sent

                """)
        #expect(called.events.isEmpty)
        #expect(server.heads.isEmpty)
    }

    @Test(
        "An expectation decides, whatever the status",
        arguments: [
            ("status == 404", 404, "{}", "0"),
            ("status == 200 && body.state == 'done'", 200, #"{"state": "done"}"#, "0"),
            ("body.state == 'done'", 200, #"{"state": "no"}"#, "expect_failed now none"),
            ("body.state == 'done'", 200, "{}", "expect_failed now none"),
            ("body.state == 'done'", 503, "{}", "http_503 now none"),
            ("status", 200, "{}", "expect_failed now none"),
            ("headers['content-type'].startsWith('application/')", 200, "{}", "0"),
            ("body == null", 200, "", "0"),
            ("size(body) == 2", 200, "[1, 2]", "0"),
        ] as [(String, Int, String, String)])
    func expectations(_ expect: String, _ status: Int, _ body: String, _ verdict: String) throws {
        let server = try LoopbackServer { talk in
            talk.read()
            talk.answer("\(status) X", ["Content-Type: application/json"], body)
        }
        let called = try CalledProgram.http(["url": server.url(), "expect": .string(expect)])
        #expect(called.verdict == verdict, "\(called.log)")
        #expect(called.outputs["status"] == .int(Int64(status)))
    }

    @Test("A failed answer is kept too, and the log shows how it begins")
    func failedAnswer() throws {
        let server = try LoopbackServer { talk in
            talk.read()
            talk.answer("422 Nope", ["Content-Type: application/json"], "{\"error\":\n \"name\u{1B}[31m is taken\"}")
        }
        let called = try CalledProgram.http(["url": server.url(), "method": "POST"])
        #expect(called.verdict == "http_422 never none")
        #expect(called.outputs["status"] == 422)
        #expect(called.log.contains("  | {\"error\": \"name [31m is taken\"}\n"))
        #expect(called.log.hasSuffix("http_422: the server answered 422 Unprocessable Content\n"))
    }

    @Test("Large bodies come by file, and what is no output at all is kept as an artifact")
    func largeBodies() throws {
        let long = String(repeating: "0123456789\n", count: 8000)
        let list = "[" + (0..<20000).map { "\"\($0)\"" }.joined(separator: ",") + "]"
        let huge = String(repeating: "x", count: 1 << 20)
        let server = try LoopbackServer { talk in
            let path = talk.read()?.split(separator: " ").dropFirst().first ?? ""
            switch path {
            case "/long": talk.answer("200 OK", ["Content-Type: text/plain"], long)
            case "/list": talk.answer("200 OK", ["Content-Type: application/json"], list)
            case "/looks": talk.answer("200 OK", ["Content-Type: text/plain"], list)
            case "/huge": talk.answer("200 OK", ["Content-Type: text/plain"], huge)
            default: talk.answer("200 OK", ["Content-Type: image/png"], bytes: [0x89, 0x50, 0xFF, 0x00])
            }
        }
        func call(_ path: String) throws -> CalledProgram { try CalledProgram.http(["url": server.url(path)]) }
        let text = try call("/long")
        #expect(text.outputFile == "body<<END\n\(long)\nEND\n")
        #expect(text.outputs["body"] == nil)
        #expect(try call("/list").outputFile == "body<<END\n\(list)\nEND\n")
        // As a line of the file this text would be read as a list.
        for (path, kept, type) in [
            ("/looks", Array(list.utf8), "text/plain"), ("/huge", Array(huge.utf8), "text/plain"),
            ("/png", [0x89, 0x50, 0xFF, 0x00], "image/png"),
        ] {
            let called = try call(path)
            #expect(called.status == 0)
            #expect(called.outputs["body"] == .some(.null))
            #expect(called.kept["body"] == kept)
            let artifact = called.events.first { $0["type"] == "artifact" }
            #expect(artifact?["name"] == "body")
            #expect(artifact?["media_type"] == .string(type))
            #expect(artifact?["path"]?.stringValue?.hasSuffix("/workspace/body") == true)
            #expect(called.log.contains("it is kept as the artifact body"))
        }
    }

    @Test("A JSON text with a NUL is no output, and is kept")
    func nul() throws {
        let server = try LoopbackServer { talk in
            talk.read()
            talk.answer("200 OK", ["Content-Type: application/json"], #""a\u0000b""#)
        }
        let called = try CalledProgram.http(["url": server.url()])
        #expect(called.outputs["body"] == .some(.null))
        #expect(called.kept["body"] == Array(#""a\u0000b""#.utf8))
    }

    @Test("An expectation sees the bytes of a body that is no text")
    func binaryExpectation() throws {
        let server = try LoopbackServer { talk in
            talk.read()
            talk.answer("200 OK", [], bytes: [0xFF, 0xFE, 1])
        }
        let called = try CalledProgram.http(["url": server.url(), "expect": "size(body) == 3"])
        #expect(called.status == 0)
        #expect(called.kept["body"] == [0xFF, 0xFE, 1])
    }
}

extension CalledProgram {
    /// A request of `http/request`.
    static func http(
        _ with: JSONValue, call: String = "run", environment: [String: String] = [:],
        interrupting: (@Sendable (pid_t) -> Void)? = nil
    ) throws -> CalledProgram {
        try run(
            ["http", call, "request"],
            request: [
                "with": with, "run": "run-1", "stage": "one", "step": "ask", "attempt": 1, "idempotency_key": "key-1",
                "fencing_token": 7,
            ], environment: environment, interrupting: interrupting)
    }
}

extension LoopbackServer {
    func url(_ path: String = "/") -> JSONValue { .string("http://127.0.0.1:\(port)\(path)") }

    /// The values of a header in all requests.
    func header(_ key: String) -> [String] {
        heads.flatMap { $0.split(whereSeparator: \.isNewline).dropFirst() }.compactMap { line in
            guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == key else { return nil }
            return String(line[line.index(after: colon)...].drop { $0 == " " })
        }
    }
}
