import Glibc

/// Sends a request, follows where answers send it, and asks again where it polls.
struct HTTPExchange {
    let request: HTTPRequest
    let handle: TransferHandle
    /// One line each.
    let log: (String) -> Void
    /// A line for people, how much is done, and of how much.
    let progress: (String, Int, Int?) -> Void
    let stop: StopRequest
    /// Seconds since 1970.
    let now: () -> Int64

    var judgement: Judgement {
        Judgement(
            isRepeatable: request.isRepeatable, method: request.method, reading: request.reading,
            expect: request.expect, retryStatuses: request.retryStatuses, now: now())
    }

    /// The last answer and its body, or why it is none that was asked for.
    struct Outcome {
        var answer: HTTPAnswer?
        var body: Result<AnswerBody, ExecutorFailure>
    }

    func outcome() -> Outcome {
        handle.isStopped = { stop.isAsked }
        if let poll = request.poll { return polled(poll) }
        do throws(ExecutorFailure) {
            let (answer, isChanged) = try answer(isLogged: true)
            do throws(ExecutorFailure) {
                return Outcome(answer: answer, body: .success(try judgement.body(of: answer)))
            } catch {
                return Outcome(answer: answer, body: .failure(isChanged ? afterEffect(error) : error))
            }
        } catch {
            return Outcome(answer: nil, body: .failure(error))
        }
    }

    private func polled(_ poll: HTTPRequest.Poll) -> Outcome {
        var said = ""
        var last: HTTPAnswer?
        for look in 1...max(poll.limit, 1) {
            let note: String
            var wait = poll.everyMilliseconds
            do throws(ExecutorFailure) {
                let (answer, _) = try answer(isLogged: look == 1)
                last = answer
                switch judgement.holds(poll.until, answer) {
                case .yes:
                    log("look \(look) of \(poll.limit): status \(answer.status), `until` is true")
                    do throws(ExecutorFailure) {
                        return Outcome(answer: answer, body: .success(try judgement.body(ofAwaited: answer)))
                    } catch {
                        return Outcome(answer: answer, body: .failure(error))
                    }
                case .no(let reason): note = "status \(answer.status), \(reason)"
                }
                if let after = RetryAfter.seconds(answer.headers.value("retry-after"), now: now()) {
                    wait = max(wait, after * 1000)
                }
            } catch {
                guard error.retry != .never, error.code != "cancelled" else {
                    return Outcome(answer: last, body: .failure(error))
                }
                note = error.message
            }
            if note != said { log("look \(look) of \(poll.limit): \(note)") }
            said = note
            guard look < poll.limit else { break }
            progress(
                "\(note); looking again in \(wait / 1000 > 0 ? "\(wait / 1000) s" : "\(wait) ms")", look, poll.limit)
            guard stop.sleep(milliseconds: wait) else {
                return Outcome(
                    answer: last,
                    body: .failure(
                        ExecutorFailure(
                            code: "cancelled", message: "ended by a signal between two looks", retry: .now,
                            effect: .none)))
            }
        }
        return Outcome(
            answer: last,
            body: .failure(
                ExecutorFailure(
                    code: HTTPFailureCode.pollLimit.rawValue, message: "\(poll.limit) looks, and not yet: \(said)",
                    retry: .now, effect: .none
                )))
    }

