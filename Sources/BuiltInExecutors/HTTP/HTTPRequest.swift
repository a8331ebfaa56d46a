import CEL
import ExecutorKit
import JSON

/// What `http/request` is asked to do, checked before anything is sent.
struct HTTPRequest {
    var url: HTTPURL
    var method: HTTPMethod
    var headers: [HeaderField]
    var body: [UInt8]?
    var reading: BodyReading
    /// An answer that it is true of is a success; without one, a status of 200 to 299 is.
    var expect: CELExpression?
    var retryStatuses: [Int]
    var poll: Poll?
    var bodyMax: Int
    /// How many are followed; with 0 an answer that sends elsewhere is the answer.
    var redirects: Int
    var timeoutMilliseconds: Int
    var connectTimeoutMilliseconds: Int
    var deniesPrivate: Bool
    var certificates: String?
    /// Whether it may be sent twice: by its method, or because the server remembers its key.
    var isRepeatable: Bool

    struct Poll {
        var until: CELExpression
        var everyMilliseconds: Int64
        var limit: Int
    }

    /// - Parameter request: its `with` has gone through the schema of the descriptor.
    init(_ request: ExecutorRequest) throws(ExecutorFailure) {
        let with = request.with
        let method = with["method"]?.stringValue.flatMap(HTTPMethod.init(rawValue:)) ?? .get
        self.method = method
        do throws(HTTPURL.Problem) { url = try HTTPURL(with["url"]?.stringValue ?? "") } catch {
            throw .invalidRequest("the url \(error.text)")
        }
        let honoursKey = with["honours_key"]?.boolValue ?? false
        isRepeatable = method.isIdempotent || honoursKey
        reading = with["response"]?.stringValue.flatMap(BodyReading.init(rawValue:)) ?? .auto
        retryStatuses = with["retry_statuses"]?.arrayValue?.compactMap { $0.intValue.map(Int.init) } ?? []
        expect = try HTTPRequest.expression(with["expect"], "expect")
        poll = try HTTPRequest.poll(with["poll"])
        redirects = with["redirects"]?.intValue.map(Int.init) ?? Redirect.limit
        bodyMax = try HTTPRequest.size(with["max_body"])
        timeoutMilliseconds = Int(try HTTPRequest.milliseconds(with["timeout"], "timeout"))
        connectTimeoutMilliseconds = Int(try HTTPRequest.milliseconds(with["connect_timeout"], "connect_timeout"))
        deniesPrivate = with["deny_private"]?.boolValue ?? false
        certificates = with["ca"]?.stringValue
        headers = try HTTPRequest.headers(with["headers"])
        (body, headers) = try HTTPRequest.body(with["body"], headers)
        if !method.isSafe, headers.value("idempotency-key") == nil {
            headers.append(HeaderField("Idempotency-Key", request.idempotencyKey))
        }
        if headers.value("user-agent") == nil { headers.append(HeaderField("User-Agent", "workflow")) }
        if method == .head, body != nil {
            throw .invalidRequest("a HEAD request has no body: leave body out, or use another method")
        }
        if poll != nil, method != .get, method != .head {
            throw .invalidRequest(
                "poll repeats the request, so its method must be GET or HEAD, not \(method.rawValue): "
                    + "let a second step poll"
            )
        }
    }

    private static func headers(_ json: JSONValue?) throws(ExecutorFailure) -> [HeaderField] {
        var fields: [HeaderField] = []
        for (name, value) in (json?.objectValue ?? [:]).sorted(by: { JSONText.precedes($0.key, $1.key) }) {
            let shown = DisplayText.line(name, limit: 80)
            guard HeaderField.isName(name) else {
                throw .invalidRequest("the header \"\(shown)\" has no name that HTTP allows: use letters, digits and -")
            }
            let text = value.stringValue ?? (try? value.compactText()) ?? ""
            guard HeaderField.isValue(text) else {
                throw .invalidRequest(
                    "the value of the header \(shown) holds a line end or another control character, which would begin "
                        + "a header of its own; take it out (a file's last line end: trim it)")
            }
            let field = HeaderField(name, text)
            guard fields.value(field.key) == nil else {
                throw .invalidRequest("the header \(shown) is there twice, as names have no case: keep one")
            }
            guard !framing.contains(field.key) else {
                throw .invalidRequest("the header \(shown) follows from the body and is set by itself: leave it out")
            }
            fields.append(field)
        }
        return fields
    }

