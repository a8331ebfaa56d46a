import CEL
import ExecutorKit
import JSON
import Testing

@Suite struct DescriptorTests {
    static let echo = """
        {"protocol": 1, "group": "echo", "version": "1.0", "later": [1], "operations": {
          "say": {"summary": "Says it.", "with": {"type": "object", "required": ["text"], "additionalProperties": false,
            "properties": {"text": {"type": "string"}, "times": {"type": "integer", "default": 1}}},
            "outputs": {"said": {"type": "string"}}, "effect": "idempotent", "supports": ["verify", "probe", "dream"],
            "stop": {"signal": "SIGINT", "to": "leader", "grace": "10m", "kill": "never"},
            "needs": {"terraform": ">=1.5 <2"}, "example": "uses: echo/say"},
          "shout": {"summary": "Louder.", "with": {"type": "object"},
            "effect": {"cel": "with.loud ? 'unsafe' : 'none'"}}}}
        """

    private func descriptor(_ text: String) throws -> ExecutorDescriptor {
        try ExecutorDescriptor(parsing: Array(text.utf8))
    }

    /// A descriptor with one operation.
    private static func x(_ operation: String) -> String {
        #"{"protocol": 1, "group": "a", "version": "1", "operations": {"x": "# + operation + "}}"
    }

    private func refusal(_ text: String) -> DescriptorError? {
        do throws(DescriptorError) {
            _ = try ExecutorDescriptor(parsing: Array(text.utf8))
            return nil
        } catch {
            return error
        }
    }

    @Test func aDescriptorIsReadWithAllThatItSays() throws {
        let echo = try descriptor(Self.echo)
        #expect(echo.group == "echo")
        #expect(echo.operations.map(\.name) == ["say", "shout"])
        let say = try #require(echo.operation("say"))
        #expect(say.effect == .word(.idempotent))
        #expect(say.supports == [.probe, .verify])
        #expect(say.stop == StopPolicy(signal: .int, to: .leader, graceMilliseconds: 600_000, kill: .never))
        #expect(say.needs.map(\.range.text) == [">=1.5 <2"])
        #expect(say.outputs.map(\.name) == ["said"])
        guard case .computed(let expression)? = echo.operation("shout")?.effect else {
            Issue.record("the effect is computed")
            return
        }
        #expect(expression.source == "with.loud ? 'unsafe' : 'none'")
        #expect(echo.operation("whisper") == nil)
    }

    @Test func whatIsWrittenReadsBackTheSame() throws {
        let echo = try descriptor(Self.echo)
        #expect(try ExecutorDescriptor(echo.json) == echo)
    }

