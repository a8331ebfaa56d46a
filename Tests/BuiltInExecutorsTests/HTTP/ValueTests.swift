import CEL
import JSON
import Testing

@testable import BuiltInExecutors

@Suite("http/request: values")
struct HTTPValueTests {
    @Test(
        "Retry-After is seconds or a date",
        arguments: [
            ("120", 120), ("0", 0), ("Sat, 01 Jan 2000 00:01:00 GMT", 60), ("Saturday, 01-Jan-00 00:01:00 GMT", 60),
            ("Sat Jan  1 00:01:00 2000", 60), ("Fri, 31 Dec 1999 23:59:59 GMT", 0), ("99999999999999999999", 86_400),
            ("Sun, 01 Jan 2040 00:00:00 GMT", 86_400), ("", nil), ("-5", nil), ("soon", nil), ("1.5", nil),
            ("5 s", nil),
        ] as [(String, Int64?)])
    func retryAfter(_ text: String, _ seconds: Int64?) {
        #expect(RetryAfter.seconds(text, now: 946_684_800) == seconds)
        #expect(RetryAfter.seconds(nil, now: 0) == nil)
    }

    @Test("Headers are joined, but for cookies")
    func headers() {
        var head = AnswerHead()
        for line in [
            "HTTP/1.1 100 Continue", "X-Early: 1", "", "HTTP/1.1 200 OK", "Via: a", "VIA:b",
            "Set-Cookie: a=1; Expires=x, y",
            "Empty:", "No colon", "Set-Cookie: b", "\tfolded", "", "Trailer: t",
        ] { head.take(Array((line + "\r\n").utf8)) }
        #expect(
            head.fields.json
                == ["via": "a, b", "set-cookie": ["a=1; Expires=x, y", "b folded"], "empty": ""])
        var latin = AnswerHead()
        latin.take(Array("HTTP/1.1 200\r\n".utf8))
        latin.take([0x58, 0x3A, 0xE9, 0x0A])
        #expect(latin.fields == [HeaderField("X", "é")])
        #expect(latin.bytes == 18)
    }

    @Test(
        "A URL in the log has no user, no password and no value of its query",
        arguments: [
            ("http://u:p@h/a?x=1&y&z=", "http://h/a?x=…&…&z=…"), ("https://h:443", "https://h/"),
            ("https://h:444/a%20b#frag", "https://h:444/a%20b"), ("http://[::1]:81/", "http://[::1]:81/"),
            ("http://h/ä b", "http://h/%c3%a4%20b"),
        ])
    func shownURL(_ text: String, _ shown: String) throws {
        #expect(try HTTPURL(text).shown == shown)
    }

    @Test(
        "A body that is no text is binary",
        arguments: [
            ([0xFF], nil, AnswerBody.binary), ([0x61, 0], "text/plain", .binary), ([0xE9], "text/plain", .binary),
            ([0xE9], "text/plain; charset=ISO-8859-1", .text("é")), ([0xC3, 0xA9], "text/html", .text("é")),
            ([], "image/png", .empty), ([0x31], "application/ld+json", .json(1)),
        ] as [([UInt8], String?, AnswerBody)])
    func bodies(_ bytes: [UInt8], _ type: String?, _ body: AnswerBody) throws {
        #expect(try AnswerBody.read(bytes, type: type, as: .auto) == body)
    }

    @Test(
        "What an answer says of the effect",
        arguments: [
            (200, "none", "partial", "partial"), (302, "none", "partial", "partial"), (404, "none", "none", "none"),
            (429, "none", "none", "none"), (500, "none", "partial", "unknown"), (503, "none", "none", "none"),
            (504, "none", "partial", "unknown"),
        ])
    func effects(_ status: Int, _ get: String, _ put: String, _ post: String) {
        func effect(_ method: HTTPMethod) -> String {
            Judgement(
                isRepeatable: method.isIdempotent, method: method, reading: .auto, expect: nil, retryStatuses: [],
                now: 0
            ).effect(of: status).rawValue
        }
        #expect([effect(.get), effect(.put), effect(.post)] == [get, put, post])
    }

    @Test(
        "One line of text, whatever others wrote",
        arguments: [
            ("a\r\nb\tc", "a b c"), ("\u{1B}[31m", "[31m"), ("\u{202E}x", "x"), ("", ""),
        ])
    func lines(_ text: String, _ line: String) {
        #expect(DisplayText.line(text) == line)
        #expect(DisplayText.line(String(repeating: "x", count: 400), limit: 3) == "xxx…")
    }

    @Test(
        "Sizes", arguments: [(0, "0 bytes"), (1, "1 byte"), (1024, "1 KiB"), (1536, "1.5 KiB"), (10 << 20, "10 MiB")])
    func sizes(_ bytes: Int, _ text: String) {
        #expect(DisplayText.size(bytes) == text)
    }
}
