import BuiltInExecutors
import CEL
import ExecutorKit
import JSON
import Testing

@Suite("http/request: what it says of itself")
struct HTTPDescriptorTests {
    @Test(
        "The effect of a request follows from its method",
        arguments: [
            ([:], "idempotent"), (["method": "GET"], "idempotent"), (["method": "HEAD"], "idempotent"),
            (["method": "PUT"], "idempotent"), (["method": "DELETE"], "idempotent"), (["method": "POST"], "unsafe"),
            (["method": "PATCH", "honours_key": false], "unsafe"), (["method": "POST", "honours_key": true], "keyed"),
        ] as [(JSONValue, String)])
    func effect(_ with: JSONValue, _ word: String) throws {
        let operation = try #require(HTTPExecutor().descriptor.operation("request"))
        guard case .computed(let expression) = operation.effect else {
            Issue.record("the effect is computed")
            return
        }
        for with in [with, operation.with.withDefaults(with)] {
            #expect(try expression.evaluate(in: CELVariables(["with": CELValue(with)])) == .string(word))
        }
    }

    @Test(
        "An operation or a call that there is not fails as data", arguments: [("run", "fetch"), ("probe", "request")])
    func noSuchOperation(_ call: String, _ operation: String) throws {
        let called = try CalledProgram.run(
            ["http", call, operation],
            request: ["with": ["url": "http://h/"], "run": "r", "step": "s", "idempotency_key": "k"])
        #expect(called.status == 1)
        #expect(called.verdict == "invalid_request never none")
    }

    @Test("What is no request is refused")
    func noRequest() throws {
        let called = try CalledProgram.run(["http", "run", "request"])
        #expect(called.status == 64)
        #expect(called.log.contains("\"with\""))
    }
}