    /// The answer behind all redirects, and whether a request that acts was answered with one that only reads.
    private func answer(isLogged: Bool) throws(ExecutorFailure) -> (HTTPAnswer, isChanged: Bool) {
        var transfer = Transfer(
            url: request.url, method: request.method, headers: request.headers, body: request.body,
            bodyMax: request.bodyMax, timeoutMilliseconds: request.timeoutMilliseconds,
            connectTimeoutMilliseconds: request.connectTimeoutMilliseconds, deniesPrivate: request.deniesPrivate,
            certificates: request.certificates)
        var isChanged = false
        for hop in 0... {
            if isLogged { log(transfer.line) }
            let result: Transfer.Result
            do throws(TransferFailure) { result = try handle.perform(transfer) } catch {
                let failure = failure(error)
                throw isChanged ? afterEffect(failure) : failure
            }
            if isLogged { log(result.line) }
            guard request.redirects > 0, let location = result.location,
                let next = try redirected(&transfer, result.answer.status, to: location)
            else { return (result.answer, isChanged) }
            guard hop < request.redirects else {
                throw ExecutorFailure(
                    code: HTTPFailureCode.redirectLimit.rawValue,
                    message: "\(request.redirects) redirects were followed, and the next one leads to \(next.shown)",
                    retry: .never, effect: judgement.effect(of: result.answer.status))
            }
            isChanged = isChanged || (!request.method.isSafe && transfer.method.isSafe)
        }
        return (HTTPAnswer(status: 0), isChanged)
    }

    /// Turns a transfer to where an answer sends it; nil where it sends nowhere.
    private func redirected(
        _ transfer: inout Transfer, _ status: Int, to location: String
    ) throws(ExecutorFailure) -> HTTPURL? {
        let url: HTTPURL
        do throws(HTTPURL.Problem) { url = try HTTPURL(location) } catch {
            guard Redirect(status: status, method: transfer.method, toSameOrigin: false) != nil else { return nil }
            throw refused("the redirect's url \(error.text)", status)
        }
        let isSame = url.hasOrigin(of: transfer.url)
        guard let redirect = Redirect(status: status, method: transfer.method, toSameOrigin: isSame) else { return nil }
        guard transfer.url.scheme == "http" || url.scheme == "https" else {
            throw refused("it leads from https to http, to \(url.shown); if that is meant, ask there", status)
        }
        transfer.headers = redirect.headers(of: transfer.headers)
        transfer.method = redirect.method
        if !redirect.keepsBody { transfer.body = nil }
        transfer.url = url
        return url
    }

    private func refused(_ reason: String, _ status: Int) -> ExecutorFailure {
        ExecutorFailure(
            code: HTTPFailureCode.redirectRefused.rawValue,
            message: "a redirect (\(status)) is not followed: \(reason)", retry: .never,
            effect: judgement.effect(of: status))
    }

    private func failure(_ failure: TransferFailure) -> ExecutorFailure {
        let effect: ExecutorFailure.Effect =
            if request.method.isSafe || !failure.isSent {
                .none
            } else if failure.status >= 200 {
                judgement.effect(of: failure.status)
            } else {
                request.isRepeatable ? .partial : .unknown
            }
        // A request that is known to have acted is not sent again.
        let isDone = effect == .partial && !request.isRepeatable
        return ExecutorFailure(
            code: failure.code, message: failure.message, retry: failure.isTransient && !isDone ? .now : .never,
            effect: effect)
    }

    /// What failed came after the request had acted, and was answered with "look there".
    private func afterEffect(_ failure: ExecutorFailure) -> ExecutorFailure {
        var failure = failure
        failure.effect = .partial
        if !request.isRepeatable { failure.retry = .never }
        return failure
    }
}

extension Transfer {
    /// What is sent, without values of headers and queries.
    var line: String {
        let size = body.map { " (\(DisplayText.size($0.count)) of \(DisplayText.line(type)))" } ?? ""
        return "\(method.rawValue) \(url.shown)\(size)"
    }

    private var type: String { headers.value("content-type") ?? "no type" }
}

extension Transfer.Result {
    /// What came back.
    var line: String {
        let name = HTTPStatus.name(answer.status).map { " \($0)" } ?? ""
        let type = answer.body.isEmpty ? "" : " of \(DisplayText.line(answer.type ?? "no type", limit: 80))"
        return "\(answer.status)\(name), \(DisplayText.size(answer.body.count))\(type) in \(milliseconds) ms"
    }
}
