import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Approvers that an expression names")
struct ApproverNameTests {
    private static func run(_ value: JSONValue) throws -> TestRun {
        let type =
            switch value {
            case .array: "array"
            case .bool: "boolean"
            case .int: "integer"
            case .object: "object"
            case .null, .double, .string: "string"
            }
        return try TestRun(
            """
            name: w
            params: {who: {type: \(type)}}
            stages:
              - name: s
                steps: [{name: ask, uses: approval, with: {prompt: Go?, approvers: ["${{ params.who }}"]}}]
            """, parameters: ["who": value])
    }

    @Test(
        "A list is as many names as it has, and a login may be written with its kind",
        arguments: [
            (.string("ada"), ["ada"]), (.string("login:ada"), ["ada"]), (.string("uid:1000"), ["uid:1000"]),
            (.string("login:uid:7"), ["uid:7"]), (.array([.string("ada"), .string("login:lin")]), ["ada", "lin"]),
        ] as [(JSONValue, [String])])
    func names(value: JSONValue, expected: [String]) throws {
        var run = try Self.run(value)
        guard case .asking(_, _, .approval(_, let approvers))? = run.state.state(ofStep: "ask")?.phase else {
            Issue.record("it does not ask")
            return
        }
        #expect(approvers == expected)
        #expect(try run.refusal(of: .approved(step: "ask", reason: nil, by: "login:eve"))?.isEmpty == false)
        let first = try #require(expected.first)
        #expect(try run.refusal(of: .approved(step: "ask", reason: nil, by: Actor(name: "login:\(first)"))) == nil)
    }

    @Test(
        "What nobody can be called fails the step when it asks, and never asks everybody",
        arguments: [
            .string(""), .string("ada, lin"), .string("ada lin"), .string("user:ada"), .string("login:"),
            .string("uid:x"), .string(" ada"), .array([]), .array([.string("ada"), .int(3)]), .array([.string("")]),
            .bool(true), .object(["ada": .bool(true)]),
        ] as [JSONValue])
    func invalid(value: JSONValue) throws {
        let run = try Self.run(value)
        #expect(run.status("ask") == .failed)
        #expect(run.state.state(ofStep: "ask")?.failure?.code == "approvers_invalid")
    }

    @Test("A name of an earlier journal, with its kind, is that login")
    func kinds() {
        let ada: Actor = "login:ada"
        #expect(ada.isOne(of: ["login:ada"]) && ada.isOne(of: ["eve", "ada"]))
        #expect(!ada.isOne(of: ["user:ada"]) && !ada.isOne(of: ["login:login:ada"]) && !ada.isOne(of: []))
    }
}