    @Test(arguments: [
        ("Usage: describe", DescriptorError.Code.notJSON, "not one JSON object"),
        ("", .notJSON, "not one JSON object"),
        ("[]", .invalidMember, "the descriptor must be an object"),
        ("{}", .missingMember, "no \"protocol\""),
        (#"{"protocol": 2}"#, .unknownProtocol, "speaks protocol 2"),
        (#"{"protocol": "1"}"#, .unknownProtocol, "protocol \"1\""),
        (#"{"protocol": 1, "group": "A b"}"#, .invalidMember, "\"group\" must match"),
        (#"{"protocol": 1, "group": "a", "version": "1"}"#, .missingMember, "no \"operations\""),
        (#"{"protocol": 1, "group": "a", "version": "1", "operations": {}}"#, .invalidMember, "empty"),
        (
            Self.x(##"{"summary": "s", "effect": "none"}"##),
            .missingMember, "operation \"x\" has no \"with\""
        ),
        (
            Self.x(##"{"summary": "s", "with": {"type": "object"}, "effect": "maybe"}"##),
            .invalidMember, "must be one of none, idempotent, keyed, unsafe"
        ),
        (
            Self.x(##"{"summary": "s", "with": {"type": "object", "$ref": "#/a"}, "effect": "none"}"##),
            .unsupportedKeyword, "\"$ref\" of \"with\" of operation \"x\""
        ),
        (
            Self.x(
                ##"{"summary": "s", "with": {"type": "object", "items": {"pattern": "("}}, "effect": "none"}"##
            ),
            .invalidMember, "no regular expression"
        ),
        (
            Self.x(##"{"summary": "s", "with": {"type": "object"}, "effect": "none", "needs": {"tf": "newest"}}"##),
            .invalidMember, "\">=1.5 <2\""
        ),
    ])
    func whatIsNoDescriptorIsRefused(_ text: String, _ code: DescriptorError.Code, _ words: String) {
        let error = refusal(text)
        #expect(error?.code == code)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "it was read")")
    }

    @Test func onePlaceMoreThanAMebibyteIsTooMuch() {
        #expect(refusal(String(repeating: " ", count: ExecutorDescriptor.bytesMax + 1))?.code == .tooLarge)
        #expect(refusal(String(repeating: " ", count: ExecutorDescriptor.bytesMax))?.code == .notJSON)
    }

    @Test(arguments: [
        (">=1.5 <2", [1, 5], true), (">=1.5 <2", [1, 9, 7], true), (">=1.5 <2", [2, 0], false),
        (">=1.5 <2", [1, 4, 99], false), ("*", [0], true), ("=1.2", [1, 2, 0], true), (">1.2", [1, 2], false),
        ("<=3", [3, 0, 0], true),
    ])
    func rangesHoldVersions(_ range: String, _ version: [Int], _ isIn: Bool) throws {
        #expect(try #require(VersionRange(parsing: range)).contains(version) == isIn)
    }

    @Test(arguments: [
        ("Terraform v1.9.2\non linux_amd64", [1, 9, 2]), ("git version 2.39.5", [2, 39, 5]),
        ("curl 8.5.0 (x86_64)", [8, 5, 0]), ("Client Version: v1.30.1", [1, 30, 1]),
        ("psql (PostgreSQL) 16.4", [16, 4]),
    ])
    func versionsAreFoundInWhatProgramsPrint(_ text: String, _ version: [Int]) {
        #expect(VersionRange.version(in: text) == version)
    }

    @Test(arguments: ["newest", "1.5", ">= 1.5", "", ">=a"])
    func otherTextsAreNoRange(_ text: String) {
        #expect(VersionRange(parsing: text) == nil)
    }

    @Test(arguments: [
        ("http/request", true), ("a1-b/c_d", true), ("http", false), ("http/", false), ("/request", false),
        ("a/b/c", false), ("HTTP/get", false), ("../x", false), ("a b/c", false), ("é/x", false), ("a.b/c", false),
        (String(repeating: "a", count: 65) + "/x", false),
    ])
    func namesAreAGroupAndAnOperation(_ text: String, _ isName: Bool) {
        #expect((ExecutorName(parsing: text) != nil) == isName)
    }

    @Test func aRequestReadsBackTheSame() throws {
        let request = ExecutorRequest(
            with: ["text": "é"], run: "20260101-1", stage: nil, step: "say[eu]", item: "eu", attempt: 2,
            idempotencyKey: "k", fencingToken: 3, workspace: "/w", outputs: ["said": 1],
            events: [["type": "record", "attempt": 1]])
        #expect(try ExecutorRequest(parsing: request.json.compactBytes(), for: .run) == request)
    }

    @Test func aPlanAloneNeedsNoRunAndNoKey() throws {
        let request = ExecutorRequest(
            with: ["text": "a"], run: "", stage: "s", step: "say", attempt: 1, idempotencyKey: "", fencingToken: 0,
            workspace: "/w")
        let bytes = try request.json.compactBytes()
        #expect(try ExecutorRequest(parsing: bytes, for: .plan) == request)
        for call in ExecutorCall.allCases where call != .plan {
            #expect(throws: DescriptorError.self) { try ExecutorRequest(parsing: bytes, for: call) }
        }
    }

    @Test func theSharedProgramIsAskedByGroup() {
        #expect(ExecutorInvocation(builtInArguments: ["list"]) == .list)
        #expect(ExecutorInvocation(builtInArguments: ["http", "describe"]) == .describe(group: "http"))
        #expect(
            ExecutorInvocation(builtInArguments: ["http", "run", "request"])
                == .perform(.run, group: "http", operation: "request"))
        #expect(ExecutorInvocation(builtInArguments: ["http", "dance", "request"]) == nil)
        #expect(ExecutorInvocation(builtInArguments: []) == nil)
    }

    @Test func aCatalogueKnowsWhatItWasGiven() throws {
        var catalogue = ExecutorCatalogue([.init(try descriptor(Self.echo))], present: ["http"])
        catalogue.add(failure: "it hangs", ofGroup: "slow")
        #expect(catalogue.groups == ["echo", "http", "slow"])
        #expect(
            catalogue.look(up: ExecutorName(group: "echo", operation: "sya")) == .noSuchOperation(["say", "shout"]))
        #expect(
            catalogue.look(up: ExecutorName(group: "ehco", operation: "say")) == .noSuchGroup(["echo", "http", "slow"]))
        #expect(catalogue.look(up: ExecutorName(group: "slow", operation: "say")) == .broken("it hangs"))
        #expect(ExecutorCatalogue.notAsked.look(up: ExecutorName(group: "echo", operation: "say")) == .notAsked)
    }
}
