import JSON
import Testing

@testable import BuiltInExecutors

@Suite("http/request: redirects")
struct HTTPRedirectTests {
    @Test(
        "A method on its way, as browsers do it",
        arguments: [
            (301, HTTPMethod.post, HTTPMethod.get, false), (302, .post, .get, false), (303, .post, .get, false),
            (307, .post, .post, true), (308, .post, .post, true), (301, .put, .put, true), (302, .patch, .patch, true),
            (303, .put, .get, false), (303, .head, .head, true), (302, .get, .get, true), (303, .delete, .get, false),
        ])
    func methods(_ status: Int, _ method: HTTPMethod, _ next: HTTPMethod, _ keepsBody: Bool) throws {
        let redirect = try #require(Redirect(status: status, method: method, toSameOrigin: true))
        #expect(redirect.method == next)
        #expect(redirect.keepsBody == keepsBody)
    }

    @Test("Other answers send nowhere", arguments: [200, 201, 300, 304, 305, 306, 400])
    func others(_ status: Int) {
        #expect(Redirect(status: status, method: .get, toSameOrigin: true) == nil)
    }

    @Test("To another origin go only headers that are no credentials, and a dropped body takes its headers along")
    func headers() throws {
        let fields = [
            "Authorization", "X-Api-Key", "Cookie", "Host", "X-Anything", "Accept", "Content-Type", "Idempotency-Key",
        ].map { HeaderField($0, "v") }
        func names(_ status: Int, same: Bool) throws -> [String] {
            try #require(Redirect(status: status, method: .post, toSameOrigin: same)).headers(of: fields).map(\.name)
        }
        #expect(try names(307, same: true) == fields.map(\.name))
        #expect(try names(307, same: false) == ["Accept", "Content-Type", "Idempotency-Key"])
        #expect(try names(303, same: true) == ["Authorization", "X-Api-Key", "Cookie", "Host", "X-Anything", "Accept"])
        #expect(try names(303, same: false) == ["Accept"])
    }

    @Test(
        "An origin is scheme, host and port",
        arguments: [
            ("http://a/x", "http://a:80/y", true), ("http://A/", "http://a/", true),
            ("http://u:p@a/", "http://a/", true),
            ("http://a/", "https://a/", false), ("http://a/", "http://a:8080/", false),
            ("http://a/", "http://b.a/", false),
            ("http://[::1]/", "http://[0::1]/", true), ("http://127.0.0.1/", "http://2130706433/", true),
        ])
    func origins(_ left: String, _ right: String, _ isSame: Bool) throws {
        #expect(try HTTPURL(left).hasOrigin(of: HTTPURL(right)) == isSame)
    }