    /// They say where a message ends.
    private static let framing: Set<String> = ["content-length", "transfer-encoding", "connection", "te", "upgrade"]

    private static func body(
        _ json: JSONValue?, _ headers: [HeaderField]
    ) throws(ExecutorFailure) -> ([UInt8]?, [HeaderField]) {
        guard let json, !json.isNull else { return (nil, headers) }
        let bytes: [UInt8]
        let type: String
        if let text = json.stringValue {
            (bytes, type) = (Array(text.utf8), "text/plain; charset=utf-8")
        } else {
            do throws(JSONError) { bytes = try json.compactBytes() } catch {
                throw .invalidRequest("the body has no JSON text: \(error)")
            }
            type = "application/json"
        }
        let hasType = headers.value("content-type") != nil
        return (bytes, hasType ? headers : headers + [HeaderField("Content-Type", type)])
    }

    private static func poll(_ json: JSONValue?) throws(ExecutorFailure) -> Poll? {
        guard let json, !json.isNull else { return nil }
        guard let until = try expression(json["until"], "poll.until"), let limit = json["limit"]?.intValue else {
            throw .invalidRequest("poll needs until and limit")
        }
        return Poll(until: until, everyMilliseconds: try milliseconds(json["every"], "poll.every"), limit: Int(limit))
    }

    /// Names that are none of an answer's are found here: after a POST was sent it would be too late.
    private static func expression(_ json: JSONValue?, _ key: String) throws(ExecutorFailure) -> CELExpression? {
        guard let source = json?.stringValue else { return nil }
        let expression: CELExpression
        do throws(CELError) { expression = try CELExpression(parsing: source) } catch {
            throw .invalidRequest("\(key) is no expression: \(error)")
        }
        for reference in expression.references {
            guard let name = reference.path.first, !AnswerVariables.names.contains(name) else { continue }
            throw .invalidRequest(
                "\(key) looks at \"\(DisplayText.line(name, limit: 80))\", and sees status, headers and body alone")
        }
        return expression
    }

    private static func milliseconds(_ json: JSONValue?, _ key: String) throws(ExecutorFailure) -> Int64 {
        let text = json?.stringValue ?? ""
        guard let duration = try? CELDuration(parsing: text), duration.nanoseconds >= 1_000_000,
            duration.nanoseconds <= 86_400_000_000_000
        else { throw .invalidRequest("\(key) must be a duration such as 500ms, 10s or 5m, a day at most") }
        return duration.nanoseconds / 1_000_000
    }

    private static func size(_ json: JSONValue?) throws(ExecutorFailure) -> Int {
        if let count = json?.intValue { return Int(count) }
        let text = json?.stringValue ?? ""
        for (unit, size) in [("KiB", 1 << 10), ("MiB", 1 << 20)] where text.hasSuffix(unit) {
            if let count = Int(text.dropLast(3)), count >= 0, count <= (1 << 30) / size { return count * size }
        }
        throw .invalidRequest("max_body must be a number of bytes, or a size such as 64KiB or 10MiB, 1024MiB at most")
    }
}

extension ExecutorFailure {
    /// Nothing was sent, and nothing would be another time.
    static func invalidRequest(_ message: String) -> ExecutorFailure {
        ExecutorFailure(code: HTTPFailureCode.invalidRequest.rawValue, message: message, retry: .never, effect: .none)
    }
}
