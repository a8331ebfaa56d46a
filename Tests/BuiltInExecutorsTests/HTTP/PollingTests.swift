import Glibc
import JSON
import Testing

@Suite("http/request: polling")
struct HTTPPollingTests {
    private func call(
        _ until: String, limit: Int64 = 10, _ more: JSONValue = [:], _ script: @escaping LoopbackServer.Script
    ) throws -> (CalledProgram, LoopbackServer) {
        let server = try LoopbackServer(script)
        var with = more.objectValue ?? [:]
        with["url"] = server.url("/job")
        with["poll"] = ["until": .string(until), "every": "1ms", "limit": .int(limit)]
        return (try CalledProgram.http(.object(with)), server)
    }

    @Test("503, a lost connection, then what was waited for")
    func waits() throws {
        let (called, server) = try call("body.state == 'ready'") { talk in
            talk.read()
            switch talk.number {
            case 1: talk.answer("503 Later", ["Connection: close"])
            case 2: break
            case 3:
                talk.answer(
                    "200 OK", ["Content-Type: application/json", "Connection: close"], #"{"state": "on its way"}"#)
            default: talk.answer("200 OK", ["Content-Type: application/json"], #"{"state": "ready"}"#)
            }
        }
        #expect(called.status == 0, "\(called.log)")
        #expect(called.outputs["body"] == ["state": "ready"])
        #expect(server.heads.count == 4)
        #expect(called.progress.count == 3)
        #expect(called.progress.first?.hasPrefix("status 503, `body.state == 'ready'` cannot be evaluated") == true)
        let shown = called.events.filter { $0["type"] == "progress" }
        #expect(shown.compactMap { $0["done"]?.intValue } == [1, 2, 3])
        #expect(shown.allSatisfy { $0["total"] == 10 })
        #expect(called.log.contains("look 4 of 10: status 200, `until` is true\n"))
    }

    @Test("What is waited for may be a bad status, unless something else is expected")
    func untilGone() throws {
        let gone: LoopbackServer.Script = { talk in
            while talk.read() != nil { talk.answer("404 Gone") }
        }
        #expect(try call("status == 404", [:], gone).0.status == 0)
        #expect(try call("status == 404", ["expect": "status == 200"], gone).0.verdict == "http_404 never none")
        #expect(try call("status == 404", ["expect": "status == 404"], gone).0.status == 0)
    }

    @Test("The limit ends it, and looks that are all the same are one line of the log")
    func limit() throws {
        let (called, server) = try call("status == 200", limit: 5) { talk in
            while talk.read() != nil { talk.answer("202 Wait") }
        }
        #expect(called.verdict == "poll_limit now none")
        #expect(server.heads.count == 5)
        #expect(called.outputs["status"] == 202)
        #expect(called.log.split(separator: "\n").filter { $0.hasPrefix("look ") }.count == 1)
        #expect(
            called.log.hasSuffix("poll_limit: 5 looks, and not yet: status 202, `status == 200` is false\n"))
    }

    @Test("What no look can change ends it at once")
    func permanent() throws {
        let (called, server) = try call("true", ["deny_private": true]) { talk in talk.read() }
        #expect(called.verdict == "private_address never none")
        #expect(server.heads.isEmpty)
        let large = try call("true", ["max_body": 1]) { talk in
            talk.read()
            talk.answer("200 OK", [], "abc")
        }
        #expect(large.0.verdict == "too_large never none")
    }

    @Test("A signal ends the wait between two looks")
    func signal() throws {
        let server = try LoopbackServer { talk in
            while talk.read() != nil { talk.answer("202 Wait", ["Retry-After: 3600"]) }
        }
        let called = try CalledProgram.http([
            "url": server.url(), "poll": ["until": "status == 200", "every": "1ms", "limit": 3],
        ]) { pid in
            while server.heads.isEmpty { usleep(1000) }
            kill(pid, SIGTERM)
        }
        #expect(called.status == 143)
        #expect(called.verdict == "cancelled now none")
    }
}