    @Test("A redirect on the same server keeps credentials, one to another port drops them")
    func credentials() throws {
        let other = try LoopbackServer { talk in
            talk.read()
            talk.answer("200 OK", [], "other")
        }
        let port = other.port
        let server = try LoopbackServer { talk in
            while let head = talk.read() {
                let isFirst = head.hasPrefix("GET /first ")
                talk.answer("302 Found", ["Location: \(isFirst ? "/second" : "http://127.0.0.1:\(port)/third")"])
            }
        }
        let called = try CalledProgram.http([
            "url": .string("http://u:p@127.0.0.1:\(server.port)/first"),
            "headers": ["X-Token": "t", "Cookie": "c=1", "Accept": "text/plain"],
        ])
        #expect(called.outputs["body"] == "other")
        #expect(server.header("x-token") == ["t", "t"])
        #expect(server.header("authorization") == ["Basic dTpw", "Basic dTpw"])
        #expect(other.header("x-token") == [])
        #expect(other.header("cookie") == [])
        #expect(other.header("authorization") == [])
        #expect(other.header("accept") == ["text/plain"])
        #expect(called.log.split(separator: "\n").filter { $0.hasPrefix("GET ") }.count == 3)
    }

    @Test("An endless redirect ends at the limit, and with 0 it is the answer")
    func limit() throws {
        let server = try LoopbackServer { talk in
            while talk.read() != nil { talk.answer("307 Again", ["Location: /again"]) }
        }
        let called = try CalledProgram.http(["url": server.url(), "method": "POST", "body": "x"])
        #expect(called.verdict == "redirect_limit never partial")
        #expect(server.heads.count == 11)
        #expect(server.bodies.allSatisfy { $0 == "x" })
        let not = try CalledProgram.http(["url": server.url(), "redirects": 0, "expect": "status == 307"])
        #expect(not.status == 0)
        #expect(not.outputs["status"] == 307)
        #expect(try CalledProgram.http(["url": server.url(), "redirects": 0]).verdict == "http_307 never none")
        #expect(try CalledProgram.http(["url": server.url(), "redirects": 2]).verdict == "redirect_limit never none")
        #expect(server.heads.count == 16)
    }

    @Test(
        "What a redirect may not lead to",
        arguments: ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:70/x", "http://", "dict://h:1/d:x"])
    func refused(_ location: String) throws {
        let server = try LoopbackServer { talk in
            talk.read()
            talk.answer("302 Found", ["Location: \(location)"])
        }
        let called = try CalledProgram.http(["url": server.url()])
        #expect(called.verdict == "redirect_refused never none")
    }

    @Test("A message is shorter than an event may be, however long the URL is")
    func longURL() throws {
        let path = "/" + String(repeating: "x", count: 9000)
        let server = try LoopbackServer { talk in
            while talk.read() != nil { talk.answer("302 Found", ["Location: \(path)"]) }
        }
        let called = try CalledProgram.http(["url": server.url(), "redirects": 1])
        #expect(called.verdict == "redirect_limit never none")
        #expect(called.failure?["message"]?.stringValue.map { (500...4096).contains($0.utf8.count) } == true)
    }

    @Test("What fails behind a POST that was answered with a redirect has an effect in place")
    func afterPost() throws {
        let server = try LoopbackServer { talk in
            while let head = talk.read() {
                if head.hasPrefix("POST") {
                    talk.answer("303 See Other", ["Location: /result"])
                } else {
                    talk.answer("503 Later")
                }
            }
        }
        #expect(
            try CalledProgram.http(["url": server.url(), "method": "POST", "body": "x"]).verdict
                == "http_503 never partial")
        #expect(
            try CalledProgram.http(["url": server.url(), "method": "POST", "honours_key": true]).verdict
                == "http_503 now partial")
        #expect(server.header("content-type") == ["text/plain; charset=utf-8"])
        #expect(server.heads.map { $0.split(separator: " ")[0] } == ["POST", "GET", "POST", "GET"])
    }

    @Test(
        "A private address is refused at the moment of connecting, also behind a redirect and a name",
        arguments: ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0.0.0.0"])
    func privateAddress(_ host: String) throws {
        let server = try LoopbackServer { talk in
            talk.read()
            talk.answer("200 OK", [], "inside")
        }
        let called = try CalledProgram.http(
            ["url": .string("http://\(host):\(server.port)/"), "deny_private": true, "method": "POST"],
            environment: ["http_proxy": "http://127.0.0.1:\(server.port)"])
        #expect(called.verdict == "private_address never none", "\(called.log)")
        #expect(server.heads.isEmpty)
    }

    @Test(
        "Which addresses are public",
        arguments: [
            ("8.8.8.8", true), ("1.1.1.1", true), ("172.15.0.1", true), ("172.32.0.1", true), ("100.63.0.1", true),
            ("10.1.2.3", false), ("172.16.0.1", false), ("172.31.255.255", false), ("192.168.1.1", false),
            ("127.1.2.3", false), ("169.254.169.254", false), ("100.64.0.1", false), ("0.0.0.0", false),
            ("192.0.2.1", false), ("198.18.0.1", false), ("224.0.0.1", false), ("255.255.255.255", false),
            ("2606:4700::1111", true), ("2001:4860::8888", true), ("::1", false), ("::", false), ("fe80::1", false),
            ("fd00::1", false), ("fec0::1", false), ("ff02::1", false), ("2001:db8::1", false), ("2001:0:1::", false),
            ("::ffff:10.0.0.1", false), ("::ffff:8.8.8.8", true), ("64:ff9b::10.0.0.1", false),
            ("64:ff9b::8.8.8.8", true), ("64:ff9b:1::8.8.8.8", false), ("2002:a00:1::", false),
            ("2002:808:808::", true), ("::10.0.0.1", false), ("::8.8.8.8", false), ("3fff::1", false),
            ("3fff:1000::1", true),
        ])
    func addresses(_ text: String, _ isPublic: Bool) throws {
        #expect(try #require(NetworkAddress(text)).isPublic == isPublic)
    }

    @Test("An address is shown as it is written", arguments: ["10.0.0.1", "fe80::1", "::1"])
    func addressText(_ text: String) throws {
        #expect(try #require(NetworkAddress(text)).text == text)
        #expect(try #require(NetworkAddress("::ffff:10.0.0.1")).text == "10.0.0.1")
        #expect(NetworkAddress("no") == nil)
    }
}
