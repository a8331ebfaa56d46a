import CEL
import JSON

/// Whether an answer is what was asked for; all of it is decided here, from values.
struct Judgement {
    /// Whether the request may be sent twice.
    var isRepeatable: Bool
    var method: HTTPMethod
    var reading: BodyReading
    var expect: CELExpression?
    var retryStatuses: [Int]
    /// Seconds since 1970.
    var now: Int64

    /// The body of an answer that is a success.
    func body(of answer: HTTPAnswer) throws(ExecutorFailure) -> AnswerBody {
        let body = read(answer)
        if let expect {
            switch holds(expect, answer, body) {
            case .yes: break
            case .no(let reason):
                guard answer.isSuccess else { throw badStatus(answer, ", and \(reason)") }
                throw failure(
                    HTTPFailureCode.expectFailed.rawValue, "the answer has status \(answer.status), and \(reason)",
                    answer)
            }
        } else if !answer.isSuccess {
            throw badStatus(answer, "")
        }
        return try taken(body, answer)
    }

    /// The same for an answer that polling waited for: what it waited for is the condition, unless another is given.
    func body(ofAwaited answer: HTTPAnswer) throws(ExecutorFailure) -> AnswerBody {
        expect == nil ? try taken(read(answer), answer) : try body(of: answer)
    }

    enum Answered: Equatable {
        case yes
        /// After "and ".
        case no(String)
    }

    /// An expression that cannot be evaluated over an answer does not hold for it.
    func holds(_ expression: CELExpression, _ answer: HTTPAnswer) -> Answered {
        holds(expression, answer, read(answer))
    }

    private func holds(
        _ expression: CELExpression, _ answer: HTTPAnswer, _ body: Result<AnswerBody, AnswerBody.NotJSON>
    ) -> Answered {
        let shown = DisplayText.line(expression.source, limit: 200)
        do throws(CELError) {
            switch try expression.evaluate(in: AnswerVariables(answer: answer, body: body)) {
            case .bool(true): return .yes
            case .bool(false): return .no("`\(shown)` is false")
            case let value: return .no("`\(shown)` is no yes or no but a value of type \(value.type.name)")
            }
        } catch {
            return .no("`\(shown)` cannot be evaluated: \(DisplayText.line(error.message))")
        }
    }

    func read(_ answer: HTTPAnswer) -> Result<AnswerBody, AnswerBody.NotJSON> {
        do throws(AnswerBody.NotJSON) {
            return .success(try AnswerBody.read(answer.body, type: answer.type, as: reading))
        } catch {
            return .failure(error)
        }
    }

    private func taken(
        _ body: Result<AnswerBody, AnswerBody.NotJSON>, _ answer: HTTPAnswer
    ) throws(ExecutorFailure) -> AnswerBody {
        do throws(AnswerBody.NotJSON) { return try body.get() } catch {
            throw failure(
                HTTPFailureCode.badResponse.rawValue,
                "the answer (status \(answer.status), \(DisplayText.line(answer.type ?? "no Content-Type"))) is no "
                    + "JSON "
                    + "that can be kept: \(error.reason); with response: text it is taken as text", answer)
        }
    }

    /// Of an answer with a status that is no success.
    private func badStatus(_ answer: HTTPAnswer, _ more: String) -> ExecutorFailure {
        let isRetried = retryStatuses.contains(answer.status)
        let after = RetryAfter.seconds(answer.headers.value("retry-after"), now: now)
        var message =
            "the server answered \(answer.status)\(HTTPStatus.name(answer.status).map { " \($0)" } ?? "")\(more)"
        if isRetried, let after { message += "; it asks to be left alone for \(after) s" }
        return ExecutorFailure(
            code: answer.status == 429 ? HTTPFailureCode.rateLimit.rawValue : "http_\(answer.status)", message: message,
            retry: !isRetried ? .never : after.map { .after(seconds: $0) } ?? .now, effect: effect(of: answer.status))
    }

    /// Of an answer with a good status that is not what was asked for: a request that has acted is not sent again.
    private func failure(_ code: String, _ message: String, _ answer: HTTPAnswer) -> ExecutorFailure {
        ExecutorFailure(
            code: code, message: message, retry: isRepeatable ? .now : .never, effect: effect(of: answer.status))
    }

    /// What a request with such an answer did. With 4xx, and with 503, the server says that it did not take the
    /// request; with any other 5xx it, or one behind it, may have got half through.
    func effect(of status: Int) -> ExecutorFailure.Effect {
        if method.isSafe { return .none }
        switch status {
        case 400...499, 503: return .none
        case 500...599: return isRepeatable ? .partial : .unknown
        default: return .partial
        }
    }
}

/// The names of the statuses that people meet (RFC 9110, section 15).
enum HTTPStatus {
    static func name(_ status: Int) -> String? { names[status] }

    private static let names = [
        200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 301: "Moved Permanently", 302: "Found",
        303: "See Other", 304: "Not Modified", 307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request",
        401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable",
        408: "Request Timeout", 409: "Conflict", 410: "Gone", 412: "Precondition Failed", 413: "Content Too Large",
        415: "Unsupported Media Type", 422: "Unprocessable Content", 425: "Too Early", 428: "Precondition Required",
        429: "Too Many Requests", 500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway",
        503: "Service Unavailable", 504: "Gateway Timeout",
    ]
}
